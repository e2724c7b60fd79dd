"""Citations: where a text refers to a source, and which source it is."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from provider_threads.frozen import maker_of

__all__ = [
    "Citation",
    "Quotation",
    "Source",
    "make_citation",
    "marked_span",
    "numbers_of",
    "quotations_of",
    "sources_of",
]


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


make_citation: type[Citation] = maker_of(Citation)
"""As the class, for the parser of content, which makes thousands."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one or more citations refer to: a web page, a file, or a quote of which the platform names neither.

    Attributes:
        number: 1, 2, … in the order in which the text first refers to the sources; those without a place come last.
        citations: all that refer to it, in the platform's order; never empty.
    """

    number: int
    citations: tuple[Citation, ...]

    @property
    def kind(self) -> Literal["web", "file", "other"]:
        """As the first citation has it."""
        return self.citations[0].kind

    @property
    def title(self) -> str | None:
        """The first title that the platform gave."""
        return next((citation.title for citation in self.citations if citation.title), None)

    @property
    def url(self) -> str | None:
        """The page's address, or None: MiniMax's documents show a web citation without one."""
        return self.citations[0].url

    @property
    def file_id(self) -> str | None:
        """The file's id, or None."""
        return self.citations[0].file_id

    @property
    def quotes(self) -> tuple[str, ...]:
        """What was quoted of it, each quote once."""
        return tuple(dict.fromkeys(citation.quote for citation in self.citations if citation.quote))


@dataclass(frozen=True, slots=True)
class Quotation:
    """One quote of a source: what is worth a document of its own.

    Attributes:
        number: the source's number in its text, see `Source`.
        text: the quote; without one the title, else whatever says what the source is; empty where nothing does.
        quotation_id: 16 hex digits made of source and quote, the same in every message that cites them.
        citation: the first in the text that refers to it. title: its title, or else the source's.
    """

    number: int
    text: str = field(repr=False)
    quotation_id: str
    citation: Citation
    title: str | None = field(default=None, repr=False)

    @property
    def metadata(self) -> dict[str, str | int]:
        """What is known of it, flat, for documents and nodes; nothing that is None."""
        citation = self.citation
        named = {"title": self.title, "url": citation.url, "file_id": citation.file_id}
        known = {name: value for name, value in named.items() if value is not None}
        return {"kind": citation.kind, "number": self.number, "quotation_id": self.quotation_id, **known}


def sources_of(citations: Sequence[Citation]) -> tuple[Source, ...]:
    """The sources that the citations of one text refer to, by number, each once.

    Citations refer to the same source where url and file id are the same. Where a platform gave neither, kind, title
    and quote have to be the same, and where it gave nothing but a marker, the marker.
    """
    cited: dict[int, list[Citation]] = {}
    for citation, number in zip(citations, numbers_of(citations), strict=True):
        cited.setdefault(number, []).append(citation)
    return tuple(Source(number, tuple(cited[number])) for number in sorted(cited))


def numbers_of(citations: Sequence[Citation]) -> tuple[int, ...]:
    """For each citation, the number of its source."""
    identities = [_identity(citation, at) for at, citation in enumerate(citations)]
    numbers: dict[Hashable, int] = {}
    for at in _reading_order(citations):
        numbers.setdefault(identities[at], len(numbers) + 1)
    return tuple(numbers[identity] for identity in identities)


def quotations_of(citations: Sequence[Citation]) -> tuple[Quotation, ...]:
    """The quotations that the citations of one text refer to, in the order of their sources' numbers, each once."""
    numbers = numbers_of(citations)
    found: dict[Hashable, tuple[int, Citation]] = {}
    for at in _reading_order(citations):
        citation = citations[at]
        found.setdefault((*_identity(citation, at), citation.quote), (numbers[at], citation))
    titles = {source.number: source.title for source in sources_of(citations)}
    ordered = sorted(found.items(), key=lambda item: item[1][0])
    return tuple(
        Quotation(number, _said(citation), _digest(key), citation, citation.title or titles[number])
        for key, (number, citation) in ordered
    )


def _reading_order(citations: Sequence[Citation]) -> list[int]:
    """Indexes of the citations as a reader meets them; without a place, last."""
    spans = [marked_span(citation) for citation in citations]
    return sorted(range(len(citations)), key=lambda at: spans[at] or (math.inf, math.inf))


def marked_span(citation: Citation) -> tuple[int, int] | None:
    """The run of the text that stands for the source: the marker, or the empty end of a cited sentence without one."""
    if citation.start is None or citation.end is None:
        return None
    return citation.start if citation.marker else citation.end, citation.end


def _identity(citation: Citation, at: int) -> tuple[str | int | None, ...]:
    """What makes two citations refer to one source; `at` keeps apart those of which nothing is known."""
    if citation.url or citation.file_id:
        return "address", citation.url, citation.file_id
    if citation.title or citation.quote:
        return "words", citation.kind, citation.title, citation.quote
    if isinstance(citation.raw, str):
        return "raw", citation.raw
    return ("marker", citation.kind, citation.marker) if citation.marker else ("nothing", at)


def _said(citation: Citation) -> str:
    named = citation.quote or citation.title or citation.url or citation.file_id
    return named or (citation.raw if isinstance(citation.raw, str) else citation.marker) or ""


def _digest(key: Hashable) -> str:
    return hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]
