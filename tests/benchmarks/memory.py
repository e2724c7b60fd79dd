"""Going through a long thread, one message or document at a time: how much memory that takes, and when the first comes.

The server has a process of its own, and so has each measurement: a fork of one that has imported what it takes and done
nothing. Growth is counted from there, once a page of two was read, to the moment at which it was largest: of what
Python allocated, by tracemalloc, and, in another process without that, of what the system counts as resident. Nothing
is kept of what is gone through.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from langchain_threads import ThreadLoader
from llamaindex_threads import ThreadReader
from provider_threads import AppBuilder, AsyncThreadClient, MiniMax, Provider, ThreadClient
from provider_threads.emulator import CannedEmulator, SeedMessage
from tests.benchmarks.ratios import Ratio, command

__all__ = ["WAYS", "On", "Walked", "measure", "walk"]

Platform = Literal["minimax", "appbuilder"]

_IMPORTED = ["langchain_threads.loader", "llamaindex_threads.reader", "provider_threads.emulator.canned"]

_MIB = 2**20
_BAR = 16.0

_PROVIDERS: dict[Platform, Callable[[str], Provider]] = {
    "minimax": lambda url: MiniMax("a-key", "1", base_url=url),
    "appbuilder": lambda url: AppBuilder("a-token", base_url=url),
}


@dataclass(frozen=True)
class Walked:
    """What one way through a thread took.

    Attributes:
        passed: messages, or the messages of documents, that came. asked_first: requests when the first came.
        grew: MiB at most, by tracemalloc or of the resident set.
    """

    passed: int
    asked_first: int
    grew: float


@dataclass(frozen=True)
class On:
    """A thread that is walked through, and where."""

    platform: Platform
    base_url: str
    thread_id: str

    @property
    def provider(self) -> Provider:
        return _PROVIDERS[self.platform](self.base_url)


Way = Callable[[On], Iterator[int]]
"""Goes through a thread: how many messages each thing stands for, as it comes."""


def _sync(on: On) -> Iterator[int]:
    with ThreadClient(on.provider) as client:
        for _ in client.iter_messages(on.thread_id):
            yield 1


def _async(on: On) -> Iterator[int]:
    async def walked() -> AsyncIterator[int]:
        async with AsyncThreadClient(on.provider) as client:
            async for _ in client.iter_messages(on.thread_id):
                yield 1

    return _stepped(walked())


def _loader(on: On) -> Iterator[int]:
    with ThreadLoader(on.thread_id, provider=on.provider, granularity="message") as loader:
        for _ in loader.lazy_load():
            yield 1


def _async_loader(on: On) -> Iterator[int]:
    async def walked() -> AsyncIterator[int]:
        async with ThreadLoader(on.thread_id, provider=on.provider) as loader:
            async for document in loader.alazy_load():
                yield document.metadata["messages"]

    return _stepped(walked())


def _reader(on: On) -> Iterator[int]:
    with ThreadReader(on.provider) as reader:
        for document in reader.lazy_load_data(on.thread_id):
            yield document.metadata["messages"]


def _stepped(walk: AsyncIterator[int]) -> Iterator[int]:
    """An asynchronous walk, a step at a time, in a loop that lives as long as it does."""
    loop = asyncio.new_event_loop()
    try:
        while (passed := loop.run_until_complete(_next(walk))) is not None:
            yield passed
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _next(walk: AsyncIterator[int]) -> int | None:
    return await anext(walk, None)


WAYS: dict[str, Way] = {
    "`ThreadClient.iter_messages`": _sync,
    "`AsyncThreadClient.iter_messages`": _async,
    "`ThreadLoader.lazy_load`": _loader,
    "`ThreadLoader.alazy_load`, turns": _async_loader,
    "`ThreadReader.lazy_load_data`, turns": _reader,
}


def measure(quick: bool) -> list[Ratio]:
    """The growth of each way through a thread, and the requests before its first message."""
    if quick:
        return _measured("minimax", 1_000, list(WAYS)[:1], 1)
    return _measured("minimax", 100_000, list(WAYS), 1) + _measured("appbuilder", 100_000, list(WAYS)[:2], 1)


def _measured(platform: Platform, messages: int, ways: list[str], repetitions: int) -> list[Ratio]:
    roles: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")
    said = [SeedMessage(roles[at % 2], f"message {at} of a conversation " * (at % 7 + 1)) for at in range(messages)]
    ratios = []
    with CannedEmulator(platform, said) as emulator:
        on = On(platform, emulator.base_url, emulator.thread_ids[0])
        for way in ways:
            walks = [
                [_in_a_fork(emulator, on, way, traced=traced) for traced in (True, False)] for _ in range(repetitions)
            ]
            if any(walked.passed != messages for pair in walks for walked in pair):
                raise AssertionError(f"{way} did not come to the end of {platform}'s thread")
            what = f"{way}: {messages:,} messages of {on.provider.title}"
            for at, kind in enumerate(("allocated by Python", "resident")):
                grew = [pair[at].grew for pair in walks]
                ratios.append(Ratio(f"{what}, {kind}", "before the first request", grew, _BAR, unit="MiB"))
            asked = [walked.asked_first for pair in walks for walked in pair]
            ratios.append(Ratio(f"{what}, until the first is there", "one request", asked, 1.0, unit="requests"))
    return ratios


def _in_a_fork(emulator: CannedEmulator, on: On, way: str, *, traced: bool) -> Walked:
    """Walk in a process that does nothing else: what other work has given back is not there to be used again."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    ours, theirs = context.Pipe()
    process = context.Process(target=_told, args=(theirs, on, way, traced))
    process.start()
    theirs.close()
    try:
        while not isinstance(told := ours.recv(), Walked):
            ours.send(len(emulator.arrivals))
    except EOFError:
        raise RuntimeError(f"{way} failed in its process, which has printed why") from None
    finally:
        ours.close()
        process.join()
    return told


def _told(parent: Connection, on: On, way: str, traced: bool) -> None:
    def asked() -> int:
        parent.send(None)
        return int(parent.recv())

    parent.send(walk(on, way, asked, traced=traced))


def walk(on: On, way: str, asked: Callable[[], int], *, traced: bool) -> Walked:
    """Go through a thread once, in this process; `asked` says how many requests the server has had."""
    with ThreadClient(on.provider) as client:  # what a first request loads and keeps is no growth
        client.list_messages(on.thread_id, limit=2)
    before = asked()
    gc.collect()
    grown = _allocated() if traced else _resident()
    next(grown)
    passed = asked_first = 0
    for step in WAYS[way](on):
        if not passed:
            asked_first = asked() - before
        passed += step
    return Walked(passed, asked_first, next(grown))


def _allocated() -> Iterator[float]:
    """Start to count; then MiB at the highest since."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    yield 0.0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield (peak - before) / _MIB


def _resident() -> Iterator[float]:
    """Start to count; then MiB at the highest since."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget what was the highest
    before = _most_resident()
    yield 0.0
    yield _most_resident() - before


def _most_resident() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    command(measure, __doc__)
