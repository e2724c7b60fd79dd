"""Cancelling a coroutine at one of the points where it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

__all__ = ["StoppedAt"]

ResultT = TypeVar("ResultT")


class StoppedAt(Generic[ResultT]):
    """Awaits `work` and cancels its task where it waits for the `point`-th time.

    Attributes:
        reached: at how many points it has waited so far.
    """

    def __init__(self, work: Coroutine[Any, Any, ResultT], point: int) -> None:
        self._work = work
        self._point = point
        self.reached = 0

    def __await__(self) -> Generator[Any, Any, ResultT]:
        thrown: BaseException | None = None
        received: Any = None
        while True:
            try:
                waited = self._work.send(received) if thrown is None else self._work.throw(thrown)
            except StopIteration as end:
                result: ResultT = end.value
                return result
            thrown = received = None
            self.reached += 1
            if self.reached == self._point:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                received = yield waited
            except BaseException as error:  # noqa: BLE001 - whatever is thrown goes on to the work
                thrown = error
