"""A way to the emulator on which requests are refused, and answers are lost, when a test says so."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from tests.wire.sockets import PATIENCE_S, RawServer, http, reset

__all__ = ["Fault", "Faults"]

Fault = Literal["refused", "rate limited", "unavailable", "lost", "not applied", "passed"]
"""``lost``: applied, and the answer is lost. ``not applied``: the connection breaks before the platform sees it."""

_REFUSALS = {"refused": "400 Bad Request", "rate limited": "429 Too Many Requests", "unavailable": "503 Unavailable"}


class Faults(RawServer):
    """Passes requests on to the emulator at `base_url`.

    Attributes:
        of_writes: what becomes of the next messages that are appended, in order; then they pass.
        of_all: what becomes of every other request; None: it passes.
    """

    def __init__(self, emulator_url: str) -> None:
        super().__init__(self._pass_on)
        address = urlsplit(emulator_url)
        self._emulator = (address.hostname or "", address.port or 0)
        self.of_writes: deque[Fault] = deque()
        self.of_all: Fault | None = None
        self._passing = 0
        self._held: tuple[threading.Event, threading.Event] | None = None

    def after(self, passing: int, fault: Fault) -> None:
        """Let so many requests pass; what becomes of every one after them."""
        self._passing, self.of_all = passing, fault

    @contextmanager
    def holding_an_answer(self) -> Iterator[threading.Event]:
        """Hold the next answer until the block ends; the event says when it is held."""
        there, go_on = self._held = threading.Event(), threading.Event()
        try:
            yield there
        finally:
            go_on.set()

    def _fault(self, *, writes: bool) -> Fault | None:
        if writes and self.of_writes:
            return self.of_writes.popleft()
        if self._passing:
            self._passing -= 1
            return None
        return self.of_all

    def _pass_on(self, connection: socket.socket) -> None:
        while request := self.request_on(connection):
            path = request.split(b" ", 2)[1].split(b"?")[0]
            writes = path in (b"/v1/threads/messages/add", b"/v2/threads/messages")
            fault = self._fault(writes=writes)
            if fault in _REFUSALS:
                connection.sendall(http(b"{}", _REFUSALS[fault]))
                continue
            if fault == "not applied":
                reset(connection)
                return
            held, self._held = self._held, None
            answer = self._answer(request)
            if held:
                held[0].set()
                held[1].wait(PATIENCE_S)
            if fault == "lost":
                reset(connection)
                return
            connection.sendall(answer)

    def _answer(self, request: bytes) -> bytes:
        with socket.create_connection(self._emulator) as forward:
            forward.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += forward.recv(65_536)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            while len(body) < length:
                body += forward.recv(65_536)
        return head + b"\r\n\r\n" + body
