"""Hosted threads as a LlamaIndex chat store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, get_args

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import ConfigDict, Field, PrivateAttr
from llama_index.core.storage.chat_store.base import BaseChatStore
from llama_index.core.storage.chat_store.loading import RECOGNIZED_CHAT_STORES
from typing_extensions import Self

from llamaindex_threads.messages import CitationsAs, to_draft, to_llamaindex
from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    Draft,
    OnGap,
    Provider,
    ThreadClient,
    ThreadMessage,
    ThreadView,
    UnsupportedOperationError,
    Writes,
)
from provider_threads.memory import ThreadMemory
from provider_threads.providers import PROVIDERS

__all__ = ["ThreadChatStore"]


class ThreadChatStore(BaseChatStore):
    """The threads of one account as a chat store; a key is the platform's thread id.

    For `ChatMemoryBuffer`, chat engines and agents. Messages read are fresh copies; no request is made in the
    constructor. Usable from threads and, natively asynchronous, in several event loops.

    It dumps and pickles without credentials: they are read from the environment where it is loaded. A `client` is
    not kept either; what is loaded uses the shared pool and default settings.

    Args:
        provider: a platform and an account, such as ``MiniMax()``. client: your own client instead, never closed here.
        writes: ``"provider"`` (the default) appends what the platform takes and raises UnsupportedOperationError for
            what it does not, before anything is sent. ``"none"`` accepts and ignores added messages: for threads whose
            own run already recorded the turn. Context and condense engines then pass their question to the model
            themselves; `SimpleChatEngine` and agents do not: they ask with what the memory gives back.
        citations: ``"metadata"`` (the default) or ``"blocks"``.
        limit: read only this many of the newest messages; None reads all.
        on_gap: ``"warn"`` or ``"error"`` where older messages may be missing (Hunyuan, 200 messages or more).

    Raises:
        ConfigurationError: a setting makes no sense, or, when loading, a credential is missing.
    """

    model_config = ConfigDict(frozen=True)  # what is shown is what connections were made with

    platform: str = Field(description="Name of the platform.")
    settings: dict[str, Any] = Field(default_factory=dict, description="The provider's settings, without credentials.")
    writes: Writes = "provider"
    citations: CitationsAs = "metadata"
    limit: int | None = None
    on_gap: OnGap = "warn"

    _memory: ThreadMemory = PrivateAttr()

    def __init__(
        self,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        *,
        writes: Writes | None = None,
        citations: CitationsAs = "metadata",
        limit: int | None = None,
        on_gap: OnGap = "warn",
        platform: str | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        if provider is None and client is None and platform is not None:
            provider = _loaded(platform, settings or {})
        memory = ThreadMemory(provider=provider, client=client, writes=writes, limit=limit, on_gap=on_gap)
        _check_citations(citations)
        fields: dict[str, Any] = {
            "platform": memory.provider.name,
            "settings": memory.provider.config(),
            "writes": memory.writes,
            "citations": citations,
            "limit": limit,
            "on_gap": on_gap,
        }
        super().__init__(**fields)
        self._memory = memory

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex loads it."""
        return "ThreadChatStore"

    @property
    def last_view(self) -> ThreadView | None:
        """What the last read by this store found, and whether it is complete; None before the first."""
        return self._memory.last_view

    def get_messages(self, key: str) -> list[ChatMessage]:
        """The thread's messages, oldest first, read from the platform; a fresh list of fresh messages.

        Raises:
            ThreadsError: the thread cannot be read. An unknown thread is an error, not an empty list.
        """
        return [self._converted(message) for message in self._memory.read(key)]

    async def aget_messages(self, key: str) -> list[ChatMessage]:
        """`get_messages`, awaited."""
        return [self._converted(message) for message in await self._memory.aread(key)]

    def add_message(self, key: str, message: ChatMessage) -> None:
        """Append one message.

        Raises:
            UnsupportedOperationError: it holds what the platform cannot store; nothing was sent.
            ConfigurationError: it is no `ChatMessage`; nothing was sent.
        """
        if drafts := self._drafts(message):
            self._memory.append(key, drafts)

    async def async_add_message(self, key: str, message: ChatMessage) -> None:
        """`add_message`, awaited."""
        if drafts := self._drafts(message):
            await self._memory.aappend(key, drafts)

    def set_messages(self, key: str, messages: list[ChatMessage]) -> None:
        """A hosted thread cannot be rewritten: always UnsupportedOperationError."""
        self._refuse("set_messages")

    async def aset_messages(self, key: str, messages: list[ChatMessage]) -> None:
        """A hosted thread cannot be rewritten: always UnsupportedOperationError."""
        self._refuse("set_messages")

    def delete_messages(self, key: str) -> list[ChatMessage] | None:
        """A hosted thread cannot be emptied: always UnsupportedOperationError."""
        self._refuse("delete_messages")

    async def adelete_messages(self, key: str) -> list[ChatMessage] | None:
        """A hosted thread cannot be emptied: always UnsupportedOperationError."""
        self._refuse("delete_messages")

    def delete_message(self, key: str, idx: int) -> ChatMessage | None:
        """No platform deletes a message: always UnsupportedOperationError."""
        self._refuse("delete_message")

    async def adelete_message(self, key: str, idx: int) -> ChatMessage | None:
        """No platform deletes a message: always UnsupportedOperationError."""
        self._refuse("delete_message")

    def delete_last_message(self, key: str) -> ChatMessage | None:
        """No platform deletes a message: always UnsupportedOperationError."""
        self._refuse("delete_last_message")

    async def adelete_last_message(self, key: str) -> ChatMessage | None:
        """No platform deletes a message: always UnsupportedOperationError."""
        self._refuse("delete_last_message")

    def get_keys(self) -> list[str]:
        """No platform lists an account's threads: always UnsupportedOperationError."""
        self._refuse("get_keys")

    async def aget_keys(self) -> list[str]:
        """No platform lists an account's threads: always UnsupportedOperationError."""
        self._refuse("get_keys")

    def close(self) -> None:
        """Give up the hold on the shared pool; the last holder closes it. Again is harmless."""
        self._memory.close()

    async def aclose(self) -> None:
        """`close`, for both the synchronous and the asynchronous pool."""
        await self._memory.aclose()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Another store of the same account or client, which acts on the settings in `update`.

        Raises:
            ConfigurationError: a setting makes no sense, or belongs to the account: make another store for another.
        """
        changed = set(update or ())
        if _OF_THE_PROVIDER & changed:
            raise ConfigurationError("update= cannot change platform or settings: make a store with another provider.")
        if unknown := changed - set(type(self).model_fields):
            raise ConfigurationError(f"update= names no setting of this store: {', '.join(sorted(unknown))}.")
        copied = super().model_copy(update=update, deep=deep)
        _check_citations(copied.citations)
        copied._memory = self._memory.changed(writes=copied.writes, limit=copied.limit, on_gap=copied.on_gap)  # noqa: SLF001 - its own class
        return copied

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied._memory = self._memory.changed()  # noqa: SLF001 - its own class
        return copied

    def _drafts(self, message: ChatMessage) -> list[Draft]:
        if not isinstance(message, ChatMessage):
            raise ConfigurationError("message must be a ChatMessage, such as ChatMessage(role='user', content='text').")
        return [] if self.writes == "none" else [to_draft(message, self._memory.provider)]

    def _converted(self, message: ThreadMessage) -> ChatMessage:
        return to_llamaindex(message, self._memory.provider.name, self.citations)

    def _refuse(self, operation: str) -> NoReturn:
        provider = self._memory.provider
        raise UnsupportedOperationError(
            f"{provider.title} {operation}: {_REFUSED[operation]}", provider=provider.name, operation=operation
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the provider, which leaves its credentials behind, and the settings.

        So a platform of your own comes back too. LlamaIndex's own way would drop connections with a warning each.
        """
        settings = {name: getattr(self, name) for name in type(self).model_fields if name not in _OF_THE_PROVIDER}
        return _unpickled, (type(self), self._memory.provider, settings)


_OF_THE_PROVIDER = {"platform", "settings"}

_REFUSED = {
    "set_messages": "a hosted thread cannot be rewritten. Add messages, or start another thread; a memory built with "
    "chat_history= or set() needs another store.",
    "delete_messages": "a hosted thread cannot be emptied. Start another thread; ThreadClient.delete_thread deletes a "
    "whole one where the platform can.",
    "delete_message": "the platform cannot delete a message.",
    "delete_last_message": "the platform cannot delete a message.",
    "get_keys": "no platform lists the threads of an account. Keep the thread ids where you keep your users.",
}


def _loaded(platform: str, settings: dict[str, Any]) -> Provider:
    kind = PROVIDERS.get(platform)
    if kind is None:
        raise ConfigurationError(
            f"platform must be one of {', '.join(PROVIDERS)}: only these load by name. Make a store of another one "
            "with its provider, or pickle it."
        )
    return kind(**settings)


def _unpickled(kind: type[ThreadChatStore], provider: Provider, settings: dict[str, Any]) -> ThreadChatStore:
    return kind(provider, **settings)


def _check_citations(citations: object) -> None:
    if citations not in get_args(CitationsAs):
        raise ConfigurationError("citations must be 'metadata' or 'blocks'.")


# So that ChatMemoryBuffer.from_string finds it.
RECOGNIZED_CHAT_STORES[ThreadChatStore.class_name()] = ThreadChatStore  # type: ignore[assignment]  # inferred from one
