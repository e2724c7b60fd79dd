"""Reading hosted threads as passages, for whatever indexes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, Final

from typing_extensions import Unpack

from provider_threads.arguments import check_id, check_key
from provider_threads.client import AsyncThreadClient, ThreadClient
from provider_threads.entries import Reading, State
from provider_threads.errors import ConfigurationError, ThreadNotFoundError
from provider_threads.flows.steps import Flow
from provider_threads.memory import ThreadMemory
from provider_threads.memory_operations import MemoryOperations
from provider_threads.memory_settings import MemorySettings
from provider_threads.messages import Thread, ThreadMessage
from provider_threads.passages import Passage, PassageSettings, apassages_of, passages_of
from provider_threads.providers.base import Provider

__all__ = ["PassageReader", "thread_keys"]

_KEPT: Final[tuple[State, ...]] = ("active", "archived")
"""What a model is no longer shown is what a search is for; what was deleted is not found either."""

_AT_ONCE: Final = 100
"""Messages that one trip to a worker thread brings."""


class PassageReader(ThreadMemory):
    """Reads whole threads, oldest message first.

    From the platform alone a page at a time, as messages are asked for, where it has a cursor. Hunyuan, which shows 200
    messages at the most, and an overlay's journal are read at once.

    Args:
        provider, client: as of `ThreadMemory`.
        **settings: of `MemorySettings` those of reading; not limit and writes. on_gap is ``"error"`` unless it is
            given: an index takes what is missing for deleted.

    Raises:
        ConfigurationError: as `ThreadMemory`.
    """

    def __init__(
        self,
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        **settings: Unpack[MemorySettings],
    ) -> None:
        if settings.get("limit") is not None:
            raise ConfigurationError("limit= is a setting of memories: documents are made of whole threads.")
        if settings.get("writes") is not None:
            raise ConfigurationError("writes= is a setting of memories: documents are only read.")
        if settings.get("on_gap") is None:
            settings["on_gap"] = "error"
        super().__init__(provider=provider, client=client, **settings)

    def passages(self, keys: Iterable[str], **settings: Unpack[PassageSettings]) -> Iterator[Passage]:
        """The passages of threads, one thread after the other.

        Raises:
            ThreadsError: a thread cannot be read; none is skipped.
            IncompleteThreadError: messages may be missing from one; with on_gap ``warn`` it is its newest block.
        """
        for key in keys:
            yield from passages_of(self.messages(key), self.provider.name, **settings)

    async def apassages(self, keys: Iterable[str], **settings: Unpack[PassageSettings]) -> AsyncIterator[Passage]:
        """`passages`, awaited."""
        for key in keys:
            async for passage in apassages_of(self.amessages(key), self.provider.name, **settings):
                yield passage

    def messages(self, key: str) -> Iterator[ThreadMessage]:
        """A thread's messages, oldest first; with an overlay those archived there too."""
        if self._by_pages and self._sync is not None:
            yield from self._sync.iter_messages(key)
        else:
            yield from self._contents(key, self._perform(lambda its: its.read(key, _KEPT)))

    async def amessages(self, key: str) -> AsyncIterator[ThreadMessage]:
        """`messages`, awaited."""
        if self._by_pages and self._async is not None:
            async for message in self._async.iter_messages(key):
                yield message
        elif self._by_pages:
            messages = self.messages(key)
            while some := await asyncio.to_thread(lambda: [*islice(messages, _AT_ONCE)]):
                for message in some:
                    yield message
        else:
            reading = await self._aperform(lambda its: its.read(key, _KEPT))
            for message in self._contents(key, reading):
                yield message

    def thread(self, key: str) -> Thread:
        """The thread that a key leads to: its id, time and metadata, not its messages.

        Raises:
            ThreadNotFoundError: there is none, or none yet. InvalidRequestError: what MiniMax and Hunyuan say where
                there is none.
        """
        return self._perform(lambda its: self._describing(its, key))

    async def athread(self, key: str) -> Thread:
        """`thread`, awaited."""
        return await self._aperform(lambda its: self._describing(its, key))

    @property
    def _by_pages(self) -> bool:
        return self.settings.overlay is None and self.provider.capabilities.cursor

    def _contents(self, key: str, reading: Reading) -> list[ThreadMessage]:
        return [entry.as_thread_message(reading.thread_id) for entry in self._shown(key, reading)]

    def _describing(self, its: MemoryOperations, key: str) -> Flow[Any, Thread]:
        thread_id = yield from its.thread_id(key)
        if thread_id is None:
            raise ThreadNotFoundError(
                f"{self.provider.title} get_thread: the key has no thread yet; the first write creates one.",
                provider=self.provider.name,
                operation="get_thread",
            )
        return (yield from its.platform.get_thread(thread_id))


def thread_keys(given: str | Iterable[str], *, own: bool) -> tuple[str, ...]:
    """One key or several, each once, in order: ids of threads, or keys of the app's `own`, where an overlay knows them.

    Raises:
        ConfigurationError: one of them cannot be that.
    """
    if not isinstance(given, Iterable):
        raise ConfigurationError("thread_ids must be a thread's id or several, as the platform issued them.")
    keys = (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
    for key in keys:
        if own:
            check_key(key)
        else:
            check_id(key, "thread_ids")
    return keys
