"""Threads of one account as a framework's memory: what both adapters do with them.

A model is shown only the newest run of messages in which none is missing. What is written, and where, is `Writes`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence, Sized
from typing import TYPE_CHECKING, Any

from typing_extensions import Self, Unpack

from provider_threads.arguments import check_provider
from provider_threads.client import AsyncThreadClient, ThreadClient
from provider_threads.entries import Entry, Extent, Outgoing, Pick, Reading, Record, State
from provider_threads.errors import (
    ConfigurationError,
    IncompleteThreadError,
    IncompleteThreadWarning,
    StaleThreadWarning,
    UnsupportedOperationError,
)
from provider_threads.flows.steps import Flow, ResultT
from provider_threads.memory_operations import MemoryOperations
from provider_threads.memory_settings import CheckedSettings, MemorySettings, checked_settings
from provider_threads.messages import ThreadView
from provider_threads.providers.base import Provider

if TYPE_CHECKING:
    from provider_threads.overlay import Overlay

__all__ = ["ThreadMemory", "attached_files", "is_empty", "printable", "refusal_to_store"]

logger: logging.Logger = logging.getLogger(__name__)

_ACTIVE: tuple[State, ...] = ("active",)


class ThreadMemory:
    """Reads and writes the threads of one account, synchronously and asynchronously.

    Args:
        provider: a platform and an account; its shared pool is used. client: a client of your own instead, which is
            never closed here. A `ThreadClient` serves asynchronous calls from a worker thread; an `AsyncThreadClient`
            serves asynchronous calls only.
        **settings: see `MemorySettings`.

    Raises:
        ConfigurationError: neither or both of provider and client are given, or a setting makes no sense.
    """

    def __init__(
        self,
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        **settings: Unpack[MemorySettings],
    ) -> None:
        if (provider is None) == (client is None):
            raise ConfigurationError("pass either provider= or client=, such as provider=MiniMax().")
        self.settings: CheckedSettings = checked_settings(settings, _opened(settings.get("overlay")))
        self._last: Reading | None = None
        self._client = client
        self._sync: ThreadClient | None = None
        self._async: AsyncThreadClient | None = None
        if provider is not None:
            check_provider(provider)
            self.provider: Provider = provider
            self._sync = ThreadClient.shared(provider)
            self._async = AsyncThreadClient.shared(provider)
        elif isinstance(client, ThreadClient):
            self.provider, self._sync = client.provider, client
        elif isinstance(client, AsyncThreadClient):
            self.provider, self._async = client.provider, client
        else:
            raise ConfigurationError(
                "client must be a ThreadClient or an AsyncThreadClient, such as ThreadClient(MiniMax())."
            )

    @property
    def last_view(self) -> ThreadView | None:
        """What the last read found, gaps included, or None before one went through.

        Where several threads or tasks read at once, it is the read's that ended last. Messages that are only in the
        overlay are in it too, in the shape of the others.
        """
        return self._last.as_view() if self._last is not None else None

    def read(self, key: str, *, states: Collection[State] = _ACTIVE, refresh: bool = False) -> tuple[Entry, ...]:
        """The messages to show a model, oldest first.

        Args:
            states: with an overlay, in which states. refresh: with an overlay, read all that the platform has anew.

        Warns:
            IncompleteThreadWarning: older messages may be missing; IncompleteThreadError where on_gap is ``error``.
            StaleThreadWarning: the platform could not be asked, and on_outage is ``stale``.
                Python shows a warning once for each thread; the log line at WARNING comes every time.
        """
        return self._shown(key, self._perform(lambda its: its.read(key, states, refresh=refresh)))

    async def aread(self, key: str, *, states: Collection[State] = _ACTIVE, refresh: bool = False) -> tuple[Entry, ...]:
        """`read`, awaited."""
        found = await self._aperform(lambda its: its.read(key, states, refresh=refresh))
        return self._shown(key, found)

    def count(self, key: str, *, states: Collection[State] = _ACTIVE) -> int:
        """How many messages `read` would show; it warns and raises what that would."""
        found = self._perform(lambda its: its.count(key, states))
        self._check(key, found)
        return found.newest_block

    def find(self, key: str, message_ids: Collection[str]) -> tuple[Entry, ...]:
        """The active messages in the overlay that their framework knows by one of these ids; nothing is asked."""
        return self._perform(lambda its: its.find(key, message_ids))

    async def afind(self, key: str, message_ids: Collection[str]) -> tuple[Entry, ...]:
        """`find`, awaited."""
        return await self._aperform(lambda its: its.find(key, message_ids))

    def append(self, key: str, messages: Sequence[Outgoing], state: State = "active") -> None:
        """Append messages: all are checked before the first is sent. What is not active stays in the overlay."""
        self._perform(lambda its: its.append(key, messages, state))

    async def aappend(self, key: str, messages: Sequence[Outgoing], state: State = "active") -> None:
        """`append`, awaited."""
        await self._aperform(lambda its: its.append(key, messages, state))

    def thread_id(self, key: str) -> str | None:
        """The id of the hosted thread that a key leads to; None where it has none yet."""
        return self._perform(lambda its: its.thread_id(key))

    async def athread_id(self, key: str) -> str | None:
        """`thread_id`, awaited."""
        return await self._aperform(lambda its: its.thread_id(key))

    def replace(self, key: str, records: Sequence[Record], payload_of: Callable[[Entry], str], state: State) -> None:
        """Make `records` the whole conversation, in the overlay only; `payload_of` dumps an entry as records are.

        What the platform has beyond what is known here is not replaced: the next read brings it, after `records`.
        """
        self._perform(lambda its: its.replace(key, records, payload_of, state))

    async def areplace(
        self, key: str, records: Sequence[Record], payload_of: Callable[[Entry], str], state: State
    ) -> None:
        """`replace`, awaited."""
        await self._aperform(lambda its: its.replace(key, records, payload_of, state))

    def set_state(
        self,
        key: str,
        states: Collection[State],
        state: State,
        pick: Pick | None = None,
    ) -> tuple[Entry, ...]:
        """Archive or delete, in the overlay, what `pick` takes from the entries shown, or all; what was taken."""
        return self._perform(lambda its: its.set_state(key, states, state, pick))

    async def aset_state(
        self,
        key: str,
        states: Collection[State],
        state: State,
        pick: Pick | None = None,
    ) -> tuple[Entry, ...]:
        """`set_state`, awaited."""
        return await self._aperform(lambda its: its.set_state(key, states, state, pick))

    def keys(self) -> list[str]:
        """The keys under which the overlay holds messages, sorted."""
        return self._perform(lambda its: its.keys())

    async def akeys(self) -> list[str]:
        """`keys`, awaited."""
        return await self._aperform(lambda its: its.keys())

    def delete(self, key: str) -> None:
        """Delete the thread on the platform, where it can be, and what the overlay holds of it."""
        self._perform(lambda its: its.delete(key))

    async def adelete(self, key: str) -> None:
        """`delete`, awaited."""
        await self._aperform(lambda its: its.delete(key))

    def close(self) -> None:
        """Give up the hold on the shared synchronous pool; a given client stays open. Again is harmless."""
        if self._client is None and self._sync is not None:
            self._sync.close()

    async def aclose(self) -> None:
        """Give up the hold on both shared pools; a given client stays open. Again is harmless."""
        self.close()
        if self._client is None and self._async is not None:
            await self._async.aclose()

    def changed(self, **settings: Unpack[MemorySettings]) -> Self:
        """Another memory of the same account or client, with a hold of its own on the shared pools.

        Raises:
            ConfigurationError: a setting makes no sense.
        """
        kept = self.settings.given()
        kept.update(settings)
        provider = self.provider if self._client is None else None
        return type(self)(provider=provider, client=self._client, **kept)

    def __deepcopy__(self, memo: object) -> Self:
        """Copies are on the same pools and overlay: connections and credentials are never copied."""
        return self.changed()

    def _perform(self, describe: Callable[[MemoryOperations], Flow[Any, ResultT]]) -> ResultT:
        if self._sync is None:
            raise ConfigurationError(
                "an AsyncThreadClient serves asynchronous calls only. Await the a… method, or pass provider= or a "
                "ThreadClient."
            )
        return self._sync.perform(lambda operations: describe(MemoryOperations(operations, self.settings)))

    async def _aperform(self, describe: Callable[[MemoryOperations], Flow[Any, ResultT]]) -> ResultT:
        if self._async is not None:
            return await self._async.perform(lambda operations: describe(MemoryOperations(operations, self.settings)))
        return await asyncio.to_thread(self._perform, describe)

    def _shown(self, key: str, reading: Reading) -> tuple[Entry, ...]:
        self._last = reading
        self._check(key, reading.extent)
        return reading.newest_block

    def _check(self, key: str, extent: Extent) -> None:
        """Say what is not as it should be: nothing of a thread goes missing in silence."""
        if extent.outage is not None:
            self._warn(f"thread {printable(key)} is shown as it was last known. {extent.outage}", StaleThreadWarning)
        if not extent.complete:
            found = f"only the newest {extent.newest_block} messages of"
            why = "the platform shows no more" if extent.gap_before is not None else "the platform could not be asked"
            rest = f"are at hand; older ones may be missing, since {why}."
            if self.settings.on_gap == "error":
                # Errors repeat no id; warnings must: Python shows one sentence once, whatever thread it is about.
                raise IncompleteThreadError(
                    f"{self.provider.title}: {found} the thread {rest}", provider=self.provider.name, operation="read"
                ) from extent.outage
            if extent.gap_before is not None:  # of an outage it was warned already
                self._warn(f"{found} thread {printable(key)} {rest}", IncompleteThreadWarning)

    def _warn(self, what: str, category: type[Warning]) -> None:
        sentence = f"{self.provider.title}: {what}"
        logger.warning(sentence)
        warnings.warn(sentence, category, stacklevel=6)


def _opened(overlay: Overlay | str | os.PathLike[str] | None) -> Overlay | None:
    """The overlay for a path or URL: one for the whole process."""
    if overlay is None:
        return None
    from provider_threads.overlay import Overlay  # noqa: PLC0415 - needs the extra

    return Overlay.at(overlay)


def attached_files(additional_kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids under ``file_ids``, where both frameworks' messages carry them to the platform.

    Raises:
        ConfigurationError: it is no list; a lone id would be taken apart into its letters.
    """
    given = additional_kwargs.get("file_ids") or ()
    if not isinstance(given, (list, tuple)):
        raise ConfigurationError("additional_kwargs['file_ids'] must be a list of ids.")
    return tuple(given)


def printable(key: str) -> str:
    """A key as logs and warnings name it: an app may have it from its users, line breaks and escapes included."""
    return key if key.isprintable() else ascii(key)


def is_empty(value: object) -> bool:
    """Whether a value beside a message's text says nothing: None, or empty. 0 and False say something."""
    return value is None or (isinstance(value, Sized) and len(value) == 0)


def refusal_to_store(provider: Provider, what: str) -> UnsupportedOperationError:
    """The error for a message holding something that the platform would lose."""
    return UnsupportedOperationError(
        f"{provider.title} append: the message has {what}, which the platform cannot store. An overlay with "
        "writes='split' keeps it here; writes='none' is for threads to which the platform's own run writes the turn.",
        provider=provider.name,
        operation="append",
    )
