"""A connection pool for every event loop, since no pool outlives the loop that it was first used in."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from typing import Generic, Protocol, TypeVar

__all__ = ["LoopPools"]


class _Pool(Protocol):
    @property
    def is_closed(self) -> bool: ...

    async def aclose(self) -> None: ...


PoolT = TypeVar("PoolT", bound=_Pool)


class LoopPools(Generic[PoolT]):
    """The pools of one transport, each made in the loop that needs it and closed with it.

    Args:
        make: makes a pool.
    """

    def __init__(self, make: Callable[[], PoolT]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.by_loop: dict[asyncio.AbstractEventLoop, _TiedPool[PoolT]] = {}

    async def here(self) -> PoolT:
        """The pool of the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            # A loop that is gone took its pool with it; its entry would keep it alive for nothing.
            for ended in [known for known in self.by_loop if known.is_closed()]:
                del self.by_loop[ended]
            tied = self.by_loop.get(loop)
            if tied is None or tied.pool.is_closed:
                tied = self.by_loop[loop] = _TiedPool(self._make())
        await tied.tie_to_loop()
        return tied.pool

    async def close_here(self) -> None:
        """Close the running loop's pool, if there is one."""
        with self._lock:
            tied = self.by_loop.pop(asyncio.get_running_loop(), None)
        if tied is not None:
            await tied.aclose()

    def close_soon(self) -> None:
        """Have every loop close its pool, from outside of them: for a transport that was dropped without closing."""
        for loop, tied in list(self.by_loop.items()):
            with contextlib.suppress(RuntimeError):  # the loop is closed, and its pool with it
                loop.call_soon_threadsafe(_close_in, loop, tied)


class _TiedPool(Generic[PoolT]):
    """A pool that closes when its event loop is shut down.

    asyncio closes suspended asynchronous generators when it shuts a loop down, as `asyncio.run` does. A generator that
    holds the pool is therefore told in time, inside the loop, and no socket is left to the garbage collector.
    """

    def __init__(self, pool: PoolT) -> None:
        self.pool = pool
        self._end = self._close_at_end()
        self._tied = False

    async def _close_at_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.pool.aclose()

    async def tie_to_loop(self) -> None:
        if not self._tied:
            self._tied = True
            await self._end.__anext__()

    async def aclose(self) -> None:
        await self._end.aclose()


_closing: set[asyncio.Task[None]] = set()
"""asyncio itself holds its tasks only weakly."""


def _close_in(loop: asyncio.AbstractEventLoop, tied: _TiedPool[PoolT]) -> None:
    task = loop.create_task(tied.aclose())
    _closing.add(task)
    task.add_done_callback(_closing.discard)
