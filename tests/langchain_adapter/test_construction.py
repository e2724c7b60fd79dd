"""A translated message is, in every respect, the one that LangChain's constructor makes."""

from __future__ import annotations

import copy
import pickle

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, BaseMessage, ChatMessage, HumanMessage, SystemMessage
from pydantic import ValidationError

from langchain_threads import to_langchain
from provider_threads import Citation, ThreadMessage

ROLES: list[tuple[str, type[BaseMessage]]] = [
    ("assistant", AIMessage),
    ("user", HumanMessage),
    ("system", SystemMessage),
]


def hosted(role: str) -> ThreadMessage:
    cited = (Citation("web", marker="[1]", start=1, end=4, url="https://example.com/1"),) if role == "assistant" else ()
    return ThreadMessage("m1", "m1#2", "t1", role, role, "晴[1]", citations=cited, metadata={"lang": "zh"})


def constructed(message: BaseMessage) -> BaseMessage:
    return type(message)(
        content=message.content,
        id=message.id,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
    )


@pytest.mark.parametrize(("role", "kind"), ROLES)
def test_it_reads_dumps_pickles_and_copies_like_a_constructed_one(role: str, kind: type[BaseMessage]) -> None:
    made = to_langchain(hosted(role), "minimax")
    expected = constructed(made)
    assert type(made) is kind
    assert (made, repr(made), made.pretty_repr()) == (expected, repr(expected), expected.pretty_repr())
    assert (made.model_dump_json(), dumpd(made)) == (expected.model_dump_json(), dumpd(expected))
    assert [*vars(made)] == [*vars(expected)]
    assert (made.model_fields_set, made.model_extra) == (expected.model_fields_set, expected.model_extra)
    assert made.content_blocks == expected.content_blocks
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), made.model_copy(), copy.copy(made)):
        assert (type(again), again) == (kind, expected)


@pytest.mark.parametrize(("role", "kind"), ROLES)
def test_each_is_its_own(role: str, kind: type[BaseMessage]) -> None:
    message = hosted(role)
    one, other = to_langchain(message, "minimax"), to_langchain(message, "minimax")
    one.id = "another"
    one.additional_kwargs["note"] = 1
    one.response_metadata["metadata"]["lang"] = "en"
    if isinstance(one, AIMessage):
        one.tool_calls.append({"name": "look", "args": {}, "id": "c1"})
    assert other == to_langchain(message, "minimax") != one
    assert message.metadata == {"lang": "zh"}


def test_a_role_that_langchain_has_no_class_for_is_kept() -> None:
    made = to_langchain(hosted("critic"), "minimax")
    assert isinstance(made, ChatMessage)
    assert made.role == "critic"


@pytest.mark.parametrize("role", ["assistant", "user", "system", "critic"])
def test_a_text_that_is_none_is_still_refused(role: str) -> None:
    message = ThreadMessage("m1", "m1", "t1", role, role, None)  # type: ignore[arg-type]  # as a caller without types may
    with pytest.raises(ValidationError):
        to_langchain(message, "minimax")
