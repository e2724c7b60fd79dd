"""Whatever a text and its citations are: offsets are true afterwards, no citation goes, of the text only markers."""

from __future__ import annotations

import logging
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from provider_threads import Citation, CitedText, footnoted, offsets_in, sources_of, with_footnotes, without_markers

from .generated_citations import any_citations, cited_texts

EXAMPLES = int(os.environ.get("CITATION_EXAMPLES", "150"))
"""Texts for each promise. ``CITATION_EXAMPLES=10000 pytest -n 0 tests/citations --log-cli-level=INFO`` says how many
slices were looked at."""

many = settings(max_examples=EXAMPLES, deadline=None, derandomize="CITATION_EXAMPLES" not in os.environ, database=None)
log = logging.getLogger(__name__)


def wrong_slices(cited: CitedText) -> tuple[int, int]:
    """How many citations have a place, and how many of those do not stand on their marker."""
    placed = [citation for citation in cited.citations if citation.start is not None and citation.end is not None]
    wrong = [
        citation
        for citation in placed
        if not 0 <= citation.start <= citation.end <= len(cited.text)  # type: ignore[operator]  # those are placed
        or citation.marker not in (None, cited.text[citation.start : citation.end])
    ]
    return len(placed), len(wrong)


def source_fields(citation: Citation) -> tuple[object, ...]:
    return citation.kind, citation.quote, citation.url, citation.title, citation.file_id, citation.raw


def test_no_slice_is_wrong_and_no_citation_is_lost() -> None:
    texts = slices = 0

    @many
    @given(case=st.one_of(cited_texts(), any_citations()))
    def holds(case: tuple[str, list[Citation]]) -> None:
        nonlocal texts, slices
        text, citations = case
        for changed in (footnoted(text, citations), without_markers(text, citations)):
            assert [source_fields(citation) for citation in changed.citations] == list(map(source_fields, citations))
            placed, wrong = wrong_slices(changed)
            assert wrong == 0
            slices += placed
        texts += 1

    holds()
    log.info("0 wrong slices of %d, with and without footnotes, in %d generated texts", slices, texts)
    assert slices >= EXAMPLES


@many
@given(case=cited_texts())
def test_a_citation_has_a_place_afterwards_where_it_had_one(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    for changed in (footnoted(text, citations), without_markers(text, citations)):
        for before, after in zip(citations, changed.citations, strict=True):
            assert (before.start is None) == (after.start is None)
            assert before.start is not None or after == before


@many
@given(case=cited_texts())
def test_of_the_text_the_markers_go_and_nothing_else(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    stays = [True] * len(text)
    for citation in citations:
        if citation.start is not None and citation.end is not None and citation.marker:
            stays[citation.start : citation.end] = [False] * (citation.end - citation.start)
    bare = without_markers(text, citations)
    assert bare.text == "".join(letter for letter, stay in zip(text, stays, strict=True) if stay)
    for before, after in zip(citations, bare.citations, strict=True):
        if before.start is not None and before.end is not None:
            assert after.start == sum(stays[: before.start])
            assert after.end == sum(stays[: before.start if before.marker else before.end])


@many
@given(case=cited_texts())
def test_footnotes_taken_out_again_leave_the_text_without_markers(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    noted = footnoted(text, citations)
    assert without_markers(noted.text, noted.citations).text == without_markers(text, citations).text
    assert with_footnotes(text, citations) == str(noted)
    assert str(noted).startswith(noted.text)
    assert str(noted).endswith(noted.notes)


@many
@given(case=cited_texts())
def test_every_source_has_one_number_and_one_line(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    noted = footnoted(text, citations)
    lines = noted.notes.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [f"[{number}]" for number in range(1, len(lines) + 1)]
    assert set(noted.numbers) == set(range(1, len(lines) + 1))
    assert without_markers(text, citations).numbers == noted.numbers
    assert len(sources_of(citations)) == len(lines)
    for citation, number in zip(noted.citations, noted.numbers, strict=True):
        assert citation.start is None or citation.marker == f"[{number}]"
        assert (citation.url or "") in lines[number - 1]
    tags = [(c.start, n) for c, n in zip(noted.citations, noted.numbers, strict=True) if c.start is not None]
    first_seen = list(dict.fromkeys(number for _, number in sorted(tags)))
    assert first_seen == list(range(1, len(first_seen) + 1))  # those without a place come after


@many
@given(case=cited_texts())
def test_offsets_in_other_units_cut_the_same_out_of_the_encoded_text(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    for places, encoding, size in (
        (offsets_in(text, citations), "utf-16-le", 2),
        (offsets_in(text, citations, "utf-8"), "utf-8", 1),
    ):
        encoded = text.encode(encoding, "surrogatepass")
        for citation, place in zip(citations, places, strict=True):
            if citation.start is None:
                assert place is None
                continue
            assert place is not None
            piece = encoded[place[0] * size : place[1] * size]
            assert piece.decode(encoding, "surrogatepass") == text[citation.start : citation.end]
