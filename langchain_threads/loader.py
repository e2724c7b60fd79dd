"""Hosted threads as LangChain documents, to be indexed and searched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from typing import Any, ClassVar

from langchain_core.document_loaders import BaseLoader
from langchain_core.documents import Document
from typing_extensions import Unpack

from langchain_threads.holding import ThreadHolder
from provider_threads import AsyncThreadClient, Provider, ThreadClient
from provider_threads.memory_settings import MemorySettings, check_names
from provider_threads.passage_reader import PassageReader, thread_keys
from provider_threads.passages import ROLES, Granularity, Passage, Passages, PassageSettings

__all__ = ["ThreadLoader"]


class ThreadLoader(BaseLoader, ThreadHolder):
    """Loads threads as documents: each message, each turn, or each thread whole.

    A document's id is its place, the same at every load, and its metadata is flat: see
    `provider_threads.passages.Passage`. What may still grow, the last turn or a whole thread, and an answer that the
    platform is still writing, is loaded as it stands; the same id comes with other text later. LangChain's ``index()``
    goes by content, so with ``source_id_key="source"`` and a cleanup mode it replaces what has changed::

        index(loader, record_manager, vector_store, cleanup="scoped_full", source_id_key="source", key_encoder="sha256")

    Threads are read lazily where the platform pages; nothing is requested before the first document is.

    Args:
        thread_ids: one thread's id, or several; with an overlay also keys of your own.
        provider: a platform and an account, such as ``MiniMax()``. client: your own client instead, never closed here.
        granularity: what one document is: ``"turn"`` (a question with its answer), ``"message"`` or ``"thread"``.
        roles: whose messages are loaded; None for all. Messages without text are not.
        markers: False takes citations' markers, such as ``【1†source】``, out of the text.
        **settings: of `provider_threads.memory_settings.MemorySettings` those of reading, in short:

            * overlay: load through it: what is only there comes along, archived messages too, deleted ones do not.
            * on_gap: ``"error"`` where messages may be missing (Hunyuan, 200 or more), since an index would take them
              for deleted; ``"warn"`` loads the newest unbroken run.
            * create_threads, thread_for, namespace, freshness, on_outage: with an overlay, as of
              `ThreadChatMessageHistory`.

    Raises:
        ConfigurationError: a thread id is malformed, or an argument makes no sense.
    """

    _made_with: ClassVar[str] = "thread_ids"
    _memory: PassageReader

    def __init__(
        self,
        thread_ids: str | Iterable[str],
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        granularity: Granularity = "turn",
        roles: Collection[str] | None = ROLES,
        markers: bool = True,
        **settings: Unpack[MemorySettings],
    ) -> None:
        check_names(settings, "ThreadLoader")
        self.thread_ids: tuple[str, ...] = thread_keys(thread_ids, own=settings.get("overlay") is not None)
        self._memory = PassageReader(provider=provider, client=client, **settings)
        self._cut: PassageSettings = {"granularity": granularity, "roles": roles, "markers": markers}
        Passages(self._memory.provider.name, **self._cut)  # checks them

    def lazy_load(self) -> Iterator[Document]:
        """The documents, one thread after the other, oldest first.

        Raises:
            ThreadsError: a thread cannot be read; none is skipped.
            IncompleteThreadError: messages may be missing, and on_gap is ``"error"``.
        """
        for passage in self._memory.passages(self.thread_ids, **self._cut):
            yield _document(passage)

    async def alazy_load(self) -> AsyncIterator[Document]:
        """`lazy_load`, awaited."""
        async for passage in self._memory.apassages(self.thread_ids, **self._cut):
            yield _document(passage)

    def __repr__(self) -> str:
        if not hasattr(self, "_memory"):
            return f"{type(self).__name__}(...)"  # in the traceback of its own construction
        return f"{type(self).__name__}({', '.join(map(repr, self.thread_ids))}, {self._memory.provider!r})"


def _document(passage: Passage) -> Document:
    metadata: dict[str, Any] = dict(passage.metadata)
    return Document(id=passage.id, page_content=passage.text, metadata=metadata)
