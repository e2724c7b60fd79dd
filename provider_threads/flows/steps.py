"""What a flow asks its driver to do, and what the driver tells it.

A flow is a generator without I/O. It yields `Send` and receives an `Answer` or a `Failure`; it yields `Wait` or `Emit`
and receives None; its return value is the operation's result.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from provider_threads.endpoint import Answer, Request
from provider_threads.retry import Timeouts

__all__ = ["Emit", "Failure", "Flow", "Send", "Step", "Wait"]


@dataclass(frozen=True, slots=True)
class Send:
    """Send `request` within `timeouts`; give up when `time.monotonic` reaches `deadline`."""

    request: Request
    timeouts: Timeouts
    deadline: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for `seconds`."""

    seconds: float


EmittedT = TypeVar("EmittedT")


@dataclass(frozen=True, slots=True)
class Emit(Generic[EmittedT]):
    """Hand `item` to whoever iterates."""

    item: EmittedT


@dataclass(frozen=True, slots=True)
class Failure:
    """No usable answer.

    Attributes:
        sent: whether any byte of the request may have reached the platform.
        cause_type: class name of the network library's error.
        retryable: whether another try may do better; False for a certificate that is refused.
        deadline_exceeded: whether the time for the whole call ran out.
        flaw: what was wrong with an answer that came: larger than is read, or in an encoding not asked for.
    """

    sent: bool
    cause_type: str
    retryable: bool = True
    deadline_exceeded: bool = False
    flaw: Literal["too large", "encoding"] | None = None


Step: TypeAlias = "Send | Wait | Emit[EmittedT]"

ResultT = TypeVar("ResultT")

Flow: TypeAlias = "Generator[Step[EmittedT], Answer | Failure | None, ResultT]"
"""A flow that emits items of one type and returns a result of another."""
