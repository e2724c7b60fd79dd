"""Cancelling a coroutine at one of the points where it, or a task that it made, waits."""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

__all__ = ["StoppedAt"]

ResultT = TypeVar("ResultT")


class StoppedAt(Generic[ResultT]):
    """Awaits `work` and cancels its task where anything of it waits for the `point`-th time.

    Args:
        times: at so many points on end, as somebody does who is in a hurry.

    Attributes:
        reached: at how many points it has waited so far.
    """

    def __init__(self, work: Coroutine[Any, Any, ResultT], point: int, times: int = 1) -> None:
        self._work = work
        self._points = range(point, point + times)
        self._task: asyncio.Task[Any] | None = None
        self.reached = 0

    def __await__(self) -> Generator[Any, Any, ResultT]:
        loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        before = loop.get_task_factory()
        loop.set_task_factory(self._watched_task)
        try:
            result: ResultT = yield from self._watched(self._work)
            return result
        finally:
            loop.set_task_factory(before)

    def _watched_task(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        async def watched() -> Any:
            return await types.coroutine(self._watched)(work)

        return asyncio.Task(watched(), loop=loop, **options)

    def _watched(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        thrown: BaseException | None = None
        received: Any = None
        while True:
            try:
                waited = work.send(received) if thrown is None else work.throw(thrown)
            except StopIteration as end:
                return end.value
            thrown = received = None
            self.reached += 1
            if self.reached in self._points:
                assert self._task is not None
                self._task.cancel()
            try:
                received = yield waited
            except BaseException as error:  # noqa: BLE001 - whatever is thrown goes on to the work
                thrown = error
