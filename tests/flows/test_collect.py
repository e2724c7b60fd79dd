"""A walk is followed as far as it is wanted, and no further."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from provider_threads import ThreadMessage
from provider_threads.flows.collect import Walk, collect
from provider_threads.flows.steps import Emit


def walk_of(*sizes: int, asked: list[int]) -> Walk:
    """Blocks of so many messages; each that is asked for is noted."""
    for size in sizes:
        asked.append(size)
        ids = [f"{len(asked)}-{at}" for at in range(size)]
        yield Emit([ThreadMessage(name, name, "thread_1", "user", "user", "") for name in ids])


def result_of(flow: Iterator[object]) -> tuple[int, bool]:
    try:
        next(flow)
    except StopIteration as end:
        messages, ended = end.value
        return len(messages), ended
    raise AssertionError("nothing is to be performed")


@pytest.mark.parametrize(
    ("limit", "expected", "blocks"),
    [
        (1, (2, False), [2]),
        (2, (2, False), [2]),
        (3, (5, False), [2, 3]),
        (5, (5, False), [2, 3]),
        (6, (5, True), [2, 3]),
        (None, (5, True), [2, 3]),
    ],
)
def test_no_more_is_asked_for_than_the_limit_takes_and_the_end_is_told_only_where_it_was_seen(
    limit: int | None, expected: tuple[int, bool], blocks: list[int]
) -> None:
    asked: list[int] = []
    assert result_of(collect(walk_of(2, 3, asked=asked), limit)) == expected
    assert asked == blocks
