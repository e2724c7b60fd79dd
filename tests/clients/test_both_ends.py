"""A whole read asks from both ends at once, over real connections: nothing is lost, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from provider_threads import (
    UNLIMITED,
    AppBuilder,
    AsyncThreadClient,
    CallRecord,
    Limits,
    Provider,
    ProviderUnavailableError,
    RetryPolicy,
    ThreadClient,
)
from provider_threads.emulator import CannedEmulator, Emulator, Fault, SeedMessage, Switches
from tests.reliability.stopping import StoppedAt

from .conversations import seeded
from .test_whole_reads import POSITIONS
from .ways import Threads, Way, threads_of

PAGE = 4
SIZES = (3 * PAGE, 4 * PAGE - 1, 4 * PAGE + 2)
MOST_POINTS = 400


@pytest.fixture(scope="module")
def canned() -> Iterator[CannedEmulator]:
    with CannedEmulator("appbuilder", [SeedMessage("user", f"m{n}") for n in range(200)], round_trip=0.01) as server:
        yield server


@pytest.mark.parametrize(("platform", "position"), [one for one in POSITIONS if "-7" not in str(one.id)])
async def test_a_thread_is_the_same_as_from_one_end_in_every_position(
    emulator: Emulator, client_of: Callable[..., Threads], platform: str, position: dict[str, Any]
) -> None:
    threads = client_of(platform)
    emulator.switches = Switches(**{**position, f"{platform}_max_limit": PAGE})
    for size in SIZES:
        thread_id, texts = seeded(emulator, platform, size)
        from_one_end = await threads.walk(thread_id)
        one = len(emulator.requests)
        view = await threads.read(thread_id)
        assert [message.text for message in view] == [message.text for message in from_one_end] == texts
        assert (view.complete, view.gap_before) == (True, None)
        assert len(emulator.requests) <= 2 * one + 2
        emulator.clear_requests()
    if position.get("minimax_cursor") == "ignored":
        return  # such a list is one page, which is not to be had while it grows
    emulator.faults = [Fault("growing_list", times=4)]
    there = [message.text for message in emulator.messages(platform, thread_id)]  # type: ignore[arg-type]  # of its names
    texts = [message.text for message in await threads.read(thread_id)]
    grown = [message.text for message in emulator.messages(platform, thread_id)]  # type: ignore[arg-type]  # as above
    assert texts == grown[: len(texts)]
    assert len(texts) >= len(there)


def second_threads() -> list[threading.Thread]:
    """Those in which the second end is read."""
    return [thread for thread in threading.enumerate() if thread.name == "provider-threads"]


def appbuilder(canned: CannedEmulator) -> AppBuilder:
    return AppBuilder(canned.credentials.appbuilder_token, base_url=canned.base_url)


@pytest.mark.parametrize(("limits", "most"), [(UNLIMITED, 2), (Limits(in_flight=1), 1)], ids=["no limit", "one"])
async def test_two_requests_are_out_at_once_where_the_accounts_limits_allow_two(
    canned: CannedEmulator, way: Way, limits: Limits, most: int
) -> None:
    canned.clear_requests()
    threads = threads_of(way, appbuilder(canned), limits=replace(limits, name=f"{way} {most}"))
    assert len(await threads.read(canned.thread_ids[0])) == 200
    await threads.shut()
    assert canned.most_in_flight == most
    assert len(canned.arrivals) == 11  # as from one end: 20, then 19 new ones each


async def test_every_try_is_told_in_the_callers_context(canned: CannedEmulator, way: Way) -> None:
    asked_by = contextvars.ContextVar("asked_by", default="nobody")
    told: list[tuple[str, CallRecord]] = []
    threads = threads_of(way, appbuilder(canned), on_call=lambda record: told.append((asked_by.get(), record)))
    asked_by.set("the caller")
    await threads.read(canned.thread_ids[0])
    await threads.shut()
    assert {name for name, _ in told} == {"the caller"}
    assert [(record.attempt, record.error) for _, record in told] == [(1, None)] * 11


async def test_an_error_is_raised_once_both_ends_have_ended(
    emulator: Emulator, client_of: Callable[..., Threads]
) -> None:
    threads = client_of("minimax", retry=RetryPolicy(attempts=1))
    emulator.switches = Switches(minimax_max_limit=PAGE)
    thread_id, texts = seeded(emulator, "minimax", 40)
    tasks = asyncio.all_tasks()
    emulator.faults = [Fault("growing_list", times=3), Fault("busy", probability=0.5)]
    errors = 0
    for _ in range(12):
        try:
            await threads.read(thread_id)
        except ProviderUnavailableError:
            errors += 1
        assert second_threads() == []
        assert asyncio.all_tasks() == tasks
    assert errors
    emulator.faults = []
    assert [message.text for message in await threads.read(thread_id)][: len(texts)] == texts


async def test_a_read_cancelled_anywhere_leaves_nothing_under_way(
    emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    emulator.switches = Switches(appbuilder_max_limit=2)
    thread_id, texts = seeded(emulator, "appbuilder", 9)
    for point in range(1, MOST_POINTS, 7):
        async with AsyncThreadClient(provider_of("appbuilder"), limits=Limits(in_flight=2, name="both ends")) as client:
            before = asyncio.all_tasks()
            stopped = StoppedAt(client.read(thread_id), point)
            reading = asyncio.ensure_future(_awaited(stopped))
            await asyncio.wait([reading], timeout=20)
            assert reading.done()
            assert asyncio.all_tasks() == before
            if stopped.reached < point:
                break
            assert reading.cancelled()
            # Both places in flight are free again, or this would wait for ever.
            assert [message.text for message in await client.read(thread_id)] == texts
    assert stopped.reached < point
    assert point > 50


async def _awaited(stopped: StoppedAt[Any]) -> None:
    await stopped


def test_an_interrupt_in_the_other_thread_ends_the_read(canned: CannedEmulator) -> None:
    caller = threading.get_ident()

    def interrupt(record: CallRecord) -> None:
        if threading.get_ident() != caller:
            raise KeyboardInterrupt

    with ThreadClient(appbuilder(canned), on_call=interrupt) as client, pytest.raises(KeyboardInterrupt):
        client.read(canned.thread_ids[0])
    assert second_threads() == []
