"""What was asked of a platform and what became of it, one record a try: for logs, metrics and traces.

A record holds nothing that users wrote and nothing that names them: no text, thread or message id, header or URL.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

__all__ = ["CallRecord", "OnCall", "Tries"]

logger: logging.Logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One try of one operation.

    Attributes:
        provider: ``"hunyuan"``, ``"minimax"``, ``"appbuilder"``. operation: as errors name it, ``"list_messages"``.
        attempt: 1 for a call's first try.
        status: the answer's HTTP status; None where none came.
        error: class name of this library's error, None for a success; ``"Interrupted"`` where the call was cancelled,
            or ended by an error of another kind, while the request was under way.
        request_id: what the platform's support asks for, or None.
        seconds: from when the request was signed to its outcome, without the wait for its turn; 0 where it never left.
        retried: whether another try of the same call follows.
    """

    provider: str
    operation: str
    attempt: int
    status: int | None
    error: str | None
    request_id: str | None
    seconds: float
    retried: bool


OnCall: TypeAlias = "Callable[[CallRecord], object]"
"""Is told of every try, in the thread or event loop that made it, before the call returns."""


class Tries:
    """One call's tries, each told of once: when it is known whether another follows."""

    def __init__(self, provider: str, operation: str, on_call: OnCall | None, monotonic: Callable[[], float]) -> None:
        self._provider = provider
        self._operation = operation
        self._on_call = on_call
        self._monotonic = monotonic
        self._attempt = 0
        self._signed_at: float | None = None
        self._untold: CallRecord | None = None

    def begin(self) -> None:
        """Another try begins, perhaps by waiting for its turn."""
        self.tell(retried=True)
        self._attempt += 1
        self._signed_at = None

    def signed(self) -> None:
        """The request is handed over for sending."""
        self._signed_at = self._monotonic()

    def interrupted(self) -> None:
        """The call is given up; of a request that was not handed over there is nothing to tell."""
        if self._signed_at is not None:
            self.end(None, "Interrupted", None)
            self.tell()

    def end(self, status: int | None, error: str | None, request_id: str | None) -> None:
        """The try has an outcome."""
        seconds = 0.0 if self._signed_at is None else self._monotonic() - self._signed_at
        self._untold = CallRecord(
            self._provider, self._operation, self._attempt, status, error, request_id, seconds, retried=False
        )

    def tell(self, *, retried: bool = False) -> None:
        """Log the last try, where it was not yet, and tell the hook. Whatever goes wrong there, the call goes on."""
        if self._untold is None:
            return
        untold, self._untold = self._untold, None
        if self._on_call is None and not logger.isEnabledFor(logging.DEBUG):
            return
        record = replace(untold, retried=retried)
        with suppress(Exception):  # of the app's own handlers, filters and kinds of log records
            if logger.isEnabledFor(logging.DEBUG):
                _log(record)
        if self._on_call is not None:
            try:
                self._on_call(record)
            except Exception:
                with suppress(Exception):
                    logger.exception("on_call failed; the call goes on")


def _log(record: CallRecord) -> None:
    outcome = "no answer" if record.status is None else f"HTTP {record.status}"
    notes = [
        *([record.error] if record.error else []),
        *([f"request id {record.request_id}"] if record.request_id else []),
        *(["another try follows"] if record.retried else []),
    ]
    milliseconds = round(record.seconds * 1e3, 1)
    fields = {
        "provider": record.provider,
        "operation": record.operation,
        "attempt": record.attempt,
        "status": record.status,
        "error": record.error,
        "request_id": record.request_id,
        "duration_ms": milliseconds,
        "retried": record.retried,
    }
    # An app may give every record fields, a request id of its own among them; logging takes none of them twice.
    taken = vars(logging.makeLogRecord({}))
    logger.debug(
        "%s %s: %s, attempt %d, %.1f ms%s",
        record.provider,
        record.operation,
        outcome,
        record.attempt,
        milliseconds,
        "".join(f", {note}" for note in notes),
        extra={name: value for name, value in fields.items() if name not in taken},
    )
