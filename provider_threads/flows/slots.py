"""A request in its turn: a place among those in flight, a moment to leave, and the place given back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Failure, Flow, Send, Until, Wait, locally_until
from provider_threads.limiter import Limiter
from provider_threads.traffic import LATE_S, Ahead, TooLate, Unreachable

__all__ = ["in_turn"]

_ASK_AGAIN_S: Final = 0.02
_ASK_AGAIN_WITHIN_S: Final = 0.5
"""Bounds of the pause before Redis is asked again for a place; who stays away for two seconds loses theirs."""

Clock: TypeAlias = "Callable[[], float]"
MakeSend: TypeAlias = "Callable[[Callable[[], None] | None], Send]"
"""Makes a request's step; given what it is to call when it departs."""

_NO_TIME: Final = Failure(
    sent=False, cause_type="LimitReached", retryable=False, deadline_exceeded=True, flaw="own limits"
)


def in_turn(limiter: Limiter | None, deadline: float, monotonic: Clock, send: MakeSend) -> Flow[Any, Answer | Failure]:
    """Perform what `send` makes once it is its turn; `send` is called then, so that a signature is fresh."""
    if limiter is None or monotonic() >= deadline:
        return (yield from _sent(send))
    traffic = limiter.traffic
    # Each of those who wait takes a slot of its own before this one does.
    if limiter.pace and monotonic() + traffic.waiting * limiter.pace.spacing >= deadline:
        return _NO_TIME
    turn = traffic.enter(limiter.most, monotonic(), deadline)
    if turn is not None:
        came = False
        try:
            came = yield Until(turn, max(deadline - monotonic(), 0))
        finally:
            if not came:
                traffic.give_up(turn, deadline)
        if not came:
            return _NO_TIME
    try:
        in_place = _in_slot if limiter.shared is None else _in_shared_slot
        return (yield from in_place(limiter, deadline, monotonic, send))
    finally:
        traffic.leave(deadline)


def _sent(send: MakeSend, departs: Callable[[], None] | None = None) -> Flow[Any, Answer | Failure]:
    outcome: Answer | Failure | None = yield send(departs)
    assert outcome is not None  # noqa: S101 - a driver answers every Send
    return outcome


def _in_slot(limiter: Limiter, deadline: float, monotonic: Clock, send: MakeSend) -> Flow[Any, Answer | Failure]:
    """The request in a slot of this process."""
    if limiter.pace is None:
        return (yield from _sent(send))
    while True:
        slot = limiter.traffic.slot(monotonic(), limiter.pace, deadline)
        if slot is None:
            return _NO_TIME
        departures: list[float] = []
        try:
            if (yield from _reached(slot, monotonic)):
                return (yield from _sent(send, partial(_note, departures, monotonic)))
        finally:
            limiter.traffic.departed(departures[0] if departures else slot)


def _in_shared_slot(limiter: Limiter, deadline: float, monotonic: Clock, send: MakeSend) -> Flow[Any, Answer | Failure]:
    """The request with a lease and in a slot that all processes share."""
    shared = limiter.shared
    assert shared is not None  # noqa: S101 - asked by the caller
    spacing = limiter.pace.spacing if limiter.pace else 0.0
    lease = shared.lease()
    departed: float | None = None
    departures: list[float] = []
    outcome: Answer | Failure | None = None
    try:
        while outcome is None:
            told = yield from locally_until(deadline, lease.enter, limiter.most, limiter.pace, deadline)
            if told is None:
                told = Unreachable("TimeoutError")
            if isinstance(told, Unreachable):
                outcome = Failure(sent=False, cause_type=told.cause_type, retryable=False, flaw="shared limits")
            elif isinstance(told, TooLate) or (
                isinstance(told, Ahead) and monotonic() + told.number * spacing >= deadline
            ):
                outcome = _NO_TIME
            elif isinstance(told, Ahead):
                pause = (told.number + 1) * max(spacing / 2, _ASK_AGAIN_S)
                yield Wait(min(pause, _ASK_AGAIN_WITHIN_S))
            elif (yield from _reached(told, monotonic)):
                departed = told
                outcome = yield from _sent(send, partial(_note, departures, monotonic))
        if not isinstance(told, Unreachable):  # it would be waited for once more
            yield from locally_until(deadline, lease.leave, departures[0] if departures else departed)
        return outcome
    finally:  # ended early, cancelled or late, be it before the place was given back
        lease.leave_aside(departures[0] if departures else departed)


def _note(departures: list[float], monotonic: Clock) -> None:
    departures.append(monotonic())


def _reached(slot: float, monotonic: Clock) -> Flow[Any, bool]:
    """Wait for a slot; False where it was missed, because this thread or event loop was busy elsewhere."""
    if (pause := slot - monotonic()) > 0:
        yield Wait(pause)
    return monotonic() - slot <= LATE_S
