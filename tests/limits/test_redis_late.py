"""A call that ends before Redis has answered: it does not wait, and its place comes back behind what was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import httpx
import pytest

from provider_threads import AppBuilder, AsyncThreadClient, Limits, NotSentError, ThreadClient, ThreadNotFoundError
from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Local, Send
from provider_threads.redis_traffic import SharedTraffic
from provider_threads.traffic import TooLate, Unreachable
from tests.clients.ways import WAYS, Way, threads_of
from tests.flows.scripted import KEY, THREADS, Clock, Performance, message, page
from tests.wire.sockets import RawServer, unused_address

from .alone import account_name, request
from .test_redis import keys_of, soon

redis = pytest.importorskip("redis")

ONCE = redis.retry.Retry(redis.backoff.NoBackoff(), 0)
PATIENCE_S = 10.0
"""For what a thread does aside; never waited for in full."""


@pytest.fixture
def server(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def account() -> str:
    return account_name()


@pytest.fixture
def silent() -> Iterator[Any]:
    """A client of a Redis that takes connections and says nothing; after five seconds it hangs up."""
    over = threading.Event()

    def handler(connection: Any) -> None:
        over.wait(5)
        connection.shutdown(socket.SHUT_RDWR)

    with RawServer(handler) as listening:
        host, port = listening.base_url.removeprefix("http://").split(":")
        try:
            with redis.Redis(host=host, port=int(port), socket_timeout=60, retry=ONCE) as client:
                yield client
        finally:
            over.set()


def held(server: Any, account: str) -> int:
    """How many hold a place or wait for one."""
    keys = keys_of(server, account)
    return sum(server.zcard(keys[kind]) for kind in ("leases", "queue") if kind in keys)


class RealClock(Clock):
    """Of flows that talk to Redis, which keeps its own time."""

    def __call__(self) -> float:
        return time.monotonic()


def at_the_real_time() -> Performance:
    return Performance(RealClock())


def comes(condition: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.01)
    return condition()


def limits_of(server: Any, account: str) -> Limits:
    return Limits(in_flight=3, per_second=float("inf"), redis=server, name=account)


def test_an_end_of_a_read_that_is_ended_early_gives_its_place_back(server: Any, account: str) -> None:
    """The old end is refused while the request of the new one is out."""
    asked, refused, answered = threading.Event(), threading.Event(), threading.Event()

    def handler(request: httpx.Request) -> httpx.Response:
        arguments = json.loads(request.content)
        numbers = list(range(400))
        if arguments["order"] == "desc":
            asked.set()
            refused.wait(PATIENCE_S)
            time.sleep(0.5)  # by now the read has failed
            answered.set()
            numbers.reverse()
        elif asked.is_set():
            refused.set()
            return httpx.Response(404, json={"code": "thread_not_found", "message": "no such thread"})
        elif "after" in arguments:
            asked.wait(0.5)  # the newest end begins meanwhile
            numbers = numbers[int(arguments["after"].removeprefix("msg_")) + 1 :]
        shown = numbers[: arguments["limit"]]
        messages = [message("appbuilder", f"msg_{number}", at=1_700_000_000 + number) for number in shown]
        return httpx.Response(200, content=page("appbuilder", messages, len(shown) < len(numbers)).body)

    with httpx.Client(transport=httpx.MockTransport(handler)) as given:
        provider = AppBuilder(KEY, base_url="http://127.0.0.1")
        with (
            ThreadClient(provider, http_client=given, limits=limits_of(server, account)) as threads,
            pytest.raises(ThreadNotFoundError),
        ):
            threads.read("thread_1")
    assert answered.is_set()
    assert comes(lambda: held(server, account) == 0)


@pytest.mark.parametrize("performed", [0, 1, 2])
def test_a_call_dropped_at_any_step_gives_its_place_back(server: Any, account: str, performed: int) -> None:
    """Before its place is asked for, before the request leaves, and before the place is given back."""
    flow = request(at_the_real_time(), limits_of(server, account), platform="appbuilder")
    step = next(flow)
    for _ in range(performed):
        step = flow.send(step.work() if isinstance(step, Local) else THREADS["appbuilder"])
    assert [Local, Send, Local][performed] is type(step)
    assert held(server, account) == min(performed, 1)
    flow.close()
    if performed == 0:
        cast("Local", step).work()  # in a thread that nobody could stop
    assert comes(lambda: held(server, account) == 0)


def test_a_place_is_given_back_behind_the_asking_for_it(redis_url: str, server: Any, account: str) -> None:
    asking = threading.Event()

    class Slow(SharedTraffic):
        def enter(self, *arguments: Any) -> Any:
            asking.set()
            time.sleep(0.2)
            return super().enter(*arguments)

    lease = Slow(redis_url, account).lease()
    thread = threading.Thread(target=lease.enter, args=(3, None, soon()))
    thread.start()
    assert asking.wait(PATIENCE_S)
    lease.leave_aside(None)
    thread.join()
    assert comes(lambda: held(server, account) == 0)


def test_nobody_asks_for_a_place_that_was_given_back(redis_url: str, server: Any, account: str) -> None:
    lease = SharedTraffic(redis_url, account).lease()
    lease.leave(None)
    assert lease.enter(3, None, soon()) == TooLate()
    assert held(server, account) == 0


@pytest.mark.parametrize("error", [AttributeError, ValueError, redis.ConnectionError])
def test_a_client_of_redis_that_is_closed_under_a_call_is_one_that_does_not_answer(
    redis_url: str, account: str, error: type[Exception]
) -> None:
    """redis-py's own parts are gone then: it fails as it comes, and in a thread aside nobody would see it."""

    class Closed(redis.Redis):  # type: ignore[misc]  # redis-py is imported where it is there
        def execute_command(self, *_: Any, **__: Any) -> Any:
            raise error("closed")

    with Closed.from_url(redis_url) as closed:
        lease = SharedTraffic(closed, account).lease()
        assert lease.enter(3, None, soon()) == Unreachable(error.__name__)
        lease.leave(None)


def test_a_redis_that_did_not_answer_is_not_waited_for_again(account: str) -> None:
    nowhere = unused_address().replace("http://", "redis://")
    flow = request(at_the_real_time(), limits_of(nowhere, account), platform="appbuilder")
    assert isinstance(next(flow), Local)
    with pytest.raises(NotSentError, match=r"the Redis that shares this client's limits .*TimeoutError"):
        flow.send((Unreachable("TimeoutError"), None))


@pytest.mark.parametrize("way", WAYS)
async def test_a_silent_redis_holds_no_call_beyond_its_time(way: Way, silent: Any, account: str) -> None:
    provider = AppBuilder(KEY, base_url=unused_address())
    threads = threads_of(way, provider, limits=limits_of(silent, account), timeout=0.2)
    with pytest.raises(NotSentError, match="the Redis that shares this client's limits") as failed:
        await threads.get_thread("thread_1")
    assert failed.value.cause_type == "TimeoutError"  # and not that it hung up
    await threads.shut()


async def test_a_cancelled_call_does_not_wait_for_redis(silent: Any, account: str) -> None:
    provider = AppBuilder(KEY, base_url=unused_address())
    async with AsyncThreadClient(provider, limits=limits_of(silent, account)) as threads:
        task = asyncio.ensure_future(threads.get_thread("thread_1"))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait([task], timeout=3)
        assert task.cancelled()


@pytest.mark.parametrize("way", WAYS)
async def test_an_answer_is_there_though_redis_has_fallen_silent(
    way: Way, silent: Any, redis_url: str, account: str
) -> None:
    """Redis gives a place, and says nothing when it is given back."""

    answered: list[Answer] = []

    def handler(_: httpx.Request) -> httpx.Response:
        answered.append(THREADS["appbuilder"])
        speaking.execute_command = silent.execute_command
        return httpx.Response(200, content=THREADS["appbuilder"].body)

    transport = httpx.MockTransport(handler)
    given = httpx.Client(transport=transport) if way == "sync" else httpx.AsyncClient(transport=transport)
    with redis.Redis.from_url(redis_url) as speaking:
        provider = AppBuilder(KEY, base_url="http://127.0.0.1")
        threads = threads_of(way, provider, http_client=given, limits=limits_of(speaking, account), timeout=0.5)
        assert (await threads.get_thread("thread_1")).id == "thread_1"
        await threads.shut()
    assert len(answered) == 1
