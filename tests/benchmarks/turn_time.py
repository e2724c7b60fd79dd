"""A turn on a thread of 1,000 and of 10,000 messages, against the same turn on one of 100, with an overlay on SQLite.

A turn asks the platform what is new, shows a model the conversation, and writes the question and the answer: freshness
is 0, half of the messages were read from the platform and half were written here. The emulator counts the requests,
which must be the same whatever the length. Models answer at once, so what is timed is the framework and the memory.

With a window the whole turn is held to the bar. Where all of a conversation is asked for, a framework must make an
object for every message, again at every read. So the time in calls of the memory is held to it, without what the
framework's own constructors take for as many messages; that part stands beside it.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer

from langchain_threads import ThreadChatMessageHistory, ThreadMiddleware
from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads import MiniMax
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay
from tests.benchmarks.ratios import Ratio, command
from tests.benchmarks.turns import LISTS, PLENTY, On, chain

__all__ = ["KINDS", "WHOLE", "WINDOWS", "Threads", "Turn", "measure"]

_WINDOW = 20
_ACTIVE = 60
"""Messages that are not archived; a turn adds two, and none is archived while turns are timed."""

_BAR = 1.5

Perform = Callable[[], None]


@dataclass
class Turn:
    """A kind of turn on a thread of some length.

    Attributes:
        on: its thread. perform: takes one turn. bare: makes as many messages as its reads show, by their constructors.
        seconds, in_memory, constructing: of each turn, of the calls of the memory in it, of as many bare constructions.
        lists: requests in each turn.
    """

    on: On
    perform: Perform
    bare: Perform
    seconds: list[float] = field(default_factory=list)
    in_memory: list[float] = field(default_factory=list)
    constructing: list[float] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)


def measure(quick: bool) -> list[Ratio]:
    """Each kind of turn by the length of its thread."""
    lengths, repetitions = ((100, 300), 1) if quick else ((100, 1_000, 10_000), 25)
    ratios: list[Ratio] = []
    warnings.simplefilter("ignore", DeprecationWarning)  # of LangChain's class, and of pydantic's old names
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator() as emulator,
        Overlay(Path(folder) / "threads.db") as overlay,
    ):
        threads = Threads(emulator, overlay)
        for kind in KINDS if not quick else (*WINDOWS[:1], *WHOLE[:1]):
            turns = {length: threads.turn(kind, length) for length in lengths}
            _in_turn(emulator, turns.values(), repetitions)
            asked = {length: turn.lists for length, turn in turns.items()}
            if len({tuple(lists) for lists in asked.values()}) != 1:
                raise AssertionError(f"{kind.name}: list requests by length are {asked}")
            ratios += _of_windows(kind, turns) if kind in WINDOWS else _of_wholes(kind, turns)
    return ratios


def _in_turn(emulator: Emulator, turns: Iterable[Turn], repetitions: int) -> None:
    """Take turns on threads of each length, in one order and then in the other."""
    for turn in turns:
        turn.perform()  # loads what the first turn of a kind loads
    gc.collect()
    for repetition in range(repetitions):
        for turn in [*turns][:: -1 if repetition % 2 else 1]:
            turn.on.seconds = 0.0
            turn.on.reads.clear()
            emulator.clear_requests()
            began = time.perf_counter()
            turn.perform()
            turn.seconds.append(time.perf_counter() - began)
            turn.in_memory.append(turn.on.seconds)
            turn.lists.append(sum(request.operation in LISTS for request in emulator.requests))
            began = time.perf_counter()
            for _ in turn.on.reads:
                turn.bare()
            turn.constructing.append(time.perf_counter() - began)


def _of_windows(kind: Kind, turns: dict[int, Turn]) -> list[Ratio]:
    (short, first), *longer = turns.items()
    return [
        Ratio(f"{kind.name}, on {length:,} messages", f"on {short:,}", _ratios(turn.seconds, first.seconds), _BAR)
        for length, turn in longer
    ]


def _of_wholes(kind: Kind, turns: dict[int, Turn]) -> list[Ratio]:
    (short, first), *_, (length, turn) = turns.items()
    what, against = f"{kind.name}, on {length:,} messages", f"on {short:,}"
    bare = f"constructing {len(turn.on.reads)} × {length:,} messages, and nothing else"
    return [
        Ratio(f"{what}: in memory, without constructing", against, _ratios(_rest(turn), _rest(first)), _BAR),
        Ratio(f"{what}: in memory", bare, _ratios(turn.in_memory, turn.constructing), None),
        Ratio(f"{what}: the whole turn", against, _ratios(turn.seconds, first.seconds), None),
    ]


def _rest(turn: Turn) -> list[float]:
    bare = statistics.median(turn.constructing)
    return [inside - bare for inside in turn.in_memory]


def _ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Each time over the median of the others: one of a pair may meet another process's load."""
    return [seconds / statistics.median(theirs) for seconds in ours]


class Threads:
    """Threads of each length, half of them read from the platform and half written here, by either framework."""

    def __init__(self, emulator: Emulator, overlay: Overlay) -> None:
        account = emulator.credentials
        self._provider = MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=emulator.base_url)
        self._emulator = emulator
        self._settings: Any = {"overlay": overlay, "freshness": 0}

    def turn(self, kind: Kind, length: int) -> Turn:
        """A kind of turn on a thread of its own, of so many messages."""
        said = [SeedMessage(_ROLES[at % 2], f"message {at} of the conversation") for at in range(length // 2)]
        on = On(self._provider, self._emulator.seed("minimax", said), self._settings)
        memory = kind.framework == "LlamaIndex"
        shown = _llamaindex_thread(on, length) if memory else _langchain_thread(on, length)
        return Turn(on, kind.make(on), shown)


_ROLES: tuple[Any, ...] = ("user", "assistant")


def _langchain_thread(on: On, length: int) -> Perform:
    kinds = (HumanMessage, AIMessage)
    with ThreadChatMessageHistory(on.key, provider=on.provider, **on.settings) as history:
        written = range(len(history.messages), length)
    with ThreadChatMessageHistory(on.key, provider=on.provider, **{**on.settings, "writes": "overlay"}) as history:
        history.add_messages([kinds[at % 2](f"message {at} of the conversation") for at in written])
        messages = history.messages
    assert len(messages) == length
    fields = ("content", "id", "additional_kwargs", "response_metadata")
    made = [(type(message), {name: getattr(message, name) for name in fields}) for message in messages]

    def bare() -> None:
        _ = [kind(**given) for kind, given in made]

    return bare


def _llamaindex_thread(on: On, length: int) -> Perform:
    with ThreadChatStore(on.provider, **on.settings) as store:
        written = range(len(store.get_messages(on.key)), length)
    with ThreadMemoryStore(on.provider, **{**on.settings, "writes": "overlay"}) as here:
        new = [ChatMessage(f"message {at} of the conversation", role=_ROLES[at % 2]) for at in written]
        asyncio.run(here.add_messages(on.key, new))
        messages = asyncio.run(here.get_messages(on.key))
    assert len(messages) == length
    made = [
        {"content": message.content, "role": message.role, "additional_kwargs": message.additional_kwargs}
        for message in messages
    ]

    def bare() -> None:
        _ = [ChatMessage(**given) for given in made]

    return bare


def _chain(limit: int | None) -> Callable[[On], Perform]:
    async def turn(on: On) -> None:
        await chain(limit)(on)

    return lambda on: lambda: asyncio.run(turn(on))


def _agent(limit: int | None) -> Callable[[On], Perform]:
    def make(on: On) -> Perform:
        class Timed(ThreadMiddleware):
            """Its read and its write."""

            def before_model(self, state: Any, runtime: Any, config: RunnableConfig) -> Any:  # type: ignore[override]  # always given
                with on.timed():
                    begun = super().before_model(state, runtime, config)
                if begun is not None:
                    on.reads.append(len(begun["thread_runs"][self.name].messages))
                return begun

            def after_agent(self, state: Any, runtime: Any, config: RunnableConfig) -> Any:  # type: ignore[override]  # as above
                with on.timed():
                    return super().after_agent(state, runtime, config)

        memory = Timed(provider=on.provider, thread_id=on.key, limit=limit, **on.settings)
        agent: Any = create_agent(FakeListChatModel(responses=["an answer"]), [], middleware=[memory])
        return lambda: agent.invoke({"messages": [("user", "a question")]})

    return make


def _buffer(limit: int | None) -> Callable[[On], Perform]:
    def make(on: On) -> Perform:
        class Timed(ThreadChatStore):
            """Its reads and writes."""

            def get_messages(self, *arguments: Any, **settings: Any) -> list[ChatMessage]:
                with on.timed():
                    shown = super().get_messages(*arguments, **settings)
                on.reads.append(len(shown))
                return shown

            def add_message(self, *arguments: Any, **settings: Any) -> None:
                with on.timed():
                    super().add_message(*arguments, **settings)

        opened: Any = Timed  # mypy takes the fields of a pydantic model for its arguments
        store = opened(on.provider, limit=limit, **on.settings)
        memory = ChatMemoryBuffer.from_defaults(
            chat_store=store, chat_store_key=on.key, token_limit=PLENTY, tokenizer_fn=str.split
        )

        def perform() -> None:
            memory.put(ChatMessage("a question"))
            memory.get()
            memory.put(ChatMessage("an answer", role="assistant"))

        return perform

    return make


def _memory(active: int | None) -> Callable[[On], Perform]:
    """Over a thread of which all is archived, but for so many of the newest."""

    def make(on: On) -> Perform:
        if active is not None:
            with ThreadMemoryStore(on.provider, **on.settings) as store:
                amount = asyncio.run(store.count_messages(on.key))
                asyncio.run(store.archive_oldest_messages(on.key, amount - active))
        memory = on.memory(PLENTY)

        async def turn() -> None:
            await memory.aput(ChatMessage("a question"))
            await memory.aget()
            await memory.aput(ChatMessage("an answer", role="assistant"))

        return lambda: asyncio.run(turn())

    return make


@dataclass(frozen=True)
class Kind:
    """A kind of turn: whose messages it is made of, and what makes one on a thread."""

    name: str
    framework: Literal["LangChain", "LlamaIndex"]
    make: Callable[[On], Perform]


WINDOWS = (
    Kind(f"`RunnableWithMessageHistory`, `limit={_WINDOW}`", "LangChain", _chain(_WINDOW)),
    Kind(f"`create_agent` with `ThreadMiddleware`, `limit={_WINDOW}`", "LangChain", _agent(_WINDOW)),
    Kind(f"`ChatMemoryBuffer` over `ThreadChatStore`, `limit={_WINDOW}`", "LlamaIndex", _buffer(_WINDOW)),
    Kind(f"`Memory` over `ThreadMemoryStore`, all but {_ACTIVE} archived", "LlamaIndex", _memory(_ACTIVE)),
)
"""A model is shown a part of the conversation."""

WHOLE = (
    Kind("`RunnableWithMessageHistory`", "LangChain", _chain(None)),
    Kind("`create_agent` with `ThreadMiddleware`", "LangChain", _agent(None)),
    Kind("`ChatMemoryBuffer` over `ThreadChatStore`", "LlamaIndex", _buffer(None)),
    Kind("`Memory` over `ThreadMemoryStore`", "LlamaIndex", _memory(None)),
)
"""A model is shown all of it."""

KINDS = (*WINDOWS, *WHOLE)


if __name__ == "__main__":
    command(measure, __doc__)
