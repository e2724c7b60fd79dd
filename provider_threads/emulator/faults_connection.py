"""Answers that go wrong below HTTP: the connection is reset or closed, a body is short, bytes come one by one.

They are written past the server's own HTTP, straight onto the connection, which is closed after each.
"""

import asyncio
import socket
import struct
from collections.abc import Iterator
from http import HTTPStatus

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from provider_threads.emulator.faults import Fault, FaultKind

KINDS: frozenset[FaultKind] = frozenset(
    {
        "reset_before",
        "reset_after",
        "close_before",
        "close_after",
        "short_body",
        "early_eof",
        "header_drip",
        "body_drip",
    }
)
_RESETS = ("reset_before", "reset_after")
_UNANSWERED = (*_RESETS, "close_before", "close_after")

TRANSPORT = "transport"
"""Where, in the state of a request, the server puts the connection that it came on."""


class LateAnswer(Response):
    """An answer that is held back; nothing is sent to a client that did not wait for it."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__(status_code=answer.status_code)
        self._answer = answer
        self._seconds = seconds
        self.raw_headers: list[tuple[bytes, bytes]] = answer.raw_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, then send."""
        if not await _is_gone(receive, self._seconds):
            await self._answer(scope, receive, send)


class BrokenAnswer(Response):
    """An answer that the connection does not survive; its status is 0 where not a byte is sent."""

    def __init__(self, answer: Response, fault: Fault) -> None:
        super().__init__(status_code=answer.status_code)
        self._answer = answer
        self._fault = fault
        self.raw_headers: list[tuple[bytes, bytes]] = answer.raw_headers
        if fault.kind in _UNANSWERED:
            self.status_code = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write what is left of the answer, byte for byte, and end the connection.

        Raises:
            RuntimeError: the application is not served by the emulator's own server, so there is no connection.
        """
        transport = scope.get("state", {}).get(TRANSPORT)
        if transport is None:
            raise RuntimeError(f"the fault {self._fault.kind} needs the emulator's own server")
        if self._fault.kind in _RESETS:
            _reset(transport)
        else:
            body = await body_of(self._answer)
            for piece in self._pieces(body):
                transport.write(piece)
                if self._fault.seconds and await _is_gone(receive, self._fault.seconds):
                    break
            transport.close()
        # The server is not told of an answer: it takes the client's going for the end of this request.
        await _is_gone(receive, None)

    def _pieces(self, body: bytes) -> Iterator[bytes]:
        kind = self._fault.kind
        if kind in _UNANSWERED:
            return
        head = self._head(None if kind == "early_eof" else len(body))
        if kind in ("short_body", "early_eof"):
            yield head + body[: len(body) // 2]
            return
        dripping, before, after = (head, b"", body) if kind == "header_drip" else (body, head, b"")
        yield before
        for index in range(len(dripping)):
            yield dripping[index : index + 1]
        yield after

    def _head(self, length: int | None) -> bytes:
        lines = [f"HTTP/1.1 {self.status_code} {HTTPStatus(self.status_code).phrase}".encode()]
        lines += [name + b": " + value for name, value in self.raw_headers if name != b"content-length"]
        lines += [f"content-length: {length}".encode()] if length is not None else []
        return b"\r\n".join([*lines, b"connection: close", b"", b""])


async def body_of(answer: Response) -> bytes:
    """The whole body of an answer, streamed or not."""
    if not isinstance(answer, StreamingResponse):
        return bytes(answer.body)
    pieces = [piece async for piece in answer.body_iterator]
    return b"".join(piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces)


def _reset(transport: asyncio.Transport) -> None:
    # Lingering for no time makes the system send a reset where it would say goodbye.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _is_gone(receive: Receive, seconds: float | None) -> bool:
    """Wait so many seconds, None for ever, or until the client has gone; whether it has."""
    try:
        await asyncio.wait_for(_goodbye(receive), seconds)
    except asyncio.TimeoutError:
        return False
    return True


async def _goodbye(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
