"""Texts with footnotes in place of their citations' markers, or without the markers; offsets stay true.

Pure functions over a text and its citations. Offsets that are not true for the text are made so first, as
`provider_threads.citation_places.locate` does. Nothing of the text goes but the markers, and no citation goes.

Where markers overlap they are replaced together, by all their numbers, in the order in which they begin. A citation
that has a place but no marker (a cited sentence, say) keeps its text: its number is put behind it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from provider_threads.citation_places import relocate
from provider_threads.citations import Citation, Source, marked_span, numbers_of, sources_of

__all__ = ["CitedText", "footnoted", "pieces_without_markers", "with_footnotes", "without_markers"]


@dataclass(frozen=True, slots=True)
class CitedText:
    """A text that was changed, and its citations where they stand in it now. ``str()`` gives text and notes.

    Attributes:
        text: what the reader reads. notes: the numbered list of sources, a line each; empty without footnotes.
        citations: those that were given, in their order. Where one has a place and a marker, ``text[start:end]`` is
            the marker.
        numbers: for each citation the number of its source, see `provider_threads.Source`.
    """

    text: str = field(repr=False)
    citations: tuple[Citation, ...]
    numbers: tuple[int, ...]
    notes: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "\n\n".join(part for part in (self.text, self.notes) if part)


def with_footnotes(text: str, citations: Sequence[Citation]) -> str:
    """`text` with ``[1]``, ``[2]`` … in place of the markers, a blank line, and the numbered list of sources.

    A source that is cited several times has one number. Numbers go by the first place in the text, and sources without
    a place come last. A line holds the title, or the quotes where there is none, and the url or file id, as far as the
    platform gave them. Without citations the text stays as it is.
    """
    return str(footnoted(text, citations))


def footnoted(text: str, citations: Sequence[Citation]) -> CitedText:
    """As `with_footnotes`, but text and notes apart, and the citations with them: their markers are the numbers."""
    placed = list(relocate(text, citations))
    sources, numbers = sources_of(placed), numbers_of(placed)
    changes = _Changes(text)
    for spot in _spots(placed):
        changes.keep_until(spot.start)
        tags: dict[str, int] = {}
        for at in spot.citations:
            tag = f"[{numbers[at]}]"
            if tag not in tags:
                tags[tag] = changes.put(tag)
            placed[at] = replace(placed[at], marker=tag, start=tags[tag], end=tags[tag] + len(tag))
        changes.skip_until(spot.end)
    return CitedText(changes.result(), tuple(placed), numbers, "\n".join(map(_note, sources)))


def without_markers(text: str, citations: Sequence[Citation]) -> CitedText:
    """`text` without the markers, for models, and for screens that set the numbers themselves.

    A citation whose marker went has the place where it stood: ``start == end``, and an empty marker. A cited sentence
    without a marker stays, and its citation stands on it.
    """
    located = relocate(text, citations)
    cut = _Cut(text, located)
    placed = []
    for citation in located:
        if citation.start is None or citation.end is None:
            placed.append(citation)
        elif citation.marker:
            place = cut.moved(citation.start)
            placed.append(replace(citation, marker="", start=place, end=place))
        else:
            placed.append(replace(citation, start=cut.moved(citation.start), end=cut.moved(citation.end)))
    return CitedText(cut.text, tuple(placed), numbers_of(located))


def pieces_without_markers(pieces: Sequence[str], citations: Sequence[Citation], separator: str = "") -> list[str]:
    """Each piece of a text without what it has of the markers; offsets count in the pieces joined by `separator`."""
    text = separator.join(pieces)
    cut = _Cut(text, relocate(text, citations))
    rest = []
    start = 0
    for piece in pieces:
        end = start + len(piece)
        rest.append(cut.text[cut.moved(start) : cut.moved(end)])
        start = end + len(separator)
    return rest


@dataclass(slots=True)
class _Spot:
    """A run of the text that goes, empty where something is only put in, and whose it is: indexes of citations."""

    start: int
    end: int
    citations: list[int]


def _spots(citations: Sequence[Citation]) -> list[_Spot]:
    """From the text's start to its end; what overlaps is one."""
    spans = ((span, at) for at, citation in enumerate(citations) if (span := marked_span(citation)) is not None)
    spots: list[_Spot] = []
    for (start, end), at in sorted(spans):
        last = spots[-1] if spots else None
        if last is not None and (start < last.end or start == end == last.start):
            last.end = max(last.end, end)
            last.citations.append(at)
        else:
            spots.append(_Spot(start, end, [at]))
    return spots


class _Changes:
    """A text that is written anew from its start to its end; offsets count in what was written."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._read = self._length = 0
        self._written: list[str] = []

    def keep_until(self, offset: int) -> None:
        self.put(self._text[self._read : offset])
        self._read = offset

    def skip_until(self, offset: int) -> None:
        self._read = offset

    def put(self, piece: str) -> int:
        """Writes `piece`; gives the offset at which it stands."""
        start = self._length
        self._written.append(piece)
        self._length += len(piece)
        return start

    def result(self) -> str:
        self.keep_until(len(self._text))
        return "".join(self._written)


class _Cut:
    """A text without its markers, and where an offset has moved to."""

    def __init__(self, text: str, citations: Sequence[Citation]) -> None:
        self._spots = _spots(citations)
        self._starts = [spot.start for spot in self._spots]
        self._removed = [0]  # how much was removed before each spot
        changes = _Changes(text)
        for spot in self._spots:
            changes.keep_until(spot.start)
            changes.skip_until(spot.end)
            self._removed.append(self._removed[-1] + spot.end - spot.start)
        self.text = changes.result()

    def moved(self, offset: int) -> int:
        """Where what stood at `offset` stands now; inside a marker, where the marker stood."""
        before = bisect_right(self._starts, offset)
        if before and offset < self._spots[before - 1].end:
            return self._starts[before - 1] - self._removed[before - 1]
        return offset - self._removed[before]


def _note(source: Source) -> str:
    named = [source.title] if source.title else [f"“{quote}”" for quote in source.quotes]
    address = source.url or source.file_id
    if not named and not address:
        # Nothing but the annotation itself says what it is; a number without words is still a place to look.
        only = source.citations[0]
        address = only.raw if isinstance(only.raw, str) else only.marker
    # A line each, whatever line breaks a platform's quote holds.
    return " ".join(f"[{source.number}] {' '.join(named)} {address or ''}".split())
