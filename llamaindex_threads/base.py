"""What both kinds of store are: an account whose threads are read and written as LlamaIndex's messages."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from llama_index.core.base.llms.types import ChatMessage
from typing_extensions import Unpack

from llamaindex_threads.account import ThreadAccount
from llamaindex_threads.messages import CitationsAs
from llamaindex_threads.records import from_entry, outgoing, payload_of, record_of
from provider_threads import AsyncThreadClient, ConfigurationError, Provider, ThreadClient, Writes
from provider_threads.entries import Entry, Outgoing, Record, without_cut_off_results
from provider_threads.memory import ThreadMemory
from provider_threads.memory_settings import MemorySettings

__all__ = ["ThreadStore", "at_index"]


class ThreadStore(ThreadAccount):
    """The threads of one account as a store of messages."""

    writes: Writes = "provider"
    citations: CitationsAs = "metadata"

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
        super().__init__(provider, client, options={"citations": citations}, **loading, **memory_settings)

    @classmethod
    def _fields_for(cls, memory: ThreadMemory, options: Mapping[str, Any]) -> dict[str, Any]:
        if options["citations"] not in get_args(CitationsAs):
            raise ConfigurationError("citations must be 'metadata' or 'blocks'.")
        return super()._fields_for(memory, options)

    def _shown(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Of a window's entries those to show: it never starts with a tool's result whose call was cut off."""
        limit = self._memory.settings.limit
        return entries if limit is None or len(entries) < limit else without_cut_off_results(entries)

    def _converted(self, entries: Sequence[Entry]) -> list[ChatMessage]:
        provider = self._memory.provider.name
        return [from_entry(entry, provider, self.citations) for entry in entries]

    def _outgoing(self, messages: Sequence[ChatMessage]) -> list[Outgoing]:
        checked = _checked(messages)
        if self.writes == "none":
            return []
        keep = self.overlay is not None
        return [outgoing(message, self._memory.provider, keep=keep) for message in checked]

    def _records(self, messages: Sequence[ChatMessage]) -> list[Record]:
        return [record_of(message) for message in _checked(messages)]

    def _payload_of(self, entry: Entry) -> str:
        return payload_of(entry, self._memory.provider.name, self.citations)


def _checked(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    example = "such as ChatMessage(role='user', content='text')"
    if isinstance(messages, (str, ChatMessage)) or not isinstance(messages, Sequence):
        raise ConfigurationError(f"messages must be a list of ChatMessages, {example}.")
    if not all(isinstance(message, ChatMessage) for message in messages):
        raise ConfigurationError(f"message must be a ChatMessage, {example}.")
    return [*messages]


def at_index(idx: int) -> slice:
    """The part of a list that is its item at `idx`, from the end where that is negative; empty where there is none."""
    idx = operator.index(idx)
    return slice(idx, idx + 1 or None)
