"""One account in many processes, through a real Redis: each `SharedTraffic` here stands for a process."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from provider_threads import AsyncThreadClient, Limits, NotSentError, Provider, ThreadClient
from provider_threads.emulator import Emulator
from provider_threads.limiter import PACE
from provider_threads.redis_traffic import SharedTraffic
from provider_threads.traffic import APART_S, Ahead, Pace, TooLate
from tests.benchmarks.limits import Course, Work, measure
from tests.clients.ways import Way, threads_of
from tests.reliability.row import Property
from tests.wire.sockets import unused_address

from .alone import account_name
from .throttle import Throttle

redis = pytest.importorskip("redis")

SPACING = 1 / (20 * PACE)
PACED = Pace(SPACING, 20)


def soon() -> float:
    return time.monotonic() + 60


@pytest.fixture
def server(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def account() -> str:
    return account_name()


@pytest.fixture
def processes(redis_url: str, account: str) -> list[SharedTraffic]:
    return [SharedTraffic(redis_url, account) for _ in range(3)]


def keys_of(server: Any, account: str) -> dict[str, str]:
    """An account's keys in Redis, by what they hold."""
    keys = [key.decode() for key in server.scan_iter(f"provider-threads:limits:*{account}*")]
    return {key.rpartition(":")[2]: key for key in keys}


def until_slot(told: object) -> float:
    assert isinstance(told, float)
    return told - time.monotonic()


def test_processes_take_turns_evenly(processes: list[SharedTraffic]) -> None:
    begin = time.monotonic()
    slots = [processes[number % 3].enter(f"lease{number}", 30, PACED, soon()) for number in range(12)]
    taken = time.monotonic() - begin
    assert [slot - begin for slot in slots if isinstance(slot, float)] == pytest.approx(
        [SPACING * number for number in range(12)], abs=taken + 0.001
    )


def test_no_more_are_in_flight_than_allowed_and_who_waits_longest_goes_first(processes: list[SharedTraffic]) -> None:
    one, two, three = processes
    assert [isinstance(one.enter(lease, 2, None, soon()), float) for lease in "ab"] == [True, True]
    assert two.enter("c", 2, None, soon()) == Ahead(0)
    assert three.enter("d", 2, None, soon()) == Ahead(1)
    one.leave("a", None)
    assert three.enter("d", 2, None, soon()) == Ahead(0)  # it asks first, and is not first
    assert isinstance(two.enter("c", 2, None, soon()), float)
    one.leave("b", None)
    assert isinstance(three.enter("d", 2, None, soon()), float)


def test_who_stops_waiting_is_in_nobodys_way(processes: list[SharedTraffic]) -> None:
    one, two, three = processes
    one.enter("a", 1, None, soon())
    assert two.enter("b", 1, None, soon()) == Ahead(0)
    assert three.enter("c", 1, None, soon()) == Ahead(1)
    two.leave("b", None)
    assert three.enter("c", 1, None, soon()) == Ahead(0)


def test_the_places_of_a_dead_process_come_back(processes: list[SharedTraffic]) -> None:
    """Of one that held a place, when its call would have ended; of one that waited, after two seconds."""
    dead, alive, _ = processes
    dead.enter("a", 1, None, time.monotonic() + 0.1)
    assert dead.enter("b", 1, None, soon()) == Ahead(0)
    assert alive.enter("c", 1, None, soon()) == Ahead(1)
    for _ in range(30):
        time.sleep(0.1)
        if isinstance(alive.enter("c", 1, None, soon()), float):
            return
    raise AssertionError("the places are lost")


def test_a_slot_after_the_deadline_is_not_taken(processes: list[SharedTraffic]) -> None:
    one, two, three = processes
    slow = Pace(10.0, 1)
    one.enter("a", 5, slow, soon())
    assert two.enter("b", 5, slow, time.monotonic() + 5) == TooLate()
    two.leave("b", None)
    assert 9 < until_slot(three.enter("c", 5, slow, soon())) <= 10.1


def test_who_dies_having_come_too_late_is_in_nobodys_way(processes: list[SharedTraffic]) -> None:
    one, dead, alive = processes
    slow = Pace(10.0, 1)
    one.enter("a", 1, slow, soon())
    one.leave("a", None)
    assert dead.enter("b", 1, slow, time.monotonic() + 5) == TooLate()
    assert isinstance(alive.enter("c", 1, slow, soon()), float)


def test_what_follows_a_request_that_left_late_does_not_catch_up_with_it(processes: list[SharedTraffic]) -> None:
    one, two, _ = processes
    fast = Pace(0.001, 3)
    for lease in "abc":
        one.enter(lease, 10, fast, soon())
    left = time.monotonic() + 0.4  # all three, on connections that took their time
    for lease in "abc":
        one.leave(lease, left)
    assert until_slot(two.enter("d", 10, fast, soon())) == pytest.approx(0.4 + APART_S, abs=0.1)


def set_back(server: Any, account: str) -> None:
    """Has all that Redis knows of an account be an hour ahead, as after its clock was set back."""
    for kind, key in keys_of(server, account).items():
        if kind in ("next", "clock"):
            server.incrby(key, 3600 * 10**6)
        else:
            for told in server.zrange(key, 0, -1):
                server.zincrby(key, 3600e6, told)


def test_a_clock_set_back_changes_nothing(processes: list[SharedTraffic], server: Any, account: str) -> None:
    one, dead, alive = processes
    pace = Pace(0.01, 20)
    dead.enter("a", 2, None, soon())
    for number in range(pace.most):
        one.enter(f"lease{number}", 2, pace, soon())
        one.leave(f"lease{number}", time.monotonic())
    one.enter("b", 2, pace, soon())
    assert dead.enter("c", 2, pace, soon()) == Ahead(0)
    set_back(server, account)
    assert alive.enter("d", 2, pace, soon()) == Ahead(1)
    alive.leave("d", None)
    dead.leave("c", None)
    one.leave("b", None)
    assert 0 < until_slot(alive.enter("e", 2, pace, soon())) < 2
    keys = keys_of(server, account)
    assert all(server.ttl(key) > 0 for key in keys.values())
    # The place of the dead one comes back when its call would have ended, with the second that a lease has more.
    assert server.zscore(keys["leases"], "a") / 1e6 - time.time() < 61


def test_a_slot_far_ahead_is_remembered_until_it_comes(
    processes: list[SharedTraffic], server: Any, account: str
) -> None:
    one, *_ = processes
    one.enter("a", 5, Pace(100.0, 0), soon())
    assert server.ttl(keys_of(server, account)["next"]) > 100


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_a_client_gives_back_what_it_took(
    way: Way, redis_url: str, server: Any, emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    thread_id = emulator.seed("hunyuan")
    provider = provider_of("hunyuan")
    threads = threads_of(way, provider, limits=Limits(redis=redis_url))
    for _ in range(3):
        assert (await threads.get_thread(thread_id)).id == thread_id
    await threads.shut()
    keys = keys_of(server, provider.account_digest())
    assert set(keys) == {"next", "departures", "clock"}
    assert all(server.ttl(key) > 0 for key in keys.values())


def test_keys_in_redis_show_no_credential_and_take_a_name(
    redis_url: str, server: Any, account: str, emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    provider, thread_id = provider_of("hunyuan"), emulator.seed("hunyuan")
    for name in (None, account):
        with ThreadClient(provider, limits=Limits(redis=redis_url, name=name)) as threads:
            threads.get_thread(thread_id)
    named, digested = keys_of(server, account), keys_of(server, provider.account_digest())
    assert set(named) == set(digested) == {"next", "departures", "clock"}
    held = emulator.credentials
    stored = "".join(f"{key} {server.dump(key)}" for key in [*named.values(), *digested.values()])
    assert held.secret_id not in stored
    assert held.secret_key not in stored


async def test_a_cancelled_request_gives_its_place_back(
    redis_url: str,
    emulator: Emulator,
    provider_of: Callable[..., Provider],
    throttle_of: Callable[..., Throttle],
) -> None:
    throttle = throttle_of(latency=0.5)
    provider, thread_id = provider_of("minimax"), emulator.seed("minimax")
    limits = Limits(in_flight=1, redis=redis_url)
    async with AsyncThreadClient(provider, limits=limits, timeout=20) as threads:
        task = asyncio.create_task(threads.get_thread(thread_id))
        while not throttle.arrivals:  # noqa: ASYNC110 - the server runs in another loop
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        begin = time.monotonic()
        await threads.get_thread(thread_id)
        assert time.monotonic() - begin < 10  # and not when the lease ends


@pytest.mark.parametrize("way", ["sync", "async"])
async def test_without_redis_nothing_is_sent_and_the_error_says_so(
    way: Way, emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    nowhere = unused_address().replace("http://", "redis://:geheim@")
    threads = threads_of(way, provider_of("minimax"), limits=Limits(redis=nowhere))
    with pytest.raises(NotSentError, match=r"the Redis that shares this client's limits .*nothing was sent") as failed:
        await threads.append(emulator.seed("minimax"), "hello")
    assert failed.value.cause_type == "ConnectionError"
    assert "geheim" not in repr(failed.value)
    assert emulator.requests == []
    await threads.shut()


def test_a_client_of_redis_may_be_given_and_is_not_closed(
    server: Any, emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    with ThreadClient(provider_of("hunyuan"), limits=Limits(redis=server)) as threads:
        threads.get_thread(emulator.seed("hunyuan"))
    assert server.ping()


def test_two_processes_stay_below_the_limits_of_one_account(redis_url: str, record_property: Property) -> None:
    """In small, with room for a machine that is busy; docs/limits.md has what a minute of eight processes gives."""
    course = Course(seconds=1.5, per_second=20, in_flight=3, latency=0.02, callers=3)
    outcome = measure(course, 2, Work.in_threads, redis_url)
    record_property("most_above_the_allowed", outcome.most_in_flight - course.in_flight)
    assert outcome.most_in_flight <= 3
    assert outcome.most_per_second <= 22
    assert min(outcome.answered) >= 3
    assert outcome.share < 1
    assert math.isclose(outcome.share * 30, sum(outcome.answered))
