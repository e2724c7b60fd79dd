"""What clients asked of the emulator, kept for assertions and for the admin surface."""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provider_threads.emulator.identifiers import Provider

_CREDENTIAL_HEADERS = frozenset({"authorization", "x-appbuilder-authorization", "x-tc-token", "cookie"})
_KEPT = 10_000


@dataclass(frozen=True)
class RecordedRequest:
    """One request as it arrived and how it was answered.

    Credentials are never kept and the repr shows no content.

    ``operation`` is the provider's own name (``GetThreadMessageList``, ``threads/messages/list``);
    ``error`` is the provider's error code, since most errors travel under HTTP 200. ``parameters`` are the
    decoded ones, of body and query, and empty where a fault kept the platform from seeing the request; ``headers``
    have lower-case names. ``received_at`` is in seconds since the epoch, by the server's clock. ``faults`` are the
    kinds of fault that the request met; ``status`` is 0 where one of them let no byte of an answer out.
    """

    provider: Provider
    operation: str
    method: str
    path: str
    status: int
    error: str | None
    received_at: float
    parameters: Mapping[str, Any] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    faults: tuple[str, ...] = ()


class RequestLog:
    """The newest requests, oldest first; safe to read while the server writes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque(maxlen=_KEPT)

    def add(self, request: RecordedRequest) -> None:
        """Keep one more request, and forget the oldest beyond ten thousand."""
        with self._lock:
            self._requests.append(request)

    def snapshot(self) -> list[RecordedRequest]:
        """The requests kept so far."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._requests.clear()


def without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may be kept."""
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _CREDENTIAL_HEADERS}
