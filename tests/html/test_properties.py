"""What holds for every text: the list of tags and attributes, no text lost, links on the page that lead somewhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider_threads import Citation
from provider_threads.html import thread_fragment, thread_page
from provider_threads.html.code_blocks import _LANGUAGES, CLASSES, Colouring, highlighted
from provider_threads.html.markdown import to_html
from provider_threads.html.references import Marked, Reference
from provider_threads.html.wall import ATTRIBUTES, TAGS
from tests.html.conversations import cited, message
from tests.html.reading import Read, read

WORDS = st.integers(0, 10_000).map("w{}w".format)
MARKUP = st.one_of(
    st.sampled_from(list("*_`#>-|[]()<>\\&!:\"'\n\t \x00\ud800\u202e\ufffc，。”")),
    st.sampled_from(
        [
            "**",
            "~~",
            "```",
            "~~~",
            "1.",
            "](",
            "![",
            "](https://e.com/",
            "<https://e.com/",
            "]:",
            "[^1]",
            "[1]",
            "&amp;",
            "مرحبا",
            "🙏",
            "【1†source】",
        ]
    ),
    st.sampled_from(["<b>", "</b>", "<!--", "-->", "<script>", "</p></div>", "￼0￼", "&#65532;0&#65532;"]),
    st.sampled_from(
        ["\n\n", "  \n", "\r\n", "\n> ", "\n- ", "\n# ", "    ", "\n|-|-|\n", "\n-|-\n", "\n---\n", "\n===\n"]
    ),
)
TEXTS = st.lists(st.one_of(WORDS, MARKUP), max_size=40).map("".join)
CITATIONS = st.lists(
    st.builds(
        Citation,
        st.sampled_from(["web", "file", "other"]),
        st.sampled_from([None, "[1]", "【1†source】", "*", "`", "|", "\n", "", "\ufffc", "<b>"]),
        st.one_of(st.none(), st.integers(0, 60)),
        st.one_of(st.none(), st.integers(0, 60)),
        quote=st.one_of(st.none(), TEXTS),
        url=st.sampled_from([None, "https://e.com/1", "https://e.com/2", "javascript:a", "", "\ud800"]),
        title=st.one_of(st.none(), TEXTS),
        file_id=st.sampled_from([None, "file-1"]),
    ),
    max_size=6,
)
VALUES = {
    "class": CLASSES | {"reference", "code", "language", "table", "verbatim", "left", "center", "right"},
    "dir": {"ltr"},
    "rel": {"noopener noreferrer nofollow"},
    "target": {"_blank"},
}


def _on_the_list(found: Read) -> None:
    for tag, attributes in found.elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, frozenset()) | {
            "class",
            *(("rel", "target") if tag == "a" else ()),
        }
        for name, value in attributes.items():
            assert value in VALUES.get(name, {value})
            assert name != "href" or re.match(r"https?://[^/]|#m1-n[0-9]+$", value)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_nothing_but_the_list_comes_out_and_no_word_is_lost(text: str) -> None:
    found = read(to_html(text.replace("\ud800", "\ufffd")).html)
    _on_the_list(found)
    kept = found.text + " ".join(f"{one.get('href', '')} {one.get('title', '')}" for _, one in found.elements)
    for word in re.findall(r"w[0-9]+w|مرحبا|🙏", text):
        assert word in kept or (word in ("مرحبا", "🙏") and "%" in kept)  # an address is percent-encoded


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_whatever_people_type_comes_out_as_allowed_tags(text: str) -> None:
    text = re.sub("[\ud800-\udfff]", "", text)
    found = read(to_html(text).html)
    _on_the_list(found)
    if "&" not in text:  # which may begin a character's name
        assert sorted(filter(str.isalpha, text)) == sorted(filter(str.isalpha, found.text))


@settings(max_examples=60, deadline=None)
@given(TEXTS, CITATIONS, st.sampled_from([thread_page, thread_fragment]))
def test_every_way_on_the_page_leads_somewhere_and_no_id_stands_twice(
    text: str, citations: list[Citation], show: type
) -> None:
    html: str = show([cited(text, *citations), message(text, key="msg_2")])
    found = read(html)
    ids = [one["id"] for _, one in found.elements if "id" in one]
    assert len(set(ids)) == len(ids)
    ways = [one["href"] for one in found.tags("a")]
    assert {way for way in ways if way.startswith("#")} <= {f"#{name}" for name in ids}
    assert all(re.match(r"https?://[^/]|#", way) for way in ways)
    assert len(found.classed("reference")) == len(found.classed("back"))
    html.encode("utf-8")


@settings(max_examples=60, deadline=None)
@given(st.text("\ufffc0123 a[]", max_size=30), st.lists(st.integers(0, 30), max_size=8))
def test_a_mark_is_found_again_and_nothing_is_taken_for_one(text: str, cuts: list[int]) -> None:
    places = sorted({min(cut, len(text)) for cut in cuts})
    references = [
        Reference(start, end, at + 1, "", "")
        for at, (start, end) in enumerate(zip(places[::2], places[1::2], strict=False))
    ]
    marked = Marked(text, references)
    expected, read_to = "", 0
    for reference in references:
        expected += f"{text[read_to : reference.start]}[{reference.number}]"
        read_to = reference.end
    assert marked.as_text(marked.text) == expected + text[read_to:]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(_LANGUAGES)), st.one_of(st.text(), TEXTS))
def test_highlighting_keeps_every_character(language: str, code: str) -> None:
    found = read(highlighted(code, language, Colouring()))
    assert found.text == code
    assert {tag for tag, _ in found.elements} <= {"span"}


@pytest.mark.parametrize("language", [*sorted(_LANGUAGES), "yml", "Python"])
def test_every_language_is_known(language: str) -> None:
    assert "<span" in highlighted('$ ls <b> "a" // 1\n+ 1\n', language, Colouring())
