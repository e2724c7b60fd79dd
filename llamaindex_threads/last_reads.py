"""What each asyncio task last read of a conversation.

LlamaIndex's Memory reads the messages, counts their tokens and archives the `n` oldest, with no lock around it: two
``aput`` at once would archive twice as many as either meant to, and with them messages that no memory block was given.
So `n` counts from what the task that asks has read. A task that a reader starts has read nothing itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

__all__ = ["LastReads"]

_MOST_KEYS: Final = 8
"""Conversations of which a task's last read is kept: one task may serve users for days."""


class LastReads:
    """Numbers of entries, oldest first, by task and key."""

    def __init__(self) -> None:
        self._by_task: WeakKeyDictionary[asyncio.Task[Any], OrderedDict[str, Sequence[int]]] = WeakKeyDictionary()

    def keep(self, key: str, numbers: Sequence[int]) -> None:
        """This task has just read the entries `numbers` of `key`."""
        mine = self._mine()
        mine.pop(key, None)
        mine[key] = numbers
        while len(mine) > _MOST_KEYS:
            mine.popitem(last=False)

    def oldest(self, key: str, n: int) -> Collection[int] | None:
        """The `n` oldest of what this task last read of `key`; None where it read nothing, or all of it is gone."""
        numbers = self._mine().get(key)
        return frozenset(numbers[:n]) if numbers else None

    def gone(self, key: str, n: int) -> None:
        """The `n` oldest of them are archived."""
        mine = self._mine()
        if key in mine:
            mine[key] = mine[key][n:]

    def forget(self, key: str) -> None:
        """This task has changed the conversation otherwise: what it read no longer says which is the oldest."""
        self._mine().pop(key, None)

    def _mine(self) -> OrderedDict[str, Sequence[int]]:
        task = asyncio.current_task()
        return OrderedDict() if task is None else self._by_task.setdefault(task, OrderedDict())

    def __deepcopy__(self, memo: object) -> LastReads:
        """A copy of a store has read nothing."""
        return LastReads()
