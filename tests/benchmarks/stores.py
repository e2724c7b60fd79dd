"""Append a message and read a conversation, beside both frameworks' own stores on SQLite: ``python -m`` runs it.

Ours are asked within the time of freshness, so the platform is not: a database is compared with a database. With
``writes="split"`` an append is a request too; the same request by itself stands beside it. The rivals are made as their
documentation makes them. ``--profile NAME`` shows where one of the stores spends its time.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import inspect
import pstats
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore
from sqlalchemy.ext.asyncio import create_async_engine

from langchain_threads import ThreadChatMessageHistory
from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads import MiniMax, Provider, ThreadClient
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay

__all__ = ["REQUEST", "Measured", "Store", "measure", "table"]

_HOUR = 3600.0
_KEY = "conversation"
REQUEST = "the request of a split append, alone"
_COLUMNS = {"append": "append", "read": "read", "read_cpu": "read, of the processor"}

Perform = Callable[[], Any]


@dataclass
class Store:
    """One way to append a message and to read the conversation.

    Attributes:
        rival: whether it is a framework's own. append, read: None where there is nothing to compare.
    """

    name: str
    append: Perform | None
    read: Perform | None
    rival: bool = False


@dataclass
class Measured:
    """Seconds, one for each repetition; of reads also those of the processor, which other processes disturb less."""

    append: list[float] = field(default_factory=list)
    read: list[float] = field(default_factory=list)
    read_cpu: list[float] = field(default_factory=list)


async def measure(
    messages: int = 1000, repetitions: int = 40, *, community: bool = True
) -> dict[str, tuple[bool, Measured]]:
    """Seconds by the name of the store, with whether it is a rival.

    Args:
        messages: how long the conversation is. repetitions: how often each is timed, after a warm-up of a tenth.
        community: whether to compare with langchain-community.
    """
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        async with _stores(Path(folder), emulator, messages, community=community) as stores:
            measured = {store.name: (store.rival, Measured()) for store in stores}
            gc.collect()
            gc.freeze()  # what is timed is not charged for looking through two frameworks
            for operation in ("read", "append"):  # reads first: what is read has the length that was asked for
                await _in_turn(stores, operation, repetitions // 10 + 1, None)
                await _in_turn(stores, operation, repetitions, measured)
            return measured


async def _in_turn(
    stores: Sequence[Store], operation: str, repetitions: int, measured: dict[str, tuple[bool, Measured]] | None
) -> None:
    """Time an operation of every store, each time in another order."""
    shuffled = random.Random(repetitions)
    for _ in range(repetitions):
        for store in shuffled.sample(stores, len(stores)):
            perform = getattr(store, operation)
            if perform is None:
                continue
            began, on_cpu = time.perf_counter(), time.process_time()
            await _done(perform)
            took, took_cpu = time.perf_counter() - began, time.process_time() - on_cpu
            if measured is not None:
                taken = measured[store.name][1]
                getattr(taken, operation).append(took)
                if operation == "read":
                    taken.read_cpu.append(took_cpu)


async def _done(perform: Perform) -> Any:
    result = perform()
    return await result if inspect.isawaitable(result) else result


@asynccontextmanager
async def _stores(
    folder: Path, emulator: Emulator, messages: int, *, community: bool
) -> AsyncIterator[Sequence[Store]]:
    """Every store, each with a conversation of its own."""
    account = emulator.credentials
    provider = MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=emulator.base_url)
    with Overlay(folder / "overlay.db") as overlay:
        async with AsyncExitStack() as opened:
            found = await _ours(provider, overlay, emulator, messages, opened)
            found += [await _llamaindex(folder, messages, opened)]
            if community:
                found += await _community(folder, messages, opened)
            client = opened.enter_context(ThreadClient(provider))
            alone = emulator.seed("minimax")
            found.append(Store(REQUEST, lambda: client.append(alone, _text(0)), None))
            yield found


def _text(number: int) -> str:
    """Of a question's length, or of an answer's."""
    return f"What does chapter {number} say of the matter? " * (5 if number % 2 else 1)


def _langchain_messages(count: int) -> list[BaseMessage]:
    return [AIMessage(_text(number)) if number % 2 else HumanMessage(_text(number)) for number in range(count)]


def _llamaindex_messages(count: int) -> list[ChatMessage]:
    roles = ("user", "assistant")
    return [ChatMessage(role=roles[number % 2], content=_text(number)) for number in range(count)]


async def _ours(
    provider: Provider, overlay: Overlay, emulator: Emulator, messages: int, opened: AsyncExitStack
) -> list[Store]:
    found = []
    for writes in ("overlay", "split"):
        settings: Any = {"overlay": overlay, "writes": writes, "freshness": _HOUR}
        keys = [emulator.seed("minimax") for _ in range(3)]
        history = ThreadChatMessageHistory(keys[0], provider=provider, **settings)
        opened.push_async_callback(history.aclose)
        history.add_messages(_langchain_messages(messages))
        chat_store, memory_store = ThreadChatStore(provider, **settings), ThreadMemoryStore(provider, **settings)
        for message in _llamaindex_messages(messages):
            chat_store.add_message(keys[1], message)
        await memory_store.add_messages(keys[2], _llamaindex_messages(messages))
        for store in (chat_store, memory_store):
            opened.push_async_callback(store.aclose)
        found += _ways(writes, history, chat_store, memory_store, keys)
    return found + _mirrored(provider, overlay, emulator, messages, opened)


def _mirrored(
    provider: Provider, overlay: Overlay, emulator: Emulator, messages: int, opened: AsyncExitStack
) -> list[Store]:
    """Of a conversation that others wrote on the platform."""
    roles = ("user", "assistant")
    key = emulator.seed("minimax", [SeedMessage(roles[number % 2], _text(number)) for number in range(messages)])
    history = ThreadChatMessageHistory(key, provider=provider, overlay=overlay, freshness=_HOUR)
    store = ThreadMemoryStore(provider, overlay=overlay, freshness=_HOUR)
    opened.push_async_callback(history.aclose)
    opened.push_async_callback(store.aclose)
    return [
        Store("ThreadChatMessageHistory, mirrored, sync", None, lambda: history.messages),
        Store("ThreadMemoryStore, mirrored, async", None, lambda: store.get_messages(key)),
    ]


def _ways(
    writes: str,
    history: ThreadChatMessageHistory,
    chat_store: ThreadChatStore,
    memory_store: ThreadMemoryStore,
    keys: Sequence[str],
) -> list[Store]:
    asked, said = HumanMessage(_text(0)), ChatMessage(_text(0))
    return [
        Store(
            f"ThreadChatMessageHistory, {writes}, sync", lambda: history.add_message(asked), lambda: history.messages
        ),
        Store(
            f"ThreadChatMessageHistory, {writes}, async", lambda: history.aadd_messages([asked]), history.aget_messages
        ),
        Store(
            f"ThreadChatStore, {writes}, sync",
            lambda: chat_store.add_message(keys[1], said),
            lambda: chat_store.get_messages(keys[1]),
        ),
        Store(
            f"ThreadChatStore, {writes}, async",
            lambda: chat_store.async_add_message(keys[1], said),
            lambda: chat_store.aget_messages(keys[1]),
        ),
        Store(
            f"ThreadMemoryStore, {writes}, async",
            lambda: memory_store.add_message(keys[2], said),
            lambda: memory_store.get_messages(keys[2]),
        ),
    ]


async def _llamaindex(folder: Path, messages: int, opened: AsyncExitStack) -> Store:
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'llamaindex.db'}")
    opened.push_async_callback(engine.dispose)
    store = SQLAlchemyChatStore(table_name="messages", async_engine=engine)
    await store.add_messages(_KEY, _llamaindex_messages(messages))
    said = ChatMessage(_text(0))
    return Store(
        "LlamaIndex: SQLAlchemyChatStore, async",
        lambda: store.add_message(_KEY, said),
        lambda: store.get_messages(_KEY),
        rival=True,
    )


async def _community(folder: Path, messages: int, opened: AsyncExitStack) -> list[Store]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            from langchain_community.chat_message_histories import SQLChatMessageHistory
        except ImportError:
            raise SystemExit("the comparison needs langchain-community: pip install langchain-community") from None
    asked = HumanMessage(_text(0))
    history = SQLChatMessageHistory(_KEY, connection=f"sqlite:///{folder / 'community.db'}")
    opened.callback(history.engine.dispose)
    history.add_messages(_langchain_messages(messages))
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'community_async.db'}")
    opened.push_async_callback(engine.dispose)
    ahistory = SQLChatMessageHistory(_KEY, connection=engine)
    await ahistory.aadd_messages(_langchain_messages(messages))
    title = "langchain-community: SQLChatMessageHistory"
    return [
        Store(f"{title}, sync", lambda: history.add_message(asked), lambda: history.messages, rival=True),
        Store(f"{title}, async", lambda: ahistory.aadd_message(asked), ahistory.aget_messages, rival=True),
    ]


def table(measured: dict[str, tuple[bool, Measured]]) -> list[str]:
    """Medians in milliseconds, and as multiples of the fastest rival's; a split append also without its request."""
    medians = {
        name: [statistics.median(taken) if (taken := getattr(seconds, operation)) else None for operation in _COLUMNS]
        for name, (_, seconds) in measured.items()
    }
    rivals = [medians[name] for name, (rival, _) in measured.items() if rival]
    best = [min(median for median in column if median is not None) for column in zip(*rivals, strict=True)]
    request = medians[REQUEST][0] or 0.0
    titles = " | ".join(f"{title}, ms | times the rival" for title in _COLUMNS.values())
    lines = [f"| Store | {titles} |", "|---" * (1 + 2 * len(_COLUMNS)) + "|"]
    for name, row in medians.items():
        lines.append(_line(name, row, best))
        if ", split, " in name:
            lines.append(_line("… without its request", [(row[0] or 0.0) - request, None, None], best))
    return lines


def _line(name: str, row: Sequence[float | None], best: Sequence[float]) -> str:
    cells = [
        f"{median * 1000:.2f} | {median / rival:.2f}" if median is not None else " | "
        for median, rival in zip(row, best, strict=True)
    ]
    return f"| {name} | {' | '.join(cells)} |"


async def profile(name: str, messages: int, repetitions: int) -> None:
    """Print where the appends and the reads of one store spend their time."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        async with _stores(Path(folder), emulator, messages, community="community" in name) as stores:
            store = next(store for store in stores if store.name == name)
            for operation in ("append", "read"):
                await _in_turn([store], operation, 3, None)
                with cProfile.Profile() as profiler:
                    await _in_turn([store], operation, repetitions, None)
                print(f"{name}: {operation}, {repetitions} times")
                pstats.Stats(profiler).strip_dirs().sort_stats("tottime").print_stats(25)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=40)
    parser.add_argument("--profile", metavar="NAME")
    options = parser.parse_args()
    if options.profile:
        asyncio.run(profile(options.profile, options.messages, options.repetitions))
        return
    print(
        f"{options.messages:,} messages, medians of {options.repetitions}; another process's load shows in all of them."
    )
    print("\n".join(table(asyncio.run(measure(options.messages, options.repetitions)))))


if __name__ == "__main__":
    main()
