"""For a moment, what was read is taken for the platform's present state: the reads of one turn are one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from provider_threads import AuthenticationError, MiniMax, Provider, ThreadClient
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from provider_threads.overlay import looks as module

from .accounts import provider_at
from .faults import Faults
from .memories import Memory, message, said, seed, shown
from .stepping import Process

MakeMemory = Callable[..., Memory]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's monotonic clock as the overlay sees it; its one item is the time."""
    now = [time.monotonic()]

    class Clock:
        monotonic = staticmethod(lambda: now[0])

    monkeypatch.setattr(module, "time", Clock)
    monkeypatch.setattr("provider_threads.overlay.operations.time", Clock)
    return now


async def test_five_reads_within_the_window_are_one_request_and_after_it_another(
    emulator: Emulator, memory_of: MakeMemory, platform: str, clock: list[float], way: str
) -> None:
    thread_id = seed(emulator, platform, ["one"])
    memory = memory_of(platform, freshness=5)
    await memory.read(thread_id)
    emulator.clear_requests()
    clock[0] += 5
    for _ in range(5):
        await memory.read(thread_id)
        clock[0] += 0.99
    assert len(emulator.requests) == 1
    clock[0] += 0.06
    await memory.read(thread_id)
    assert len(emulator.requests) == 2


async def test_five_seconds_are_the_default(emulator: Emulator, memory_of: MakeMemory, clock: list[float]) -> None:
    thread_id = seed(emulator, "hunyuan", ["one"])
    memory = memory_of("hunyuan", freshness=None)
    for step, requests in ((0.0, 1), (4.99, 1), (0.02, 2)):
        clock[0] += step
        await memory.read(thread_id)
        assert len(emulator.requests) == requests


def test_the_window_begins_when_the_platform_has_answered_however_long_that_took(
    emulator: Emulator, file: Path, clock: list[float]
) -> None:
    thread_id = seed(emulator, "minimax", [f"m{number}" for number in range(350)])
    process = Process(str(file), provider_at("minimax", emulator.base_url), freshness=5)
    first = process.read(thread_id)
    pages = 0
    while not first.ended:
        asks = first.before in ("list", "Together")
        first.advance()
        clock[0] += 4 if asks else 0
        pages += asks
    assert pages > 2
    emulator.clear_requests()
    process.read(thread_id).run()
    assert emulator.requests == []
    clock[0] += 5
    process.read(thread_id).run()
    assert len(emulator.requests) == 1
    process.close()


async def test_own_writes_do_not_end_the_window(emulator: Emulator, memory_of: MakeMemory, way: str) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    memory = memory_of("minimax", freshness=60)
    await memory.read(thread_id)
    emulator.clear_requests()
    await memory.append(thread_id, [message("user", "mine"), message("assistant", "only here")])
    assert await memory.texts(thread_id) == ["one", "mine", "only here"]
    assert [request.operation for request in emulator.requests] == ["threads/messages/add"]


async def test_a_turn_that_the_platforms_own_run_wrote_ends_the_window(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    thread_id = seed(emulator, platform, ["one"])
    memory = memory_of(platform, freshness=60, writes="none")
    await memory.read(thread_id)
    emulator.seed(platform, [SeedMessage("user", "asked")], thread_id=thread_id)  # type: ignore[arg-type]  # a platform's name
    assert await memory.texts(thread_id) == ["one"]
    await memory.append(thread_id, said("asked"))
    assert await memory.texts(thread_id) == ["one", "asked"]


async def test_a_read_that_began_before_the_run_wrote_does_not_count_as_fresh(
    emulator: Emulator, overlay: Overlay, faulty: Callable[[str], Provider], faults: Faults
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    with ThreadClient(faulty("minimax")) as client:
        ThreadMemory(client=client, overlay=overlay, freshness=0).read(thread_id)
        memory = ThreadMemory(client=client, overlay=overlay, freshness=60, writes="none")
        overlay.looks._by_thread.clear()
        with faults.holding_an_answer() as held:
            reading = threading.Thread(target=memory.read, args=(thread_id,))
            reading.start()
            assert held.wait(5)
            seed(emulator, "minimax", ["asked"], thread_id=thread_id)
            memory.append(thread_id, said("asked"))
        reading.join(10)
        assert shown(memory.read(thread_id)) == ["one", "asked"]


async def test_no_window_asks_every_time(emulator: Emulator, memory_of: MakeMemory, platform: str) -> None:
    thread_id = seed(emulator, platform, ["one"])
    memory = memory_of(platform, freshness=0)
    await memory.read(thread_id)
    emulator.clear_requests()
    for _ in range(3):
        await memory.read(thread_id)
    assert len(emulator.requests) == 3


async def test_the_window_is_of_one_thread(emulator: Emulator, memory_of: MakeMemory, clock: list[float]) -> None:
    one, other = seed(emulator, "minimax", ["one"]), seed(emulator, "minimax", ["other"])
    memory, apart = memory_of("minimax", freshness=60), memory_of("minimax", freshness=60, namespace="apart")
    everywhere = [(memory, one), (memory, other), (apart, one)]
    for reader, thread_id in everywhere:
        await reader.read(thread_id)
    for _ in range(2):
        clock[0] += 61
        for reader, thread_id in everywhere:
            emulator.clear_requests()
            await reader.read(thread_id)
            await reader.read(thread_id)
            assert len(emulator.requests) == 1


async def test_histories_on_one_overlay_share_the_window_and_overlays_do_not(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    await memory_of("minimax", freshness=60).read(thread_id)
    emulator.clear_requests()
    await memory_of("minimax", freshness=60).read(thread_id)
    assert emulator.requests == []
    with Overlay(overlay.location) as other:
        await memory_of("minimax", freshness=60, overlay=other).read(thread_id)
    assert len(emulator.requests) == 1


async def test_a_read_that_failed_is_not_fresh(emulator: Emulator, memory_of: MakeMemory) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    wrong = memory_of(MiniMax("wrong", "wrong", emulator.base_url), freshness=60)
    with pytest.raises(AuthenticationError):
        await wrong.read(thread_id)
    assert await memory_of("minimax", freshness=60).texts(thread_id) == ["one"]


async def test_clearing_asks_however_fresh_the_last_read_is(emulator: Emulator, memory_of: MakeMemory) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    memory = memory_of("minimax", freshness=60)
    await memory.read(thread_id)
    seed(emulator, "minimax", ["unseen"], thread_id=thread_id)
    await memory.set_state(thread_id, ("active",), "deleted")
    assert await memory_of("minimax").texts(thread_id) == []


async def test_archiving_what_was_read_asks_nothing_and_of_a_thread_that_was_not_it_does(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    read, unread = (seed(emulator, platform, ["one", "two", "three"]) for _ in range(2))
    memory = memory_of(platform)
    await memory.read(read)
    seed(emulator, platform, ["four"], thread_id=read)
    emulator.clear_requests()
    assert shown(await memory.set_state(read, ("active",), "archived", lambda entries: entries[:2])) == ["one", "two"]
    assert emulator.requests == []
    assert shown(await memory.set_state(unread, ("active",), "archived", lambda entries: entries[:1])) == ["one"]
    assert await memory.texts(read) == ["three", "four"]
