"""Citations in LlamaIndex messages: as quiet metadata, or as citation blocks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, CitationBlock, TextBlock

from llamaindex_threads.quiet import QuietCitations
from provider_threads import Citation, footnotes

__all__ = ["as_block", "as_metadata", "citations_of", "with_footnotes", "without_citations"]

_FIELDS = ("kind", "marker", "start", "end", "quote", "url", "title", "file_id")


def as_metadata(citations: tuple[Citation, ...]) -> QuietCitations:
    """Citations as plain dicts of the fields that are set; ``raw`` only where the kind is ``other``."""
    return QuietCitations([_as_dict(citation) for citation in citations])


def _as_dict(citation: Citation) -> dict[str, Any]:
    known: dict[str, Any] = {"kind": citation.kind}
    if citation.marker is not None:
        known["marker"] = citation.marker
    if citation.start is not None:
        known["start"] = citation.start
    if citation.end is not None:
        known["end"] = citation.end
    if citation.quote is not None:
        known["quote"] = citation.quote
    if citation.url is not None:
        known["url"] = citation.url
    if citation.title is not None:
        known["title"] = citation.title
    if citation.file_id is not None:
        known["file_id"] = citation.file_id
    if citation.kind == "other" and citation.raw is not None:
        known["raw"] = citation.raw
    return known


def citations_of(message: ChatMessage) -> tuple[Citation, ...]:
    """The citations of a message that came from a thread, in the platform's order; none for any other message."""
    notes = message.additional_kwargs.get("citations")
    if not isinstance(notes, list):
        return ()
    return tuple(
        Citation(**{name: note[name] for name in (*_FIELDS, "raw") if name in note})
        for note in notes
        if isinstance(note, dict) and "kind" in note
    )


def with_footnotes(message: ChatMessage) -> str:
    """The message's text for a reader: ``[1]``, ``[2]`` … in place of the markers, and the sources listed below.

    See `provider_threads.with_footnotes`. The text of a message without citations as it is.
    """
    return footnotes.with_footnotes(message.content or "", citations_of(message))


def without_citations(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """The messages for a model: no markers in the text, no citations beside it, and no `CitationBlock`.

    Messages with citations are copied, all other blocks and fields as they are; the rest are the same objects.
    """
    return [_without_citations(message) for message in messages]


def _without_citations(message: ChatMessage) -> ChatMessage:
    citations = citations_of(message)
    blocks = [block for block in message.blocks if not isinstance(block, CitationBlock)]
    if not citations and len(blocks) == len(message.blocks):
        return message
    texts = [block.text for block in blocks if isinstance(block, TextBlock)]
    rest = iter(footnotes.pieces_without_markers(texts, citations, separator="\n"))  # as `ChatMessage.content` joins
    kwargs = message.additional_kwargs
    if citations:
        kwargs = {name: value for name, value in kwargs.items() if name != "citations"}
    bare = [
        block.model_copy(update={"text": next(rest)}) if isinstance(block, TextBlock) else block for block in blocks
    ]
    return message.model_copy(update={"blocks": bare, "additional_kwargs": dict(kwargs)})


def as_block(citation: Citation) -> CitationBlock:
    """A citation as LlamaIndex's own block, which wants every field and whole numbers only as location."""
    place = {"start": citation.start, "end": citation.end}
    return CitationBlock(
        cited_content=TextBlock(text=citation.quote or ""),
        source=citation.url or citation.file_id or "",
        title=citation.title or citation.marker or "",
        additional_location_info={name: value for name, value in place.items() if value is not None},
    )
