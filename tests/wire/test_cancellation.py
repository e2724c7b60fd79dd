"""Work is interrupted by a cancellation, never torn: whoever is cancelled goes on when it has tidied up."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import threading
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import httpcore
import httpx
import pytest

from provider_threads import AppBuilder, AsyncThreadClient, ThreadClient
from provider_threads.cancellation import to_its_end
from provider_threads.driver import AsyncDriver
from provider_threads.flows.steps import Flow, Local

from .conftest import KEY
from .sockets import RawServer, thread_json

asked_by: contextvars.ContextVar[str] = contextvars.ContextVar("asked_by")


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


class Tidying:
    """Works until it is cancelled, then tidies up for some turns of the loop at points that anyio shields."""

    def __init__(self) -> None:
        self.begun = self.tidy = False

    async def __call__(self) -> bool:
        self.begun = True
        try:
            await anyio.sleep(60)
            return True
        finally:
            with anyio.CancelScope(shield=True):
                await turns(5)
            self.tidy = True


async def test_what_the_work_returns_or_raises_comes_out_as_it_is() -> None:
    async def answer(problem: Exception | None) -> object:
        await asyncio.sleep(0)
        if problem is not None:
            raise problem
        return given

    given, raised = object(), KeyError("as it was raised")
    assert await to_its_end(partial(answer, None)) is given
    with pytest.raises(KeyError) as seen:
        await to_its_end(partial(answer, raised))
    assert seen.value is raised


async def test_work_that_takes_too_long_is_cut_and_tidies_up() -> None:
    work = Tidying()
    assert await to_its_end(work, 0.01) is None
    assert work.tidy


async def test_a_loop_that_cancels_all_its_tasks_lets_the_work_tidy_up_and_the_caller_hear_why() -> None:
    """As `asyncio.run` does at its end: the work's own task is cancelled as well as who waits for it."""
    work, heard = Tidying(), []

    async def caller() -> None:
        try:
            await to_its_end(work)
        except asyncio.CancelledError as cancelled:
            heard.append(cancelled.args)
            raise

    before = asyncio.all_tasks()
    task = asyncio.ensure_future(caller())
    await turns(3)
    others = asyncio.all_tasks() - before
    assert len(others) == 2
    for other in others:
        other.cancel("to the caller" if other is task else "to the work")
    await asyncio.wait((task,))
    assert task.cancelled()
    assert work.tidy
    assert heard == [("to the caller",)]


@pytest.mark.parametrize("times", [1, 2, 4])
async def test_a_cancellation_however_often_is_seen_when_the_work_has_tidied_up(times: int) -> None:
    work = Tidying()
    task = asyncio.ensure_future(to_its_end(work))
    await turns(3)
    for _ in range(times):
        task.cancel()
        await turns(1)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.tidy


async def test_an_anyio_scope_around_waits_as_well() -> None:
    work = Tidying()
    with anyio.move_on_after(0.01) as scope:
        await to_its_end(work)
    assert scope.cancelled_caught
    assert work.tidy


async def test_an_anyio_scope_around_does_not_keep_the_loop_busy_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    # Such a scope cancels at every turn of the loop, and a transaction may take seconds.
    waits: list[object] = []
    wait = asyncio.wait

    def counted(*arguments: Any, **settings: Any) -> Any:
        waits.append(arguments)
        return wait(*arguments, **settings)

    monkeypatch.setattr(asyncio, "wait", counted)
    with anyio.move_on_after(0.01) as scope:
        await local(partial(time.sleep, 0.1))
    assert scope.cancelled_caught
    assert len(waits) == 2


async def test_a_time_limit_around_waits_as_well() -> None:
    work = Tidying()
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(to_its_end(work), 0.01)
    assert work.tidy


@pytest.mark.parametrize("fails", [False, True])
async def test_work_that_ends_while_it_is_cancelled_is_no_news_to_anybody(
    caplog: pytest.LogCaptureFixture, *, fails: bool
) -> None:
    reached = asyncio.Event()

    async def work() -> str:
        reached.set()
        try:
            await anyio.sleep(60)
        except asyncio.CancelledError:
            if fails:
                raise OSError("while it tidied up") from None
            raise
        return "never"

    task = asyncio.ensure_future(to_its_end(work))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()
    await turns(2)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancellation_at_the_very_end_is_a_cancellation(
    caplog: pytest.LogCaptureFixture, *, fails: bool
) -> None:
    async def work() -> None:
        asyncio.get_running_loop().call_soon(task.cancel)
        if fails:
            raise OSError("nobody will ask")

    task: asyncio.Task[Any] = asyncio.ensure_future(to_its_end(work))
    with pytest.raises(asyncio.CancelledError):
        await task
    gc.collect()
    await turns(2)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_call_sees_the_context_that_it_was_made_in() -> None:
    seen: list[str] = []

    async def look(request: httpx.Request) -> None:
        seen.append(asked_by.get())

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=thread_json())

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond), event_hooks={"request": [look]}) as given:
        threads = AsyncThreadClient(AppBuilder(KEY), http_client=given)
        for name in ("one", "two"):
            asked_by.set(name)
            await threads.get_thread("thread_1")
    assert seen == ["one", "two"]


def local(work: Callable[[], Any]) -> Awaitable[Any]:
    """`work` as a transaction of a flow."""

    def flow() -> Flow[Any, Any]:
        return (yield Local(work))

    return AsyncDriver(None).run(flow())  # type: ignore[arg-type]  # nothing is sent


async def test_what_was_begun_in_the_overlay_has_ended_when_a_cancellation_is_seen() -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(5)
        ended.set()

    task = asyncio.ensure_future(local(work))
    await asyncio.to_thread(begun.wait, 5)
    for _ in range(3):
        task.cancel()
        await turns(5)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_a_transaction_that_waits_for_a_thread_ends_at_once_and_never_begins() -> None:
    begun: list[bool] = []
    limiter = anyio.to_thread.current_default_thread_limiter()
    holders = [object() for _ in range(int(limiter.total_tokens))]
    for holder in holders:
        limiter.acquire_on_behalf_of_nowait(holder)
    task = asyncio.ensure_future(local(lambda: begun.append(True)))
    await turns(5)
    task.cancel()
    try:
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
    finally:
        for holder in holders:
            limiter.release_on_behalf_of(holder)
    await local(lambda: None)
    assert begun == []


async def test_a_connection_that_comes_about_as_its_call_is_cancelled_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = threading.Event()

    def handler(connection: Any) -> None:
        if connection.recv(1) == b"":
            gone.set()

    connect = httpcore.AnyIOBackend.connect_tcp

    async def connect_and_be_cancelled(*arguments: Any, **settings: Any) -> httpcore.AsyncNetworkStream:
        stream = await connect(*arguments, **settings)
        task.cancel()
        with anyio.CancelScope(shield=True):
            await turns(3)
        return stream

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect_and_be_cancelled)
    with RawServer(handler) as server:
        threads = AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url))
        task = asyncio.ensure_future(threads.get_thread("thread_1"))
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        (pool,) = threads._transport._pools.by_loop.values()
        assert pool.pool._transport._pool.connections == []  # type: ignore[attr-defined]  # httpx's own
        assert await asyncio.to_thread(gone.wait, 5)
        await threads.aclose()


def test_the_backends_of_both_kinds_of_pools_are_ours_and_of_no_given_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # They are changed in place, by names that httpx does not promise: see `_replace_backends`.
    def backends(client: Any) -> set[str]:
        pools = [transport._pool for transport in (client._transport, *client._mounts.values()) if transport]
        assert len(pools) == 3
        return {type(pool._network_backend).__name__ for pool in pools}

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    provider = AppBuilder(KEY, base_url="https://threads.example")

    async def of_async() -> set[str]:
        threads = AsyncThreadClient(provider)
        found = backends(await threads._transport._client())
        await threads.aclose()
        return found

    with ThreadClient(provider) as threads, httpx.Client() as given:
        assert backends(threads._transport._client()) == {"DeadlineBackend"}
        ThreadClient(provider, http_client=given)._transport._client()
        assert backends(given) == {"SyncBackend"}
    assert asyncio.run(of_async()) == {"TidyBackend"}


async def test_a_handshake_that_is_cancelled_leaves_no_socket() -> None:
    shaking, gone = threading.Event(), threading.Event()

    def handler(connection: Any) -> None:
        connection.recv(65_536)  # what a client says first, and it never hears of it again
        shaking.set()
        if connection.recv(65_536) == b"":
            gone.set()

    with RawServer(handler) as server:
        base_url = server.base_url.replace("http:", "https:")
        threads = AsyncThreadClient(AppBuilder(KEY, base_url=base_url))
        task = asyncio.ensure_future(threads.get_thread("thread_1"))
        assert await asyncio.to_thread(shaking.wait, 5)
        gc.disable()
        try:
            task.cancel()
            await asyncio.wait([task], timeout=5)
            assert await asyncio.to_thread(gone.wait, 5)
        finally:
            gc.enable()
        await threads.aclose()
