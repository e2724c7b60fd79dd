"""A browser for the tests of a process, and a server that counts who asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.html.chromium import Chromium, absent, program, running


class Counter:
    """Requests that have come to `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.paths: list[str] = []


@pytest.fixture(scope="module")
def counter() -> Iterator[Counter]:
    """A server on loopback that keeps the path of every request."""

    class Keeping(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            counted.paths.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Keeping) as server:
        counted = Counter(f"http://127.0.0.1:{server.server_port}/hit")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield counted
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """A real Chromium; a test that asks for it is skipped where there is none."""
    path = program()
    if path is None:
        absent()
    with running(path) as browser:
        yield browser
