"""Frozen values go into sets and dicts, whatever the platform put into them."""

from __future__ import annotations

from typing import Any

import pytest

from provider_threads import Citation, Draft, Page, Part, Thread, ThreadFile, ThreadMessage, ThreadView

PAIRS: Any = {"user": "42", "nested": ["a"]}


def values() -> list[Any]:
    """One of each, made anew."""
    citation = Citation("other", "[1]", raw={"a": []})
    part = Part("other", raw={"a": []})
    message = ThreadMessage(
        "m1", "m1", "t1", "user", "user", "text", (part,), (citation,), metadata=dict(PAIRS), raw={"a": []}
    )
    return [
        citation,
        part,
        message,
        Thread("t1", metadata=dict(PAIRS), raw={"a": []}),
        ThreadFile("f1", raw={"a": []}),
        Draft("text", metadata=dict(PAIRS)),
        Page((message,), has_more=None, first_id="m1", last_id="m1", order="asc"),
        ThreadView((message,), reached_start=True),
    ]


@pytest.mark.parametrize("number", range(len(values())))
def test_equal_values_are_one_in_a_set(number: int) -> None:
    first, second = values()[number], values()[number]
    assert first == second
    assert len({first, second}) == 1


def test_metadata_still_tells_values_apart() -> None:
    assert Thread("t1", metadata={"a": "b"}) != Thread("t1", metadata={"a": "c"})
    assert Draft("text", metadata={"a": "b"}) != Draft("text")
