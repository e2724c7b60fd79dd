"""A way to the emulator that holds one request before it arrives, or one answer after it was applied."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from tests.wire.sockets import RawServer
from tests.wire.sockets import http as answer_of

__all__ = ["Held", "Relay", "Side"]

Side = Literal["request", "answer"]

_APPENDS = (b"POST /v1/threads/messages/add", b"POST /v2/threads/messages ")
_PATIENCE = 20.0


@dataclass
class Held:
    """A message on its way to the platform that is held up.

    Attributes:
        side: where. there: set once it is held.
    """

    side: Side
    there: threading.Event = field(default_factory=threading.Event)
    _let_go: threading.Event = field(default_factory=threading.Event)
    _delivered: bool = True

    def let_go(self, *, delivered: bool = True) -> None:
        """Let it go on; what is not delivered is dropped, with its connection."""
        self._delivered = delivered
        self._let_go.set()

    def wait(self) -> bool:
        """Wait until it is let go; whether it is delivered."""
        self.there.set()
        return self._let_go.wait(_PATIENCE) and self._delivered


class Relay(RawServer):
    """Passes requests on to the emulator at `base_url`, of any number of clients at once."""

    def __init__(self, base_url: str) -> None:
        super().__init__(self._pass_on)
        address = urlsplit(base_url)
        self._address = (address.hostname or "", address.port or 0)
        self._counting = threading.Lock()
        self._connected = 0
        self._until_held = 0
        self._held: Held | None = None

    def hold(self, side: Side, number: int = 1) -> Held:
        """Hold, of the messages that are appended from now on, the one of this number."""
        with self._counting:
            self._until_held, self._held = number, Held(side)
            return self._held

    def settle(self) -> None:
        """Wait until no client is connected, and so no request of a dead one under way any more."""
        until = time.monotonic() + _PATIENCE
        time.sleep(0.005)  # for connections that nobody has accepted yet
        while self._connected and time.monotonic() < until:
            time.sleep(0.001)
        assert not self._connected, "a request does not end"

    def _pass_on(self, connection: socket.socket) -> None:
        forward = http.client.HTTPConnection(*self._address, timeout=_PATIENCE)
        with self._counting:
            self._connected += 1
        try:
            while request := self.request_on(connection):
                self.requests.clear()
                held = self._holding(request)
                if held and held.side == "request" and not held.wait():
                    return
                answer = self._forwarded(forward, request)
                if held and held.side == "answer" and not held.wait():
                    return
                connection.sendall(answer)
        finally:
            with self._counting:
                self._connected -= 1
            forward.close()

    def _holding(self, request: bytes) -> Held | None:
        if not request.startswith(_APPENDS):
            return None
        with self._counting:
            self._until_held -= 1
            return self._held if self._until_held == 0 else None

    def _forwarded(self, forward: http.client.HTTPConnection, request: bytes) -> bytes:
        head, _, body = request.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = line.split(" ")
        headers = dict(each.split(": ", 1) for each in lines)
        forward.request(method, target, body or None, headers)
        answer = forward.getresponse()
        return answer_of(answer.read(), f"{answer.status} {answer.reason}")
