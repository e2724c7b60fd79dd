"""What one account's retries may cost in this process: while a platform is down, tries beyond the first soon stop.

The numbers are those of botocore's standard mode: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import threading
from typing import Final

__all__ = ["CAPACITY", "RETRY_COST", "TIMEOUT_COST", "RetryBudget"]

CAPACITY: Final = 500
RETRY_COST: Final = 5
TIMEOUT_COST: Final = 10
"""After a timeout: such a retry keeps a connection and a caller waiting for longest."""

_GAIN: Final = 1
"""For a success that cost nothing."""


class RetryBudget:
    """A bucket that every retry takes from and every success puts back into; used from several threads."""

    def __init__(self) -> None:
        self._left = CAPACITY
        self.unlock_after_fork()

    def unlock_after_fork(self) -> None:
        """Another thread may have held the lock when the process was forked; what is known of the platform stays."""
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """What retries may still cost."""
        return self._left

    def take(self, *, timed_out: bool) -> int:
        """Pay for one retry: what it cost, or 0, and it must not be, where too little is left."""
        cost = TIMEOUT_COST if timed_out else RETRY_COST
        with self._lock:
            if cost > self._left:
                return 0
            self._left -= cost
            return cost

    def succeeded(self, cost: int) -> None:
        """Put back what the try that succeeded had cost; a little where it was the first."""
        with self._lock:
            self._left = min(self._left + (cost or _GAIN), CAPACITY)
