"""Canned pages over HTTP, in a process of their own: started by `CannedEmulator`, ended with its standard input.

A bare protocol of asyncio: a request is its target and its body, an answer is bytes, and the round-trip time passes on
the event loop's clock, for each request by itself.
"""

import asyncio
import json
import re
import signal
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus

from provider_threads.emulator.canned_pages import CannedPages
from provider_threads.emulator.listening import listen
from provider_threads.emulator.switches import Switches

TOLD = "/_emulator/canned"
"""Where the server tells what it counted (GET), and forgets it (DELETE)."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


class Counted:
    """What came in: when each request had arrived, and how many were unanswered at once."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Count from nothing; for a moment when no request is under way."""
        self.arrivals: list[float] = []
        self.in_flight: int = 0
        self.most_in_flight: int = 0

    def arrived(self, at: float) -> None:
        """One more request has arrived."""
        self.arrivals.append(at)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def told(self) -> bytes:
        """All of it as JSON."""
        return json.dumps({"arrivals": self.arrivals, "most_in_flight": self.most_in_flight}).encode()


class Connection(asyncio.Protocol):
    """One client's connection, kept alive as long as the client likes."""

    def __init__(self, pages: CannedPages, counted: Counted, round_trip: float) -> None:
        self._pages = pages
        self._counted = counted
        self._round_trip = round_trip
        self._received = b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # what a socket's protocol is given
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that has come as a whole."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            if _CHUNKED.search(head):
                self._transport.write(b"HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n")
                self._transport.close()
                return
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body, self._received = self._received[end + 4 : whole], self._received[whole:]
            self._requested(head, body)

    def _requested(self, head: bytes, body: bytes) -> None:
        method, target = head.split(b" ", 2)[:2]
        if target == TOLD.encode():
            if method == b"DELETE":
                self._counted.clear()
            self._write(_http(200, self._counted.told()))
            return
        now = self._loop.time()
        self._counted.arrived(now)
        answer = _http(*self._pages.answer(target.decode("latin-1"), body))
        # From the arrival on: what it takes to make the answer is part of the round trip.
        self._loop.call_at(now + self._round_trip, self._answered, answer)

    def _answered(self, answer: bytes) -> None:
        self._counted.in_flight -= 1
        self._write(answer)

    def _write(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _http(status: int, body: bytes) -> bytes:
    status_line = b"HTTP/1.1 %d %s" % (status, HTTPStatus(status).phrase.encode())
    return b"%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status_line, len(body), body)


async def _serve(pages: CannedPages, round_trip: float) -> None:
    loop = asyncio.get_running_loop()
    counted = Counted()
    ended = asyncio.Event()

    def until_the_end() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(ended.set)

    listener = listen("127.0.0.1", 0)
    server = await loop.create_server(lambda: Connection(pages, counted, round_trip), sock=listener)
    threading.Thread(target=until_the_end, daemon=True).start()
    print(listener.getsockname()[1], flush=True)  # noqa: T201  # the parent waits for it
    await ended.wait()
    server.close()


def main() -> None:
    """Read settings and messages from standard input, tell the port, and serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to see
    settings = json.loads(sys.stdin.buffer.readline())

    def messages() -> Iterator[tuple[str, str]]:
        for _ in range(settings["messages"]):
            message_id, text = json.loads(sys.stdin.buffer.readline())
            yield message_id, text

    switches = Switches(**settings["switches"])
    pages = CannedPages(settings["provider"], switches, settings["threads"], messages())
    asyncio.run(_serve(pages, settings["round_trip"]))


if __name__ == "__main__":
    main()
