"""Reading a long thread for the first time, whole, a page at a time, held against the platform's SDK.

The server has a process of its own and answers 30 ms after a request came. The SDK asks for one page after the other;
so does this library, from both ends of the thread at once where nothing is in doubt, and from one end where messages
show no order, since all have one time. Each side's texts are compared with what was seeded, the sides take turns, and
requests are counted where they arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from provider_threads import AppBuilder, AsyncThreadClient, MiniMax, Provider, ThreadClient
from provider_threads.emulator import CannedEmulator, SeedMessage, Switches
from tests.benchmarks.ratios import Ratio, command
from tests.benchmarks.sdks import SDKS, listing

__all__ = ["measure"]

Platform = Literal["appbuilder", "minimax"]
Read = Callable[[], Sequence[str]]
"""Reads the thread; its texts, oldest first."""

_BAR = 0.55
_BAR_IN_DOUBT = 1.0


def measure(quick: bool) -> list[Ratio]:
    """2,000 messages on AppBuilder in four situations, and on MiniMax."""
    size, repetitions = (60, 1) if quick else (2_000, 5)
    round_trip = 0.002 if quick else 0.03
    texts = [f"第{number}章讲了什么?" for number in range(size)]
    seeds = [SeedMessage(("user", "assistant")[number % 2], text) for number, text in enumerate(texts)]
    tied = [SeedMessage(seed.role, seed.text, created_at=1_700_000_000) for seed in seeds]
    other = Switches(appbuilder_cursor_reading="positional")
    cases: list[tuple[Platform, str, list[SeedMessage], Switches, float | None]] = [
        ("appbuilder", "AppBuilder messages", seeds, Switches(), _BAR),
        ("appbuilder", "AppBuilder messages, its cursor read the other way", seeds, other, _BAR),
        ("appbuilder", "AppBuilder messages of one time, in doubt", tied, Switches(), _BAR_IN_DOUBT),
        ("minimax", "MiniMax messages, 100 a page", seeds, Switches(), None),
    ]
    ratios: list[Ratio] = []
    for platform, what, messages, switches, bar in cases:
        with CannedEmulator(platform, messages, round_trip=round_trip, switches=switches) as server:
            ratios += _side_by_side(server, platform, f"{size:,} {what}", texts, repetitions, bar)
    return ratios


def _side_by_side(
    server: CannedEmulator, platform: Platform, what: str, texts: Sequence[str], repetitions: int, bar: float | None
) -> Iterator[Ratio]:
    seconds: dict[str, list[float]] = {"sync": [], "async": [], "SDK": []}
    requests: dict[str, list[int]] = {"sync": [], "async": [], "SDK": []}
    with _sync(server, platform) as sync, _async(server, platform) as asynchronous, _sdk(server, platform) as sdk:
        for repetition in range(repetitions + 1):  # the first connects, and does not count
            for name, read in (("sync", sync), ("async", asynchronous), ("SDK", sdk)):
                server.clear_requests()
                gc.collect()
                began = time.perf_counter()
                read_texts = read()
                took = time.perf_counter() - began
                if repetition:
                    seconds[name].append(took)
                    requests[name].append(len(server.arrivals))
                if read_texts != texts:
                    raise RuntimeError(f"{what}, {name}: other messages came than were seeded")
    against = f"{SDKS[platform]}, page after page"
    for name, way in (("sync", "`ThreadClient`"), ("async", "`AsyncThreadClient`")):
        pairs = zip(seconds[name], seconds["SDK"], strict=True)
        yield Ratio(f"{what}, {way}", against, [ours / theirs for ours, theirs in pairs], bar)
    more = [ours - theirs for ours, theirs in zip(requests["sync"], requests["SDK"], strict=True)]
    yield Ratio(f"{what}, requests", against, more, 1.0 if bar else None, unit="more")


def _provider(server: CannedEmulator, platform: Platform) -> Provider:
    if platform == "minimax":
        return MiniMax("a-key", "1", base_url=server.base_url)
    return AppBuilder("a-token", base_url=server.base_url)


@contextlib.contextmanager
def _sync(server: CannedEmulator, platform: Platform) -> Iterator[Read]:
    with ThreadClient(_provider(server, platform)) as client:
        yield lambda: [message.text for message in client.read(server.thread_ids[0])]


@contextlib.contextmanager
def _async(server: CannedEmulator, platform: Platform) -> Iterator[Read]:
    async def read() -> list[str]:
        return [message.text for message in await client.read(server.thread_ids[0])]

    client = AsyncThreadClient(_provider(server, platform))
    loop = asyncio.new_event_loop()
    try:
        yield lambda: loop.run_until_complete(read())
        loop.run_until_complete(client.aclose())
    finally:
        loop.close()


@contextlib.contextmanager
def _sdk(server: CannedEmulator, platform: Platform) -> Iterator[Read]:
    size = 100 if platform == "minimax" else 20
    with listing(server, platform) as ask:
        yield lambda: _page_after_page(ask, server.thread_ids[0], size)


def _page_after_page(ask: Callable[..., Any], thread_id: str, size: int) -> list[str]:
    """The texts of a thread by an SDK; the message that a cursor names may come again."""
    texts: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(thread_id, limit=size, order="asc", **cursor)
        fresh = [message for message in page.data if message.id != cursor.get("after")]
        texts += [message.content[0].text.value for message in fresh]
        if not fresh or not getattr(page, "has_more", True):
            return texts
        cursor = {"after": page.data[-1].id}


if __name__ == "__main__":
    command(measure, __doc__)
