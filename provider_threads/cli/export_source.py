"""Where threads are read from: the platform, or an overlay over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Final

from typing_extensions import Self

from provider_threads.client import AsyncThreadClient
from provider_threads.entries import Extent, Reading, State
from provider_threads.flows.steps import Flow
from provider_threads.memory_operations import MemoryOperations
from provider_threads.memory_settings import CheckedSettings, MemorySettings, checked_settings
from provider_threads.messages import ThreadMessage, ThreadView
from provider_threads.operations import Operations
from provider_threads.providers.base import Provider

__all__ = ["Source"]

_KEPT: Final[tuple[State, ...]] = ("active", "archived")
"""What a model is no longer shown is part of the conversation; what was deleted is not."""


class Source:
    """The threads of one account.

    Args:
        client: of the account, closed with this.
        overlay: path or URL of a database, or None for the platform alone. namespace: within the overlay.
    """

    def __init__(self, client: AsyncThreadClient, overlay: str | None = None, namespace: str = "") -> None:
        self.provider: Provider = client.provider
        self._client = client
        self._settings = _settings(overlay, namespace)
        self._by_pages = overlay is None and client.capabilities.cursor

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client and the overlay."""
        await self._client.aclose()
        if self._settings.overlay is not None:
            self._settings.overlay.close()

    @property
    def settings(self) -> dict[str, str]:
        """What a thread's content depends on beside the platform: the overlay, without a password."""
        overlay = self._settings.overlay
        return {"overlay": overlay.location, "namespace": self._settings.namespace} if overlay is not None else {}

    async def messages(self, thread: str) -> AsyncIterator[ThreadMessage | None]:
        """A thread's messages, oldest first, and None where messages may be missing.

        From the platform a page at a time, where it has a cursor.
        """
        if self._by_pages:
            async for message in self._client.iter_messages(thread):
                yield message
        else:
            view = await self.view(thread)
            gap = first_missing(view)
            for at, message in enumerate(view):
                if at == gap:
                    yield None
                yield message
            if gap == len(view):
                yield None

    async def view(self, thread: str) -> ThreadView:
        """A thread as one."""
        if self._settings.overlay is None:
            return await self._client.read(thread)
        from provider_threads.cli.memory_messages import view_of  # noqa: PLC0415

        def reading(operations: Operations) -> Flow[Any, Reading]:
            return MemoryOperations(operations, self._settings).read(thread, _KEPT)

        return view_of(await self._client.perform(reading))

    async def brought_up_to_date(self, thread: str, *, refresh: bool) -> Extent:
        """How much of a thread the overlay has, once it has what the platform has; with `refresh` all is read anew."""

        def counting(operations: Operations) -> Flow[Any, Extent]:
            memory = MemoryOperations(operations, self._settings)
            if refresh:
                return (yield from memory.read(thread, _KEPT, refresh=True)).extent
            return (yield from memory.count(thread, _KEPT))

        return await self._client.perform(counting)


def first_missing(view: ThreadView) -> int | None:
    """The index of the message before which messages may be missing, or None."""
    return 0 if view.gap_before is None and not view.reached_start else view.gap_before


def _settings(overlay: str | None, namespace: str) -> CheckedSettings:
    given: MemorySettings = {"namespace": namespace}
    if overlay is None:
        return checked_settings(given, None)
    from provider_threads.overlay import Overlay  # noqa: PLC0415 - an extra

    return checked_settings(given, Overlay(overlay))
