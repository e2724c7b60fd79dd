"""What a template makes is what the model's constructor makes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from provider_threads.model_templates import ModelTemplate


class Closed(BaseModel):
    kind: str = "closed"
    text: str
    notes: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = ["new"]
    number: int | None = None


class Open(Closed):
    model_config = ConfigDict(extra="allow")

    kind: str = "open"


@pytest.mark.parametrize("kind", [Closed, Open])
@pytest.mark.parametrize("given", [{"text": "晴"}, {"notes": {"a": 1}, "text": "晴"}])
def test_a_model_of_a_template_is_the_constructors(kind: type[Closed], given: dict[str, Any]) -> None:
    made = ModelTemplate(kind(**{name: type(value)() for name, value in given.items()})).make(dict(given))
    expected = kind(**given)
    assert type(made) is kind
    assert (made, repr(made), made.model_dump_json()) == (expected, repr(expected), expected.model_dump_json())
    assert [*vars(made)] == [*vars(expected)]
    assert (made.model_fields_set, made.model_extra) == (expected.model_fields_set, expected.model_extra)
    assert pickle.loads(pickle.dumps(made)) == made.model_copy(deep=True) == expected


@pytest.mark.parametrize("kind", [Closed, Open])
def test_models_of_a_template_share_nothing_that_changes(kind: type[Closed]) -> None:
    template = ModelTemplate(kind(text=""))
    one, other = template.make({"text": "one"}), template.make({"text": "other"})
    one.tags.append("read")
    one.notes["a"] = 1
    one.number = 3
    if kind is Open:
        one.more = True  # type: ignore[attr-defined]  # an extra field
    assert other == kind(text="other")
    assert other.model_fields_set == {"text"}
    assert template.make({"text": "third"}) == kind(text="third")
