"""Each wait of a synchronous socket is cut to what is left of the call's time."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import pytest

from provider_threads.transport.deadline_backend import DeadlineBackend
from provider_threads.transport.sync_deadline import sockets_until

Options = Iterable[Any] | None
Given = float | None
WAITS: dict[str, Callable[[httpcore.NetworkStream, Given], object]] = {
    "ReadTimeout": lambda stream, given: stream.read(10, given),
    "WriteTimeout": lambda stream, given: (stream.write(b"drop", given), stream.write(b"", given)),
    "ConnectTimeout": lambda stream, given: stream.start_tls(ssl.create_default_context(), None, given),
}


class Network(httpcore.NetworkBackend, httpcore.NetworkStream):
    """Both ends of httpcore's interface: notes how long each wait might take, and answers at once.

    Args:
        deaf: addresses that never answer; the time that this takes is spent.
    """

    def __init__(self, *deaf: str) -> None:
        self.deaf = deaf
        self.tried: list[str] = []
        self.waits: list[float | None] = []
        self.written: list[bytes] = []
        self.closed = False

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Given = None,
        local_address: str | None = None,
        socket_options: Options = None,
    ) -> httpcore.NetworkStream:
        self.tried.append(host)
        self.waits.append(timeout)
        if host in self.deaf:
            time.sleep(timeout or 0)
            raise httpcore.ConnectTimeout
        return self

    def read(self, max_bytes: int, timeout: Given = None) -> bytes:
        self.waits.append(timeout)
        return b"drop"

    def write(self, buffer: bytes, timeout: Given = None) -> None:
        self.waits.append(timeout)
        self.written.append(buffer)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: Given = None
    ) -> httpcore.NetworkStream:
        self.waits.append(timeout)
        return self

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, info: str) -> Any:
        return info


def connected(network: Network) -> httpcore.NetworkStream:
    stream = DeadlineBackend(network).connect_tcp("127.0.0.1", 1)
    network.waits.clear()
    return stream


@pytest.fixture
def three_addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 1)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    return addresses


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_without_a_deadline_a_wait_is_as_long_as_asked(wait: Callable[..., object]) -> None:
    network = Network()
    stream = connected(network)
    wait(stream, 7.0)
    wait(stream, None)
    assert network.waits == [7.0, None]


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_no_wait_is_longer_than_what_is_left(wait: Callable[..., object]) -> None:
    network = Network()
    stream = connected(network)
    with sockets_until(time.monotonic() + 5):
        for given in (7.0, None, 0.5):
            wait(stream, given)
    wait(stream, 7.0)
    first, second, third, after = network.waits
    assert 4 < (first or 0) <= 5
    assert 4 < (second or 0) <= 5
    assert (third, after) == (0.5, 7.0)


@pytest.mark.parametrize("late", WAITS)
def test_past_the_deadline_nothing_waits_and_the_connection_is_closed(late: str) -> None:
    network = Network()
    stream = connected(network)
    with sockets_until(time.monotonic()), pytest.raises(getattr(httpcore, late)):
        WAITS[late](stream, 7.0)
    assert network.waits == []
    assert network.closed


def test_the_deadline_holds_behind_tls_too() -> None:
    network = Network()
    stream = connected(network).start_tls(ssl.create_default_context())
    with sockets_until(time.monotonic()), pytest.raises(httpcore.ReadTimeout):
        stream.read(10, 7.0)


def test_a_deadline_within_another_gives_way_to_it_again() -> None:
    network = Network()
    stream = connected(network)
    with sockets_until(time.monotonic() + 50):
        with sockets_until(time.monotonic() + 5):
            stream.read(10)
        stream.read(10)
    assert [round(wait or 0, -1) for wait in network.waits] == [0.0, 50.0]


def test_a_long_request_is_written_whole_and_in_order() -> None:
    network = Network()
    content = bytes(range(256)) * 1_000
    connected(network).write(content, 7.0)
    assert b"".join(network.written) == content
    assert max(map(len, network.written)) <= 65_536


def test_a_head_and_its_body_are_one_write_once_the_request_ends() -> None:
    network = Network()
    stream = connected(network)
    for _ in range(2):
        stream.write(b"head ")
        stream.write(b"body")
        stream.write(b"")
    assert network.written == [b"head body"] * 2


def test_what_nobody_ended_is_written_before_an_answer_is_waited_for() -> None:
    network = Network()
    stream = connected(network)
    stream.write(b"greeting")
    assert network.written == []
    assert stream.read(10) == b"drop"
    assert network.written == [b"greeting"]


def test_the_next_address_is_tried_where_one_does_not_answer(three_addresses: list[str]) -> None:
    network = Network("127.0.0.1")
    DeadlineBackend(network).connect_tcp("threads.example", 1, 0.01)
    assert network.tried == three_addresses[:2]
    assert network.waits == [0.01, 0.01]


def test_all_addresses_together_take_no_longer_than_what_is_left(three_addresses: list[str]) -> None:
    network = Network(*three_addresses)
    with sockets_until(time.monotonic() + 0.1), pytest.raises(httpcore.ConnectTimeout):
        DeadlineBackend(network).connect_tcp("threads.example", 1, 7.0)
    assert network.tried == three_addresses[:1]


def test_the_last_address_that_failed_tells_why(three_addresses: list[str]) -> None:
    network = Network(*three_addresses)
    with pytest.raises(httpcore.ConnectTimeout):
        DeadlineBackend(network).connect_tcp("threads.example", 1, 0.01)
    assert network.tried == three_addresses


def test_a_name_without_an_address_is_a_failure_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    network = Network()
    with pytest.raises(httpcore.ConnectError):
        DeadlineBackend(network).connect_tcp("threads.example", 1, 0.01)
    assert network.tried == []
