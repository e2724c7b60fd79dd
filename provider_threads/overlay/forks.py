"""Forking beside databases: a process is copied while no transaction is under way and no connection is open.

SQLite keeps its locks in the memory of the process. The child of a fork in the middle of another thread's transaction
would have a lock that nobody gives back, and wait for it for ever. On a server's connection two processes would mix
their answers.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

__all__ = ["Forked", "beside_no_fork", "care_for_forks"]

_PATIENCE: Final = 5.0
"""Seconds that a fork waits for transactions to end. Not for ever: whoever forks may be in one."""


class Forked(Protocol):
    """What a fork concerns."""

    def before_fork(self) -> None:
        """Called where the process is about to be copied."""

    def after_fork(self) -> None:
        """Called in the copy."""


class _Passage:
    """Lets any number of threads in, but none while there is a fork."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._forks = 0

    def enter(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._forks)
            self._inside += 1

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._forks += 1
            self._changed.wait_for(lambda: not self._inside, _PATIENCE)

    def open(self) -> None:
        with self._changed:
            self._forks -= 1
            self._changed.notify_all()


_passage = _Passage()
_cared_for: weakref.WeakSet[Forked] = weakref.WeakSet()


@contextmanager
def beside_no_fork() -> Iterator[None]:
    """Wait for a fork to be over, and keep the next one waiting."""
    passage = _passage
    passage.enter()
    try:
        yield
    finally:
        passage.leave()


def care_for_forks(one: Forked) -> None:
    """Tell `one` of every fork, for as long as it lives."""
    _cared_for.add(one)


def _before() -> None:
    _passage.close()
    for one in list(_cared_for):
        one.before_fork()


def _in_parent() -> None:
    _passage.open()


def _in_child() -> None:
    global _passage  # noqa: PLW0603 - the parent's may be held by threads that do not exist here
    _passage = _Passage()
    for one in list(_cared_for):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)
