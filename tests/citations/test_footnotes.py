"""Texts with numbers in place of markers, and the sources listed below."""

from __future__ import annotations

import pytest

from provider_threads import Citation, footnoted, with_footnotes

from .marked import at

A, B = "https://example.com/a", "https://example.com/b"


def test_markers_become_numbers_and_the_sources_follow() -> None:
    text = "干流【1†source】约 6300 公里【2†source】。"
    cited = [
        at(text, "【1†source】", quote="干流全长", url=A),
        at(text, "【2†source】", kind="file", quote="见第 3 页", title="年鉴", file_id="file_9"),
    ]
    assert with_footnotes(text, cited) == (
        "干流[1]约 6300 公里[2]。\n\n[1] “干流全长” https://example.com/a\n[2] 年鉴 file_9"
    )


def test_a_text_without_citations_stays_as_it_is() -> None:
    for text in ("", " 【1†source】\n", "a[1]"):
        assert with_footnotes(text, []) == text


def test_a_source_cited_several_times_has_one_number_and_one_line() -> None:
    text = "a【1】b【2】c【1】"
    cited = [at(text, "【1】", url=A), at(text, "【2】", url=B), at(text, "【1】", 1, url=A)]
    assert with_footnotes(text, cited) == f"a[1]b[2]c[1]\n\n[1] {A}\n[2] {B}"


def test_quotes_of_one_page_share_its_line() -> None:
    text = "a【1】b【2】c【3】"
    quotes = ["x", "y", "x"]
    cited = [at(text, f"【{number}】", url=A, quote=quote) for number, quote in enumerate(quotes, start=1)]
    assert with_footnotes(text, cited) == f"a[1]b[1]c[1]\n\n[1] “x” “y” {A}"


def test_numbers_go_by_the_place_in_the_text_and_not_by_the_platforms_order() -> None:
    text = "a【1】b【2】"
    cited = [at(text, "【2】", url=B), at(text, "【1】", url=A)]
    assert with_footnotes(text, cited) == f"a[1]b[2]\n\n[1] {A}\n[2] {B}"
    assert [citation.url for citation in footnoted(text, cited).citations] == [B, A]


def test_a_citation_without_a_place_is_listed_last() -> None:
    text = "a【1】"
    cited = [Citation("web", marker="【7】", url=B), at(text, "【1】", url=A)]
    assert with_footnotes(text, cited) == f"a[1]\n\n[1] {A}\n[2] {B}"
    assert footnoted(text, cited).citations[0] == cited[0]


def test_a_citation_without_a_place_gets_the_number_of_its_source() -> None:
    text = "a【1】"
    assert with_footnotes(text, [Citation("web", url=A), at(text, "【1】", url=A)]) == f"a[1]\n\n[1] {A}"


def test_what_was_read_as_without_a_place_is_given_none_by_chance() -> None:
    """A marker in another part of the message is somebody else's."""
    assert with_footnotes("a【1】", [Citation("web", marker="【1】", url=A)]) == f"a【1】\n\n[1] {A}"


def test_two_sources_on_one_marker_give_two_numbers() -> None:
    text = "a【1】b"
    noted = footnoted(text, [at(text, "【1】", url=A), at(text, "【1】", url=B)])
    assert noted.text == "a[1][2]b"
    assert [(citation.start, citation.end, citation.marker) for citation in noted.citations] == [
        (1, 4, "[1]"),
        (4, 7, "[2]"),
    ]


def test_one_source_twice_on_one_marker_gives_one_number() -> None:
    text = "a【1】b"
    noted = footnoted(text, [at(text, "【1】", url=A, quote="x"), at(text, "【1】", url=A, quote="y")])
    assert noted.text == "a[1]b"
    assert [(citation.start, citation.end) for citation in noted.citations] == [(1, 4), (1, 4)]


def test_overlapping_markers_are_replaced_together_and_the_text_around_them_stays() -> None:
    text = "ab[[1]]cd"
    cited = [at(text, "[1]]", url=B), at(text, "[[1]", url=A)]
    assert with_footnotes(text, cited) == f"ab[1][2]cd\n\n[1] {A}\n[2] {B}"


def test_a_marker_within_a_marker_goes_with_it() -> None:
    text = "a【见【1】】b【2】"
    cited = [at(text, "【见【1】】", url=A), at(text, "【1】", url=B), at(text, "【2】", url=A)]
    assert with_footnotes(text, cited) == f"a[1][2]b[1]\n\n[1] {A}\n[2] {B}"


def test_markers_side_by_side_are_two() -> None:
    text = "【1】【1】"
    assert footnoted(text, [at(text, "【1】", url=A), at(text, "【1】", 1, url=A)]).text == "[1][1]"


def test_only_the_markers_that_are_cited_go() -> None:
    text = "【1】a【1】"
    assert footnoted(text, [at(text, "【1】", 1, url=A)]).text == "【1】a[1]"


def test_a_cited_sentence_without_a_marker_stays_and_its_number_comes_behind() -> None:
    text = "晴。多云【2】。"
    cited = [Citation("web", start=0, end=2, url=A), at(text, "【2】", url=B)]
    noted = footnoted(text, cited)
    assert noted.text == "晴。[1]多云[2]。"
    assert (noted.citations[0].start, noted.citations[0].end, noted.citations[0].marker) == (2, 5, "[1]")


def test_an_empty_marker_is_a_place_for_the_number() -> None:
    cited = [Citation("web", marker="", start=place, end=place, url=A) for place in (0, 1, 1, 2)]
    assert footnoted("ab", cited).text == "[1]a[1]b[1]"


def test_where_a_cited_sentence_ends_at_a_marker_its_number_comes_first() -> None:
    text = "晴【1】"
    cited = [at(text, "【1】", url=B), Citation("web", start=0, end=1, url=A)]
    assert with_footnotes(text, cited) == f"晴[1][2]\n\n[1] {A}\n[2] {B}"


def test_letters_of_more_than_one_unit_or_code_point_move_nothing() -> None:
    text = "😀【1】e\u0301👩‍👩‍👧【2】\u0301"
    cited = [at(text, "【1】", url=A), at(text, "【2】", url=B)]
    assert footnoted(text, cited).text == "😀[1]e\u0301👩‍👩‍👧[2]\u0301"


def test_markers_may_be_all_of_the_text() -> None:
    cited = [Citation("web", marker="【1】", start=0, end=3, url=A)]
    assert with_footnotes("【1】", cited) == f"[1]\n\n[1] {A}"
    assert with_footnotes("", [Citation("web", url=A)]) == f"[1] {A}"


def test_offsets_that_are_not_true_for_the_text_are_made_so_first() -> None:
    moved = Citation("web", marker="【1】", start=1, end=4, url=A)  # as it stood in "a【1】"
    assert footnoted("晴天 a【1】", [moved]).text == "晴天 a[1]"
    assert footnoted("晴天", [moved]).citations == (Citation("web", marker="【1】", url=A),)


@pytest.mark.parametrize(("start", "end"), [(1, None), (None, 4)])
def test_half_a_place_is_no_place(start: int | None, end: int | None) -> None:
    noted = footnoted("a【1】", [Citation("web", marker="【1】", start=start, end=end, url=A)])
    assert str(noted) == f"a【1】\n\n[1] {A}"
    assert noted.citations == (Citation("web", marker="【1】", url=A),)


@pytest.mark.parametrize(
    ("citation", "line"),
    [
        (Citation("web", title="River", quote="long", url=A), f"[1] River {A}"),
        (Citation("web", quote="long"), "[1] “long”"),
        (Citation("file", file_id="file_9"), "[1] file_9"),
        (Citation("file", title="Year book"), "[1] Year book"),
        (Citation("web", quote="two\n lines\u2028three", url=A), f"[1] “two lines three” {A}"),
        (Citation("other", raw="see page 3"), "[1] see page 3"),
        (Citation("other", marker="【7】", raw={"type": "map"}), "[1] 【7】"),
        (Citation("other", raw={"type": "map"}), "[1]"),
    ],
)
def test_a_line_says_what_the_platform_gave_and_nothing_else(citation: Citation, line: str) -> None:
    assert with_footnotes("a", [citation]) == f"a\n\n{line}"


def test_a_text_does_not_show_itself_in_a_repr() -> None:
    noted = footnoted("secret【1】", [Citation("web", marker="【1】", start=6, end=9, quote="hidden")])
    assert "secret" not in repr(noted)
    assert "hidden" not in repr(noted)
