"""Citations as LangChain's standard annotations, and back.

They travel in ``additional_kwargs["citations"]``, which every store and every chat model leaves alone.
`langchain_threads.content_blocks` shows them as annotations of ``message.content_blocks`` as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from langchain_core.messages import BaseMessage

from provider_threads import Citation, ThreadMessage, footnotes

__all__ = [
    "annotations_of",
    "citations_of",
    "with_footnotes",
    "without_citations",
]


def annotations_of(message: ThreadMessage) -> list[dict[str, Any]]:
    """A message's citations as standard annotations; ids are ``{key}:{n}``, counted from 1."""
    return [
        _annotation(citation, f"{message.key}:{number}") for number, citation in enumerate(message.citations, start=1)
    ]


def _annotation(citation: Citation, annotation_id: str) -> dict[str, Any]:
    if citation.kind == "other":
        # What the platform sent, and beside it the place that was found for it.
        place = {"marker": citation.marker, "start_index": citation.start, "end_index": citation.end}
        value = {name: value for name, value in ({"annotation": citation.raw, **place}).items() if value is not None}
        return {"type": "non_standard_annotation", "id": annotation_id, "value": value}
    annotation: dict[str, Any] = {"type": "citation", "id": annotation_id}
    if citation.url is not None:
        annotation["url"] = citation.url
    if citation.title is not None:
        annotation["title"] = citation.title
    if citation.start is not None:
        annotation["start_index"] = citation.start
    if citation.end is not None:
        annotation["end_index"] = citation.end
    if citation.quote is not None:
        annotation["cited_text"] = citation.quote
    extras = annotation["extras"] = {"kind": citation.kind}
    if citation.marker is not None:
        extras["marker"] = citation.marker
    if citation.file_id is not None:
        extras["file_id"] = citation.file_id
    return annotation


def citations_of(message: BaseMessage) -> tuple[Citation, ...]:
    """The citations of a message that came from a thread, in the platform's order; none for any other message."""
    notes = message.additional_kwargs.get("citations")
    if not isinstance(notes, list):
        return ()
    return tuple(_citation(note) for note in notes if isinstance(note, dict))


def _citation(note: dict[str, Any]) -> Citation:
    if note.get("type") != "citation":
        value = note.get("value") or {}
        return Citation(
            "other",
            marker=value.get("marker"),
            start=value.get("start_index"),
            end=value.get("end_index"),
            raw=value.get("annotation"),
        )
    extras = note.get("extras") or {}
    return Citation(
        extras.get("kind", "other"),
        marker=extras.get("marker"),
        start=note.get("start_index"),
        end=note.get("end_index"),
        quote=note.get("cited_text"),
        url=note.get("url"),
        title=note.get("title"),
        file_id=extras.get("file_id"),
    )


def with_footnotes(message: BaseMessage) -> str:
    """The message's text for a reader: ``[1]``, ``[2]`` … in place of the markers, and the sources listed below.

    See `provider_threads.with_footnotes`. The text of a message without citations as it is.
    """
    return footnotes.with_footnotes(str(message.text), citations_of(message))


def without_citations(messages: Iterable[BaseMessage]) -> list[BaseMessage]:
    """The messages for a model: no markers in the content, no citations beside it.

    Messages with citations are copied, ids and all other fields as they are; the rest, other integrations' messages
    among them, are the same objects. Of a list of content blocks the text blocks lose their markers and annotations.
    """
    return [_without_citations(message) for message in messages]


def _without_citations(message: BaseMessage) -> BaseMessage:
    citations = citations_of(message)
    if not citations:
        return message
    kwargs = {name: value for name, value in message.additional_kwargs.items() if name != "citations"}
    content = message.content
    blocks = [content] if isinstance(content, str) else content
    texts = {at: text for at, block in enumerate(blocks) if (text := _text_of(block)) is not None}
    rest = dict(zip(texts, footnotes.pieces_without_markers(list(texts.values()), citations), strict=True))
    bare = [_with_text(block, rest[at]) if at in rest else block for at, block in enumerate(blocks)]
    return message.model_copy(
        update={"content": bare[0] if isinstance(content, str) else bare, "additional_kwargs": kwargs}
    )


def _text_of(block: str | dict[str, Any]) -> str | None:
    """What a block adds to `BaseMessage.text`, in which offsets count."""
    if isinstance(block, str):
        return block
    text = block.get("text")
    return text if block.get("type") == "text" and isinstance(text, str) else None


def _with_text(block: str | dict[str, Any], text: str) -> str | dict[str, Any]:
    if isinstance(block, str):
        return text
    # Annotations count in the text that was there before.
    return {name: value for name, value in block.items() if name != "annotations"} | {"text": text}
