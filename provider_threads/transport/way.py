"""How far the request of an asynchronous call has come, as far as the network below knows it."""

from __future__ import annotations

from contextvars import ContextVar

import httpx

__all__ = ["Way"]


class Way:
    """The way of one request.

    Attributes:
        only_begun: whether its connection is still coming about, so that nothing of it has been written. False where
            nobody can tell, such as on a client of the user's own.
        response: the answer, once its head is there.
    """

    __slots__ = ("only_begun", "response")

    def __init__(self) -> None:
        self.only_begun: bool = False
        self.response: httpx.Response | None = None

    def begin(self) -> None:
        """Be the way of whatever is sent from here on in this task."""
        _way.set(self)

    @staticmethod
    def connects() -> None:
        """A connection is being made in this task."""
        if (way := _way.get(None)) is not None:
            way.only_begun = True

    @staticmethod
    def writes() -> None:
        """Something is being written in this task, to the platform or to a proxy before it."""
        if (way := _way.get(None)) is not None:
            way.only_begun = False


_way: ContextVar[Way] = ContextVar("provider_threads_way")
