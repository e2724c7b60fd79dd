"""One account's requests in this process: who is in flight, who waits, and when the next may leave.

A place among those in flight is given first come, first served, across threads and event loops. Who has one takes a
*slot*: the moment at which its request leaves. Slots are handed out evenly spaced and in advance, so nobody asks twice
and everybody knows at once whether the moment comes too late.
"""

from __future__ import annotations

import bisect
import math
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

__all__ = ["APART_S", "LATE_S", "LOST_S", "Ahead", "Pace", "TooLate", "Traffic", "Unreachable"]

LOST_S: Final = 30.0
"""Seconds after the end of its call for which a place is kept: the look-up of a name may hold up a synchronous one."""

LATE_S: Final = 0.04
"""Seconds after its slot for which a request may still leave. Later it would crowd those behind it."""

APART_S: Final = 1.04
"""Seconds in which no more may leave than in any second may arrive: the network holds up some a little longer."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast requests leave: `spacing` seconds apart, and `most` of them, or any number for 0, in ``APART_S``."""

    spacing: float
    most: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """Of `SharedTraffic`: no place yet, `number` are to be served before."""

    number: int


@dataclass(frozen=True, slots=True)
class TooLate:
    """Of `SharedTraffic`: the next slot comes after the deadline; none was taken."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Of `SharedTraffic`: Redis did not answer, or refused. `cause_type`: class name of its library's error."""

    cause_type: str


class Traffic:
    """One account's requests in this process. Each caller brings the numbers that it goes by."""

    def __init__(self) -> None:
        self.start_afresh()

    def start_afresh(self) -> None:
        """Forget everything: after a fork the requests under way are the parent's, and so is whoever holds the lock."""
        # Re-entrant: an abandoned request may be collected, and so leave, while this thread holds the lock.
        self._lock = threading.RLock()
        self._ends: list[float] = []
        """For each in flight, when its call is over; in order."""
        self._waiting: deque[tuple[float, float, Future[None]]] = deque()
        self._next_slot = -math.inf
        self._slots_under_way = 0
        self._departures: list[float] = []

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    def enter(self, most: float, now: float, end: float) -> Future[None] | None:
        """Take a place among the `most` in flight: None where it is taken, else what is done once it is.

        A call whose event loop was closed meanwhile never gives its place back, nor is it collected: its place comes
        back half a minute after its `end`.
        """
        with self._lock:
            del self._ends[: bisect.bisect(self._ends, now - LOST_S)]
            if not self._waiting and len(self._ends) < most:
                bisect.insort(self._ends, end)
                return None
            turn: Future[None] = Future()
            self._waiting.append((most, end, turn))
            self._admit()
            return turn

    def give_up(self, turn: Future[None], end: float) -> None:
        """Wait no longer; the place, where it came in just this moment, goes to the next."""
        with self._lock:
            queue = [entry for entry in self._waiting if entry[2] is not turn]
            if len(queue) == len(self._waiting):
                self.leave(end)
            else:
                self._waiting = deque(queue)
                self._admit()

    def leave(self, end: float) -> None:
        """Give the place of a call with this `end` back, to whoever waits longest."""
        with self._lock:
            place = bisect.bisect_left(self._ends, end)
            if self._ends[place : place + 1] == [end]:  # else it came back already
                del self._ends[place]
            self._admit()

    def _admit(self) -> None:
        while self._waiting and len(self._ends) < self._waiting[0][0]:
            _, end, turn = self._waiting.popleft()
            bisect.insort(self._ends, end)
            turn.set_result(None)

    def slot(self, now: float, pace: Pace, deadline: float) -> float | None:
        """Take the next slot: when its request may leave. None, and none taken, where that is after `deadline`.

        Slots are evenly apart. Requests may not be: one on a new connection leaves long after its slot. So a slot also
        keeps its distance from when the request that is `pace.most` before it really left.
        """
        with self._lock:
            slot = max(now, self._next_slot)
            before = pace.most - self._slots_under_way
            if 0 < before <= len(self._departures):
                slot = max(slot, self._departures[-before] + APART_S)
            if slot >= deadline:
                return None
            self._next_slot = slot + pace.spacing
            self._slots_under_way += 1
            return slot

    def departed(self, at: float) -> None:
        """Tell, once for each slot, when its request left."""
        with self._lock:
            self._slots_under_way = max(self._slots_under_way - 1, 0)
            bisect.insort(self._departures, at)
            del self._departures[: bisect.bisect(self._departures, at - 2 * APART_S)]
