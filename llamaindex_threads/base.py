"""What both kinds of store are: an account on a platform, settings, and how they are dumped, pickled and copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, get_args

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_serializer
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import Self, Unpack

from llamaindex_threads.messages import CitationsAs
from llamaindex_threads.records import from_entry, outgoing, payload_of, record_of, without_cut_off_results
from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    OnGap,
    OnOutage,
    Provider,
    ThreadClient,
    ThreadView,
    Writes,
)
from provider_threads.entries import Entry, Outgoing, Record
from provider_threads.memory import ThreadMemory
from provider_threads.memory_settings import MemorySettings
from provider_threads.providers import PROVIDERS

__all__ = ["ThreadStore", "one_at"]

_OF_THE_PROVIDER = {"platform", "settings"}


class ThreadStore(BaseModel):
    """The threads of one account, for LlamaIndex; its fields show what it was made with, and never a credential."""

    model_config = ConfigDict(frozen=True)  # what is shown is what connections were made with

    platform: str = Field(description="Name of the platform.")
    settings: dict[str, Any] = Field(default_factory=dict, description="The provider's settings, without credentials.")
    writes: Writes = "provider"
    citations: CitationsAs = "metadata"
    on_gap: OnGap = "warn"
    overlay: str | None = Field(default=None, description="Path or URL of the overlay, without a password.")
    namespace: str = ""
    create_threads: bool = False
    thread_for: SkipJsonSchema[Callable[[str], str] | None] = None
    freshness: float = 5.0
    on_outage: OnOutage = "error"

    _memory: ThreadMemory = PrivateAttr()

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
        if provider is None and client is None and platform is not None:
            provider = _loaded(platform, settings or {})
        memory = ThreadMemory(provider=provider, client=client, **memory_settings)
        super().__init__(**self._fields_for(memory, citations))
        self._connect(memory)

    @property
    def last_view(self) -> ThreadView | None:
        """What the last read by this store found, and whether it is complete; None before the first."""
        return self._memory.last_view

    def hosted_thread_id(self, key: str) -> str | None:
        """The platform's id of a key's thread, as a run of the platform's own wants it; None before there is one."""
        return self._memory.thread_id(key)

    async def ahosted_thread_id(self, key: str) -> str | None:
        """`hosted_thread_id`, awaited."""
        return await self._memory.athread_id(key)

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
        changed = dict(update or {})
        if _OF_THE_PROVIDER & changed.keys():
            raise ConfigurationError("update= cannot change platform or settings: make a store with another provider.")
        if unknown := changed.keys() - type(self).model_fields.keys():
            raise ConfigurationError(f"update= names no setting of this store: {', '.join(sorted(unknown))}.")
        citations = changed.pop("citations", self.citations)
        memory = self._memory.changed(**cast("MemorySettings", changed))
        copied = super().model_copy(update=self._fields_for(memory, citations), deep=deep)
        copied._connect(memory)  # noqa: SLF001 - its own class
        return copied

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied._connect(self._memory.changed())  # noqa: SLF001 - its own class
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the provider, which leaves its credentials behind, and the settings.

        So a platform of your own comes back too. LlamaIndex's own way would drop connections with a warning each.
        """
        fields = type(self).model_fields.keys() - _OF_THE_PROVIDER
        return _unpickled, (type(self), self._memory.provider, {name: getattr(self, name) for name in fields})

    @field_serializer("thread_for")
    def _refuse_to_dump(self, thread_for: Callable[[str], str] | None) -> None:
        # Left out, keys would be taken for thread ids where the store is loaded.
        if thread_for is not None:
            raise ConfigurationError(
                "thread_for= is a function, which no JSON holds: this store cannot be dumped. Pickle it, or make it "
                "anew where it is needed."
            )

    @classmethod
    def _fields_for(cls, memory: ThreadMemory, citations: CitationsAs) -> dict[str, Any]:
        """The fields that show what `memory` does.

        Raises:
            ConfigurationError: this kind of store cannot work with it.
        """
        if citations not in get_args(CitationsAs):
            raise ConfigurationError("citations must be 'metadata' or 'blocks'.")
        overlay = memory.settings.overlay
        shown = {
            **memory.settings.given(),
            "platform": memory.provider.name,
            "settings": memory.provider.config(),
            "citations": citations,
            "overlay": overlay.location if overlay is not None else None,
            "writes": memory.settings.writes,
        }
        return {name: value for name, value in shown.items() if name in cls.model_fields}

    def _connect(self, memory: ThreadMemory) -> None:
        """Take `memory` for what this store reads and writes through."""
        self._memory = memory

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


def one_at(entries: Sequence[Entry], idx: int) -> Sequence[Entry]:
    """The entry at `idx`, from the end where it is negative, as in a list; none where there is none."""
    return [entries[idx]] if -len(entries) <= idx < len(entries) else []


def _loaded(platform: str, settings: dict[str, Any]) -> Provider:
    kind = PROVIDERS.get(platform)
    if kind is None:
        raise ConfigurationError(
            f"platform must be one of {', '.join(PROVIDERS)}: only these load by name. Make a store of another one "
            "with its provider, or pickle it."
        )
    return kind(**settings)


def _unpickled(kind: type[ThreadStore], provider: Provider, settings: dict[str, Any]) -> ThreadStore:
    return kind(provider, **settings)
