"""What all that reads or writes through a memory shares: a hold on its pools, given up by hand or with a block."""

from __future__ import annotations

from types import TracebackType

from typing_extensions import Self

from provider_threads.memory import ThreadMemory

__all__ = ["PoolHolder"]


class PoolHolder:
    """Reads and writes through a `ThreadMemory`; a context manager of both kinds."""

    _memory: ThreadMemory

    def close(self) -> None:
        """Give up the hold on the shared pool; the last holder closes it. Again is harmless."""
        self._memory.close()

    async def aclose(self) -> None:
        """`close`, for both the synchronous and the asynchronous pool."""
        await self._memory.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
