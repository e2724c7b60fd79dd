"""Where citations stand in a text: how an offset sent by a platform is made true, and counted in other units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

from provider_threads.citations import Citation

__all__ = ["locate", "offsets_in", "relocate"]

_MOST_SEARCHED: Final = 2**28
"""Characters, a second or so of searching; beyond them nothing is searched for any more."""


def offsets_in(
    text: str, citations: Sequence[Citation], unit: Literal["utf-16", "utf-8"] = "utf-16"
) -> tuple[tuple[int, int] | None, ...]:
    """For each citation, where it stands in `text`, counted otherwise than in code points; None without a place.

    ``utf-16``: code units, as JavaScript, Java and C# count. ``utf-8``: bytes. Half-open. Takes one pass over the text,
    however many citations there are.

    Raises:
        ValueError: another unit.
    """
    if unit not in _ENCODINGS:
        raise ValueError(f"unit is {unit!r}; it can be 'utf-16' or 'utf-8'")
    encoding, size = _ENCODINGS[unit]
    places = [(citation.start, citation.end) for citation in relocate(text, citations)]
    counted: dict[int | None, int] = {}
    before = length = 0
    for offset in sorted({offset for place in places for offset in place if offset is not None}):
        length += len(text[before:offset].encode(encoding, "surrogatepass")) // size
        counted[offset] = length
        before = offset
    return tuple(None if None in place else (counted[place[0]], counted[place[1]]) for place in places)


_ENCODINGS = {"utf-16": ("utf-16-le", 2), "utf-8": ("utf-8", 1)}


def relocate(text: str, citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """The citations with offsets that are true for `text`, which may have changed since they were read.

    As `locate`, but what was said to have no place is not looked for.
    """
    placed = [citation.start is not None and citation.end is not None for citation in citations]
    located = iter(locate(text, [citation for citation, has_place in zip(citations, placed, strict=True) if has_place]))
    return tuple(
        next(located) if has_place else replace(citation, start=None, end=None)
        for citation, has_place in zip(citations, placed, strict=True)
    )


def locate(text: str, citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """Make the offsets of `citations` true for `text`.

    An offset counts when the slice is the marker. If it is not, it is read as UTF-16 units, then the nearest
    occurrence of the marker that no other citation stands on is taken; where there is none, start and end
    become None, as they do where a whole text of a million characters was searched for hundreds of other markers in
    vain. A citation is never dropped. No document of MiniMax's names the unit.
    """
    as_sent = [_is_true(text, citation) for citation in citations]
    if all(as_sent):  # the rule, and so the quick way out
        return tuple(citations)
    placed: list[Citation | None] = [each if true else None for each, true in zip(citations, as_sent, strict=True)]
    for at, found in _as_utf16(text, [(at, each) for at, each in enumerate(citations) if not as_sent[at]]):
        placed[at] = found
    places = _Places(text, {(citation.start, citation.end) for citation in placed if citation})
    return tuple(place or places.nearest(each) for each, place in zip(citations, placed, strict=True))


def _is_true(text: str, citation: Citation) -> bool:
    start, end = citation.start, citation.end
    if start is None or end is None or not 0 <= start <= end <= len(text):
        return False
    return citation.marker is None or text[start:end] == citation.marker


def _as_utf16(text: str, untrue: Iterable[tuple[int, Citation]]) -> Iterator[tuple[int, Citation]]:
    """Those whose offsets are true in UTF-16 units, counted in code points. One pass, however many there are."""
    if text.isascii():
        return
    units = text.encode("utf-16-le", "surrogatepass")
    known = first = 0  # of one place the units and the code points before it
    for at, citation in sorted(untrue, key=lambda each: each[1].start or 0):
        start, end, marker = citation.start, citation.end, citation.marker
        if start is None or end is None or not marker or not 0 <= start <= end:
            continue
        if units[2 * start : 2 * end] != marker.encode("utf-16-le", "surrogatepass"):
            continue
        here = first + len(units[2 * known : 2 * start].decode("utf-16-le", "surrogatepass"))
        if text.startswith(marker, here):
            known, first = start, here
            yield at, replace(citation, start=here, end=here + len(marker))


class _Places:
    """Where markers are in a text that no citation stands on. What was walked past once is not walked past again."""

    def __init__(self, text: str, taken: set[tuple[int | None, int | None]]) -> None:
        self._text = text
        self._taken = taken
        self._after: dict[tuple[str, int], int] = {}
        self._before: dict[tuple[str, int], int] = {}
        self._left = _MOST_SEARCHED

    def nearest(self, citation: Citation) -> Citation:
        """The citation on the nearest free occurrence of its marker, which is taken with that; or without a place."""
        marker = citation.marker
        if not marker:
            return replace(citation, start=None, end=None)
        wanted = min(max(citation.start or 0, 0), len(self._text))
        # Outwards from where it was said to be: a long text full of markers is not gone through for each of them.
        after = self._free(marker, self._find(marker, wanted), self._find, 1, self._after)
        before = self._free(marker, self._rfind(marker, wanted - 1), self._rfind, -1, self._before)
        places = [place for place in (before, after) if place >= 0]
        if not places:
            return replace(citation, start=None, end=None)
        start = min(places, key=lambda place: abs(place - wanted))
        self._taken.add((start, start + len(marker)))
        return replace(citation, start=start, end=start + len(marker))

    def _free(
        self,
        marker: str,
        place: int,
        find: Callable[[str, int], int],
        step: int,
        onward: dict[tuple[str, int], int],
    ) -> int:
        """From `place` on the first that is not taken, or -1; `onward` keeps where to go on from those that are."""
        walked = []
        while place >= 0 and (place, place + len(marker)) in self._taken:
            walked.append((marker, place))
            known = onward.get((marker, place))
            place = find(marker, place + step) if known is None else known
        onward.update(dict.fromkeys(walked, place))
        return place

    def _find(self, marker: str, start: int) -> int:
        """The first occurrence that begins at `start` or after it, or -1."""
        if self._left < 0:
            return -1
        found = self._text.find(marker, start)
        self._left -= (found if found >= 0 else len(self._text)) - start
        return found

    def _rfind(self, marker: str, start: int) -> int:
        """The last occurrence that begins at `start` or before it, or -1."""
        if start < 0 or self._left < 0:
            return -1
        found = self._text.rfind(marker, 0, start + len(marker))
        self._left -= start - max(found, 0)
        return found
