"""Citations in LlamaIndex messages: as quiet metadata, or as citation blocks."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.llms.types import ChatMessage, CitationBlock, TextBlock

from llamaindex_threads.quiet import QuietCitations
from provider_threads import Citation

__all__ = ["as_block", "as_metadata", "citations_of"]

_FIELDS = ("kind", "marker", "start", "end", "quote", "url", "title", "file_id")


def as_metadata(citations: tuple[Citation, ...]) -> QuietCitations:
    """Citations as plain dicts of the fields that are set; ``raw`` only where the kind is ``other``."""
    return QuietCitations(_as_dict(citation) for citation in citations)


def _as_dict(citation: Citation) -> dict[str, Any]:
    known = {name: getattr(citation, name) for name in _FIELDS}
    if citation.kind == "other":
        known["raw"] = citation.raw
    return {name: value for name, value in known.items() if value is not None}


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


def as_block(citation: Citation) -> CitationBlock:
    """A citation as LlamaIndex's own block, which wants every field and whole numbers only as location."""
    place = {"start": citation.start, "end": citation.end}
    return CitationBlock(
        cited_content=TextBlock(text=citation.quote or ""),
        source=citation.url or citation.file_id or "",
        title=citation.title or citation.marker or "",
        additional_location_info={name: value for name, value in place.items() if value is not None},
    )
