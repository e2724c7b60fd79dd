"""A platform's own limits around the emulator: every arrival is counted, and what is too much is refused."""

from __future__ import annotations

import asyncio
import bisect
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

from provider_threads.emulator import Emulator
from provider_threads.emulator.wire import json_response


@dataclass
class Throttle:
    """What is allowed, and what was seen.

    Attributes:
        per_second: arrivals in any second that ends with one. in_flight: at once. latency: seconds for every answer.
        arrivals: by the monotonic clock. refused: how many. most_in_flight: at once, at any time.
    """

    per_second: float = math.inf
    in_flight: float = math.inf
    latency: float = 0.0
    arrivals: list[float] = field(default_factory=list)
    refused: int = 0
    most_in_flight: int = 0
    _in_flight: int = 0

    @contextmanager
    def arrival(self) -> Iterator[bool]:
        """One request, from its arrival to its answer; whether it is let in."""
        now = time.monotonic()
        self.arrivals.append(now)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        let_in = self._in_flight <= self.in_flight and self._in_second(len(self.arrivals) - 1) <= self.per_second
        self.refused += not let_in
        try:
            yield let_in
        finally:
            self._in_flight -= 1

    def _in_second(self, last: int) -> int:
        """How many arrivals the second that ends with one of them holds."""
        return last + 1 - bisect.bisect_right(self.arrivals, self.arrivals[last] - 1, hi=last)

    @property
    def most_per_second(self) -> int:
        """The most arrivals in any sliding second."""
        return max(map(self._in_second, range(len(self.arrivals))), default=0)


class Throttled:
    """The emulator's application behind a `Throttle`."""

    def __init__(self, app: ASGIApp, throttle: Throttle) -> None:
        self._app = app
        self._throttle = throttle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._throttle.arrival() as let_in:
            await asyncio.sleep(self._throttle.latency)
            answer = self._app if let_in else _refusal(scope["path"])
            await answer(scope, receive, send)


def _refusal(path: str) -> ASGIApp:
    """How the platform with this path says that it was too much."""
    if path == "/":
        error = {"Code": "RequestLimitExceeded", "Message": "too many requests"}
        return json_response({"Response": {"Error": error, "RequestId": "req-1"}})
    if path.startswith("/v1/"):
        return json_response({"base_resp": {"status_code": 1002, "status_msg": "rate limit"}})
    detail = {"code": "too_many_requests", "message": "rate limit", "type": "rate_limit", "param": None}
    return json_response({"error": detail}, 429)


def throttled(emulator: Emulator, throttle: Throttle) -> Throttle:
    """Put a running emulator, before its first request, behind `throttle`; gives that back."""
    emulator.app.add_middleware(Throttled, throttle=throttle)
    return throttle
