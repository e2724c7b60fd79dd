"""What histories and loaders share: a hold on the pools of an account, to be given up, copied but never pickled."""

from __future__ import annotations

from types import TracebackType
from typing import ClassVar, NoReturn

from typing_extensions import Self

from provider_threads.memory import ThreadMemory

__all__ = ["PoolHolder"]


class PoolHolder:
    """Reads and writes through a `ThreadMemory`; a context manager of both kinds."""

    _memory: ThreadMemory
    _made_with: ClassVar[str] = "thread_id"

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

    def __copy__(self) -> Self:
        """Another one of the same thread or threads, on the same pools."""
        copied = type(self).__new__(type(self))
        copied.__dict__.update(self.__dict__, _memory=self._memory.changed())
        return copied

    def __deepcopy__(self, memo: object) -> Self:
        """As `__copy__`: connections and credentials are never copied."""
        return self.__copy__()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} holds connections and is never pickled: pickle its {self._made_with}, and make "
            "it anew where it is loaded"
        )
