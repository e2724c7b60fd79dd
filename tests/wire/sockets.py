"""Servers on bare sockets: every byte of an answer, and the way it ends, is the test's own."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from typing_extensions import Self

Handler = Callable[[socket.socket], None]

PATIENCE_S = 5.0


class RawServer:
    """Accepts connections on 127.0.0.1 and hands each to `handler`, in a thread of its own.

    Attributes:
        connections: how many came. requests: the head and body of each request read with `request_on`.
    """

    def __init__(self, handler: Handler | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self.connections = 0
        self.requests: list[bytes] = []

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(PATIENCE_S)
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(PATIENCE_S)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            with connection:
                assert self._handler is not None
                self._handler(connection)

    def answering(self, *answers: bytes) -> Self:
        """Answer each request on each connection with the next of these bytes, the last again and again."""
        script = list(answers)

        def handler(connection: socket.socket) -> None:
            while self.request_on(connection):
                connection.sendall(script.pop(0) if len(script) > 1 else script[0])

        self._handler = handler
        return self

    def handling(self, handler: Handler) -> Self:
        """Give every connection to `handler`."""
        self._handler = handler
        return self

    def request_on(self, connection: socket.socket) -> bytes:
        """The next request on a connection, whole; empty where the client is gone."""
        request = b""
        while b"\r\n\r\n" not in request:
            chunk = connection.recv(65_536)
            if not chunk:
                return b""
            request += chunk
        head, _, body = request.partition(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        while len(body) < length:
            chunk = connection.recv(65_536)
            if not chunk:
                return b""
            body += chunk
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


def http(
    body: bytes = b"",
    status: str = "200 OK",
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
    content_type: str = "application/json",
) -> bytes:
    """An answer on the wire; `length` is what it says of its body, which need not be true."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def thread_json(**extra: Any) -> bytes:
    """A thread as AppBuilder answers it."""
    return json.dumps({"id": "thread_1", "object": "thread", "created_at": 1_700_000_000_000, **extra}).encode()


def reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def unused_address() -> str:
    """An address of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
