"""Clients that are closed, given, dropped, used by many: who closes what, and what is said after."""

from __future__ import annotations

import asyncio
import gc
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from provider_threads import (
    AppBuilder,
    AsyncThreadClient,
    AuthenticationError,
    ConfigurationError,
    NotSentError,
    OutcomeUnknownError,
    Provider,
    ResponseTooLargeError,
    RetryPolicy,
    ThreadClient,
    ThreadsError,
)
from provider_threads.inflate import MAX_BODY_BYTES
from tests.clients.ways import Threads, Way, threads_of
from tests.reliability.row import Property

from .conftest import KEY
from .sockets import RawServer, http, thread_json

ClientOn = Callable[..., Threads]


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().answering(http(thread_json())) as running:
        yield running


def provider_on(server: RawServer, key: str = KEY) -> Provider:
    return AppBuilder(key, base_url=server.base_url)


async def test_closing_twice_is_harmless_and_use_after_it_is_refused(
    server: RawServer, client_on: ClientOn, record_property: Property
) -> None:
    threads = client_on(server.base_url)
    await threads.get_thread("thread_1")
    await threads.shut()
    await threads.shut()
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="closed"):
            await threads.get_thread("thread_1")
        record_property("uses_after_closing", 1)
    record_property("sent_after_closing", len(server.requests) - 1)
    assert len(server.requests) == 1


async def test_a_client_closed_at_any_moment_of_a_call_leaves_nothing_open(server: RawServer) -> None:
    ends = set()
    for turns in range(40):
        threads = AsyncThreadClient(provider_on(server), retry=RetryPolicy(first_pause=0, longest_pause=0))
        call = asyncio.create_task(threads.get_thread("thread_1"))
        for _ in range(turns):
            await asyncio.sleep(0)
        await threads.aclose()
        (end,) = await asyncio.gather(call, return_exceptions=True)
        ends.add(type(end).__name__)
    del threads, call, end
    gc.collect()  # a ResourceWarning is an error here
    assert {"ConfigurationError", "Thread"} <= ends


def test_a_client_closed_while_its_connection_comes_about_leaves_nothing_open(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = ThreadClient(provider_on(server))
    look_up = socket.getaddrinfo

    def closing(*args: Any, **settings: Any) -> Any:
        threads.close()
        return look_up(*args, **settings)

    monkeypatch.setattr(socket, "getaddrinfo", closing)
    assert threads.get_thread("thread_1").id == "thread_1"
    gc.collect()


async def test_a_closing_that_is_cancelled_closes_all_the_same(server: RawServer) -> None:
    for turns in range(4):
        threads = AsyncThreadClient(provider_on(server))
        await asyncio.gather(*(threads.get_thread("thread_1") for _ in range(2)))
        closing = asyncio.create_task(threads.aclose())
        for _ in range(turns):
            await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
    await asyncio.sleep(0.01)
    del threads, closing
    gc.collect()


async def test_a_client_that_was_never_used_closes_too(server: RawServer, client_on: ClientOn) -> None:
    threads = client_on(server.base_url)
    await threads.shut()
    with pytest.raises(ConfigurationError, match="closed"):
        await threads.append("thread_1", "hello")
    assert server.connections == 0


def test_a_given_client_is_never_closed(server: RawServer, record_property: Property) -> None:
    with httpx.Client() as given:
        with ThreadClient(provider_on(server), http_client=given) as threads:
            threads.get_thread("thread_1")
        record_property("given_clients", 1)
        record_property("given_clients_closed", int(given.is_closed))
        assert not given.is_closed
        with pytest.raises(ConfigurationError, match="closed"):
            threads.get_thread("thread_1")
        assert given.post(server.base_url).status_code == 200
    assert server.connections == 1


async def test_a_given_async_client_is_never_closed(server: RawServer, record_property: Property) -> None:
    async with httpx.AsyncClient() as given:
        async with AsyncThreadClient(provider_on(server), http_client=given) as threads:
            await threads.get_thread("thread_1")
        record_property("given_clients", 1)
        record_property("given_clients_closed", int(given.is_closed))
        assert not given.is_closed
        assert (await given.post(server.base_url)).status_code == 200
    assert server.connections == 1


def test_a_given_client_that_is_closed_already_is_named(server: RawServer) -> None:
    given = httpx.Client()
    given.close()
    with pytest.raises(ConfigurationError, match="http_client is closed"):
        ThreadClient(provider_on(server), http_client=given).get_thread("thread_1")


async def test_a_given_async_client_that_is_closed_already_is_named(server: RawServer) -> None:
    given_async = httpx.AsyncClient()
    await given_async.aclose()
    with pytest.raises(ConfigurationError, match="http_client is closed"):
        await AsyncThreadClient(provider_on(server), http_client=given_async).get_thread("thread_1")


def test_a_given_client_keeps_its_settings_but_not_its_redirects_or_credentials(server: RawServer) -> None:
    server.answering(http(thread_json(), "302 Found", {"Location": "/other"}))
    with httpx.Client(follow_redirects=True, auth=("user", "of the caller"), headers={"X-Own": "kept"}) as given:
        threads = ThreadClient(provider_on(server), http_client=given)
        with pytest.raises(ThreadsError, match="redirected"):
            threads.get_thread("thread_1")
    assert len(server.requests) == 1
    assert f"authorization: bearer {KEY}".encode() in server.requests[0].lower()
    assert b"x-own: kept" in server.requests[0].lower()


async def test_a_given_client_may_answer_by_itself(way: Way) -> None:
    # As the callers' own tests do, with a transport that has read its answer before it is asked for.
    def respond(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        if request.url.path == "/v2/threads/query":
            return httpx.Response(200, content=gzip.compress(thread_json()), headers={"Content-Encoding": "gzip"})
        return httpx.Response(200, content=b" " * (MAX_BODY_BYTES + 1))

    kind = httpx.Client if way == "sync" else httpx.AsyncClient
    given = kind(transport=httpx.MockTransport(respond))
    threads = threads_of(way, AppBuilder(KEY), http_client=given)
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    with pytest.raises(ResponseTooLargeError):
        await threads.list_messages("thread_1")


@pytest.mark.parametrize("kind", [httpx.Client, httpx.AsyncClient])
def test_a_client_of_httpx2_is_refused_at_once(kind: Any) -> None:
    # It is no dependency: as it looks from here, a class of the same shape from another package.
    other = type(kind.__name__, (kind,), {"__module__": "httpx2._client"})
    threads = ThreadClient if kind is httpx.Client else AsyncThreadClient
    with pytest.raises(ConfigurationError, match="which httpx2's is not"):
        threads(AppBuilder(KEY), http_client=other())


async def test_a_hook_of_a_given_client_that_raises_for_a_status_hides_no_refusal(way: Way, server: RawServer) -> None:
    server.answering(http(b"{}", "401 Unauthorized"))

    def check(response: httpx.Response) -> None:
        response.raise_for_status()

    async def acheck(response: httpx.Response) -> None:
        check(response)

    given: Any = (
        httpx.Client(event_hooks={"response": [check]})
        if way == "sync"
        else httpx.AsyncClient(event_hooks={"response": [acheck]})
    )
    threads = threads_of(way, provider_on(server), http_client=given)
    for call in (threads.get_thread("thread_1"), threads.append("thread_1", "hello")):
        with pytest.raises(AuthenticationError):
            await call
    assert len(server.requests) == 2


async def test_what_a_server_breaks_http_2_with_leaves_a_write_of_a_given_client_open(way: Way) -> None:
    # httpx has one error for what cannot be sent over HTTP/1.1 and for an answer that is no HTTP/2.
    def break_off(request: httpx.Request) -> httpx.Response:
        raise httpx.LocalProtocolError("Received frame on a stream that is idle", request=request)

    kind = httpx.Client if way == "sync" else httpx.AsyncClient
    threads = threads_of(way, AppBuilder(KEY), http_client=kind(transport=httpx.MockTransport(break_off)))
    with pytest.raises(OutcomeUnknownError):
        await threads.append("thread_1", "hello")


async def test_a_header_of_a_given_client_that_cannot_be_sent_means_that_nothing_was(
    way: Way, server: RawServer
) -> None:
    kind = httpx.Client if way == "sync" else httpx.AsyncClient
    given = kind(headers={"X-Own": "a\nb"})
    with pytest.raises(NotSentError):
        await threads_of(way, provider_on(server), http_client=given).append("thread_1", "hello")
    assert server.requests == []


def test_a_client_dropped_without_closing_closes_its_connection(server: RawServer, record_property: Property) -> None:
    gone = threading.Event()

    def handler(connection: socket.socket) -> None:
        while server.request_on(connection):
            connection.sendall(http(thread_json()))
        gone.set()

    server.handling(handler)
    threads = ThreadClient(provider_on(server))
    threads.get_thread("thread_1")
    del threads
    gc.collect()
    closed = gone.wait(5)
    record_property("left_open", int(not closed))
    assert closed


def test_eight_threads_share_one_client(server: RawServer) -> None:
    def echo(connection: socket.socket) -> None:
        while request := server.request_on(connection):
            asked = request.partition(b"\r\n\r\n")[2].partition(b'"thread_id":"')[2].partition(b'"')[0]
            connection.sendall(http(thread_json(id=asked.decode())))

    server.handling(echo)

    def fifty_reads(reader: int) -> list[bool]:
        return [threads.get_thread(f"t_{reader}_{number}").id == f"t_{reader}_{number}" for number in range(50)]

    with ThreadClient(provider_on(server)) as threads, ThreadPoolExecutor(8) as readers:
        answers = [right for rights in readers.map(fifty_reads, range(8)) for right in rights]
    assert answers == [True] * 400
    assert server.connections <= 8


def test_closing_while_others_read_ends_them_with_an_error_of_ours(server: RawServer) -> None:
    threads = ThreadClient(provider_on(server), retry=RetryPolicy(first_pause=0, longest_pause=0))
    started = threading.Barrier(5)

    def read_until_closed(_: int) -> str:
        started.wait(5)
        for _ in range(5_000):
            try:
                threads.get_thread("thread_1")
            except ThreadsError as error:
                return type(error).__name__
        return "never closed"

    with ThreadPoolExecutor(4) as readers:
        ends = [readers.submit(read_until_closed, number) for number in range(4)]
        started.wait(5)
        threads.close()
        assert {end.result(30) for end in ends} <= {"ConfigurationError", "OutcomeUnknownError", "NotSentError"}


def test_a_transport_that_is_closed_between_two_steps_says_so(way: Way, server: RawServer) -> None:
    # What a close in another thread, or a loop that shuts its generators down, does just before the request.
    if way == "sync":
        with ThreadClient(provider_on(server)) as threads:
            threads.get_thread("thread_1")
            pool = threads._transport._pool
            assert pool is not None
            pool.close()
            with pytest.raises(ConfigurationError, match="closed"):
                threads.get_thread("thread_1")
    else:

        async def main() -> None:
            async with AsyncThreadClient(provider_on(server)) as threads:
                await threads.get_thread("thread_1")
                (pool,) = threads._transport._pools.by_loop.values()
                await pool.pool.aclose()
                assert (await threads.get_thread("thread_1")).id == "thread_1"

        asyncio.run(main())


async def test_a_given_client_that_is_closed_under_way_is_named(server: RawServer) -> None:
    async def close(request: httpx.Request) -> None:
        await given.aclose()
        raise RuntimeError("as httpx says it, in words that may change")

    given = httpx.AsyncClient(event_hooks={"request": [close]})
    with pytest.raises(ConfigurationError, match="closed"):
        await AsyncThreadClient(provider_on(server), http_client=given).get_thread("thread_1")


def test_an_error_of_another_kind_is_not_called_a_closed_client(server: RawServer) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise RuntimeError("a fault of the caller's own hook")

    with httpx.Client(event_hooks={"request": [fail]}) as given:
        threads = ThreadClient(provider_on(server), http_client=given)
        with pytest.raises(RuntimeError, match="own hook"):
            threads.get_thread("thread_1")

    async def main() -> None:
        async def fail_too(request: httpx.Request) -> None:
            raise RuntimeError("a fault of the caller's own hook")

        async with httpx.AsyncClient(event_hooks={"request": [fail_too]}) as given:
            threads = AsyncThreadClient(provider_on(server), http_client=given)
            with pytest.raises(RuntimeError, match="own hook"):
                await threads.get_thread("thread_1")

    asyncio.run(main())


@pytest.mark.parametrize("host", ["xn--.example", "a" * 64 + ".example", "a..example"])
async def test_a_host_that_there_cannot_be_means_that_nothing_was_sent(client_on: ClientOn, host: str) -> None:
    with pytest.raises(NotSentError):
        await client_on(f"https://{host}").append("thread_1", "hello")
