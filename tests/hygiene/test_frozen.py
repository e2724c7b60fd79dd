"""What the parsers make quickly is what the classes make."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, replace
from datetime import datetime, timezone
from typing import Any

import pytest

from provider_threads import Citation, Part, ThreadMessage
from provider_threads.citations import make_citation
from provider_threads.messages import make_message, make_part

CASES: list[tuple[type[Any], type[Any], dict[str, Any]]] = [
    (Part, make_part, {"kind": "text", "text": "晴", "raw": {"a": 1}}),
    (Citation, make_citation, {"kind": "web", "marker": "[1]", "start": 0, "end": 3, "raw": {"a": 1}}),
    (
        ThreadMessage,
        make_message,
        {
            "id": "m1",
            "key": "m1#2",
            "thread_id": "t1",
            "role": "assistant",
            "provider_role": "ai",
            "text": "晴[1]",
            "created_at": datetime(2024, 11, 20, tzinfo=timezone.utc),
            "raw": {"a": 1},
        },
    ),
]


def given_fully(kind: type[Any], given: dict[str, Any]) -> dict[str, Any]:
    """What `kind` makes of `given`, field by field in the order of the class."""
    return {one.name: getattr(kind(**given), one.name) for one in fields(kind)}


@pytest.mark.parametrize(("kind", "make", "given"), CASES)
def test_what_is_made_quickly_is_of_the_class_and_equal_in_every_field(
    kind: type[Any], make: type[Any], given: dict[str, Any]
) -> None:
    made, expected = make(**given_fully(kind, given)), kind(**given)
    assert type(made) is kind
    assert [getattr(made, one.name) for one in fields(made)] == [getattr(expected, one.name) for one in fields(kind)]
    assert make(*given_fully(kind, given).values()) == expected
    assert (made, hash(made), repr(made)) == (expected, hash(expected), repr(expected))


@pytest.mark.parametrize(("kind", "make", "given"), CASES)
def test_what_is_made_quickly_is_frozen_copied_and_pickled_alike(
    kind: type[Any], make: type[Any], given: dict[str, Any]
) -> None:
    made, expected = make(**given_fully(kind, given)), kind(**given)
    with pytest.raises(FrozenInstanceError):
        made.raw = None
    with pytest.raises(FrozenInstanceError):
        del made.raw
    assert pickle.dumps(made) == pickle.dumps(expected)
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made), replace(made)):
        assert (type(again), again, again.raw) == (kind, expected, expected.raw)


@pytest.mark.parametrize(("kind", "make", "given"), CASES)
def test_every_field_must_be_given_and_no_other(kind: type[Any], make: type[Any], given: dict[str, Any]) -> None:
    every = given_fully(kind, given)
    for name in every:
        with pytest.raises(TypeError, match=name):
            make(**{other: value for other, value in every.items() if other != name})
    with pytest.raises(TypeError, match="unexpected"):
        make(**every, words="")
