"""What a check found, and work that is not waited for longer than a check may take."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

__all__ = ["Finding", "Findings", "Status", "in_background", "within"]

Status: TypeAlias = Literal["ok", "warning", "failed", "not checked"]

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome.

    Attributes:
        check: what was looked at, in a few words. status: what came of it.
        message: what is so, or why it was not checked. Never a credential, nor anything that a stranger sent.
        remedy: what to do about it, or None where nothing is to be done.
    """

    check: str
    status: Status
    message: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found about one subject, such as a platform."""

    subject: str
    title: str
    found: tuple[Finding, ...]


def in_background(work: Callable[[], ResultT]) -> Future[ResultT]:
    """Have `work` done in a thread that does not keep the process from ending."""
    outcome: Future[ResultT] = Future()

    def perform() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again for whoever asks for the result
            outcome.set_exception(error)

    run = contextvars.copy_context().run
    threading.Thread(target=run, args=(perform,), name="provider-threads doctor", daemon=True).start()
    return outcome


def within(seconds: float, work: Callable[[], ResultT]) -> ResultT:
    """What `work` returns, from a thread that is left to itself after so many seconds.

    Looking up a name and opening a database take no time limit of their own.

    Raises:
        TimeoutError: the time was over. Whatever `work` raises.
    """
    outcome = in_background(work)
    wait([outcome], seconds)
    if not outcome.done():
        raise TimeoutError
    return outcome.result()
