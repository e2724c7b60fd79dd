"""Message content, which all three platforms send in one shape under different field names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from provider_threads.citations import Citation, locate
from provider_threads.messages import Part
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
        part, annotations = _read_part(object_of(raw, "a content part"), fields)
        parts.append(part)
        if part.text is None:
            continue
        if annotations:
            here = locate(part.text, [_read_annotation(annotation) for annotation in annotations])
            citations += (_moved(citation, offset) for citation in here)
        texts.append(part.text)
        offset += len(part.text) + 1
    return "\n".join(texts), tuple(parts), tuple(citations)


def _read_part(raw: dict[str, Any], fields: ContentFields) -> tuple[Part, Sequence[object]]:
    kind = raw.get(fields.kind)
    if kind == "text":
        text = object_of(raw.get(fields.text), "a text part's text")
        annotations = text.get(fields.annotations)
        if annotations is not None and not isinstance(annotations, list):
            raise Unreadable("annotations is not a list")
        return Part("text", text=text_of(text, fields.value), raw=raw), annotations or ()
    if kind == "image_file":
        file_id = optional_text(object_of(raw.get("image_file"), "image_file"), "file_id")
        return Part("image", file_id=file_id, raw=raw), ()
    return Part("other", raw=raw), ()


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
    return Citation(
        kind,
        marker=_text(raw, "text"),
        start=_offset(raw, "start_index"),
        end=_offset(raw, "end_index"),
        quote=_text(source, "quote"),
        url=_text(source, "url"),
        title=_text(source, "title"),
        file_id=_text(source, "file_id"),
        raw=raw,
    )


def _text(holder: dict[str, Any], field: str) -> str | None:
    """A field of an annotation, which no schema fixes: what is not text stays in `Citation.raw` alone."""
    value = holder.get(field)
    return value if isinstance(value, str) and value else None


def _offset(holder: dict[str, Any], field: str) -> int | None:
    value = holder.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moved(citation: Citation, offset: int) -> Citation:
    if offset == 0 or citation.start is None or citation.end is None:
        return citation
    return replace(citation, start=citation.start + offset, end=citation.end + offset)
