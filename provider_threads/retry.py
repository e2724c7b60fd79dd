"""When an operation is tried again, and how long it may take: plain numbers over tenacity's pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    import tenacity

__all__ = ["RetryPolicy", "Timeouts", "Verdict"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Time limits, in seconds.

    Attributes:
        connect: for a connection to come about. read, write: for the next bytes to arrive or leave.
        pool: for a free connection of the pool.
        total: for one remote operation with its retries and pauses; never for a whole paged read, nor for the
            time a caller spends between two messages of an iteration.
    """

    connect: float = 5.0
    read: float = 20.0
    write: float = 20.0
    pool: float = 5.0
    total: float = 60.0

    def __post_init__(self) -> None:
        for name in ("connect", "read", "write", "pool", "total"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
                raise ConfigurationError(f"timeout: {name} must be a number of seconds above 0.")


class Verdict(Protocol):
    """What is made of one attempt's outcome."""

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed in a moment."""

    @property
    def retry_after(self) -> float | None:
        """Seconds the platform asked to wait, or None."""

    @property
    def timed_out(self) -> bool:
        """Whether the network took longer than a time limit."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a read is tried, and the pauses between. Writes are tried once.

    Attributes:
        attempts: tries in all, at least 1.
        first_pause, longest_pause: seconds; the pause before try n+1 is random between 0 and
            ``first_pause * 2**(n-1)``, at most `longest_pause`.
        longest_retry_after: seconds; a platform that asks for a longer wait gets no further try, the error says how
            long it asked for.
    """

    attempts: int = 3
    first_pause: float = 0.5
    longest_pause: float = 8.0
    longest_retry_after: float = 120.0

    def __post_init__(self) -> None:
        if isinstance(self.attempts, bool) or not isinstance(self.attempts, int) or self.attempts < 1:
            raise ConfigurationError("retry: attempts must be a whole number of at least 1.")
        for name in ("first_pause", "longest_pause", "longest_retry_after"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise ConfigurationError(f"retry: {name} must be a number of seconds, 0 or more.")
        if self.first_pause > self.longest_pause:
            raise ConfigurationError("retry: first_pause must not be above longest_pause.")

    def tries(
        self,
        *,
        idempotent: bool,
        left: Callable[[], float],
        pay: Callable[[Verdict], bool],
        pause: Callable[[float], None],
    ) -> Iterator[tenacity.AttemptManager]:
        """The tries for one operation.

        The caller sets each try's `Verdict` as its ``retry_state`` result, the first one's as it was before; `left`
        tells the seconds that remain for the operation; `pay` is asked, last of all, whether the account can afford
        another try; `pause` is told the seconds to wait before it. None starts with no time left.
        """
        import tenacity  # noqa: PLC0415 - with all that it brings it would be a fifth of what importing this library takes

        most = self.attempts if idempotent else 1
        jitter = tenacity.wait_random_exponential(multiplier=self.first_pause, max=self.longest_pause)

        def wait(state: tenacity.RetryCallState) -> float:
            asked = _verdict(state).retry_after
            return jitter(state) if asked is None else asked

        def again(state: tenacity.RetryCallState) -> bool:
            verdict = _verdict(state)
            return verdict.retryable and (verdict.retry_after or 0) <= self.longest_retry_after

        def enough(state: tenacity.RetryCallState) -> bool:
            return state.attempt_number >= most or state.upcoming_sleep >= left() or not pay(_verdict(state))

        return iter(
            tenacity.Retrying(
                stop=enough,
                wait=wait,
                retry=again,
                sleep=pause,
                retry_error_callback=lambda state: None,
            )
        )


def _verdict(state: tenacity.RetryCallState) -> Verdict:
    assert state.outcome is not None  # noqa: S101 - tenacity asks only once a result is set
    verdict: Verdict = state.outcome.result()
    return verdict
