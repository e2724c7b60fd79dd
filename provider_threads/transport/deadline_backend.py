"""The network as httpcore's synchronous pools see it: no wait is longer than what is left of the call's time.

httpx limits each read and each write by itself. A server that sends the head of its answer drop by drop or takes a
request so, or whose addresses one after another do not answer, would hold a call for a multiple of its time. httpcore
offers `NetworkBackend` and `NetworkStream` for replacing (https://www.encode.io/httpcore/network-backends/).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore

from provider_threads.transport.sync_deadline import seconds_left

__all__ = ["DeadlineBackend"]

_MOST_AT_ONCE: Final = 65_536
"""Bytes of one write: httpcore gives its time anew to each part that a socket takes."""


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects by another backend, as long as `sockets_until` allows."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of the host's addresses that answers; each may take `timeout`, all what is left."""
        failed: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("no address")
        for address in _addresses(host, port):
            left = seconds_left(timeout)
            if left is not None and left <= 0:
                raise httpcore.ConnectTimeout from None
            try:
                return _DeadlineStream(self._backend.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error.with_traceback(None)
        raise failed


class _DeadlineStream(httpcore.NetworkStream):
    """One connection.

    httpcore writes a request as its head, its body and, for its end, no bytes. They go out together: another call of
    the system, and another packet, would cost a fifteenth of the whole request.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._held = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:  # what no end was written of, such as a proxy's greeting
            self._write_held(timeout)
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if not buffer or len(self._held) > _MOST_AT_ONCE:
            self._write_held(timeout)

    def _write_held(self, timeout: float | None) -> None:
        held, self._held = self._held, b""
        for start in range(0, len(held), _MOST_AT_ONCE):
            part = held[start : start + _MOST_AT_ONCE]
            self._stream.write(part, self._left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
        left = seconds_left(timeout)
        if left is not None and left <= 0:  # a socket would take 0 for "do not wait", and hand out what has come
            self.close()  # httpcore leaves a connection open that fails on its way through a proxy or to TLS
            raise late
        return left


def _addresses(host: str, port: int) -> list[str]:
    """The addresses to try, in the system's order. The system's look-up has time limits of its own."""
    try:
        found = [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    return found if len(found) > 1 else [host]  # alone it may be one with a scope, which only its name tells
