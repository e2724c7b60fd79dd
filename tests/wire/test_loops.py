"""Event loops come and go; a client of ours works in each, and leaves nothing open in any."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from provider_threads import AppBuilder, AsyncThreadClient, ConfigurationError, Provider, RetryPolicy
from tests.reliability.row import Property

from .conftest import KEY
from .sockets import RawServer, http, thread_json


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().answering(http(thread_json())) as running:
        yield running


def provider_on(server: RawServer) -> Provider:
    return AppBuilder(KEY, base_url=server.base_url)


def test_one_client_works_in_one_loop_after_another(server: RawServer, record_property: Property) -> None:
    threads = AsyncThreadClient(provider_on(server))

    async def read() -> str:
        await threads.get_thread("thread_1")
        return (await threads.get_thread("thread_1")).id

    assert [asyncio.run(read()) for _ in range(3)] == ["thread_1"] * 3
    record_property("loops", 3)
    record_property("calls_in_loops", len(server.requests))
    assert server.connections == 3


def test_a_loop_takes_its_pool_with_it(server: RawServer) -> None:
    ends = threading.Semaphore(0)

    def handler(connection: socket.socket) -> None:
        while server.request_on(connection):
            connection.sendall(http(thread_json()))
        ends.release()

    server.handling(handler)
    threads = AsyncThreadClient(provider_on(server))

    async def read() -> Any:
        return await threads.get_thread("thread_1")

    for _ in range(2):
        asyncio.run(read())
        assert ends.acquire(timeout=5)
    assert len(threads._transport._pools.by_loop) == 1  # the last one; those before it are forgotten


def test_a_client_dropped_in_a_running_loop_closes_its_connection(server: RawServer) -> None:
    gone = threading.Event()

    def handler(connection: socket.socket) -> None:
        while server.request_on(connection):
            connection.sendall(http(thread_json()))
        gone.set()

    server.handling(handler)

    async def main() -> bool:
        await AsyncThreadClient(provider_on(server)).get_thread("thread_1")
        gc.collect()
        return await asyncio.get_running_loop().run_in_executor(None, gone.wait, 5)

    assert asyncio.run(main())


def test_one_client_works_in_several_loops_at_once(server: RawServer, record_property: Property) -> None:
    threads = AsyncThreadClient(provider_on(server))
    results: list[str] = []

    async def read() -> None:
        for _ in range(10):
            results.append((await threads.get_thread("thread_1")).id)  # noqa: PERF401 - one after another

    loops = [threading.Thread(target=lambda: asyncio.run(read())) for _ in range(4)]
    for loop in loops:
        loop.start()
    for loop in loops:
        loop.join(20)
    record_property("loops", len(loops))
    record_property("calls_in_loops", len(results))
    assert results == ["thread_1"] * 40
    assert server.connections == 4


def test_a_given_client_is_refused_in_another_loop(server: RawServer, record_property: Property) -> None:
    given = httpx.AsyncClient()
    threads = AsyncThreadClient(provider_on(server), http_client=given)

    async def read_and_close() -> None:
        await threads.get_thread("thread_1")
        await given.aclose()

    async def read() -> None:
        await threads.get_thread("thread_1")

    async def read_open() -> None:
        threads = AsyncThreadClient(provider_on(server), http_client=other)
        await threads.get_thread("thread_1")
        kept.append(threads)

    asyncio.run(read_and_close())
    with pytest.raises(ConfigurationError, match="http_client"):
        asyncio.run(read())
    kept: list[AsyncThreadClient] = []

    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        connection.sendall(http(thread_json(), headers={"Connection": "close"}))

    server.handling(handler)
    other = httpx.AsyncClient()
    asyncio.run(read_open())

    async def read_elsewhere() -> None:
        await kept[0].get_thread("thread_1")

    with pytest.raises(ConfigurationError, match="another event loop"):
        asyncio.run(read_elsewhere())
    record_property("refused_in_another_loop", 2)
    asyncio.run(other.aclose())


def test_a_closed_client_is_closed_in_every_loop(server: RawServer) -> None:
    threads = AsyncThreadClient(provider_on(server))

    async def close() -> None:
        await threads.aclose()

    async def read() -> None:
        await threads.get_thread("thread_1")

    asyncio.run(read())
    asyncio.run(close())
    with pytest.raises(ConfigurationError, match="closed"):
        asyncio.run(read())


STAGES = {
    "before the head": (b"", 0.0),
    "within the head": (b"HTTP/1.1 200 OK\r\nContent-", 0.0),
    "within the body": (http(thread_json()[:20], length=len(thread_json())), 0.0),
}


@pytest.mark.parametrize("begun", [begun for begun, _ in STAGES.values()], ids=STAGES.keys())
@pytest.mark.parametrize("write", [False, True])
def test_a_cancelled_call_ends_and_leaves_the_client_usable(server: RawServer, begun: bytes, *, write: bool) -> None:
    reached, gone = threading.Event(), threading.Event()

    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        if reached.is_set():
            connection.sendall(http(thread_json()))
            server.request_on(connection)
            return
        connection.sendall(begun)
        reached.set()
        if connection.recv(1) == b"":
            gone.set()

    server.handling(handler)

    async def main() -> None:
        async with AsyncThreadClient(provider_on(server)) as threads:
            call = threads.append("thread_1", "hello") if write else threads.get_thread("thread_1")
            task = asyncio.ensure_future(call)
            await asyncio.get_running_loop().run_in_executor(None, reached.wait, 5)
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.get_running_loop().run_in_executor(None, gone.wait, 5)
            assert (await threads.get_thread("thread_1")).id == "thread_1"

    asyncio.run(main())
    assert server.connections == 2


def test_a_call_cancelled_while_it_connects_or_pauses_ends_too(server: RawServer) -> None:
    busy = http(b"", "503 Busy", {"Retry-After": "30"})

    async def main() -> None:
        async with AsyncThreadClient(provider_on(server)) as threads:
            for turns in range(12):
                server.answering(http(thread_json()))
                task = asyncio.ensure_future(threads.get_thread("thread_1"))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    assert (await task).id == "thread_1"
                except asyncio.CancelledError:
                    assert task.cancelled()
        # A client of its own: a connection kept from above would still be answered as above.
        async with AsyncThreadClient(provider_on(server)) as threads:
            server.answering(busy)
            task = asyncio.ensure_future(threads.get_thread("thread_1"))
            done, _ = await asyncio.wait([task], timeout=0.1)
            assert not done
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


def test_a_time_limit_of_the_callers_is_the_callers(server: RawServer) -> None:
    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        connection.recv(1)

    server.handling(handler)

    async def main() -> None:
        async with AsyncThreadClient(provider_on(server), retry=RetryPolicy(attempts=1)) as threads:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(threads.get_thread("thread_1"), 0.1)

    asyncio.run(main())


def test_an_iteration_that_is_left_half_way_holds_no_connection(server: RawServer) -> None:
    from .sockets import RawServer as Server

    page = (
        b'{"object": "list", "has_more": true, "data": '
        b'[{"id": "a", "role": "user", "content": "x"}, {"id": "b", "role": "user", "content": "y"}]}'
    )
    with Server().answering(http(page)) as listing:

        async def main() -> None:
            async with AsyncThreadClient(provider_on(listing)) as threads:
                async for message in threads.iter_messages("thread_1"):
                    assert message.id == "a"
                    break
                (pool,) = threads._transport._pools.by_loop.values()
                assert all(connection.is_idle() for connection in pool.pool._transport._pool.connections)  # type: ignore[attr-defined]  # httpx's own pool

        asyncio.run(main())
        assert len(listing.requests) == 1
