"""Hosted threads as the store of LlamaIndex's Memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus
from typing_extensions import Self, Unpack

from llamaindex_threads.base import ThreadStore, at_index
from llamaindex_threads.last_reads import LastReads
from llamaindex_threads.messages import CitationsAs
from provider_threads import AsyncThreadClient, ConfigurationError, Provider, ThreadClient
from provider_threads.entries import Entry, Pick, State
from provider_threads.memory import ThreadMemory
from provider_threads.memory_settings import MemorySettings

__all__ = ["ThreadMemoryStore"]

_ACTIVE = MessageStatus.ACTIVE


class ThreadMemoryStore(ThreadStore, AsyncDBChatStore):
    """The threads of one account as the store of `Memory`, over an overlay.

    ::

        store = ThreadMemoryStore(MiniMax(), overlay="threads.db", create_threads=True)
        memory = Memory.from_defaults(session_id="user-42", chat_store=store)

    A key is the platform's thread id, or a key of your own. Messages read are fresh copies; no request is made in the
    constructor. Usable in any number of event loops and threads: requests and the database are served from worker
    threads, and nothing is bound to a loop.

    It dumps and pickles as `ThreadChatStore` does. A pickled Memory, or a workflow's Context that pickles, holds the
    store and finds the conversation again; Memory's own JSON leaves every store out, so there pass it again.

    Args:
        provider: a platform and an account, such as ``MiniMax()``. client: your own `ThreadClient` instead, never
            closed here.
        citations: ``"metadata"`` (the default) or ``"blocks"``.
        **memory_settings: as of `ThreadChatStore`; ``overlay`` is needed, and there is no ``limit``.

    Raises:
        ConfigurationError: a setting makes no sense, there is no overlay, or, when loading, a credential is missing.
    """

    _last_reads: LastReads = PrivateAttr()

    def __init__(
        self,
        provider: Provider | None = None,
        client: ThreadClient | None = None,
        *,
        citations: CitationsAs = "metadata",
        platform: str | None = None,
        settings: dict[str, Any] | None = None,
        **memory_settings: Unpack[MemorySettings],
    ) -> None:
        if isinstance(client, AsyncThreadClient):
            raise ConfigurationError("client must be a ThreadClient: LlamaIndex makes an event loop for each call.")
        loading: dict[str, Any] = {"platform": platform, "settings": settings}
        super().__init__(provider, client, citations=citations, **loading, **memory_settings)

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex shows."""
        return "ThreadMemoryStore"

    async def get_messages(
        self,
        key: str,
        status: MessageStatus | None = _ACTIVE,
        limit: int | None = None,
        offset: int | None = None,
        *,
        refresh: bool = False,
    ) -> list[ChatMessage]:
        """The messages with `status`, or all with None, oldest first: at most `limit` after the first `offset`.

        Args:
            refresh: read all that the platform has anew: texts edited there come along.

        Raises:
            ThreadsError: the thread cannot be read. An unknown thread is an error, not an empty list.
        """
        states, part = _states(status), _part(limit, offset)

        def read() -> tuple[tuple[Entry, ...], list[ChatMessage]]:
            entries = self._memory.read(key, states=states, refresh=refresh)
            return entries, self._converted(entries[part])

        entries, messages = await asyncio.to_thread(read)
        if status == _ACTIVE:
            self._last_reads.keep(key, [entry.number for entry in entries if entry.number is not None])
        return messages

    async def count_messages(self, key: str, status: MessageStatus | None = _ACTIVE) -> int:
        """How many messages `get_messages` would return."""
        return await asyncio.to_thread(self._memory.count, key, states=_states(status))

    async def add_message(self, key: str, message: ChatMessage, status: MessageStatus = _ACTIVE) -> None:
        """Append one message: see `add_messages`."""
        await self.add_messages(key, [message], status)

    async def add_messages(self, key: str, messages: list[ChatMessage], status: MessageStatus = _ACTIVE) -> None:
        """Append messages in order; the platform is sent none that is not active. Sending them is not atomic.

        Raises:
            UnsupportedOperationError: one of them holds what cannot be stored; nothing was sent.
            ConfigurationError: one of them would not come back from the overlay; nothing was sent.
            ThreadsError: sending failed; its `appended` says how many went through.
        """
        (state,) = _states(_one_status(status))
        written = self._outgoing(messages)  # here, not in the thread: the caller may go on and change them
        self._last_reads.forget(key)
        await asyncio.to_thread(self._memory.append, key, written, state)

    async def set_messages(self, key: str, messages: list[ChatMessage], status: MessageStatus = _ACTIVE) -> None:
        """Make `messages` the whole conversation, archived ones included, in the overlay: nothing is sent.

        Raises:
            ConfigurationError: one of them would not come back from the overlay; nothing was changed.
        """
        (state,) = _states(_one_status(status))
        records = self._records(messages)
        self._last_reads.forget(key)
        await asyncio.to_thread(self._memory.replace, key, records, self._payload_of, state)

    async def delete_message(self, key: str, idx: int) -> ChatMessage | None:
        """Forget the active message at `idx`, from the end where it is negative; it, or None if there is none."""
        self._last_reads.forget(key)
        return next(iter(await self._change(key, "deleted", at_index(idx))), None)

    async def delete_messages(self, key: str, status: MessageStatus | None = None) -> None:
        """Forget the messages with `status`, or all with None, in the overlay; the platform keeps them."""
        states = _states(status)
        self._last_reads.forget(key)
        await asyncio.to_thread(self._memory.set_state, key, states, "deleted")

    async def delete_oldest_messages(self, key: str, n: int) -> list[ChatMessage]:
        """Forget the `n` oldest active messages; what they were, oldest first."""
        self._last_reads.forget(key)
        return await self._change(key, "deleted", slice(0, max(n, 0)))

    async def archive_oldest_messages(self, key: str, n: int) -> list[ChatMessage]:
        """Archive the `n` oldest active messages; those that this call archived, oldest first.

        Where the calling task has read the active messages, these are the `n` oldest of what it read, so that two
        tasks at once, such as two ``Memory.aput``, do not archive twice.
        """
        n = max(n, 0)
        read = self._last_reads.oldest(key, n)
        archived = await self._change(key, "archived", slice(0, n) if read is None else read)
        self._last_reads.gone(key, n)
        return archived

    async def get_keys(self) -> list[str]:
        """The keys under which the overlay holds messages, sorted."""
        return await asyncio.to_thread(self._memory.keys)

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:
        """What it was made with, without credentials, as LlamaIndex's components dump themselves."""
        return {**self.model_dump(**kwargs), "class_name": self.class_name()}

    def to_json(self, **kwargs: Any) -> str:
        """`to_dict` as JSON text."""
        return json.dumps(self.to_dict(**kwargs))

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:
        """A store from what `to_dict` returned; credentials are read from the environment."""
        return cls(**{name: value for name, value in {**data, **kwargs}.items() if name != "class_name"})

    @classmethod
    def from_json(cls, data_str: str, **kwargs: Any) -> Self:
        """A store from what `to_json` returned."""
        return cls.from_dict(json.loads(data_str), **kwargs)

    @classmethod
    def _fields_for(cls, memory: ThreadMemory, options: Mapping[str, Any]) -> dict[str, Any]:
        if memory.settings.overlay is None:
            raise ConfigurationError("overlay= is needed, such as overlay='threads.db': Memory archives and rewrites.")
        if memory.settings.limit is not None:
            raise ConfigurationError("limit= is a setting of ThreadChatStore; Memory has a token_limit.")
        return super()._fields_for(memory, options)

    def _connect(self, memory: ThreadMemory) -> None:
        super()._connect(memory)
        self._last_reads = LastReads()

    async def _change(self, key: str, state: State, pick: Pick) -> list[ChatMessage]:
        """Give what `pick` takes from the active entries another state; what was taken."""
        return await asyncio.to_thread(
            lambda: self._converted(self._memory.set_state(key, _states(_ACTIVE), state, pick))
        )


def _states(status: MessageStatus | None) -> tuple[State, ...]:
    if status is None:
        return ("active", "archived")
    if status == MessageStatus.ACTIVE:
        return ("active",)
    if status == MessageStatus.ARCHIVED:
        return ("archived",)
    raise ConfigurationError("status must be MessageStatus.ACTIVE, MessageStatus.ARCHIVED or, to read or delete, None.")


def _one_status(status: MessageStatus | None) -> MessageStatus:
    if status is None:
        raise ConfigurationError("status must be MessageStatus.ACTIVE or MessageStatus.ARCHIVED.")
    return status


def _part(limit: int | None, offset: int | None) -> slice:
    for name, amount in (("limit", limit), ("offset", offset)):
        if amount is not None and (isinstance(amount, bool) or not isinstance(amount, int) or amount < 0):
            raise ConfigurationError(f"{name} must be a number of messages, 0 or more.")
    start = offset or 0
    return slice(start, None if limit is None else start + limit)
