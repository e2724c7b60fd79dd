"""A forked process starts with pools of its own: an answer never reaches the wrong one."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import traceback
from collections.abc import Callable

import httpx
import pytest

from provider_threads import AppBuilder, AsyncThreadClient, ConfigurationError, ThreadClient
from provider_threads.pools import SYNC_POOLS

from .conftest import KEY
from .sockets import RawServer, http, thread_json

CHILDREN, READS = 4, 20

# Python 3.12 warns of any fork beside threads; that is what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


@pytest.fixture
def echo() -> RawServer:
    """A server that answers each request with the thread id it asked for."""
    server = RawServer()

    def handler(connection: socket.socket) -> None:
        while request := server.request_on(connection):
            asked = request.partition(b"\r\n\r\n")[2].partition(b'"thread_id":"')[2].partition(b'"')[0]
            connection.sendall(http(thread_json(id=asked.decode())))

    return server.handling(handler)


def in_children(work: Callable[[int], None], children: int = CHILDREN) -> list[int]:
    """The exit codes of forked processes that do `work` all at once."""
    pids = []
    for number in range(children):
        pid = os.fork()
        if pid == 0:
            code = 1
            signal.alarm(20)  # a child that hangs is ended, and its exit code says so
            try:
                work(number)
                code = 0
            except BaseException:  # noqa: BLE001 - a child ends here, whatever happens
                traceback.print_exc()
            finally:
                os._exit(code)
        pids.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def reads_are_right(threads: ThreadClient, who: str) -> None:
    for number in range(READS):
        thread_id = f"t_{who}_{number}"
        assert threads.get_thread(thread_id).id == thread_id


@pytest.mark.parametrize("shared", [False, True])
def test_children_of_a_warm_process_get_their_own_answers(echo: RawServer, *, shared: bool) -> None:
    with echo as server:
        make = ThreadClient.shared if shared else ThreadClient
        with make(AppBuilder(KEY, base_url=server.base_url)) as threads:
            reads_are_right(threads, "parent")
            assert in_children(lambda number: reads_are_right(threads, f"child{number}")) == [0] * CHILDREN
            reads_are_right(threads, "parent_again")
        # The parent's own connection lived on: one for it, one for each child.
        assert server.connections == 1 + CHILDREN


def test_children_of_a_warm_loop_get_their_own_answers(echo: RawServer) -> None:
    with echo as server:
        threads = AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url))

        async def reads(who: str) -> None:
            for number in range(READS):
                assert (await threads.get_thread(f"t_{who}_{number}")).id == f"t_{who}_{number}"

        asyncio.run(reads("parent"))
        assert in_children(lambda number: asyncio.run(reads(f"child{number}"))) == [0] * CHILDREN
        asyncio.run(reads("parent_again"))
        assert server.connections == 2 + CHILDREN


def test_a_child_closes_and_drops_what_it_inherits_without_harm_to_the_parent(echo: RawServer) -> None:
    with echo as server, ThreadClient(AppBuilder(KEY, base_url=server.base_url)) as threads:
        threads.get_thread("warm")
        assert in_children(lambda number: threads.close(), 1) == [0]
        reads_are_right(threads, "parent")
        assert server.connections == 1


def test_a_lock_held_at_the_fork_does_not_stop_the_child(echo: RawServer) -> None:
    with echo as server, ThreadClient(AppBuilder(KEY, base_url=server.base_url)) as threads:
        threads.get_thread("warm")
        held, done = threading.Event(), threading.Event()

        def hold() -> None:
            with threads._transport._lock, SYNC_POOLS._lock:
                held.set()
                done.wait(10)

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(5)

        def work(number: int) -> None:
            reads_are_right(threads, "child")
            ThreadClient.shared(AppBuilder(KEY, base_url=server.base_url)).close()

        try:
            assert in_children(work, 1) == [0]
        finally:
            done.set()
            holder.join(5)


def test_a_given_client_is_refused_in_a_child(echo: RawServer) -> None:
    with echo as server, httpx.Client() as given:
        threads = ThreadClient(AppBuilder(KEY, base_url=server.base_url), http_client=given)
        threads.get_thread("warm")

        def work(number: int) -> None:
            with pytest.raises(ConfigurationError, match="forked"):
                threads.get_thread("t_1")

        assert in_children(work) == [0] * CHILDREN
        assert len(server.requests) == 1


def test_a_given_async_client_is_refused_in_a_child(echo: RawServer) -> None:
    with echo as server:
        given = httpx.AsyncClient()
        threads = AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url), http_client=given)

        async def read() -> None:
            with pytest.raises(ConfigurationError, match="forked"):
                await threads.get_thread("t_1")

        assert in_children(lambda number: asyncio.run(read()), 1) == [0]
        assert server.requests == []
        asyncio.run(given.aclose())


def test_what_belongs_to_the_parent_is_neither_used_nor_closed(echo: RawServer) -> None:
    # What a fork does in the child, done here, where it can be looked at.
    with echo as server, ThreadClient(AppBuilder(KEY, base_url=server.base_url)) as threads:
        threads.get_thread("warm")
        inherited = threads._transport._pool
        assert inherited is not None
        threads._transport.leave_pools_to_parent()
        threads.get_thread("t_1")
        assert threads._transport._pool is not inherited
        assert server.connections == 2
        threads.close()
        assert not inherited.is_closed
        inherited.close()


async def test_what_belongs_to_the_parents_loop_is_neither_used_nor_closed(echo: RawServer) -> None:
    with echo as server:
        async with AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url)) as threads:
            await threads.get_thread("warm")
            (inherited,) = threads._transport._pools.by_loop.values()
            threads._transport.leave_pools_to_parent()
            await threads.get_thread("t_1")
            assert server.connections == 2
        assert not inherited.pool.is_closed
        await inherited.aclose()
