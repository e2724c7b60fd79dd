"""A call ends when its time is used up, however the server spends it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from provider_threads import NotSentError, OutcomeUnknownError, RetryPolicy, Timeouts
from tests.clients.ways import Threads

from .sockets import RawServer, http, thread_json

ClientOn = Callable[..., Threads]
TOTAL_S = 0.4
SLACK_S = 0.6  # 0.01 on an idle machine


def drip(connection: socket.socket, sent: bytes) -> None:
    """One byte every twentieth of a second."""
    for byte in sent:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def dripping_body(server: RawServer) -> Callable[[socket.socket], None]:
    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        body = thread_json()
        connection.sendall(http(length=len(body), headers={"X-Appbuilder-Request-Id": "req-17"}))
        drip(connection, body)

    return handler


def dripping_head(server: RawServer) -> Callable[[socket.socket], None]:
    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        drip(connection, b"HTTP/1.1 200 OK\r\nX-Filler: xxxxx")

    return handler


def silence(server: RawServer) -> Callable[[socket.socket], None]:
    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        connection.recv(1)

    return handler


async def overdue(threads: Threads) -> float:
    """Seconds until a read gives up for want of time."""
    started = time.monotonic()
    with pytest.raises(OutcomeUnknownError) as late:
        await threads.get_thread("thread_1")
    assert late.value.deadline_exceeded
    assert "time for the whole call" in str(late.value)
    return time.monotonic() - started


@pytest.mark.parametrize("waste", [dripping_body, silence])
async def test_a_slow_answer_ends_with_the_time_for_the_call(
    server: RawServer, client_on: ClientOn, waste: Callable[[RawServer], Callable[[socket.socket], None]]
) -> None:
    threads = client_on(server.handling(waste(server)).base_url, timeout=TOTAL_S)
    assert TOTAL_S - 0.01 <= await overdue(threads) <= TOTAL_S + SLACK_S
    assert server.connections == 1


@pytest.mark.parametrize("waste", [dripping_body, silence])
async def test_a_write_that_takes_too_long_may_have_been_applied(
    server: RawServer, client_on: ClientOn, waste: Callable[[RawServer], Callable[[socket.socket], None]]
) -> None:
    threads = client_on(server.handling(waste(server)).base_url, timeout=TOTAL_S)
    with pytest.raises(OutcomeUnknownError, match="may have been applied") as late:
        await threads.append("thread_1", "hello")
    assert late.value.deadline_exceeded
    assert late.value.request_id == ("req-17" if waste is dripping_body else None)
    assert server.connections == 1


async def test_a_call_whose_time_ends_while_it_connects_sent_nothing(server: RawServer, client_on: ClientOn) -> None:
    # A server that takes the connection and says nothing to the client's greeting.
    address = server.handling(lambda connection: time.sleep(TOTAL_S * 2)).base_url
    with pytest.raises(NotSentError, match="no time left to connect"):
        await client_on(address.replace("http:", "https:"), timeout=TOTAL_S).append("thread_1", "hello")
    assert server.connections == 1


async def test_a_head_that_drips_ends_with_the_time_for_the_call(server: RawServer, client_on: ClientOn) -> None:
    threads = client_on(
        server.handling(dripping_head(server)).base_url,
        timeout=TOTAL_S,
        retry=RetryPolicy(attempts=1, first_pause=0, longest_pause=0),
    )
    assert await overdue(threads) <= TOTAL_S + SLACK_S


async def test_a_head_that_drips_through_a_proxy_ends_with_the_time_for_the_call(
    server: RawServer, client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.handling(dripping_head(server)).base_url)
    threads = client_on("http://threads.example", allow_insecure=True, timeout=TOTAL_S)
    assert await overdue(threads) <= TOTAL_S + SLACK_S
    assert server.connections == 1


def slow_reader(connection: socket.socket) -> None:
    """Takes 16 KB every twentieth of a second."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    while connection.recv(16_384):
        time.sleep(0.05)


async def test_a_request_that_is_taken_drop_by_drop_ends_with_the_time_for_the_call(
    server: RawServer, client_on: ClientOn
) -> None:
    threads = client_on(server.handling(slow_reader).base_url, timeout=TOTAL_S)
    started = time.monotonic()
    with pytest.raises(OutcomeUnknownError) as late:
        await threads.append("thread_1", "x" * 8_000_000)
    assert late.value.deadline_exceeded
    assert time.monotonic() - started <= TOTAL_S + SLACK_S


async def test_a_read_limit_is_for_each_silence_and_another_try_follows(server: RawServer, client_on: ClientOn) -> None:
    threads = client_on(server.handling(silence(server)).base_url, timeout=Timeouts(read=0.1, total=5))
    started = time.monotonic()
    with pytest.raises(OutcomeUnknownError) as late:
        await threads.get_thread("thread_1")
    assert (late.value.cause_type, late.value.deadline_exceeded) == ("ReadTimeout", False)
    assert 0.3 <= time.monotonic() - started <= 3.0
    assert server.connections == 3


async def test_no_time_at_all_means_that_nothing_was_sent(server: RawServer, client_on: ClientOn) -> None:
    threads = client_on(server.answering(http(thread_json())).base_url, timeout=1e-9)
    with pytest.raises(NotSentError, match="no time left"):
        await threads.append("thread_1", "hello")
    assert server.requests == []


async def test_a_pause_that_was_asked_for_passes(server: RawServer, client_on: ClientOn) -> None:
    busy = http(b"", "429 Too Many Requests", {"Retry-After": "0.2"})
    threads = client_on(server.answering(busy, http(thread_json())).base_url)
    started = time.monotonic()
    await threads.get_thread("thread_1")
    assert 0.2 <= time.monotonic() - started < 3.0
