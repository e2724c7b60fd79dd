"""The benchmark of memory walks every way to the end, and counts what a walk keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from provider_threads.emulator import CannedEmulator, SeedMessage
from tests.benchmarks import memory

MESSAGES = 500

Walk = Callable[[str], memory.Walked]


@pytest.fixture(scope="module")
def emulator() -> Iterator[CannedEmulator]:
    said = [SeedMessage(("user", "assistant")[at % 2], f"message {at}") for at in range(MESSAGES)]
    with CannedEmulator("minimax", said) as emulator:
        yield emulator


@pytest.fixture
def walk(emulator: CannedEmulator) -> Walk:
    """Goes through a thread one way."""
    on = memory.On("minimax", emulator.base_url, emulator.thread_ids[0])
    return lambda way: memory.walk(on, way, lambda: len(emulator.arrivals), traced=True)


def test_a_quick_run_measures_growth_in_two_ways_and_the_first_request() -> None:
    ratios = memory.measure(True)
    assert [(ratio.unit, ratio.bar) for ratio in ratios] == [("MiB", 16.0), ("MiB", 16.0), ("requests", 1.0)]
    assert ratios[-1].samples == [1, 1]


@pytest.mark.parametrize("way", memory.WAYS)
def test_every_way_passes_all_messages_and_asks_once_before_the_first(walk: Walk, way: str) -> None:
    walked = walk(way)
    assert (walked.passed, walked.asked_first) == (MESSAGES, 1)


def test_what_a_walk_keeps_shows(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bytes] = []
    (lean, *_) = memory.WAYS

    def hoarding(thread: Any) -> Iterator[int]:
        for step in memory.WAYS[lean](thread):
            kept.append(bytes(40_000))
            yield step

    grew = walk(lean).grew
    monkeypatch.setitem(memory.WAYS, "hoarding", hoarding)
    assert walk("hoarding").grew - grew > MESSAGES * 40_000 / 2**20 - 1
