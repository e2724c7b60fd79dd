"""Texts without markers, and the places where they stood."""

from __future__ import annotations

import time
from dataclasses import replace

from provider_threads import Citation, without_markers
from provider_threads.footnotes import pieces_without_markers

from .marked import at

A, B = "https://example.com/a", "https://example.com/b"


def test_a_citation_keeps_the_place_where_its_marker_stood() -> None:
    text = "😀晴【1】，多云【2】。"
    cited = [at(text, "【1】", url=A), at(text, "【2】", url=B)]
    bare = without_markers(text, cited)
    assert bare.text == "😀晴，多云。" == str(bare)
    assert bare.citations == (
        replace(cited[0], marker="", start=2, end=2),
        replace(cited[1], marker="", start=5, end=5),
    )
    assert bare.numbers == (1, 2)


def test_markers_at_either_end_leave_places_at_either_end() -> None:
    text = "【1】a【2】"
    bare = without_markers(text, [at(text, "【1】"), at(text, "【2】")])
    assert (bare.text, [citation.start for citation in bare.citations]) == ("a", [0, 1])


def test_overlapping_markers_leave_one_place() -> None:
    text = "a[[1]]b[2]"
    bare = without_markers(text, [at(text, "[1]]"), at(text, "[[1]"), at(text, "[2]")])
    assert (bare.text, [citation.start for citation in bare.citations]) == ("ab", [1, 1, 2])


def test_a_cited_sentence_stays_and_its_citation_stands_on_what_is_left_of_it() -> None:
    text = "晴【1】天。雨"
    whole, cut = Citation("web", start=0, end=6), Citation("web", start=2, end=6)
    bare = without_markers(text, [at(text, "【1】"), whole, cut])
    assert bare.text == "晴天。雨"
    assert [bare.text[c.start : c.end] for c in bare.citations] == ["", "晴天。", "天。"]


def test_a_citation_without_a_place_stays_without_one() -> None:
    nowhere = Citation("file", marker="【7】", file_id="file_7")
    assert without_markers("a【7】", [nowhere]).citations == (nowhere,)
    assert without_markers("a【7】", [nowhere]).text == "a【7】"


def test_taking_markers_out_twice_changes_nothing_more() -> None:
    text = "a【1】【1】b"
    bare = without_markers(text, [at(text, "【1】", url=A)])
    again = without_markers(bare.text, bare.citations)
    assert again == bare
    assert bare.text == "a【1】b"


def test_numbers_are_the_footnotes_also_where_markers_stood_side_by_side() -> None:
    text = "a【1】【2】"
    bare = without_markers(text, [at(text, "【2】", url=B), at(text, "【1】", url=A)])
    assert [citation.start for citation in bare.citations] == [1, 1]
    assert bare.numbers == (2, 1)


def test_pieces_of_a_text_lose_their_markers_each_for_itself() -> None:
    pieces = ["a【1】", "", "【2】b【", "3】"]
    text = "\n".join(pieces)
    cited = [at(text, marker) for marker in ("【1】", "【2】", "【\n3】")]
    assert pieces_without_markers(pieces, cited, separator="\n") == ["a", "", "b", ""]
    assert pieces_without_markers([], []) == []


def test_a_long_text_full_of_citations_is_changed_quickly() -> None:
    count = 20_000
    text = "长江😀【1】" * count
    cited = [Citation("web", marker="【1】", start=place, end=place + 3, url=A) for place in range(3, len(text), 6)]
    begun = time.perf_counter()
    bare = without_markers(text, cited)
    assert time.perf_counter() - begun < 5  # seconds; it takes about a tenth of one
    assert bare.text == "长江😀" * count
    assert bare.citations[-1].start == len(bare.text)
