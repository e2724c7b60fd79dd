"""Which citations refer to one source, and which quotes of it are worth a document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from provider_threads import Citation, sources_of
from provider_threads.citations import numbers_of, quotations_of

A, B = "https://example.com/a", "https://example.com/b"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Citation("web", url=A, quote="x"), Citation("web", url=A, quote="y", title="River")),
        (Citation("file", file_id="file_1", marker="【1】"), Citation("file", file_id="file_1", marker="【2】")),
        (Citation("web", quote="x", marker="【1】"), Citation("web", quote="x", marker="【2】")),
        (Citation("web", title="River"), Citation("web", title="River")),
        (Citation("other", marker="[1]", raw={"at": 1}), Citation("other", marker="[1]", raw={"at": 9})),
        (Citation("other", raw="page 3"), Citation("other", raw="page 3")),
    ],
)
def test_citations_of_one_source_have_one_number(first: Citation, second: Citation) -> None:
    assert numbers_of([first, second]) == (1, 1)
    (source,) = sources_of([first, second])
    assert source.citations == (first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Citation("web", url=A, quote="x"), Citation("web", url=B, quote="x")),
        (Citation("web", url=A, title="River"), Citation("web", title="River")),
        (Citation("file", file_id="file_1"), Citation("file", file_id="file_2")),
        (Citation("web", quote="x", marker="【1】"), Citation("web", quote="y", marker="【1】")),
        (Citation("web", quote="x"), Citation("file", quote="x")),
        (Citation("other", marker="[1]"), Citation("other", marker="[2]")),
        (Citation("other", raw="page 3"), Citation("other", raw="page 4")),
        (Citation("other"), Citation("other")),
    ],
)
def test_citations_of_different_sources_have_different_numbers(first: Citation, second: Citation) -> None:
    assert numbers_of([first, second]) == (1, 2)
    assert [source.citations for source in sources_of([first, second])] == [(first,), (second,)]


def test_a_source_says_what_its_citations_say() -> None:
    cited = [
        Citation("web", url=A, quote="x"),
        Citation("web", url=A, quote="y", title="River"),
        Citation("web", url=A, quote="x", title="Another"),
        Citation("web", url=A),
    ]
    (source,) = sources_of(cited)
    assert (source.number, source.kind, source.url, source.file_id) == (1, "web", A, None)
    assert (source.title, source.quotes) == ("River", ("x", "y"))


def test_sources_come_by_number() -> None:
    cited = [Citation("web", url=B), Citation("web", start=9, end=9, url=A), Citation("web", start=2, end=2, url="c")]
    assert [(source.number, source.url) for source in sources_of(cited)] == [(1, "c"), (2, A), (3, B)]
    assert sources_of([]) == ()


def test_each_quote_of_a_source_is_a_quotation_once() -> None:
    cited = [
        Citation("web", url=B, quote="x", start=9, end=9),
        Citation("web", url=A, quote="x", start=7, end=7),
        Citation("web", url=A, quote="y", start=5, end=5, title="River"),
        Citation("web", url=A, quote="x", start=1, end=1),
    ]
    quotations = quotations_of(cited)
    assert [(quotation.number, quotation.citation.start, quotation.text) for quotation in quotations] == [
        (1, 1, "x"),
        (1, 5, "y"),
        (2, 9, "x"),
    ]
    assert [quotation.title for quotation in quotations] == ["River", "River", None]
    assert len({quotation.quotation_id for quotation in quotations}) == 3


def test_a_quotations_id_is_made_of_source_and_quote_alone() -> None:
    cited = Citation("web", url=A, quote="x", marker="【1】", start=0, end=3)
    (here,), (there,) = quotations_of([cited]), quotations_of([replace(cited, marker="[4]", start=7, end=10)])
    assert here.quotation_id == there.quotation_id == "fae74dbfb4b61764"  # indexes hold it


@pytest.mark.parametrize(
    ("citation", "text"),
    [
        (Citation("web", quote="q", title="t", url=A), "q"),
        (Citation("web", title="t", url=A), "t"),
        (Citation("web", url=A), A),
        (Citation("file", file_id="file_1"), "file_1"),
        (Citation("other", raw="page 3"), "page 3"),
        (Citation("other", marker="[1]"), "[1]"),
        (Citation("other"), ""),
    ],
)
def test_a_quotation_reads_as_the_best_that_is_known(citation: Citation, text: str) -> None:
    (quotation,) = quotations_of([citation])
    assert quotation.text == text


def test_a_quotations_metadata_is_flat_and_holds_nothing_unknown() -> None:
    (web,) = quotations_of([Citation("web", url=A, quote="x", raw={"type": "web_citation"})])
    assert web.metadata == {"kind": "web", "number": 1, "quotation_id": web.quotation_id, "url": A}
    (file,) = quotations_of([Citation("file", file_id="file_1", title="River")])
    assert file.metadata == {
        "kind": "file",
        "number": 1,
        "quotation_id": file.quotation_id,
        "title": "River",
        "file_id": "file_1",
    }
