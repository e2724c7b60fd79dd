"""A platform's clock, as its answers tell it: for signatures that this machine's clock would spoil."""

from __future__ import annotations

from typing import Final

from provider_threads.http_dates import seconds_of

__all__ = ["PlatformClock"]

_EARLIEST: Final = 1_577_836_800.0
_LATEST: Final = 4_102_444_800.0
"""The years 2020 and 2100: a platform that tells of others does not know the time."""

_TELLS_S: Final = 60.0
"""A ``Date`` that is closer to the time in the signature does not explain why that was refused."""


class PlatformClock:
    """How far one account's platform is ahead of this machine, in seconds; 0 until a refusal taught otherwise."""

    def __init__(self) -> None:
        self.ahead: float = 0.0

    def learn(self, date: str, *, signed_at: float, now: float) -> bool:
        """Learn from the answer to a request that was refused for its time.

        Args:
            date: the answer's ``Date`` header. signed_at: the time that was signed. now: this machine's, at the answer.

        Returns:
            Whether another signature may do better. Without a date that makes sense nothing is learned.
        """
        told = seconds_of(date)
        if told is None or not _EARLIEST <= told <= _LATEST or abs(told - signed_at) < _TELLS_S:
            return False
        self.ahead = told - now
        return True
