"""Work on many threads, several at a time: what failed is noted and the rest goes on, unless all would fail alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from provider_threads.cli.outcome import ExitCode, error_object, exit_code_of
from provider_threads.errors import (
    AuthenticationError,
    NotSentError,
    OutcomeUnknownError,
    OverlayError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
    ThreadsError,
)

__all__ = ["MOST_AT_ONCE", "Outcome", "Run", "StoppedWhole", "perform"]

MOST_AT_ONCE: Final = 10
"""Threads at a time, unless the platform takes fewer requests at a time."""

_ACCOUNT_ERRORS: Final = (AuthenticationError, QuotaExhaustedError)
"""What every other thread would be answered, too."""

_OUTAGES: Final = (NotSentError, OutcomeUnknownError, OverlayError, ProviderUnavailableError, RateLimitedError)
_OUTAGE_AFTER: Final = 10
"""So many outages in a row, with nothing else in between, and the rest is not tried."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thread.

    Attributes:
        thread: its id or key. messages: how many were read. gap: whether messages may be missing between them or
            before them, because the platform does not show them.
        skipped: whether it was whole already, from an earlier run. file: where it is now, or None.
        error: why it failed, or None.
    """

    thread: str
    messages: int = 0
    gap: bool = False
    skipped: bool = False
    file: str | None = None
    error: ThreadsError | None = None

    def as_json(self) -> dict[str, Any]:
        """For ``--json``, one line for each thread."""
        state = "failed" if self.error else "skipped" if self.skipped else "done"
        return {
            "thread": self.thread,
            "state": state,
            "messages": self.messages,
            "gap": self.gap,
            "file": self.file,
            "error": error_object(self.error, exit_code_of(self.error)) if self.error else None,
        }


@dataclass
class Run:
    """How far a run has come.

    Attributes:
        total: threads to be done. done, skipped: so far. messages: of those done.
        failures, gaps: of which threads, in the order in which they ended.
        ended_by: the error after which no more threads were tried, or None.
    """

    total: int
    done: int = 0
    skipped: int = 0
    messages: int = 0
    failures: list[Outcome] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    ended_by: ThreadsError | None = None
    _outages: int = 0

    @property
    def untried(self) -> int:
        """Threads that were not begun, or not ended."""
        return self.total - self.done - self.skipped - len(self.failures)

    @property
    def only_error(self) -> ThreadsError | None:
        """Why the only thread of the run failed: that is the command's own error, and no part of a list."""
        return self.failures[0].error if self.total == len(self.failures) == 1 else None

    @property
    def exit_code(self) -> ExitCode:
        """`PARTLY` where some of it failed; where all did, for one reason, or the run was ended, that reason's."""
        if not self.failures:
            return ExitCode.DONE
        reasons = {exit_code_of(outcome.error) for outcome in self.failures if outcome.error}
        if self.ended_by is not None:
            reasons = {exit_code_of(self.ended_by)}
        elif self.done or self.skipped:
            return ExitCode.PARTLY
        reason = reasons.pop()
        return reason if reason is not None and not reasons else ExitCode.PARTLY

    def as_json(self) -> dict[str, Any]:
        """For ``--json``, the last line."""
        return {
            "summary": {
                "threads": self.total,
                "done": self.done,
                "skipped": self.skipped,
                "failed": len(self.failures),
                "untried": self.untried,
                "messages": self.messages,
                "gaps": len(self.gaps),
            }
        }

    def note(self, outcome: Outcome) -> None:
        """Take an outcome in; `ended_by` is set where it shows that the rest would fail, too."""
        error = outcome.error
        if error is not None:
            self.failures.append(outcome)
        elif outcome.skipped:
            self.skipped += 1
        else:
            self.done += 1
            self.messages += outcome.messages
        if outcome.gap:
            self.gaps.append(outcome.thread)
        if not outcome.skipped:
            self._outages = self._outages + 1 if isinstance(error, _OUTAGES) else 0
        if isinstance(error, _ACCOUNT_ERRORS) or self._outages >= _OUTAGE_AFTER:
            self.ended_by = self.ended_by or error


async def perform(
    threads: Sequence[str],
    work: Callable[[str], Awaitable[Outcome]],
    run: Run,
    ended: Callable[[Outcome], None],
    *,
    at_once: int,
) -> None:
    """Do `work` for each thread, `at_once` of them at a time, and tell `ended` what became of each.

    A `ThreadsError` is that thread's. Any other error ends the run, and so does a cancellation; whatever is under way
    then is cancelled, and has tidied up when this returns.
    """
    waiting = iter(threads)

    async def one_after_the_other() -> None:
        for thread in waiting:
            try:
                outcome = await work(thread)
            except StoppedWhole as stopped:
                run.note(stopped.outcome)
                ended(stopped.outcome)
                raise
            except ThreadsError as error:
                outcome = Outcome(thread, error=error)
            if run.ended_by is None or outcome.error is None:
                run.note(outcome)
                ended(outcome)
            if run.ended_by is not None:
                raise _Ended

    tasks = [asyncio.create_task(one_after_the_other()) for _ in range(min(at_once, len(threads)))]
    try:
        await asyncio.gather(*tasks)
    except _Ended:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class StoppedWhole(asyncio.CancelledError):
    """A cancellation that came while a thread was finished, which it was nevertheless; so it counts."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class _Ended(Exception):  # noqa: N818 - no error: the rest is not to be tried
    """The rest would fail, too."""
