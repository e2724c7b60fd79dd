"""Offsets for front ends that do not count in code points."""

from __future__ import annotations

import time
from typing import Any

import pytest

from provider_threads import Citation, footnoted, offsets_in, without_markers

from .marked import at


def test_utf16_units_count_an_emoji_twice_and_bytes_count_bytes() -> None:
    text = "e\u0301😀【1】长【2】"
    cited = [at(text, "【2】"), at(text, "【1】"), Citation("web")]
    assert offsets_in(text, cited) == offsets_in(text, cited, "utf-16") == ((8, 11), (4, 7), None)
    assert offsets_in(text, cited, "utf-8") == ((17, 24), (7, 14), None)


def test_offsets_are_those_of_the_changed_text_where_that_is_given() -> None:
    text = "😀【1】😀【2】"
    cited = [at(text, "【1】", url="a"), at(text, "【2】", url="b")]
    noted, bare = footnoted(text, cited), without_markers(text, cited)
    assert offsets_in(noted.text, noted.citations) == ((2, 5), (7, 10))
    assert offsets_in(bare.text, bare.citations) == ((2, 2), (4, 4))


def test_offsets_that_are_not_true_are_made_so_first() -> None:
    sent_in_utf16 = Citation("web", marker="【1】", start=2, end=5)
    assert offsets_in("😀【1】", [sent_in_utf16]) == ((2, 5),)
    assert offsets_in("😀", [sent_in_utf16]) == (None,)


def test_half_a_surrogate_pair_counts_as_one_unit() -> None:
    assert offsets_in("\ud83d【1】", [at("\ud83d【1】", "【1】")]) == ((1, 4),)


@pytest.mark.parametrize("unit", ["utf-32", "bytes", None])
def test_another_unit_is_an_error(unit: Any) -> None:
    with pytest.raises(ValueError, match="'utf-16' or 'utf-8'"):
        offsets_in("a", [], unit)


def test_many_citations_take_one_pass_over_the_text() -> None:
    count = 20_000
    text = "长江😀【1】" * count
    cited = [Citation("web", marker="【1】", start=place, end=place + 3) for place in range(3, len(text), 6)]
    begun = time.perf_counter()
    assert offsets_in(text, cited)[-1] == (7 * count - 3, 7 * count)
    assert time.perf_counter() - begun < 5  # seconds; it takes about a tenth of one, and a minute in a pass for each
