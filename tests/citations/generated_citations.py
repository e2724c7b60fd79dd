"""Texts and citations as platforms might send them: any text, any number of citations, on any place or none."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from provider_threads import Citation

__all__ = ["any_citations", "cited_texts"]

# Texts out of a few pieces, so that markers repeat and overlap: astral, combining, right to left, half a pair.
_PIECES = [
    "【1†source】",
    "[1]",
    "[",
    "]",
    "1",
    "a",
    "e\u0301",
    "\u0301",
    "😀",
    "👩‍👩‍👧",
    "长江",
    "\n",
    " ",
    "\ud83d",
    "\0",
    "\u05d0",
]
_TEXTS = st.one_of(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join), st.text(max_size=20))

_NAMES = st.sampled_from([None, "", "长江", "River\nYangtze", "[1]"])
_SOURCES = st.one_of(
    st.builds(
        Citation,
        st.sampled_from(["web", "file"]),
        quote=_NAMES,
        url=st.sampled_from([None, "https://example.com/a", "https://example.com/b"]),
        title=_NAMES,
        file_id=st.sampled_from([None, None, "file_1"]),
    ),
    st.builds(Citation, st.just("other"), raw=st.sampled_from([None, "[2]", {"type": "map"}])),
)


@st.composite
def cited_texts(draw: st.DrawFn) -> tuple[str, list[Citation]]:
    """A text, and citations that are true for it."""
    text = draw(_TEXTS)
    offsets = st.integers(0, len(text))
    citations = []
    for source in draw(st.lists(_SOURCES, min_size=1, max_size=8)):
        start, end = sorted((draw(offsets), draw(offsets)))
        citations.append(
            draw(
                st.sampled_from(
                    [
                        replace(source, marker=text[start:end], start=start, end=end),
                        replace(source, marker=text[start:end], start=start, end=end),
                        replace(source, start=start, end=end),
                        replace(source, marker=text[start:end]),
                        replace(source, marker="【9†source】"),
                        source,
                    ]
                )
            )
        )
    return text, citations


@st.composite
def any_citations(draw: st.DrawFn) -> tuple[str, list[Citation]]:
    """A text, and citations whose offsets may be wrong in any way."""
    text = draw(_TEXTS)
    offsets = st.one_of(st.none(), st.integers(-3, 25))
    markers = st.one_of(st.none(), st.sampled_from(["", *_PIECES]))
    citations = draw(st.lists(_SOURCES, min_size=1, max_size=8))
    return text, [replace(source, marker=draw(markers), start=draw(offsets), end=draw(offsets)) for source in citations]
