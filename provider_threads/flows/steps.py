"""What a flow asks its driver to do, and what the driver tells it.

A flow is a generator without I/O. It yields `Send` and receives an `Answer` or a `Failure`; it yields `Local` and
receives what the work returns; it yields `Together` and receives what several flows return; it yields `Until` and
receives whether it came; it yields `Wait` or `Emit` and receives None. What it returns is the operation's result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from typing_extensions import ParamSpec

from provider_threads.endpoint import Answer, Request
from provider_threads.retry import Timeouts

__all__ = [
    "Emit",
    "Failure",
    "Flow",
    "Local",
    "Send",
    "Step",
    "Together",
    "Until",
    "Wait",
    "for_each_item",
    "locally",
    "locally_until",
    "together",
]


@dataclass(frozen=True, slots=True)
class Send:
    """Send `request` within `timeouts`; give up when `time.monotonic` reaches `deadline`.

    `departs` is called when the connection is there and the first byte goes out.
    """

    request: Request
    timeouts: Timeouts
    deadline: float
    departs: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Until:
    """Wait until `event` is done, from whichever thread, and no longer than `seconds`; True where it is done."""

    event: Future[None]
    seconds: float


@dataclass(frozen=True, slots=True)
class Local:
    """Do `work` on this machine, such as one transaction of a database; asynchronous drivers do it in a thread.

    Once begun it is waited for, by who is cancelled too. With a `deadline` of `time.monotonic` it is not: the flow goes
    on with None when that has come, a cancelled one ends at once, and the work runs on in a thread, unseen.
    """

    work: Callable[[], Any]
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """Perform several flows at once: synchronous drivers in a thread each, asynchronous ones in a task each.

    Answered by their results and the first error that one of them raised, or None. An error ends the others: what they
    would do next is not done; a request that is out is waited for by synchronous drivers, cancelled by asynchronous
    ones. The flows emit nothing and hold no `Together`.
    """

    flows: tuple[Generator[Any, Any, Any], ...]


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
        deadline_exceeded: whether the time for the whole call ran out. timed_out: whether another time limit did.
        flaw: what was wrong with an answer that came: larger than is read, or in an encoding not asked for; or why
            this library did not even try: its own limits left no time, or the Redis that shares them did not answer.
        head: status and headers of the answer, where as much came.
    """

    sent: bool
    cause_type: str
    retryable: bool = True
    deadline_exceeded: bool = False
    timed_out: bool = False
    flaw: Literal["too large", "encoding", "own limits", "shared limits"] | None = None
    head: Answer | None = None


Step: TypeAlias = "Send | Wait | Until | Local | Together | Emit[EmittedT]"

ResultT = TypeVar("ResultT")
OtherT = TypeVar("OtherT")
Parameters = ParamSpec("Parameters")

Flow: TypeAlias = "Generator[Step[EmittedT], Any, ResultT]"
"""A flow that emits items of one type and returns a result of another."""


def locally(
    work: Callable[Parameters, ResultT], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Flow[Any, ResultT]:
    """Have `work` done on this machine and return what it returns; what it raises is raised here, in the flow."""
    result, problem = yield Local(partial(_attempted, partial(work, *args, **kwargs)))
    if problem is not None:
        raise problem
    done: ResultT = result
    return done


def locally_until(
    deadline: float, work: Callable[Parameters, ResultT], *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Flow[Any, ResultT | None]:
    """`locally`, but no longer than until `deadline`: None where the work is not done by then."""
    outcome = yield Local(partial(_attempted, partial(work, *args, **kwargs)), deadline)
    result, problem = outcome or (None, None)
    if problem is not None:
        raise problem
    done: ResultT | None = result
    return done


def _attempted(work: Callable[[], ResultT]) -> tuple[ResultT | None, Exception | None]:
    try:
        return work(), None
    except Exception as error:  # noqa: BLE001 - it is raised again where the flow waits for it
        return None, error


def together(one: Flow[Any, ResultT], other: Flow[Any, OtherT]) -> Flow[Any, tuple[ResultT, OtherT]]:
    """Perform two flows at once and return what both return; what one raises ends the other and is raised here."""
    results, problem = yield Together((one, other))
    if problem is not None:
        raise problem
    both: tuple[ResultT, OtherT] = results
    return both


def for_each_item(
    walk: Flow[EmittedT, ResultT], act: Callable[[EmittedT], Flow[Any, bool]]
) -> Flow[Any, ResultT | None]:
    """Perform `walk`, and `act` on each item as it comes, until `act` gives False.

    Returns what `walk` returns, or None where `act` ended it.
    """
    with closing(walk):
        outcome: Any = None
        while True:
            try:
                step = walk.send(outcome)
            except StopIteration as end:
                result: ResultT = end.value
                return result
            outcome = None
            if not isinstance(step, Emit):
                outcome = yield step
            elif not (yield from act(step.item)):
                return None
