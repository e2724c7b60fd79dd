"""The sources that a message cites, as nodes for `AgentChatResponse.source_nodes`, postprocessors and indexes."""

from __future__ import annotations

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, RelatedNodeType, TextNode

from llamaindex_threads.citations import citations_of
from llamaindex_threads.records import provenance_of
from provider_threads.citation_places import relocate
from provider_threads.citations import Quotation, quotations_of

__all__ = ["citations_to_nodes"]

_NOT_FOR_MODELS = ["provider", "thread_id", "message_id", "kind", "number", "quotation_id", "file_id"]
"""Metadata that neither a model nor an embedding is shown."""


def citations_to_nodes(message: ChatMessage) -> list[NodeWithScore]:
    """One node for each quote of each source that a message cites, in the order of the sources' numbers.

    The text is the quote, or the title where there is none; there is no score. ``node_id`` is
    ``platform:thread:message:quotation_id``, the same at every reading. Its source is the message's document,
    ``platform:thread:message``, in whose text ``start_char_idx`` and ``end_char_idx`` say where it is first cited.

    The metadata is flat and holds nothing that is None: ``provider``, ``thread_id``, ``message_id``, ``kind``,
    ``number`` (that of the footnote), ``quotation_id`` (the same in every message that cites this), ``title``, ``url``
    and ``file_id``. Models are shown title and url, embeddings the title. Where a message came from no thread, nothing
    in the nodes names one.
    """
    origin = _origin(message)
    document_id = _document_id(message, origin)
    cited = quotations_of(relocate(message.content or "", citations_of(message)))
    return [NodeWithScore(node=_node(quotation, document_id, origin)) for quotation in cited]


def _node(quotation: Quotation, document_id: str | None, origin: dict[str, str | int]) -> TextNode:
    relationships: dict[NodeRelationship, RelatedNodeType] = {}
    if document_id is not None:
        relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=document_id)
    return TextNode(
        id_=quotation.quotation_id if document_id is None else f"{document_id}:{quotation.quotation_id}",
        text=quotation.text,
        metadata=origin | quotation.metadata,
        excluded_embed_metadata_keys=[*_NOT_FOR_MODELS, "url"],
        excluded_llm_metadata_keys=[*_NOT_FOR_MODELS],
        start_char_idx=quotation.citation.start,
        end_char_idx=quotation.citation.end,
        relationships=relationships,
    )


def _origin(message: ChatMessage) -> dict[str, str | int]:
    known = dict(provenance_of(message) or {})
    thread = message.additional_kwargs.get("thread")
    if isinstance(thread, dict) and "provider" in thread:
        known["provider"] = thread["provider"]
    return {name: known[name] for name in ("provider", "thread_id", "message_id") if name in known}


def _document_id(message: ChatMessage, origin: dict[str, str | int]) -> str | None:
    thread = message.additional_kwargs.get("thread")
    if len(origin) < 3 or not isinstance(thread, dict):
        return None
    return f"{origin['provider']}:{origin['thread_id']}:{thread.get('key', origin['message_id'])}"
