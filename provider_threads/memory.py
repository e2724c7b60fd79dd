"""Threads of one account as a framework's memory: what both adapters do with them.

A model is shown only the newest run of messages in which none is missing. What is written, and where, is `Writes`.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from typing_extensions import Self, TypedDict, Unpack

from provider_threads.arguments import check_limit, check_provider
from provider_threads.client import AsyncThreadClient, ThreadClient
from provider_threads.errors import (
    ConfigurationError,
    IncompleteThreadError,
    IncompleteThreadWarning,
    UnsupportedOperationError,
)
from provider_threads.messages import Draft, ThreadMessage, ThreadView
from provider_threads.providers.base import Provider

__all__ = ["MemorySettings", "OnGap", "ThreadMemory", "Writes", "attached_files", "refusal_to_store"]

Writes = Literal["provider", "none"]
"""Where messages go that a framework stores.

``provider``: to the platform; what it cannot take raises before anything is sent. ``none``: nowhere, because the
platform's own run already wrote the turn: accepted and ignored.
"""

OnGap = Literal["warn", "error"]
"""What to make of a thread whose older messages may be missing."""

logger = logging.getLogger(__name__)


class MemorySettings(TypedDict, total=False):
    """What a memory takes beside its platform: see `ThreadMemory`."""

    limit: int | None
    writes: Writes | None
    on_gap: OnGap


class ThreadMemory:
    """Reads and writes the threads of one account, synchronously and asynchronously.

    Args:
        provider: a platform and an account; its shared pool is used. client: a client of your own instead, which is
            never closed here. A `ThreadClient` serves asynchronous calls from a worker thread; an `AsyncThreadClient`
            serves asynchronous calls only.
        writes: see `Writes`. limit: show only this many of the newest messages.
        on_gap: see `OnGap`.

    Attributes:
        last_view: what the last read found, gaps included, or None before one went through. Where several threads or
            tasks read at once, it is the read's that ended last.

    Raises:
        ConfigurationError: neither or both of provider and client are given, or a setting makes no sense.
    """

    def __init__(
        self,
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        writes: Writes | None = None,
        limit: int | None = None,
        on_gap: OnGap = "warn",
    ) -> None:
        if (provider is None) == (client is None):
            raise ConfigurationError("pass either provider= or client=, such as provider=MiniMax().")
        if writes is not None and writes not in get_args(Writes):
            raise ConfigurationError("writes must be 'provider' or 'none'.")
        if on_gap not in get_args(OnGap):
            raise ConfigurationError("on_gap must be 'warn' or 'error'.")
        check_limit(limit)
        self.writes: Writes = writes or "provider"
        self.limit = limit
        self.on_gap: OnGap = on_gap
        self.last_view: ThreadView | None = None
        self._client = client
        self._sync: ThreadClient | None = None
        self._async: AsyncThreadClient | None = None
        if provider is not None:
            check_provider(provider)
            self.provider = provider
            self._sync = ThreadClient.shared(provider)
            self._async = AsyncThreadClient.shared(provider)
        elif isinstance(client, ThreadClient):
            self.provider, self._sync = client.provider, client
        elif isinstance(client, AsyncThreadClient):
            self.provider, self._async = client.provider, client
        else:
            raise ConfigurationError("client must be a ThreadClient or an AsyncThreadClient.")

    def read(self, thread_id: str) -> tuple[ThreadMessage, ...]:
        """The messages to show a model, oldest first.

        Warns:
            IncompleteThreadWarning: older messages may be missing; IncompleteThreadError where on_gap is ``error``.
                Python shows a warning once for each thread; the log line at WARNING comes every time.
        """
        return self._shown(thread_id, self._need_sync().read(thread_id, self.limit))

    async def aread(self, thread_id: str) -> tuple[ThreadMessage, ...]:
        """`read`, awaited."""
        if self._async is not None:
            return self._shown(thread_id, await self._async.read(thread_id, self.limit))
        return await asyncio.to_thread(self.read, thread_id)

    def append(self, thread_id: str, drafts: Sequence[Draft]) -> None:
        """Append messages: all are checked before the first is sent."""
        self._need_sync().append_messages(thread_id, drafts)

    async def aappend(self, thread_id: str, drafts: Sequence[Draft]) -> None:
        """`append`, awaited."""
        if self._async is not None:
            await self._async.append_messages(thread_id, drafts)
        else:
            await asyncio.to_thread(self.append, thread_id, drafts)

    def delete(self, thread_id: str) -> None:
        """Delete the thread on the platform, where it can be."""
        self._need_sync().delete_thread(thread_id)

    async def adelete(self, thread_id: str) -> None:
        """`delete`, awaited."""
        if self._async is not None:
            await self._async.delete_thread(thread_id)
        else:
            await asyncio.to_thread(self.delete, thread_id)

    def close(self) -> None:
        """Give up the hold on the shared synchronous pool; a given client stays open. Again is harmless."""
        if self._client is None and self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Give up the hold on both shared pools; a given client stays open. Again is harmless."""
        self.close()
        if self._client is None and self._async is not None:
            await self._async.aclose()

    def _need_sync(self) -> ThreadClient:
        if self._sync is None:
            raise ConfigurationError(
                "an AsyncThreadClient serves asynchronous calls only. Await the a… method, or pass provider= or a "
                "ThreadClient."
            )
        return self._sync

    def _shown(self, thread_id: str, view: ThreadView) -> tuple[ThreadMessage, ...]:
        self.last_view = view
        if view.gap_before is not None:
            block = view.newest_block
            found = f"{self.provider.title}: only the newest {len(block)} messages of"
            rest = "are at hand; older ones may be missing, since the platform shows no more."
            if self.on_gap == "error":
                # Errors repeat no id; warnings must: Python shows one sentence once, whatever thread it is about.
                raise IncompleteThreadError(f"{found} the thread {rest}", provider=self.provider.name, operation="read")
            sentence = f"{found} thread {thread_id} {rest}"
            logger.warning(sentence)
            warnings.warn(sentence, IncompleteThreadWarning, stacklevel=4)
            return block
        return view.messages

    def changed(self, **settings: Unpack[MemorySettings]) -> Self:
        """Another memory of the same account or client, with a hold of its own on the shared pools.

        Raises:
            ConfigurationError: a setting makes no sense.
        """
        kept: MemorySettings = {"limit": self.limit, "writes": self.writes, "on_gap": self.on_gap}
        kept.update(settings)
        provider = self.provider if self._client is None else None
        return type(self)(provider=provider, client=self._client, **kept)

    def __deepcopy__(self, memo: object) -> Self:
        """Copies are on the same pools: connections and credentials are never copied."""
        return self.changed()


def attached_files(additional_kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids under ``file_ids``, where both frameworks' messages carry them to the platform.

    Raises:
        ConfigurationError: it is no list; a lone id would be taken apart into its letters.
    """
    given = additional_kwargs.get("file_ids") or ()
    if not isinstance(given, (list, tuple)):
        raise ConfigurationError("additional_kwargs['file_ids'] must be a list of ids.")
    return tuple(given)


def refusal_to_store(provider: Provider, what: str) -> UnsupportedOperationError:
    """The error for a message holding something that the platform would lose."""
    return UnsupportedOperationError(
        f"{provider.title} append: the message has {what}, which the platform cannot store. Send plain text, or use "
        "writes='none' where the platform's own run writes the turn.",
        provider=provider.name,
        operation="append",
    )
