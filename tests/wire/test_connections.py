"""Connections that fail: what surely was not sent is told from what may have been."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable

import pytest

from provider_threads import NotSentError, OutcomeUnknownError
from tests.clients.ways import Threads
from tests.reliability.row import Property

from .conftest import KEY
from .discretion import shown
from .sockets import RawServer, http, reset, thread_json, unused_address

ClientOn = Callable[..., Threads]


async def test_a_refused_connection_means_that_nothing_was_sent(client_on: ClientOn) -> None:
    threads = client_on(unused_address())
    with pytest.raises(NotSentError) as of_read:
        await threads.get_thread("thread_1")
    with pytest.raises(NotSentError) as of_write:
        await threads.append("thread_1", "hello")
    for error in (of_read.value, of_write.value):
        assert error.cause_type == "ConnectError"
        assert "base_url" in str(error)
        assert KEY not in shown(error)


def before_the_request(server: RawServer, connection: socket.socket) -> None:
    connection.recv(1)
    reset(connection)


def after_the_request(server: RawServer, connection: socket.socket) -> None:
    server.request_on(connection)
    reset(connection)


def without_an_answer(server: RawServer, connection: socket.socket) -> None:
    server.request_on(connection)


def within_the_head(server: RawServer, connection: socket.socket) -> None:
    server.request_on(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")


def within_the_body(server: RawServer, connection: socket.socket) -> None:
    server.request_on(connection)
    body = thread_json()
    connection.sendall(http(body[:-5], length=len(body)))


def with_no_http(server: RawServer, connection: socket.socket) -> None:
    server.request_on(connection)
    connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")


def with_an_endless_head(server: RawServer, connection: socket.socket) -> None:
    server.request_on(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000)


ENDS = [
    before_the_request,
    after_the_request,
    without_an_answer,
    within_the_head,
    within_the_body,
    with_no_http,
    with_an_endless_head,
]


@pytest.mark.parametrize("end", ENDS)
async def test_a_connection_that_breaks_leaves_a_write_open_and_a_read_is_tried_again(
    server: RawServer, client_on: ClientOn, end: Callable[[RawServer, socket.socket], None]
) -> None:
    server.handling(lambda connection: end(server, connection))
    threads = client_on(server.base_url)
    with pytest.raises(OutcomeUnknownError) as of_write:
        await threads.append("thread_1", "hello")
    assert server.connections == 1
    assert "may have been applied" in str(of_write.value)
    with pytest.raises(OutcomeUnknownError) as of_read:
        await threads.get_thread("thread_1")
    assert server.connections == 4
    for error in (of_write.value, of_read.value):
        assert not error.deadline_exceeded
        assert KEY not in shown(error)


@pytest.mark.parametrize("end", ENDS)
async def test_a_read_whose_first_connection_breaks_succeeds_on_the_second(
    server: RawServer,
    client_on: ClientOn,
    end: Callable[[RawServer, socket.socket], None],
    record_property: Property,
) -> None:
    number = itertools.count()

    def handler(connection: socket.socket) -> None:
        if next(number) == 0:
            end(server, connection)
        else:
            server.request_on(connection)
            connection.sendall(http(thread_json()))

    threads = client_on(server.handling(handler).base_url)
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    record_property("recovered", 1)
    record_property("most_requests_to_recover", server.connections)
    assert server.connections == 2


async def test_failures_leave_no_connection_behind(server: RawServer, client_on: ClientOn) -> None:
    threads = client_on(server.answering(http(b"", "503 Busy")).base_url)
    for _ in range(10):
        with pytest.raises(Exception, match="503"):
            await threads.get_thread("thread_1")
    assert server.connections == 1
    assert len(server.requests) == 30
