"""What histories and loaders share: they hold pools, so they are copied on them and never pickled."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from typing_extensions import Self

from provider_threads.holding import PoolHolder

__all__ = ["ThreadHolder"]


class ThreadHolder(PoolHolder):
    """Reads and writes one thread or several."""

    _made_with: ClassVar[str] = "thread_id"

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
            f"{type(self).__name__} holds connections and is never pickled: pickle its {self._made_with}, and make "
            "it anew where it is loaded"
        )
