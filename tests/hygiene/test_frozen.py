"""What the parsers make quickly is what the classes make."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from datetime import datetime, timezone
from typing import Any

import pytest

from provider_threads import Citation, Part, ThreadMessage
from provider_threads.citations import make_citation
from provider_threads.frozen import maker_of
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


@pytest.mark.parametrize(("kind", "make", "given"), CASES)
def test_what_is_made_quickly_is_of_the_class_and_equal_in_every_field(
    kind: type[Any], make: type[Any], given: dict[str, Any]
) -> None:
    made, expected = make(**given), kind(**given)
    assert type(made) is kind
    assert [getattr(made, one.name) for one in fields(made)] == [getattr(expected, one.name) for one in fields(kind)]
    assert make(*given.values()) == kind(*given.values())
    assert (made, hash(made), repr(made)) == (expected, hash(expected), repr(expected))


@pytest.mark.parametrize(("kind", "make", "given"), CASES)
def test_what_is_made_quickly_is_frozen_copied_and_pickled_alike(
    kind: type[Any], make: type[Any], given: dict[str, Any]
) -> None:
    made, expected = make(**given), kind(**given)
    with pytest.raises(FrozenInstanceError):
        made.raw = None
    with pytest.raises(FrozenInstanceError):
        del made.raw
    assert pickle.dumps(made) == pickle.dumps(expected)
    for again in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made), replace(made)):
        assert (type(again), again, again.raw) == (kind, expected, expected.raw)


@pytest.mark.parametrize("make", [make_message, maker_of(ThreadMessage)])
def test_a_field_that_has_no_default_must_be_given_and_an_unknown_one_must_not(make: Any) -> None:
    with pytest.raises(TypeError, match="missing 6 required"):
        make()
    with pytest.raises(TypeError, match="unexpected"):
        make_part("text", words="")


def test_defaults_are_made_for_each() -> None:
    @dataclass(frozen=True, slots=True)
    class Box:
        things: list[int] = field(default_factory=list)
        size: int = 3

    make = maker_of(Box)
    one, other = make(), make()
    assert one == other == Box()
    assert one.things is not other.things
