"""Reading fields out of decoded JSON."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from provider_threads.providers.wire import (
    Unreadable,
    flag,
    identifier,
    listed,
    moment,
    object_of,
    objects_of,
    optional_text,
    pairs,
    string_list,
    text_of,
)

CANARY = "秘密"


@pytest.mark.parametrize("value", [None, 0, 5, True, [CANARY], {"k": CANARY}])
def test_text_that_is_none_is_named_without_its_value(value: object) -> None:
    with pytest.raises(Unreadable) as caught:
        text_of({"field": value}, "field")
    assert caught.value.what == "field is not a string"
    assert CANARY not in str(caught.value)


def test_text_may_be_empty_and_an_identifier_may_not() -> None:
    assert text_of({"f": ""}, "f") == ""
    assert identifier({"f": "x"}, "f") == "x"
    with pytest.raises(Unreadable, match="f is empty"):
        identifier({"f": ""}, "f")
    with pytest.raises(Unreadable):
        identifier({}, "f")


def test_null_absent_and_empty_optional_text_are_one() -> None:
    assert [optional_text(holder, "f") for holder in ({}, {"f": None}, {"f": ""}, {"f": "x"})] == [
        None,
        None,
        None,
        "x",
    ]
    with pytest.raises(Unreadable):
        optional_text({"f": 0}, "f")


def test_a_flag_is_a_boolean_or_none() -> None:
    assert [flag(holder, "f") for holder in ({}, {"f": None}, {"f": True}, {"f": False})] == [None, None, True, False]
    wrong: list[object] = [0, 1, "true", []]
    for value in wrong:
        with pytest.raises(Unreadable):
            flag({"f": value}, "f")


def test_lists_and_objects_read_null_as_none() -> None:
    assert objects_of({}, "f") == objects_of({"f": None}, "f") == []
    assert string_list({}, "f") == string_list({"f": None}, "f") == ()
    assert pairs({}, "f") is pairs({"f": None}, "f") is None
    assert pairs({"f": {}}, "f") == {}


def test_what_a_list_answers_with_must_be_there() -> None:
    assert listed({"f": None}, "f") == []
    assert listed({"f": [{"k": 1}]}, "f") == [{"k": 1}]
    with pytest.raises(Unreadable, match="f is missing"):
        listed({}, "f")


@pytest.mark.parametrize("value", [{}, "x", 5, True, [1], [{}, "x"]])
def test_what_is_no_list_of_the_right_things_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable):
        objects_of({"f": value}, "f")
    with pytest.raises(Unreadable):
        string_list({"f": value}, "f")


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_what_is_no_object_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match="it is not an object"):
        object_of(value, "it")


@pytest.mark.parametrize(
    ("value", "per_second", "expected"),
    [
        (1_731_400_215, 1, datetime(2024, 11, 12, 8, 30, 15, tzinfo=timezone.utc)),
        (1_731_400_215_757, 1000, datetime(2024, 11, 12, 8, 30, 15, 757_000, tzinfo=timezone.utc)),
        (1, 1000, datetime(1970, 1, 1, 0, 0, 0, 1000, tzinfo=timezone.utc)),
        (0, 1, None),
        (None, 1, None),
    ],
)
def test_a_moment_is_aware_and_utc(value: object, per_second: int, expected: datetime | None) -> None:
    assert moment({"f": value}, "f", per_second=per_second) == expected


@pytest.mark.parametrize("value", ["1731400215", 1.5, True, [], 10**15, -(10**15), 10**400])
def test_what_is_no_time_is_unreadable(value: object) -> None:
    with pytest.raises(Unreadable, match=r"^f is "):
        moment({"f": value}, "f")
