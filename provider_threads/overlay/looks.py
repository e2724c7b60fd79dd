"""When this process last looked at the platform, thread by thread: what freshness and outages are measured by."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import OrderedDict
from copy import copy
from dataclasses import dataclass, replace
from math import inf
from typing import Final

from provider_threads.errors import ThreadsError
from provider_threads.overlay.threads import Realm

__all__ = ["Looks"]

_MOST_KNOWN: Final = 10_000
"""Threads that are kept in mind; of the others the platform is asked."""

_PATIENCE: Final = 1.0
"""Seconds within which a look may fail without anybody minding."""

_LONGEST_OUTAGE: Final = 30.0
"""Seconds after which the platform is asked again, however long the failed look took."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Of one thread, in seconds of `time.monotonic`: the last look, the last news expected, the outage's end."""

    began: float = -inf
    at: float = -inf
    news: float = -inf
    out_until: float = -inf
    outage: ThreadsError | None = None


class Looks:
    """The last look at each thread. Usable from threads."""

    def __init__(self) -> None:
        self._by_thread: OrderedDict[tuple[Realm, str], _Look] = OrderedDict()
        self._lock = threading.Lock()
        _all.add(self)

    def within(self, realm: Realm, thread_id: str, seconds: float) -> bool:
        """Whether the platform answered about a thread in the last `seconds`, and no news are expected since."""
        look = self._of(realm, thread_id)
        return look.began > look.news and time.monotonic() - look.at < seconds

    def outage(self, realm: Realm, thread_id: str) -> ThreadsError | None:
        """Why the platform could not be asked a moment ago, or None."""
        look = self._of(realm, thread_id)
        return look.outage if time.monotonic() < look.out_until else None

    def looked(self, realm: Realm, thread_id: str, began: float) -> None:
        """A look that began at `began` (``time.monotonic``) has come to the end of the thread now."""
        self._keep(realm, thread_id, began=began, at=time.monotonic(), out_until=-inf, outage=None)

    def expect_news(self, realm: Realm, thread_id: str) -> None:
        """The platform is to be asked again; a question that is under way may not have heard of it."""
        self._keep(realm, thread_id, news=time.monotonic())

    def failed(self, realm: Realm, thread_id: str, began: float, outage: ThreadsError) -> None:
        """A look that began at `began` could not be taken. Where it was waited for, that holds for as long as it took.

        So a reader who takes stale messages waits for the platform half of the time at most.
        """
        now = time.monotonic()
        took = now - began
        if took > _PATIENCE:
            # A copy: the error itself holds its callers' frames, and everything in them.
            self._keep(realm, thread_id, out_until=now + min(took, _LONGEST_OUTAGE), outage=copy(outage))
        else:
            self._keep(realm, thread_id, out_until=-inf, outage=None)

    def unlock_after_fork(self) -> None:
        """Another thread may have held the lock when the process was forked; it does not exist here."""
        self._lock = threading.Lock()

    def _of(self, realm: Realm, thread_id: str) -> _Look:
        return self._by_thread.get((realm, thread_id), _NEVER)

    def _keep(self, realm: Realm, thread_id: str, **changes: float | ThreadsError | None) -> None:
        with self._lock:
            look = self._by_thread.pop((realm, thread_id), _NEVER)
            self._by_thread[realm, thread_id] = replace(look, **changes)  # type: ignore[arg-type]  # names of _Look's
            while len(self._by_thread) > _MOST_KNOWN:
                self._by_thread.popitem(last=False)


_NEVER: Final = _Look()
_all: weakref.WeakSet[Looks] = weakref.WeakSet()


def _unlock_after_fork() -> None:
    for looks in list(_all):
        looks.unlock_after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_after_fork)
