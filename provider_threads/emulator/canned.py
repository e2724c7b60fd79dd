"""A server of canned pages in a process of its own, for measurements: fast, after a round trip of your choice.

What a client costs is measured beside a server that costs little and shares neither its interpreter nor its lock.
"""

import contextlib
import http.client
import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import TYPE_CHECKING, Any

from provider_threads.emulator import canned_server
from provider_threads.emulator.canned_pages import prepared, thread_id_of
from provider_threads.emulator.credentials import Credentials
from provider_threads.emulator.identifiers import PROVIDERS, Provider
from provider_threads.emulator.seeding import SeedMessage, stored_messages
from provider_threads.emulator.switches import Switches

if TYPE_CHECKING:
    from typing_extensions import Self

_STOP_SECONDS = 5.0


class CannedEmulator:
    """Threads of one platform that all hold the same messages, served in pages for the length of a ``with`` block.

    Only lists of messages are answered, by the platform's rules for cursor, order and limit as ``switches`` has them;
    credentials and signatures are not checked.

    Args:
        messages: as for ``Emulator.seed``. threads: how many threads hold them; ``thread_ids`` names them.
        round_trip: seconds from a request's arrival to its answer, each request by itself.

    Raises:
        ValueError: an unknown provider, no thread, or a time that is none.
        RuntimeError: the process did not start; it has printed why.
    """

    def __init__(
        self,
        provider: Provider,
        messages: Iterable[SeedMessage] = (),
        *,
        threads: int = 1,
        round_trip: float = 0.0,
        switches: Switches | None = None,
    ) -> None:
        if provider not in PROVIDERS:
            raise ValueError(f"provider must be one of {', '.join(PROVIDERS)}")
        if threads < 1:
            raise ValueError("threads is a number from 1")
        if not (math.isfinite(round_trip) and round_trip >= 0):
            raise ValueError("round_trip is a number of seconds, 0 or more")
        self._provider = provider
        self._seeds = messages
        self._threads = threads
        self._round_trip = round_trip
        self._switches = switches or Switches()
        self._credentials = Credentials()
        self._running: tuple[subprocess.Popen[bytes], int] | None = None

    def __enter__(self) -> "Self":
        if self._running is not None:
            raise RuntimeError("the canned emulator is running already")
        seeds = list(self._seeds)
        start_ms = int(time.time() - len(seeds)) * 1000
        stored = stored_messages(self._provider, thread_id_of(0), seeds, start_ms=start_ms)
        messages = prepared(self._provider, stored, self._switches)
        process = subprocess.Popen(  # noqa: S603  # this interpreter, with a module of this package
            [sys.executable, "-m", canned_server.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Where this package is found, the child is to find it too.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},  # noqa: PTH109
        )
        try:
            self._running = process, self._started(process, messages)
        except BaseException:
            _stop(process)
            raise
        return self

    def _started(self, process: "subprocess.Popen[bytes]", messages: Sequence[tuple[str, str]]) -> int:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        settings = {
            "provider": self._provider,
            "switches": asdict(self._switches),
            "threads": self._threads,
            "round_trip": self._round_trip,
            "messages": len(messages),
        }
        with contextlib.suppress(BrokenPipeError):  # told below: there is no port
            for line in (settings, *messages):
                process.stdin.write(json.dumps(line).encode() + b"\n")
            process.stdin.flush()
        port = process.stdout.readline()
        if not port:
            raise RuntimeError("the canned emulator's process could not start")
        return int(port)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        running, self._running = self._running, None
        if running is not None:
            _stop(running[0])

    @property
    def base_url(self) -> str:
        """Where the server listens, such as ``http://127.0.0.1:40321``."""
        return f"http://127.0.0.1:{self._port()}"

    @property
    def thread_ids(self) -> list[str]:
        """The ids of the threads."""
        return [thread_id_of(number) for number in range(self._threads)]

    @property
    def credentials(self) -> Credentials:
        """What the emulator would let in; here any will do."""
        return self._credentials

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables under which SDKs and this library look for the credentials."""
        return self._credentials.environment

    @property
    def arrivals(self) -> list[float]:
        """When each request had arrived whole, in seconds of the server's monotonic clock, oldest first."""
        arrivals: list[float] = self._told("GET")["arrivals"]
        return arrivals

    @property
    def most_in_flight(self) -> int:
        """The most requests that had arrived and were not answered yet, at any moment."""
        most: int = self._told("GET")["most_in_flight"]
        return most

    def clear_requests(self) -> None:
        """Count from nothing; for a moment when no request is under way."""
        self._told("DELETE")

    def _told(self, method: str) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port(), timeout=60)
        try:
            connection.request(method, canned_server.TOLD)
            told: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return told

    def _port(self) -> int:
        if self._running is None:
            raise RuntimeError("the canned emulator is not running: use it in a with block")
        return self._running[1]


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the process by the end of its input, or by force where it does not heed it."""
    with process:
        assert process.stdin is not None  # noqa: S101  # a pipe
        with contextlib.suppress(BrokenPipeError):  # it has ended already
            process.stdin.close()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
