"""Wrong turns on the way into LangChain and LlamaIndex, and of what is passed to what."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.history import RunnableWithMessageHistory
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory

from langchain_threads import MiniMaxChatMessageHistory, ThreadChatMessageHistory
from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads import (
    AsyncThreadClient,
    Limits,
    MiniMax,
    RetryPolicy,
    Thread,
    ThreadClient,
    ThreadsError,
)
from provider_threads.emulator import Emulator, Fault

from .wrong_turns_told import Rows, said

Turns = dict[str, Callable[[], Any]]


class SdkClient:
    """Any other library's client of a platform."""


def passed(emulator: Emulator) -> Rows:
    """What is passed to what, in Python; nothing is sent."""
    minimax = _minimax(emulator)
    with ThreadClient(minimax) as client:
        thread: Any = Thread("thread_1")
        number: Any = 42
        sdk: Any = SdkClient()
        given: Any = client
        awaited: Any = httpx.AsyncClient()
        synchronous: Any = httpx.Client()
        wrong: Turns = {
            "`ThreadClient(sdk_client)`, of another library": lambda: ThreadClient(sdk),
            "`ThreadChatStore(client)`": lambda: ThreadChatStore(given),
            "`ThreadChatStore(client=sdk_client)`": lambda: ThreadChatStore(client=sdk),
            '`ThreadChatMessageHistory("thread_1")`': lambda: ThreadChatMessageHistory("thread_1"),
            '`MiniMaxChatMessageHistory("thread_1", provider=…)`': lambda: MiniMaxChatMessageHistory(
                "thread_1",
                provider=minimax,  # type: ignore[call-arg]  # wrong on purpose
            ),
            "`threads.read(thread)`, with a `Thread`": lambda: client.read(thread),
            "`threads.read(42)`": lambda: client.read(number),
            "`threads.append(text, thread_id)`": lambda: client.append("How are you?", "thread_1"),
            '`threads.append("thread_1", HumanMessage("hi"))`': lambda: client.append("thread_1", HumanMessage("hi")),  # type: ignore[arg-type]  # wrong on purpose
            "`ThreadClient(…, http_client=httpx.AsyncClient())`": lambda: ThreadClient(minimax, http_client=awaited),
            "`AsyncThreadClient(…, http_client=httpx.Client())`": lambda: AsyncThreadClient(
                minimax, http_client=synchronous
            ),
            "`ThreadClient(…, timeout=None)`": lambda: ThreadClient(minimax, timeout=None),  # type: ignore[arg-type]  # wrong on purpose
            "`ThreadClient(…, retry=3)`": lambda: ThreadClient(minimax, retry=3),  # type: ignore[arg-type]  # wrong on purpose
            "`ThreadClient(…, limits=20)`": lambda: ThreadClient(minimax, limits=20),  # type: ignore[arg-type]  # wrong on purpose
            '`Limits(redis="localhost")`': lambda: Limits(redis="localhost"),
            "`RetryPolicy(attempts=0)`": lambda: RetryPolicy(attempts=0),
            "a client after its `with` block": lambda: _closed(minimax).read("thread_1"),
        }
        rows = [(what, said(turn)) for what, turn in wrong.items()]
        synchronous.close()
    return rows


def overlays(emulator: Emulator, folder: Path) -> Rows:
    """Of an overlay, and of what needs one."""
    minimax = _minimax(emulator)
    (folder / "notes.txt").write_text("notes, and no database " * 99, "utf-8")

    def history(key: str = "thread_1", **settings: Any) -> ThreadChatMessageHistory:
        return ThreadChatMessageHistory(key, provider=minimax, **settings)

    wrong: Turns = {
        "a key of your own without an overlay": lambda: history("user-42").messages,
        "a key of your own without `create_threads=True`": lambda: history("user-42", overlay=folder / "a.db").messages,
        "`create_threads=True` without an overlay": lambda: history(create_threads=True),
        '`writes="split"` without an overlay': lambda: history(writes="split"),
        '`writes="both"`': lambda: history(writes="both"),
        "`history.clear()` without an overlay": lambda: history().clear(),
        "`overlay=True`": lambda: history(overlay=True),
        '`overlay=":memory:"`': lambda: history(overlay=":memory:"),
        '`overlay="mysql://…"`': lambda: history(overlay="mysql://user@host/database"),
        "an overlay in a folder that does not exist": lambda: history(overlay=folder / "no" / "a.db").messages,
        "an overlay in a file that is no database": lambda: history(overlay=folder / "notes.txt").messages,
        "`thread_for` without an answer": lambda: (
            history(overlay=folder / "a.db", thread_for=lambda key: None).messages
        ),
    }
    rows = [(what, said(turn)) for what, turn in wrong.items()]
    kept = history("user-42", overlay=folder / "kept.db", create_threads=True, freshness=0)
    kept.add_user_message("hello")
    emulator.reset()
    return [*rows, ("an overlay, and an emulator that was started anew", said(lambda: kept.messages))]


def frameworks(emulator: Emulator) -> Rows:
    """Of chains, memories and stores, without an overlay."""
    minimax = _minimax(emulator)
    store = ThreadChatStore(minimax)
    buffer = ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key="thread_1")
    nameless = ChatMemoryBuffer.from_defaults(chat_store=store)
    memory = Memory.from_defaults
    factory = MiniMaxChatMessageHistory.factory
    account: dict[str, Any] = {"api_key": "key", "group_id": "1", "base_url": emulator.base_url}
    answering: Any = RunnableLambda(lambda question: AIMessage("answer"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*RunnableWithMessageHistory is deprecated")
        chain = RunnableWithMessageHistory(answering, ThreadChatMessageHistory.factory(provider=minimax))
    own_key: Any = {"configurable": {"session_id": "user-42"}}
    wrong: Turns = {
        "a chain whose `session_id` is a key of your own": lambda: chain.invoke("question", own_key),
        "`MiniMaxChatMessageHistory.factory(apikey=…)`": lambda: factory(**{"apikey": "key", **account}),
        "`ChatMemoryBuffer` without `chat_store_key=`": nameless.get,
        "`ChatMemoryBuffer`, an assistant's answer": lambda: buffer.put(ChatMessage(role="assistant", content="hello")),
        "`buffer.reset()`": buffer.reset,
        "`buffer.set(…)`": lambda: buffer.set([ChatMessage(role="user", content="hello")]),
        "`store.get_keys()`": store.get_keys,
        "`ThreadMemoryStore(…)`": lambda: memory(session_id="user-42", chat_store=ThreadMemoryStore(minimax)),
    }
    rows = [(what, said(turn, (ThreadsError, TypeError))) for what, turn in wrong.items()]
    store.close()
    return rows


def emulators() -> Rows:
    """Of the emulator."""
    faults: Any = ["latency"]
    wrong: Turns = {
        '`Emulator(host="0.0.0.0")`': lambda: Emulator(host="0.0.0.0"),
        '`Emulator(faults=["latency"])`': lambda: Emulator(faults=faults),
        '`Fault.parse("slow")`': lambda: Fault.parse("slow"),
        "`emulator.base_url` before the `with` block": lambda: Emulator().base_url,
    }
    return [(what, said(turn, (ValueError, TypeError, RuntimeError))) for what, turn in wrong.items()]


def _minimax(emulator: Emulator) -> MiniMax:
    account = emulator.credentials
    return MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=emulator.base_url)


def _closed(minimax: MiniMax) -> ThreadClient:
    with ThreadClient(minimax) as client:
        return client
