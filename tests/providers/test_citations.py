"""Citations: kept all, and standing where their marker stands."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_threads import Citation, ThreadMessage
from provider_threads.citation_places import locate

from .answers import MAKERS, MESSAGE, read

MARKER = "【1†source】"


def web(start: int | None, end: int | None, marker: str | None = MARKER) -> Citation:
    return Citation("web", marker=marker, start=start, end=end)


def places(text: str, *citations: Citation) -> list[tuple[int | None, int | None]]:
    return [(citation.start, citation.end) for citation in locate(text, citations)]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def minimax_message(*parts: dict[str, Any]) -> ThreadMessage:
    body = {"id": "m", "role": "ai", "content": list(parts), "base_resp": {"status_code": 0}}
    result: ThreadMessage = read(MAKERS["minimax"](), "get_message", MESSAGE, body)
    return result


def part(value: str, *annotations: object) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": list(annotations)}}


def annotation(start: object, end: object, marker: object = MARKER, **source: Any) -> dict[str, Any]:
    source = source or {"web_citation": {"quote": "q"}}
    return {"type": next(iter(source)), "text": marker, "start_index": start, "end_index": end, **source}


# offsets


def test_offsets_that_hold_stay_as_sent() -> None:
    assert places(f"雨{MARKER}。", web(1, 11)) == [(1, 11)]


def test_offsets_at_either_end_of_the_text_hold() -> None:
    assert places(MARKER, web(0, 10)) == [(0, 10)]
    assert places(f"雨{MARKER}", web(1, 11)) == [(1, 11)]


def test_offsets_in_utf16_units_are_moved_to_code_points() -> None:
    text = f"😀🌧雨{MARKER}。"
    assert utf16("😀🌧雨") == 5
    assert places(text, web(5, 15)) == [(3, 13)]
    assert text[3:13] == MARKER


def test_offsets_in_utf16_units_name_their_marker_and_not_the_one_nearest_to_the_number() -> None:
    text = "😀😀😀😀[1]甲甲[1]"
    assert places(text, web(8, 11, "[1]")) == [(4, 7)]
    assert places(text, web(8, 11, "[1]"), web(13, 16, "[1]")) == [(4, 7), (9, 12)]


def test_offsets_in_utf16_units_around_a_marker_with_an_emoji_hold() -> None:
    assert places("😀a🔗b", web(3, 5, "🔗")) == [(2, 3)]


def test_an_offset_inside_a_surrogate_pair_names_no_place() -> None:
    assert places("😀x", web(1, 3, "\ude00x")) == [(None, None)]


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 10), (2, 12), (1, 10), (1, 12), (11, 1), (-9, 1), (500, 510), (10**30, 10**30), (None, 11), (1, None)],
)
def test_offsets_that_do_not_hold_give_way_to_the_marker(start: int | None, end: int | None) -> None:
    assert places(f"雨{MARKER}。", web(start, end)) == [(1, 11)]


def test_bytes_as_offsets_give_way_to_the_marker() -> None:
    text = "气温在零度之间" + MARKER
    start = len("气温在零度之间".encode())
    assert places(text, web(start, start + len(MARKER.encode()))) == [(7, 17)]


def test_the_nearest_of_several_markers_is_taken() -> None:
    text = "甲[1]乙乙乙乙[1]丙丙丙丙丙丙[1]"
    firsts = [1, 8, 17]
    assert [text[at : at + 3] for at in firsts] == ["[1]"] * 3
    assert places(text, web(3, 9, "[1]")) == [(1, 4)]
    assert places(text, web(7, 9, "[1]")) == [(8, 11)]
    assert places(text, web(14, 20, "[1]")) == [(17, 20)]
    assert places(text, web(10_000, 10_003, "[1]")) == [(17, 20)]
    assert places(text, web(-10_000, -9_997, "[1]")) == [(1, 4)]


def test_without_offsets_repeated_markers_are_taken_in_turn() -> None:
    text = "甲[1]乙[1]丙[1]"
    assert places(text, *(web(None, None, "[1]") for _ in range(3))) == [(1, 4), (5, 8), (9, 12)]


def test_a_marker_that_another_citation_stands_on_is_not_taken_again() -> None:
    text = "甲[1]乙[1]"
    assert places(text, web(0, 3, "[1]"), web(1, 4, "[1]")) == [(5, 8), (1, 4)]
    assert places(text, web(6, 9, "[1]"), web(5, 8, "[1]")) == [(1, 4), (5, 8)]


def test_more_citations_than_markers_are_kept_without_a_place() -> None:
    assert places("甲[1]", *(web(None, None, "[1]") for _ in range(3))) == [(1, 4), (None, None), (None, None)]


def test_two_citations_sent_for_one_place_both_stand_there() -> None:
    assert places("甲[1]", web(1, 4, "[1]"), web(1, 4, "[1]")) == [(1, 4), (1, 4)]


def test_overlapping_markers_may_each_have_their_place() -> None:
    assert places("aaa", web(0, 2, "aa"), web(1, 3, "aa")) == [(0, 2), (1, 3)]
    assert places("aaa", web(None, None, "aa"), web(None, None, "aa")) == [(0, 2), (1, 3)]
    assert places("aaa", web(9, 9, "aa"), web(9, 9, "aa"), web(9, 9, "aa")) == [(1, 3), (0, 2), (None, None)]
    assert places("aaa", web(9, 9, "a"), web(9, 9, "a"), web(9, 9, "a")) == [(2, 3), (1, 2), (0, 1)]


def test_a_marker_absent_from_the_text_leaves_a_citation_without_a_place() -> None:
    assert places("没有标记。", web(0, 2)) == [(None, None)]
    assert places("", web(0, 10)) == [(None, None)]


def test_without_a_marker_offsets_inside_the_text_are_believed() -> None:
    assert places("甲乙丙", web(1, 2, None), web(0, 3, None)) == [(1, 2), (0, 3)]


@pytest.mark.parametrize(("start", "end"), [(1, 9), (-1, 2), (2, 1), (None, 2), (1, None)])
def test_without_a_marker_offsets_outside_the_text_are_dropped(start: int | None, end: int | None) -> None:
    assert places("甲乙丙", web(start, end, None)) == [(None, None)]


def test_a_long_text_full_of_markers_is_placed_quickly() -> None:
    text = "[1]" * 100_000
    citations = [web(len(text) + index, len(text) + index + 3, "[1]") for index in range(500)]
    begun = time.perf_counter()
    found = locate(text, citations)
    assert time.perf_counter() - begun < 5  # seconds; going through the text for each took thirty
    assert len({citation.start for citation in found}) == 500


# as read from an answer


def test_offsets_of_a_later_part_are_moved_by_the_parts_before_it() -> None:
    image = {"type": "image_file", "image_file": {"file_id": "f"}}
    parts = [part(f"甲{MARKER}", annotation(1, 11)), image, part(f"乙乙{MARKER}", annotation(2, 12)), part("", "x")]
    message = minimax_message(*parts)
    assert message.text == f"甲{MARKER}\n乙乙{MARKER}\n"
    assert [(citation.start, citation.end) for citation in message.citations] == [(1, 11), (14, 24), (None, None)]
    for citation in message.citations[:2]:
        assert message.text[citation.start : citation.end] == MARKER


def test_utf16_offsets_of_a_later_part_count_from_its_own_start() -> None:
    message = minimax_message(part("😀😀"), part(f"🌧{MARKER}", annotation(2, 12)))
    (citation,) = message.citations
    assert message.text[citation.start : citation.end] == MARKER


def test_a_marker_is_only_looked_for_in_its_own_part() -> None:
    message = minimax_message(part(f"甲{MARKER}"), part("乙", annotation(5, 15)))
    assert [(citation.start, citation.end) for citation in message.citations] == [(None, None)]


@pytest.mark.parametrize("url", ["https://example.com/a?b=c", None])
def test_a_web_citation_is_read_with_or_without_a_url(url: str | None) -> None:
    source = {"quote": "雨", "title": "公报", **({"url": url} if url else {})}
    (citation,) = minimax_message(part(f"雨{MARKER}", annotation(1, 11, web_citation=source))).citations
    assert (citation.kind, citation.quote, citation.title, citation.url) == ("web", "雨", "公报", url)
    assert citation.file_id is None


def test_a_file_citation_names_its_file() -> None:
    source = {"file_id": "file-1", "quote": "雨"}
    (citation,) = minimax_message(part(f"雨{MARKER}", annotation(1, 11, file_citation=source))).citations
    assert (citation.kind, citation.file_id, citation.quote) == ("file", "file-1", "雨")
    assert citation.url is None


@pytest.mark.parametrize("raw", ["[1]", "", 7, None, [], {}, {"type": "new", "new": {"quote": "雨"}}])
def test_an_annotation_of_a_kind_no_document_names_is_kept_as_it_came(raw: object) -> None:
    (citation,) = minimax_message(part("雨", raw)).citations
    assert citation.kind == "other"
    assert citation.raw == raw
    assert (citation.start, citation.end, citation.quote) == (None, None, None)


@pytest.mark.parametrize("empty", ["", None, 5, ["雨"]])
def test_what_is_no_text_in_a_citation_is_none_and_stays_in_raw(empty: object) -> None:
    sent = annotation(1, 11, empty, web_citation={"quote": empty, "url": empty, "title": empty})
    (citation,) = minimax_message(part(f"雨{MARKER}", sent)).citations
    assert (citation.marker, citation.quote, citation.url, citation.title) == (None, None, None, None)
    assert (citation.start, citation.end) == (1, 11)
    assert citation.raw == sent


@pytest.mark.parametrize("offset", ["1", 1.0, True, None, [1]])
def test_an_offset_that_is_no_whole_number_is_none(offset: object) -> None:
    sent = annotation(offset, offset)
    (citation,) = minimax_message(part(f"雨{MARKER}", sent)).citations
    assert (citation.start, citation.end) == (1, 11)  # found by its marker
    (unmarked,) = minimax_message(part("雨雨", annotation(offset, offset, None))).citations
    assert (unmarked.start, unmarked.end) == (None, None)


def test_a_source_that_is_no_object_makes_an_other_citation() -> None:
    (citation,) = minimax_message(part("雨", annotation(0, 1, "雨", web_citation="https://example.com"))).citations
    assert (citation.kind, citation.marker, citation.start) == ("other", "雨", 0)


def test_citations_keep_the_platforms_order() -> None:
    sent = [annotation(4, 7, "[2]"), annotation(1, 4, "[1]"), "bare"]
    message = minimax_message(part("甲[1][2]", *sent))
    assert [citation.raw for citation in message.citations] == sent


# properties

MARKERS = st.sampled_from(["【1†source】", "【2†source】", "[1]", "🔗", "a", "aa", "^"])
FILLER = st.text(max_size=12) | st.text(alphabet="a🔗😀气[1]", max_size=8)


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, list[tuple[str, int]]]:
    """A text, and the markers put into it with where each stands, in code points."""
    text, marks = "", []
    for marker in draw(st.lists(MARKERS, max_size=6)):
        text += draw(FILLER)
        marks.append((marker, len(text)))
        text += marker
    return text + draw(FILLER), marks


def assert_true(text: str, sent: list[Citation], found: tuple[Citation, ...]) -> None:
    assert len(found) == len(sent)
    for before, after in zip(sent, found, strict=True):
        assert after.raw is before.raw
        if after.start is None or after.end is None:
            assert after.start is after.end is None
        else:
            assert text[after.start : after.end] == before.marker


@given(marked_texts(), st.data())
def test_offsets_sent_in_either_unit_end_on_the_marker(
    marked: tuple[str, list[tuple[str, int]]], data: st.DataObject
) -> None:
    text, marks = marked
    count = data.draw(st.sampled_from([len, utf16]))
    sent = [
        Citation("web", marker=marker, start=count(text[:at]), end=count(text[: at + len(marker)]), raw=object())
        for marker, at in marks
    ]
    found = locate(text, sent)
    assert_true(text, sent, found)
    assert all(citation.start is not None for citation in found)
    if count is len:
        assert [citation.start for citation in found] == [at for _, at in marks]


@given(marked_texts(), st.data())
def test_the_only_marker_of_its_kind_is_found_whatever_the_offsets(
    marked: tuple[str, list[tuple[str, int]]], data: st.DataObject
) -> None:
    text, marks = marked
    offsets = st.none() | st.integers(-50, 200)
    sent = [
        Citation("web", marker=marker, start=data.draw(offsets), end=data.draw(offsets), raw=object())
        for marker, _ in marks
    ]
    found = locate(text, sent)
    assert_true(text, sent, found)
    for (marker, at), citation in zip(marks, found, strict=True):
        if text.find(marker) == text.rfind(marker) and [name for name, _ in marks].count(marker) == 1:
            assert citation.start == at


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.text(max_size=3), st.none() | st.integers(), st.none() | st.integers()), max_size=8),
)
def test_no_citation_is_ever_dropped_and_none_stands_on_another_text(
    text: str, sent: list[tuple[str, int | None, int | None]]
) -> None:
    citations = [Citation("web", marker=marker, start=start, end=end, raw=object()) for marker, start, end in sent]
    assert_true(text, citations, locate(text, citations))
