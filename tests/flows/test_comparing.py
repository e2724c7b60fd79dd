"""What pages tell of a list: overlaps, places and directions, each by itself."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from provider_threads import ThreadMessage
from provider_threads.flows.comparing import (
    cursor_place,
    names_of,
    newer,
    overlap,
    repeats,
    rises,
    runs,
    same_direction,
)


def one(name: str, at: int | None = None, role: str = "user") -> ThreadMessage:
    created = None if at is None else datetime.fromtimestamp(1_700_000_000 + at, tz=timezone.utc)
    return ThreadMessage(name, name, "thread_1", role, role, "", created_at=created)


def listed(names: str, *times: int | None) -> list[ThreadMessage]:
    return [one(name, times[place] if place < len(times) else None) for place, name in enumerate(names)]


@pytest.mark.parametrize(
    ("times", "rising", "ascending", "descending"),
    [
        ((), False, True, True),
        ((1,), False, True, True),
        ((1, None), False, True, True),
        ((1, 1), False, False, False),
        ((1, 2), True, True, False),
        ((2, 1), False, False, True),
        ((1, 1, 2), True, True, False),
        ((1, 2, 2), True, True, False),
        ((1, 2, 1), False, True, True),
        ((1, 3, 2, 4), False, True, True),
        ((1, None, 2), True, True, False),
        ((2, None, 1), False, False, True),
        ((1, 2, 3), True, True, False),
    ],
)
def test_times_show_a_direction_where_some_pair_differs(
    times: tuple[int | None, ...], *, rising: bool, ascending: bool, descending: bool
) -> None:
    messages = listed("abcdef"[: len(times)], *times)
    assert rises(messages) is rising
    assert runs(messages, "asc") is ascending
    assert runs(messages, "desc") is descending


@pytest.mark.parametrize(
    ("before", "after", "length"),
    [("abc", "cde", 1), ("abc", "bcd", 2), ("abc", "abc", 3), ("abc", "def", 0), ("abc", "bde", 0), ("", "ab", 0)],
)
def test_what_comes_twice_at_a_boundary_is_overlap(before: str, after: str, length: int) -> None:
    assert overlap(listed(before), listed(after)) == length


def test_an_id_with_another_role_is_another_message() -> None:
    question, answer = one("a"), one("a", role="assistant")
    assert names_of([question, answer]) == [("a", "user"), ("a", "assistant")]
    assert overlap([question], [answer]) == 0
    assert overlap([question], [question, answer]) == 1


@pytest.mark.parametrize(
    ("ids", "place"), [("a", 0), ("abc", 2), ("aab", 0), ("abb", 0), ("abbcc", 1), ("aa", 0), ("abcc", 1), ("aabc", 2)]
)
def test_a_cursor_names_a_message_whose_id_the_next_page_cannot_step_over(ids: str, place: int) -> None:
    assert cursor_place(listed(ids)) == place


def test_a_message_seen_earlier_repeats_unless_its_id_goes_on_with_another_role() -> None:
    seen = {hash("a"), hash("b")}
    before = listed("b")
    assert not repeats(listed("cd"), before, seen)
    assert repeats(listed("ca"), before, seen)
    assert repeats(listed("cb"), before, seen)
    assert not repeats([one("b", role="assistant")], before, seen)


@pytest.mark.parametrize(
    ("these", "those", "same"),
    [
        ("abc", "abc", True),
        ("abc", "cba", False),
        ("abc", "xab", True),
        ("abc", "c", False),
        ("ab", "xy", False),
        ("abcd", "adx", True),
    ],
)
def test_two_shared_messages_show_whether_two_lists_run_the_same_way(these: str, those: str, *, same: bool) -> None:
    assert same_direction(names_of(listed(these)), names_of(listed(those))) is same


def test_only_times_that_are_both_there_tell_which_is_newer() -> None:
    assert newer(one("a", 2), one("b", 1))
    assert not newer(one("a", 1), one("b", 1))
    assert not newer(one("a", 1), one("b", 2))
    assert not newer(one("a"), one("b", 1))
    assert not newer(one("a", 1), one("b"))
