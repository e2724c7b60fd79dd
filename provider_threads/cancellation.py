"""Work that a cancellation interrupts, but does not tear: whoever is cancelled goes on once the work has tidied up."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

__all__ = ["to_its_end"]

ResultT = TypeVar("ResultT")


async def to_its_end(work: Callable[[], Awaitable[ResultT]], seconds: float = math.inf) -> ResultT | None:
    """Do `work` in a task of its own; None where it is not done within `seconds`.

    asyncio cancels a task wherever it waits, also within what anyio shields: a connection that is just being closed or
    handed back (httpcore), a thread at work. Here that task is the caller's. The work is cancelled by an anyio scope,
    which respects shields, and the caller's cancellation, be it repeated, goes on when the work has ended.

    The work sees the caller's context variables, in a copy.
    """
    scope = anyio.CancelScope(deadline=anyio.current_time() + seconds)

    async def scoped() -> ResultT | None:
        with scope:
            return await work()
        return None

    task = asyncio.create_task(scoped())
    try:
        await asyncio.wait((task,))
    except asyncio.CancelledError:
        scope.cancel()
        await _ended(task)
        raise
    return task.result()


async def _ended(task: asyncio.Task[Any]) -> None:
    # The shield is for callers within an anyio scope, which cancels again at every turn of the loop.
    with anyio.CancelScope(shield=True):
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # looked at, or asyncio would log that nobody did
