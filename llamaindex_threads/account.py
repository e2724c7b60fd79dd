"""An account on a platform as a component of LlamaIndex: its settings, and how it is dumped, pickled and copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

from llama_index.core.bridge.pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_serializer
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import Self, Unpack

from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    OnGap,
    OnOutage,
    Provider,
    ThreadClient,
    ThreadView,
)
from provider_threads.holding import PoolHolder
from provider_threads.memory import ThreadMemory
from provider_threads.memory_settings import MemorySettings, check_names
from provider_threads.providers import PROVIDERS

__all__ = ["ThreadAccount"]

_OF_THE_PROVIDER = {"platform", "settings"}


class ThreadAccount(PoolHolder, BaseModel):
    """The threads of one account; its fields show what it was made with, and never a credential.

    A subclass may show more of a memory's settings, and has fields of its own: its `options`, which its constructor
    takes by their names.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)  # what is shown is what connections were made with

    platform: str = Field(description="Name of the platform.")
    settings: dict[str, Any] = Field(default_factory=dict, description="The provider's settings, without credentials.")
    on_gap: OnGap = "warn"
    overlay: str | None = Field(default=None, description="Path or URL of the overlay, without a password.")
    namespace: str = ""
    create_threads: bool = False
    thread_for: SkipJsonSchema[Callable[[str], str] | None] = None
    freshness: float = 5.0
    on_outage: OnOutage = "error"

    _memory_class: ClassVar[type[ThreadMemory]] = ThreadMemory
    _memory: ThreadMemory = PrivateAttr()

    def __init__(
        self,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        *,
        platform: str | None = None,
        settings: dict[str, Any] | None = None,
        options: Mapping[str, Any],
        **memory_settings: Unpack[MemorySettings],
    ) -> None:
        check_names(memory_settings, type(self).__name__)
        if provider is None and client is None and platform is not None:
            provider = _loaded(platform, settings or {})
        memory = self._memory_class(provider=provider, client=client, **memory_settings)
        super().__init__(**self._fields_for(memory, options))
        self._connect(memory)

    @property
    def last_view(self) -> ThreadView | None:
        """What the last read found, and whether it is complete; None before the first."""
        return self._memory.last_view

    def hosted_thread_id(self, key: str) -> str | None:
        """The platform's id of a key's thread, as a run of the platform's own wants it; None before there is one."""
        return self._memory.thread_id(key)

    async def ahosted_thread_id(self, key: str) -> str | None:
        """`hosted_thread_id`, awaited."""
        return await self._memory.athread_id(key)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Another one of the same account or client, which acts on the settings in `update`.

        Raises:
            ConfigurationError: a setting makes no sense, or belongs to the account: make a new one for another.
        """
        changed = dict(update or {})
        if _OF_THE_PROVIDER & changed.keys():
            raise ConfigurationError(
                "update= cannot change platform or settings: make a new one, with another provider."
            )
        if unknown := changed.keys() - type(self).model_fields.keys():
            raise ConfigurationError(
                f"update= names no setting of a {type(self).__name__}: {', '.join(sorted(unknown))}."
            )
        own = type(self).model_fields.keys() - _OF_THE_PROVIDER - MemorySettings.__annotations__.keys()
        options = {name: changed.pop(name, getattr(self, name)) for name in own}
        memory = self._memory.changed(**cast("MemorySettings", changed))
        copied = super().model_copy(update=self._fields_for(memory, options), deep=deep)
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
        # Left out, keys would be taken for thread ids where it is loaded.
        if thread_for is not None:
            raise ConfigurationError(
                f"thread_for= is a function, which no JSON holds: this {type(self).__name__} cannot be dumped. Pickle "
                "it, or make it anew where it is needed."
            )

    @classmethod
    def _fields_for(cls, memory: ThreadMemory, options: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that show what `memory` does, and `options`.

        Raises:
            ConfigurationError: this class cannot work with them.
        """
        overlay = memory.settings.overlay
        shown = {
            **memory.settings.given(),
            "platform": memory.provider.name,
            "settings": memory.provider.config(),
            "overlay": overlay.location if overlay is not None else None,
            "writes": memory.settings.writes,
            **options,
        }
        return {name: value for name, value in shown.items() if name in cls.model_fields}

    def _connect(self, memory: ThreadMemory) -> None:
        """Take `memory` for what this reads and writes through."""
        self._memory = memory


def _loaded(platform: str, settings: dict[str, Any]) -> Provider:
    kind = PROVIDERS.get(platform)
    if kind is None:
        raise ConfigurationError(
            f"platform must be one of {', '.join(PROVIDERS)}: only these load by name. Make one of another platform "
            "with its provider, or pickle it."
        )
    return kind(**settings)


def _unpickled(kind: Callable[..., ThreadAccount], provider: Provider, settings: dict[str, Any]) -> ThreadAccount:
    return kind(provider=provider, **settings)
