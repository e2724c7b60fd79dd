"""Hosted threads as a LlamaIndex chat store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.storage.chat_store.base import BaseChatStore
from llama_index.core.storage.chat_store.loading import RECOGNIZED_CHAT_STORES
from typing_extensions import Unpack

from llamaindex_threads.base import ThreadStore, at_index
from llamaindex_threads.messages import CitationsAs
from provider_threads import AsyncThreadClient, Provider, ThreadClient, UnsupportedOperationError
from provider_threads.entries import Entry, Pick, State
from provider_threads.memory_settings import MemorySettings

__all__ = ["ThreadChatStore"]

_ACTIVE: tuple[State, ...] = ("active",)
_KEPT: tuple[State, ...] = ("active", "archived")


class ThreadChatStore(ThreadStore, BaseChatStore):
    """The threads of one account as a chat store; a key is the platform's thread id, or a key of your own.

    For `ChatMemoryBuffer`, chat engines and agents; `ThreadMemoryStore` is for `Memory`. Messages read are fresh
    copies; no request is made in the constructor. Usable from threads and, natively asynchronous, in several event
    loops.

    It dumps and pickles without credentials: they are read from the environment where it is loaded. A `client` is
    not kept either; what is loaded uses the shared pool and default settings. The overlay is dumped as its path or URL,
    without a password. With ``thread_for=`` it pickles, where the function does, and cannot be dumped to JSON.

    Args:
        provider: a platform and an account, such as ``MiniMax()``. client: your own client instead, never closed here.
        citations: ``"metadata"`` (the default) or ``"blocks"``.
        **memory_settings: see `provider_threads.memory_settings.MemorySettings`, in short:

            * overlay: path of a SQLite file, URL of a database, or an `Overlay`: keeps what the platform cannot hold,
              so that any message comes back as it was written and every call works.
            * limit: show only this many of the newest messages; None shows all.
            * writes: without an overlay ``"provider"``, which appends what the platform takes and raises
              UnsupportedOperationError for what it does not, before anything is sent; with one ``"split"``, which keeps
              the rest in the overlay, or ``"overlay"``, which keeps everything there. ``"none"`` accepts and ignores
              added messages: for threads whose own run already recorded the turn. Context and condense engines then
              pass their question to the model themselves; `SimpleChatEngine` and agents do not: they ask with what the
              memory gives back.
            * on_gap: ``"warn"`` or ``"error"`` where older messages may be missing (Hunyuan, 200 messages or more).
            * create_threads, thread_for: with an overlay, how keys of your own such as ``"user-42"`` lead to threads.
            * namespace, freshness, on_outage: with an overlay, whose keys; how long a read holds; what if it fails.

    Raises:
        ConfigurationError: a setting makes no sense, or, when loading, a credential is missing.
    """

    limit: int | None = None

    def __init__(
        self,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        *,
        citations: CitationsAs = "metadata",
        platform: str | None = None,
        settings: dict[str, Any] | None = None,
        **memory_settings: Unpack[MemorySettings],
    ) -> None:
        loading: dict[str, Any] = {"platform": platform, "settings": settings}
        super().__init__(provider, client, citations=citations, **loading, **memory_settings)

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex loads it."""
        return "ThreadChatStore"

    def get_messages(self, key: str, *, refresh: bool = False) -> list[ChatMessage]:
        """The thread's messages, oldest first; a fresh list of fresh messages.

        Args:
            refresh: with an overlay, read all that the platform has anew: texts edited there come along.

        Raises:
            ThreadsError: the thread cannot be read. An unknown thread is an error, not an empty list.
        """
        return self._converted(self._shown(self._memory.read(key, refresh=refresh)))

    async def aget_messages(self, key: str, *, refresh: bool = False) -> list[ChatMessage]:
        """`get_messages`, awaited."""
        return self._converted(self._shown(await self._memory.aread(key, refresh=refresh)))

    def add_message(self, key: str, message: ChatMessage) -> None:
        """Append one message.

        Raises:
            UnsupportedOperationError: it holds what cannot be stored; nothing was sent.
            ConfigurationError: it is no `ChatMessage`, or would not come back from the overlay; nothing was sent.
        """
        self._memory.append(key, self._outgoing([message]))

    async def async_add_message(self, key: str, message: ChatMessage) -> None:
        """`add_message`, awaited."""
        await self._memory.aappend(key, self._outgoing([message]))

    def set_messages(self, key: str, messages: list[ChatMessage]) -> None:
        """Make `messages` the whole conversation, in the overlay: nothing is sent, and the platform keeps what it has.

        Raises:
            UnsupportedOperationError: there is no overlay, and a hosted thread cannot be rewritten.
            ConfigurationError: one of them would not come back from the overlay, or there is a ``limit``, so that what
                it leaves out would be lost; nothing was changed.
        """
        self._check_overlay("set_messages")
        self._memory.replace(key, self._records(messages), self._payload_of, "active")

    async def aset_messages(self, key: str, messages: list[ChatMessage]) -> None:
        """`set_messages`, awaited."""
        self._check_overlay("set_messages")
        await self._memory.areplace(key, self._records(messages), self._payload_of, "active")

    def delete_messages(self, key: str) -> list[ChatMessage] | None:
        """Forget the conversation, in the overlay; what it was, or None if there was none. The platform keeps it.

        Raises:
            UnsupportedOperationError: there is no overlay, and a hosted thread cannot be emptied.
        """
        self._check_overlay("delete_messages")
        return self._deleted(self._memory.set_state(key, _KEPT, "deleted"))

    async def adelete_messages(self, key: str) -> list[ChatMessage] | None:
        """`delete_messages`, awaited."""
        self._check_overlay("delete_messages")
        return self._deleted(await self._memory.aset_state(key, _KEPT, "deleted"))

    def delete_message(self, key: str, idx: int) -> ChatMessage | None:
        """Forget the message at `idx` of what `get_messages` shows, in the overlay; it, or None if there is none.

        A negative index counts from the end, as in LlamaIndex's `SimpleChatStore`.

        Raises:
            UnsupportedOperationError: there is no overlay, and no platform deletes a message.
        """
        self._check_overlay("delete_message")
        return self._one(self._memory.set_state(key, _ACTIVE, "deleted", self._at(idx)))

    async def adelete_message(self, key: str, idx: int) -> ChatMessage | None:
        """`delete_message`, awaited."""
        self._check_overlay("delete_message")
        taken = await self._memory.aset_state(key, _ACTIVE, "deleted", self._at(idx))
        return self._one(taken)

    def delete_last_message(self, key: str) -> ChatMessage | None:
        """`delete_message` for the last one."""
        self._check_overlay("delete_last_message")
        return self.delete_message(key, -1)

    async def adelete_last_message(self, key: str) -> ChatMessage | None:
        """`delete_last_message`, awaited."""
        self._check_overlay("delete_last_message")
        return await self.adelete_message(key, -1)

    def get_keys(self) -> list[str]:
        """The keys under which the overlay holds messages, sorted.

        Raises:
            UnsupportedOperationError: there is no overlay, and no platform lists an account's threads.
        """
        self._check_overlay("get_keys")
        return self._memory.keys()

    async def aget_keys(self) -> list[str]:
        """`get_keys`, awaited."""
        self._check_overlay("get_keys")
        return await self._memory.akeys()

    def _at(self, idx: int) -> Pick:
        part = at_index(idx)
        return part if self.limit is None else lambda entries: self._shown(entries)[part]

    def _one(self, taken: Sequence[Entry]) -> ChatMessage | None:
        return next(iter(self._converted(taken)), None)

    def _deleted(self, taken: Sequence[Entry]) -> list[ChatMessage] | None:
        return self._converted([entry for entry in taken if entry.state == "active"]) or None

    def _check_overlay(self, operation: str) -> None:
        if self.overlay is None:
            self._refuse(operation)

    def _refuse(self, operation: str) -> NoReturn:
        provider = self._memory.provider
        raise UnsupportedOperationError(
            f"{provider.title} {operation}: {_REFUSED[operation]}", provider=provider.name, operation=operation
        )


_WITH_AN_OVERLAY = "With overlay='threads.db' it works, in the overlay."

_REFUSED = {
    "set_messages": "a hosted thread cannot be rewritten. Add messages, or start another thread; a memory built with "
    f"chat_history= or set() needs another store. {_WITH_AN_OVERLAY}",
    "delete_messages": "a hosted thread cannot be emptied. Start another thread; ThreadClient.delete_thread deletes a "
    f"whole one where the platform can. {_WITH_AN_OVERLAY}",
    "delete_message": f"the platform cannot delete a message. {_WITH_AN_OVERLAY}",
    "delete_last_message": f"the platform cannot delete a message. {_WITH_AN_OVERLAY}",
    "get_keys": "no platform lists the threads of an account. Keep the thread ids where you keep your users. "
    f"{_WITH_AN_OVERLAY}",
}


# So that ChatMemoryBuffer.from_string finds it.
RECOGNIZED_CHAT_STORES[ThreadChatStore.class_name()] = ThreadChatStore  # type: ignore[assignment]  # inferred from one
