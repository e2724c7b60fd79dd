"""The sources that a message cites, as documents for retrieval or for showing."""

from __future__ import annotations

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage

from langchain_threads.citations import citations_of
from langchain_threads.content_blocks import model_provider
from langchain_threads.records import provenance_of
from provider_threads.citation_places import relocate
from provider_threads.citations import quotations_of

__all__ = ["citations_to_documents"]


def citations_to_documents(message: BaseMessage) -> list[Document]:
    """One document for each quote of each source that a message cites, in the order of the sources' numbers.

    ``page_content`` is the quote, or the title where there is none. ``id`` is ``platform:thread:message:quotation_id``,
    the same at every reading. The metadata is flat and holds nothing that is None: ``provider``, ``thread_id``,
    ``message_id``, ``kind``, ``number`` (that of the footnote), ``quotation_id`` (the same in every message that cites
    this), ``title``, ``url`` and ``file_id``. Where a message came from no thread, neither id nor metadata name one.
    """
    origin = _origin(message)
    parts = (origin.get("provider"), origin.get("thread_id"), message.id)
    return [
        Document(
            quotation.text,
            id=":".join(str(part) for part in (*parts, quotation.quotation_id) if part),
            metadata=origin | quotation.metadata,
        )
        for quotation in quotations_of(relocate(str(message.text), citations_of(message)))
    ]


def _origin(message: BaseMessage) -> dict[str, str | int]:
    known = dict(provenance_of(message) or {})
    name, suffix = message.response_metadata.get("model_provider"), model_provider("")
    if isinstance(name, str) and name.endswith(suffix):
        known["provider"] = name.removesuffix(suffix)
    return {name: known[name] for name in ("provider", "thread_id", "message_id") if name in known}
