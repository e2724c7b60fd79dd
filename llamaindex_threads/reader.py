"""Hosted threads as LlamaIndex documents, to be ingested and searched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.readers.base import BasePydanticReader, ResourcesReaderMixin
from llama_index.core.schema import Document
from typing_extensions import Unpack

from llamaindex_threads.account import ThreadAccount
from provider_threads import AsyncThreadClient, ConfigurationError, Provider, Thread, ThreadClient
from provider_threads.memory import ThreadMemory
from provider_threads.memory_settings import MemorySettings
from provider_threads.passage_reader import PassageReader, thread_keys
from provider_threads.passages import ROLES, Granularity, Passage, Passages, PassageSettings

__all__ = ["ThreadReader"]

_FOR_MODELS = ("created_at", "role")
"""Metadata that a model reads with the text; the rest, and for embeddings all of it, would only be noise."""


class ThreadReader(ThreadAccount, ResourcesReaderMixin, BasePydanticReader):
    """Reads threads as documents: each message, each turn, or each thread whole. Threads are its resources.

    A document's id is its place, the same at every read, and its metadata is flat: see
    `provider_threads.passages.Passage`. What may still grow, the last turn or a whole thread, and an answer that the
    platform is still writing, is read as it stands; the same id comes with other text later. An `IngestionPipeline`
    with a docstore and the strategy ``UPSERTS`` compares content by id, and replaces what has changed.

    No request is made in the constructor. It dumps, pickles and copies as `ThreadChatStore` does, without credentials.

    Args:
        provider: a platform and an account, such as ``MiniMax()``. client: your own client instead, never closed here.
        thread_ids: the threads to read where a call names none: one thread's id, or several; with an overlay also keys
            of your own, and without any given all that it knows. No platform lists its threads.
        granularity: what one document is: ``"turn"`` (a question with its answer), ``"message"`` or ``"thread"``.
        roles: whose messages are read; None for all. Messages without text are not.
        markers: False takes citations' markers, such as ``【1†source】``, out of the text.
        **memory_settings: of `provider_threads.memory_settings.MemorySettings` those of reading, in short:

            * overlay: read through it: what is only there comes along, archived messages too, deleted ones do not.
            * on_gap: ``"error"`` where messages may be missing (Hunyuan, 200 or more), since an index may take them for
              deleted; ``"warn"`` reads the newest unbroken run.
            * create_threads, thread_for, namespace, freshness, on_outage: with an overlay, as of `ThreadChatStore`.

    Raises:
        ConfigurationError: a thread id is malformed, an argument makes no sense, or, when loading, a credential is
            missing.
    """

    is_remote: bool = True
    thread_ids: tuple[str, ...] = Field(default=(), description="The threads to read where a call names none.")
    granularity: Granularity = "turn"
    roles: tuple[str, ...] | None = ROLES
    markers: bool = True

    _memory_class: ClassVar[type[ThreadMemory]] = PassageReader
    _memory: PassageReader = PrivateAttr()

    def __init__(
        self,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        *,
        thread_ids: str | Iterable[str] = (),
        granularity: Granularity = "turn",
        roles: Collection[str] | None = ROLES,
        markers: bool = True,
        is_remote: bool = True,
        platform: str | None = None,
        settings: dict[str, Any] | None = None,
        **memory_settings: Unpack[MemorySettings],
    ) -> None:
        options = {
            "thread_ids": thread_ids,
            "granularity": granularity,
            "roles": roles,
            "markers": markers,
            "is_remote": is_remote,
        }
        loading: dict[str, Any] = {"platform": platform, "settings": settings}
        super().__init__(provider, client, options=options, **loading, **memory_settings)

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex shows."""
        return "ThreadReader"

    def lazy_load_data(self, thread_ids: str | Iterable[str] | None = None) -> Iterator[Document]:
        """The documents of `thread_ids`, else of `list_resources`; one thread after the other, oldest first.

        From the platform alone a page at a time, as documents are asked for.

        Raises:
            ConfigurationError: nothing says which threads. ThreadsError: a thread cannot be read; none is skipped.
            IncompleteThreadError: messages may be missing, and on_gap is ``"error"``.
        """
        keys = self._asked(thread_ids)
        keys = self.list_resources() if keys is None else keys
        return map(_document, self._memory.passages(keys, **self._cut()))

    async def alazy_load_data(self, thread_ids: str | Iterable[str] | None = None) -> list[Document]:
        """`aload_data`: LlamaIndex awaits the documents as a whole."""
        return await self.aload_data(thread_ids)

    async def aload_data(self, thread_ids: str | Iterable[str] | None = None) -> list[Document]:
        """The documents that `lazy_load_data` would give, awaited."""
        keys = self._asked(thread_ids)
        keys = await self.alist_resources() if keys is None else keys
        passages = self._memory.apassages(keys, **self._cut())
        return [_document(passage) async for passage in passages]

    def list_resources(self, *args: Any, **kwargs: Any) -> list[str]:
        """The threads it was made with; without any, the keys under which its overlay holds messages."""
        return [*self.thread_ids] or (self._memory.keys() if self.overlay is not None else [])

    async def alist_resources(self, *args: Any, **kwargs: Any) -> list[str]:
        """`list_resources`, awaited."""
        return [*self.thread_ids] or (await self._memory.akeys() if self.overlay is not None else [])

    def get_resource_info(self, resource_id: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A thread's ``provider``, ``thread_id``, ``created_at`` (ISO 8601, or None) and ``metadata``.

        Raises:
            ThreadNotFoundError: there is none, or none yet. InvalidRequestError: what MiniMax and Hunyuan say where
                there is none.
        """
        return self._info(self._memory.thread(*self._keys(resource_id)))

    async def aget_resource_info(self, resource_id: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """`get_resource_info`, awaited."""
        return self._info(await self._memory.athread(*self._keys(resource_id)))

    def load_resource(self, resource_id: str, *args: Any, **kwargs: Any) -> list[Document]:
        """The documents of one thread."""
        return self.load_data(resource_id)

    async def aload_resource(self, resource_id: str, *args: Any, **kwargs: Any) -> list[Document]:
        """`load_resource`, awaited."""
        return await self.aload_data(resource_id)

    @classmethod
    def _fields_for(cls, memory: ThreadMemory, options: Mapping[str, Any]) -> dict[str, Any]:
        roles = options["roles"]
        Passages(memory.provider.name, options["granularity"], roles, options["markers"])  # checks them
        checked = {
            "thread_ids": thread_keys(options["thread_ids"], own=memory.settings.overlay is not None),
            "roles": None if roles is None else tuple(roles),
        }
        return super()._fields_for(memory, {**options, **checked})

    def _cut(self) -> PassageSettings:
        return {"granularity": self.granularity, "roles": self.roles, "markers": self.markers}

    def _asked(self, thread_ids: str | Iterable[str] | None) -> Sequence[str] | None:
        """The threads that a call names; None for those that the reader knows of itself."""
        if thread_ids is not None:
            return self._keys(thread_ids)
        if not self.thread_ids and self.overlay is None:
            raise ConfigurationError(
                "nothing says which threads to read, and no platform lists them: pass thread_ids= to the ThreadReader "
                "or name them in the call."
            )
        return None

    def _keys(self, thread_ids: str | Iterable[str]) -> tuple[str, ...]:
        return thread_keys(thread_ids, own=self.overlay is not None)

    def _info(self, thread: Thread) -> dict[str, Any]:
        return {
            "provider": self.platform,
            "thread_id": thread.id,
            "created_at": thread.created_at.isoformat() if thread.created_at else None,
            "metadata": dict(thread.metadata),
        }


def _document(passage: Passage) -> Document:
    return Document(
        id_=passage.id,
        text=passage.text,
        metadata=dict(passage.metadata),
        excluded_embed_metadata_keys=list(passage.metadata),
        excluded_llm_metadata_keys=[name for name in passage.metadata if name not in _FOR_MODELS],
    )
