"""How many requests of an account are under way at once: across threads and event loops, first come, first served."""

from __future__ import annotations

import asyncio
import gc
import math
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from provider_threads import UNLIMITED, AsyncThreadClient, Limits, NotSentError, Provider, RetryPolicy, ThreadClient
from provider_threads.accounts import KEPT, account_named
from provider_threads.emulator import Emulator
from provider_threads.flows.steps import Send, Until
from provider_threads.traffic import LOST_S, Traffic
from tests.clients.ways import WAYS, Way, threads_of
from tests.flows.scripted import THREADS, Performance
from tests.reliability.row import Property

from .alone import account_name, request, waiting
from .throttle import Throttle

ONCE = RetryPolicy(attempts=1)
THREAD = THREADS["hunyuan"]


def limits(in_flight: float) -> Limits:
    return Limits(math.inf, in_flight)


async def test_many_tasks_are_never_more_than_allowed(
    platform: str,
    emulator: Emulator,
    provider_of: Callable[..., Provider],
    throttle_of: Callable[..., Throttle],
    record_property: Property,
) -> None:
    """With each platform's own number, and a server that refuses what is above it."""
    provider = provider_of(platform)
    most = {"hunyuan": 5, "minimax": 10, "appbuilder": 10}[platform]
    throttle = throttle_of(in_flight=most, latency=0.002)
    tasks = 200 if platform == "hunyuan" else 40
    thread_id = emulator.seed(platform)  # type: ignore[arg-type]  # the fixture's names are the emulator's
    async with AsyncThreadClient(provider, limits=Limits(per_second=math.inf), retry=ONCE) as threads:
        await asyncio.gather(*(threads.get_thread(thread_id) for _ in range(tasks)))
    record_property("at_once", tasks)
    record_property(f"most_in_flight_{platform}", throttle.most_in_flight)
    record_property("most_above_the_allowed", throttle.most_in_flight - most)
    record_property("refused_as_too_many", throttle.refused)
    assert (throttle.refused, throttle.most_in_flight, len(throttle.arrivals)) == (0, most, tasks)


def test_threads_and_event_loops_share_one_account(
    emulator: Emulator,
    provider_of: Callable[..., Provider],
    throttle_of: Callable[..., Throttle],
    record_property: Property,
) -> None:
    throttle = throttle_of(in_flight=3, latency=0.005)
    provider, thread_id = provider_of("appbuilder"), emulator.seed("appbuilder")

    def in_thread() -> None:
        with ThreadClient(provider, limits=limits(3), retry=ONCE) as threads:
            for _ in range(10):
                threads.get_thread(thread_id)

    async def in_tasks() -> None:
        async with AsyncThreadClient(provider, limits=limits(3), retry=ONCE) as threads:
            await asyncio.gather(*(threads.get_thread(thread_id) for _ in range(10)))

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(in_thread) for _ in range(4)] + [pool.submit(asyncio.run, in_tasks()) for _ in range(4)]
        for done in work:
            done.result(timeout=20)
    record_property("at_once", 80)
    record_property("most_above_the_allowed", throttle.most_in_flight - 3)
    record_property("refused_as_too_many", throttle.refused)
    assert (throttle.refused, throttle.most_in_flight, len(throttle.arrivals)) == (0, 3, 80)


def test_without_limits_all_go_at_once(
    emulator: Emulator, provider_of: Callable[..., Provider], throttle_of: Callable[..., Throttle]
) -> None:
    throttle = throttle_of(latency=0.2)
    provider, thread_id = provider_of("hunyuan"), emulator.seed("hunyuan")

    async def all_at_once() -> None:
        async with AsyncThreadClient(provider, limits=UNLIMITED) as threads:
            await asyncio.gather(*(threads.get_thread(thread_id) for _ in range(12)))

    asyncio.run(all_at_once())
    assert throttle.most_in_flight == 12


def test_who_waits_longest_goes_first() -> None:
    performance, given = Performance(), Limits(math.inf, 1, name=account_name())
    flows = waiting(given, performance, 4)
    traffic = account_named(f"hunyuan:{given.name}").traffic
    order = [turn for *_, turn in traffic._waiting]
    for number in range(3):
        assert [turn.done() for turn in order] == [True] * number + [False] * (3 - number)
        with pytest.raises(StopIteration):
            flows[number].send(THREAD)
        assert isinstance(flows[number + 1].send(True), Send)
    flows[3].close()
    assert traffic._ends == []


@pytest.mark.parametrize("got_it", [False, True])
def test_who_gives_up_leaves_the_place_to_the_next(got_it: bool) -> None:
    """Also where the place came in the very moment of giving up."""
    performance, given = Performance(), Limits(math.inf, 1, name=account_name())
    first, second, third = waiting(given, performance, 3)
    if got_it:
        first.close()
        second.close()
    else:
        second.close()
        first.close()
    assert isinstance(third.send(True), Send)
    third.close()
    assert isinstance(next(request(performance, given)), Send)


def test_a_wait_that_takes_too_long_ends_in_an_error_and_gives_up_its_place() -> None:
    performance, given = Performance(), Limits(math.inf, 1, name=account_name())
    first, second, third = waiting(given, performance, 3)
    with pytest.raises(NotSentError, match="own limits"):
        second.send(False)
    first.close()
    assert isinstance(third.send(True), Send)
    third.close()


def test_a_wait_is_no_longer_than_the_time_for_the_whole_call() -> None:
    performance, given = Performance(), Limits(math.inf, 1, name=account_name())
    (first,) = waiting(given, performance, 1)
    step = next(request(performance, given, total=7))
    assert isinstance(step, Until)
    assert step.seconds == pytest.approx(7)
    first.close()


def test_each_client_of_an_account_goes_by_its_own_number() -> None:
    performance, name = Performance(), account_name()
    wide, narrow = Limits(math.inf, 3, name=name), Limits(math.inf, 2, name=name)
    one, two = waiting(wide, performance, 2)
    strict, later = request(performance, narrow), request(performance, wide)
    assert isinstance(next(strict), Until)
    assert isinstance(next(later), Until)  # it could go, and would keep the other waiting for ever
    one.close()
    assert isinstance(strict.send(True), Send)
    assert isinstance(later.send(True), Send)
    for flow in (strict, later, two):
        flow.close()


@pytest.mark.parametrize("way", ["task", "thread"])
async def test_a_cancelled_request_gives_its_place_back(
    way: str, emulator: Emulator, provider_of: Callable[..., Provider], throttle_of: Callable[..., Throttle]
) -> None:
    """One that is under way and one that waits for its place."""
    throttle_of(latency=0.3)
    provider, thread_id = provider_of("minimax"), emulator.seed("minimax")
    async with AsyncThreadClient(provider, limits=limits(1)) as threads:
        under_way, waits = (asyncio.create_task(threads.get_thread(thread_id)) for _ in range(2))
        await asyncio.sleep(0.05)
        for task in (waits, under_way):
            task.cancel()
        assert await asyncio.gather(under_way, waits, return_exceptions=True) != [None, None]
        if way == "task":
            assert (await threads.get_thread(thread_id)).id == thread_id
        else:
            with ThreadClient(provider, limits=limits(1), timeout=5) as others:
                assert (await asyncio.to_thread(others.get_thread, thread_id)).id == thread_id


@pytest.mark.parametrize("way", WAYS)
async def test_who_waits_in_vain_is_told_when_the_time_is_over(
    way: Way, emulator: Emulator, provider_of: Callable[..., Provider], throttle_of: Callable[..., Throttle]
) -> None:
    throttle = throttle_of(latency=0.6)
    provider, thread_id = provider_of("minimax"), emulator.seed("minimax")
    patient, hasty = (threads_of(way, provider, limits=limits(1), timeout=seconds) for seconds in (10, 0.2))
    busy = threading.Thread(target=ThreadClient(provider, limits=limits(1)).get_thread, args=(thread_id,))
    busy.start()
    while not throttle.arrivals:  # noqa: ASYNC110 - the server runs in another loop
        await asyncio.sleep(0.005)
    with pytest.raises(NotSentError, match="own limits"):
        await hasty.get_thread(thread_id)
    assert len(throttle.arrivals) == 1
    assert (await patient.get_thread(thread_id)).id == thread_id
    busy.join(5)
    for threads in (patient, hasty):
        await threads.shut()


def test_the_traffic_of_an_account_outlives_its_clients() -> None:
    """Frameworks make a history for every call, and drop it."""
    name = account_name()
    first = id(account_named(name).traffic)
    assert id(account_named(name).traffic) == first


def test_a_held_account_is_never_forgotten_and_others_are_at_last() -> None:
    name, dropped = account_name(), account_name()
    held, forgotten = account_named(name), weakref.ref(account_named(dropped))
    for _ in range(KEPT + 1):
        account_named(account_name())
    gc.collect()
    assert account_named(name) is held
    assert forgotten() is None


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_does_not_wait_for_its_parents_requests(
    emulator: Emulator, provider_of: Callable[..., Provider], throttle_of: Callable[..., Throttle]
) -> None:
    throttle = throttle_of(latency=0.5)
    provider, thread_id = provider_of("appbuilder"), emulator.seed("appbuilder")
    with ThreadClient(provider, limits=limits(1), timeout=5) as threads:
        busy = threading.Thread(target=threads.get_thread, args=(thread_id,))
        busy.start()
        while not throttle.arrivals:
            time.sleep(0.005)
        pid = os.fork()
        if pid == 0:
            signal.alarm(10)
            traffic = threads._operations.context.limiter.traffic  # type: ignore[union-attr]  # it has one
            os._exit(0 if traffic.enter(1, 0, 1) is None else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        busy.join(5)


def test_the_cost_of_a_free_turn_is_some_microseconds() -> None:
    """A bound that the slowest machine keeps; docs/limits.md has what was measured."""
    given: Any = Limits(1e9, 100, name=account_name())
    flows = [request(Performance(), given) for _ in range(200)]
    bare = [request(Performance(), UNLIMITED) for _ in range(200)]

    def seconds(started: list[Any]) -> float:
        begin = time.perf_counter()
        for flow in started:
            next(flow)
            flow.close()
        return time.perf_counter() - begin

    assert min(seconds(flows[:100]), seconds(flows[100:])) - seconds(bare) / 2 < 100 * 200e-6


def test_the_place_of_a_call_that_never_ends_comes_back() -> None:
    """As of one whose event loop is closed under it: nothing of it runs any more, and asyncio's tools hold it."""
    traffic = Traffic()
    lost = [traffic.enter(1, now=0, end=60), traffic.enter(1, now=1, end=61)]
    assert lost[0] is None
    waits = traffic.enter(1, now=80, end=140)
    assert waits is not None
    assert not waits.done()
    traffic.give_up(waits, 140)
    late = traffic.enter(1, now=60 + LOST_S + 1, end=160)  # the second of them has its turn, and is lost as well
    assert late is not None
    traffic.give_up(late, 160)
    assert traffic.enter(1, now=61 + LOST_S + 1, end=180) is None
    traffic.leave(60)  # of the first, after all
    assert traffic.enter(1, now=100, end=181) is not None
