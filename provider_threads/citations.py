"""Citations: where a text refers to a source, and how an offset sent by a platform is made true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

__all__ = ["Citation", "locate"]


@dataclass(frozen=True, slots=True)
class Citation:
    """One reference from a message's text to a source.

    Attributes:
        kind: ``web``, ``file`` or ``other``.
        marker: the characters in the text that stand for the source (``【1†source】``), or None.
        start, end: where the marker stands in `ThreadMessage.text`, in code points, half-open; both None where
            no place in the text could be found for it.
        quote: what the source says, cut by the platform. url, title: of a web source.
        file_id: of a file source. Each is None where the platform sent none.
        raw: the annotation as it came.
    """

    kind: Literal["web", "file", "other"]
    marker: str | None = field(default=None, repr=False)
    start: int | None = None
    end: int | None = None
    quote: str | None = field(default=None, repr=False)
    url: str | None = None
    title: str | None = field(default=None, repr=False)
    file_id: str | None = None
    raw: Any = field(default=None, repr=False, compare=False)


def locate(text: str, citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Make the offsets of `citations` true for `text`.

    An offset counts when the slice is the marker. If it is not, it is read as UTF-16 units, then the nearest
    occurrence of the marker that no other citation stands on is taken; where there is none, start and end
    become None. A citation is never dropped. No document of MiniMax's names the unit.
    """
    placed = [_as_sent(text, citation) or _as_utf16(text, citation) for citation in citations]
    taken = {(citation.start, citation.end) for citation in placed if citation}
    result = []
    for citation, place in zip(citations, placed, strict=True):
        found = place or _nearest(text, citation, taken)
        taken.add((found.start, found.end))
        result.append(found)
    return tuple(result)


def _as_sent(text: str, citation: Citation) -> Citation | None:
    start, end = citation.start, citation.end
    if start is None or end is None or not 0 <= start <= end <= len(text):
        return None
    if citation.marker is None or text[start:end] == citation.marker:
        return citation
    return None


def _as_utf16(text: str, citation: Citation) -> Citation | None:
    start, end = citation.start, citation.end
    if start is None or end is None or not citation.marker or not 0 <= start <= end or text.isascii():
        return None
    units = text.encode("utf-16-le", "surrogatepass")
    if units[2 * start : 2 * end] != citation.marker.encode("utf-16-le", "surrogatepass"):
        return None
    first = len(units[: 2 * start].decode("utf-16-le", "surrogatepass"))
    last = first + len(citation.marker)
    return replace(citation, start=first, end=last) if text[first:last] == citation.marker else None


def _nearest(text: str, citation: Citation, taken: set[tuple[int | None, int | None]]) -> Citation:
    marker = citation.marker
    if not marker:
        return replace(citation, start=None, end=None)
    wanted = min(max(citation.start or 0, 0), len(text))
    length = len(marker)
    # Outwards from where it was said to be: a long text full of markers is not gone through for each of them.
    after = text.find(marker, wanted)
    while after >= 0 and (after, after + length) in taken:
        after = text.find(marker, after + 1)
    before = text.rfind(marker, 0, wanted + length - 1)
    while before >= 0 and (before, before + length) in taken:
        before = text.rfind(marker, 0, before + length - 1)
    places = [place for place in (before, after) if place >= 0]
    if not places:
        return replace(citation, start=None, end=None)
    nearest = min(places, key=lambda place: abs(place - wanted))
    return replace(citation, start=nearest, end=nearest + length)
