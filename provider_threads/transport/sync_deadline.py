"""How long the sockets of a synchronous call may still wait, known to the thread that makes the call."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["seconds_left", "sockets_until"]

_deadline: ContextVar[float] = ContextVar("provider_threads_deadline")


@contextlib.contextmanager
def sockets_until(deadline: float) -> Iterator[None]:
    """Within, let no socket of a `DeadlineBackend` wait beyond this moment of `time.monotonic` in this thread."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def seconds_left(timeout: float | None) -> float | None:
    """How long a wait of at most `timeout` may take; 0 or less where the call's time is over."""
    deadline = _deadline.get(None)
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    return left if timeout is None else min(timeout, left)
