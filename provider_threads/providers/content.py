"""Message content, which all three platforms send in one shape under different field names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from provider_threads.citation_places import locate
from provider_threads.citations import Citation, make_citation
from provider_threads.messages import Part, make_part
from provider_threads.providers.wire import Unreadable, object_of, optional_text, text_of

__all__ = ["ContentFields", "read_content"]


@dataclass(frozen=True, slots=True)
class ContentFields:
    """The field names of a platform's content parts."""

    kind: str = "type"
    text: str = "text"
    value: str = "value"
    annotations: str = "annotations"


def read_content(content: object, fields: ContentFields) -> tuple[str, tuple[Part, ...], tuple[Citation, ...]]:
    """The text, the parts and the citations of a message's content.

    Content is documented as a list of parts, and sent also as a plain string (Hunyuan's schema) or null. The text
    is that of the text parts joined by a line break, and citation offsets are moved to count in it.
    """
    if content is None:
        return "", (), ()
    if isinstance(content, str):
        return content, (Part("text", text=content, raw=content),), ()
    if not isinstance(content, list):
        raise Unreadable("content is neither a list of parts nor a string")
    parts = []
    texts: list[str] = []
    citations: list[Citation] = []
    offset = 0
    for raw in content:
        if not isinstance(raw, dict):
            raise Unreadable("a content part is not an object")
        if raw.get(fields.kind) != "text":
            parts.append(_read_other(raw, fields))
            continue
        holder = raw.get(fields.text)
        if not isinstance(holder, dict):
            raise Unreadable("a text part's text is not an object")
        text = text_of(holder, fields.value)
        annotations = holder.get(fields.annotations)
        if annotations is not None and not isinstance(annotations, list):
            raise Unreadable("annotations is not a list")
        if annotations:
            here = locate(text, [_read_annotation(annotation) for annotation in annotations])
            citations += [_moved(citation, offset) for citation in here] if offset else here
        parts.append(make_part("text", text, None, raw))
        texts.append(text)
        offset += len(text) + 1
    return "\n".join(texts), tuple(parts), tuple(citations)


def _read_other(raw: dict[str, Any], fields: ContentFields) -> Part:
    """A part that is no text."""
    if raw.get(fields.kind) == "image_file":
        file_id = optional_text(object_of(raw.get("image_file"), "image_file"), "file_id")
        return Part("image", file_id=file_id, raw=raw)
    return Part("other", raw=raw)


def _read_annotation(raw: object) -> Citation:
    """One annotation. MiniMax sends objects; AppBuilder's SDK allows bare strings."""
    if not isinstance(raw, dict):
        return Citation("other", raw=raw)
    kind: Literal["web", "file", "other"] = "other"
    source: dict[str, Any] = {}
    if isinstance(raw.get("web_citation"), dict):
        kind, source = "web", raw["web_citation"]
    elif isinstance(raw.get("file_citation"), dict):
        kind, source = "file", raw["file_citation"]
    # By position, in the order of the class: a list makes thousands.
    return make_citation(
        kind,
        _text(raw, "text"),
        _offset(raw, "start_index"),
        _offset(raw, "end_index"),
        _text(source, "quote"),
        _text(source, "url"),
        _text(source, "title"),
        _text(source, "file_id"),
        raw,
    )


def _text(holder: dict[str, Any], field: str) -> str | None:
    """A field of an annotation, which no schema fixes: what is not text stays in `Citation.raw` alone."""
    value = holder.get(field)
    return value if isinstance(value, str) and value else None


def _offset(holder: dict[str, Any], field: str) -> int | None:
    value = holder.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moved(citation: Citation, offset: int) -> Citation:
    if citation.start is None or citation.end is None:
        return citation
    return replace(citation, start=citation.start + offset, end=citation.end + offset)
