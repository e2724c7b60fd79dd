"""A writer killed with SIGKILL: what it was told is kept is there whole, in order and once; so the next one goes on."""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

import pytest

from provider_threads import AsyncThreadClient
from provider_threads.emulator import Emulator
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from tests.overlay.accounts import WRITABLE, provider_at
from tests.overlay.batches import mark_of, turn
from tests.overlay.crashing import Crashes, Tally
from tests.overlay.doomed import POINTS, Point
from tests.overlay.relay import Relay, Side

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and forked processes are POSIX")

UNSENT: tuple[Point, ...] = ("before intent", "after intent")


@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_or_doubled_by_a_kill(emulator: Emulator, database: str, point: Point) -> None:
    tally = Tally()
    with Crashes(emulator, database, WRITABLE[POINTS.index(point) % 2]) as crashes:
        crashes.kill_at(point, tally)
        crashes.go_on(tally)
    assert tally.flaws == 0, tally
    assert tally.acknowledged == 3
    assert (tally.present, tally.absent) == ((0, 1) if point in UNSENT else (1, 0))


def test_nothing_is_lost_or_doubled_by_kills_at_any_time(emulator: Emulator, database: str) -> None:
    tally, chance = Tally(), random.Random(5)
    with Crashes(emulator, database, "minimax") as crashes:
        for _ in range(5):
            crashes.kill_at_random(tally, chance, within=0.1)
        crashes.go_on(tally)
    assert tally.flaws == 0, tally
    assert tally.kills == 6


def test_a_request_that_never_arrives_leaves_nothing(emulator: Emulator, file: Path) -> None:
    tally = Tally()
    with Crashes(emulator, str(file), "appbuilder") as crashes:
        crashes.kill_at("after send", tally, arrives=False)
        crashes.go_on(tally)
    assert tally.flaws == 0, tally
    assert (tally.present, tally.absent) == (0, 1)


def test_a_request_that_arrives_after_others_have_read_is_claimed_then(emulator: Emulator, file: Path) -> None:
    tally = Tally()
    with Crashes(emulator, str(file), "minimax") as crashes:
        crashes.kill_at("after send", tally, late=True)
        crashes.go_on(tally)
    assert tally.flaws == 0, tally
    assert (tally.present, tally.absent) == (1, 0)


@pytest.mark.parametrize("point", ["after apply", "after answer"])
def test_the_same_words_before_and_after_a_kill_stay_as_often_as_they_were_said(
    emulator: Emulator, file: Path, point: Point
) -> None:
    tally = Tally()
    with Crashes(emulator, str(file), "appbuilder", texts=("yes",)) as crashes:
        crashes.kill_at(point, tally)
        crashes.kill_at(point, tally)
        crashes.go_on(tally)
    assert tally.flaws == 0, tally
    assert (tally.acknowledged, tally.present) == (4, 2)


@pytest.mark.parametrize("side", ["request", "answer"])
def test_a_reader_between_send_and_commit_changes_nothing_for_the_writer(
    emulator: Emulator, database: str, side: Side
) -> None:
    tally = Tally()
    with Crashes(emulator, database, "minimax") as crashes:
        seen = crashes.read_while_held(side, tally)
        crashes.go_on(tally)
    assert seen == ([] if side == "request" else ["1-1"])
    assert tally.flaws == 0, tally
    assert tally.acknowledged == 4


async def test_a_cancelled_append_is_there_whole_and_once_at_the_next_read(
    emulator: Emulator, overlay: Overlay
) -> None:
    with Relay(emulator.base_url) as relay:
        async with AsyncThreadClient(provider_at("minimax", relay.base_url)) as client:
            memory = ThreadMemory(client=client, overlay=overlay, freshness=60.0)
            thread_id = emulator.seed("minimax")
            assert await memory.aread(thread_id) == ()
            held = relay.hold("answer")
            appending = asyncio.create_task(memory.aappend(thread_id, turn("a", "yes")))
            await asyncio.to_thread(held.there.wait, 20.0)
            appending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await appending
            held.let_go(delivered=False)
            marks = [mark_of(entry) for entry in await memory.aread(thread_id)]
    assert marks == ["a.1", "a.2", "a.3", "a.4"]
