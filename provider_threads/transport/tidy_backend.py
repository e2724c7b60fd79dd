# ruff: noqa: ASYNC109 - the time-outs among the arguments are httpcore's
"""The network as httpcore's asynchronous pools see it: a connection given up while it is made is closed.

It also tells a call's `Way` of connecting and writing.

httpcore leaves two to the garbage collector or to its pool: a socket whose TLS handshake is cancelled, and a connection
that has just come about where its task is cancelled before the first request is on it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import anyio.lowlevel
import httpcore

from provider_threads.transport.way import Way

__all__ = ["TidyBackend"]


class TidyBackend(httpcore.AsyncNetworkBackend):
    """Connects by another backend."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a host."""
        Way.connects()
        stream = await self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return await _TidyStream(stream).unless_cancelled()


class _TidyStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def unless_cancelled(self) -> _TidyStream:
        # From here to where the connection is known to be in use, httpcore waits at shielded points only.
        try:
            await anyio.lowlevel.checkpoint_if_cancelled()
        except BaseException:
            await self._close_now()
            raise
        return self

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        Way.writes()
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._close_now()
            raise
        return await _TidyStream(stream).unless_cancelled()

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def _close_now(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()
