"""Offsets that are not true for their text cost a bounded search, however many there are and whatever the text is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_threads import Citation
from provider_threads.citation_places import locate

MANY = 5_000


class Units(bytes):
    """Encoded text that counts how many of its bytes are looked at."""

    read = 0

    def __getitem__(self, part: Any) -> Any:
        found = super().__getitem__(part)
        self.read += len(found)
        return found


class Searched(str):
    """A text that counts how often and how far it is searched, and keeps what it was encoded to."""

    def __init__(self, _text: str) -> None:
        self.searches = self.distance = 0
        self.encoded: list[Units] = []

    def find(self, sub: str, start: Any = 0, end: Any = None) -> int:
        found = super().find(sub, start, end)
        self.searches += 1
        self.distance += (found if found >= 0 else len(self)) - start
        return found

    def rfind(self, sub: str, start: Any = 0, end: Any = None) -> int:
        found = super().rfind(sub, start, end)
        self.searches += 1
        self.distance += end - max(found, 0)
        return found

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        self.encoded.append(Units(super().encode(encoding, errors)))
        return self.encoded[-1]


def places_of(citations: tuple[Citation, ...]) -> list[int | None]:
    return [citation.start for citation in citations]


def test_citations_that_all_name_one_place_are_spread_without_going_through_each_other_again() -> None:
    text = Searched("a" * MANY + "b")
    found = locate(text, [Citation("web", marker="a", start=7, end=9)] * MANY)
    assert sorted(place for place in places_of(found) if place is not None) == list(range(MANY))
    assert text.searches <= 5 * MANY


def test_offsets_in_utf_16_are_read_in_one_pass() -> None:
    text = Searched("😀" + "【1】" * MANY)
    sent = [Citation("web", marker="【1】", start=at + 1, end=at + 4) for at in range(1, 3 * MANY, 3)]
    assert places_of(locate(text, sent[::-1])) == list(range(1, 3 * MANY, 3))[::-1]
    (units,) = text.encoded
    assert units.read <= 2 * len(units)
    assert text.searches == 0


@pytest.mark.parametrize("offset", [0, None, 10**6, 10**9])
def test_markers_that_are_nowhere_are_not_searched_for_without_end(offset: int | None) -> None:
    text = Searched("abcdefgh" * 125_000 + "【1】")
    sent = [Citation("web", marker=f"【{at}】", start=offset, end=offset) for at in range(1, MANY)]
    found = locate(text, sent)
    assert places_of(found)[:2] == [1_000_000, None]
    assert len(found) == len(sent)
    assert text.distance <= 2**28 + len(text)


def test_hundreds_of_markers_are_searched_for_in_a_long_text() -> None:
    text = "。" * 1_000_000 + "".join(f"【{at}】" for at in range(200))
    sent = [Citation("web", marker=f"【{at}】", start=0, end=1) for at in range(200)]
    assert None not in places_of(locate(text, sent))


@given(
    st.text("ab", max_size=12),
    st.lists(st.tuples(st.text("ab", min_size=1, max_size=2), st.integers(-2, 14)), max_size=12),
)
def test_each_takes_the_nearest_place_that_is_left(text: str, sent: list[tuple[str, int]]) -> None:
    cited = [Citation("web", marker=marker, start=at, end=at) for marker, at in sent]  # untrue, all of them
    taken: set[tuple[int | None, str]] = set()
    expected: list[int | None] = []
    for marker, at in sent:
        wanted = min(max(at, 0), len(text))
        free = [place for place in range(len(text)) if text.startswith(marker, place) and (place, marker) not in taken]
        place = min(free, key=lambda place: (abs(place - wanted), place), default=None)
        taken.add((place, marker))
        expected.append(place)
    assert places_of(locate(text, cited)) == expected
