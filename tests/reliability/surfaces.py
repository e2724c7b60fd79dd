"""The ways of keeping a conversation that a soak goes through: the core and both adapters, called in both ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from llama_index.core.llms import ChatMessage

from langchain_threads import ThreadChatMessageHistory
from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads import ThreadClient
from provider_threads.emulator.identifiers import Provider as Platform
from provider_threads.overlay import Overlay
from tests.clients.ways import Threads

__all__ = ["ADAPTERS", "CORE", "Surface", "surface", "wants_async_client"]

CORE = ("core sync", "core async")
ADAPTERS = ("langchain sync", "langchain async", "llamaindex sync", "llamaindex async")


@dataclass(frozen=True)
class Surface:
    """One conversation.

    Attributes:
        write: append a turn, the user's text and, through an adapter, the assistant's. read: the texts, oldest first.
        thread_id: the platform's id, or None where there is no thread yet.
    """

    write: Callable[[Sequence[str]], Awaitable[None]]
    read: Callable[[], Awaitable[list[str]]]
    thread_id: Callable[[], Awaitable[str | None]]


def surface(name: str, key: str, client: Threads, overlay: Overlay, platform: Platform) -> Surface:
    """The conversation of this key: for the core, and on Hunyuan, the platform's id of its thread."""
    if name in CORE:
        return _core(client, key)
    settings: dict[str, Any] = {"overlay": overlay, "freshness": 0.2, "create_threads": platform != "hunyuan"}
    if name.startswith("langchain"):
        return _langchain(ThreadChatMessageHistory(key, client=client.client, **settings), name)
    if name == "llamaindex sync":
        return _chat_store(ThreadChatStore(client=client.client, **settings), key)
    assert isinstance(client.client, ThreadClient)
    return _memory_store(ThreadMemoryStore(client=client.client, **settings), key)


def _core(client: Threads, key: str) -> Surface:
    async def write(texts: Sequence[str]) -> None:
        for text in texts:
            await client.append(key, text)

    async def read() -> list[str]:
        return [message.text for message in (await client.read(key)).messages]

    async def thread_id() -> str:
        return key

    return Surface(write, read, thread_id)


def _langchain(history: ThreadChatMessageHistory, name: str) -> Surface:
    is_async = name.endswith("async")

    async def write(texts: Sequence[str]) -> None:
        question, answer = texts
        turn = [HumanMessage(question), AIMessage(answer)]
        if is_async:
            await history.aadd_messages(turn)
        else:
            history.add_messages(turn)

    async def read() -> list[str]:
        messages = await history.aget_messages() if is_async else history.messages
        return [message.text for message in messages]

    async def thread_id() -> str | None:
        return await history.ahosted_thread_id() if is_async else history.hosted_thread_id()

    return Surface(write, read, thread_id)


def _turn(texts: Sequence[str]) -> list[ChatMessage]:
    question, answer = texts
    return [ChatMessage(question), ChatMessage(answer, role="assistant")]


def _chat_store(store: ThreadChatStore, key: str) -> Surface:
    async def write(texts: Sequence[str]) -> None:
        for appended, message in enumerate(_turn(texts)):
            try:
                store.add_message(key, message)
            except Exception as error:
                error.appended = appended  # type: ignore[attr-defined]  # as a batch of an adapter has it
                raise

    async def read() -> list[str]:
        return [message.content or "" for message in store.get_messages(key)]

    async def thread_id() -> str | None:
        return store.hosted_thread_id(key)

    return Surface(write, read, thread_id)


def _memory_store(store: ThreadMemoryStore, key: str) -> Surface:
    async def write(texts: Sequence[str]) -> None:
        await store.add_messages(key, _turn(texts))

    async def read() -> list[str]:
        return [message.content or "" for message in await store.get_messages(key)]

    async def thread_id() -> str | None:
        return await store.ahosted_thread_id(key)

    return Surface(write, read, thread_id)


def wants_async_client(name: str) -> bool:
    """Whether this way of calling goes over an `AsyncThreadClient`; LlamaIndex makes a loop for each call."""
    return name in ("core async", "langchain async")
