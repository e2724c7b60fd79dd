"""A translated message is, in every respect, the one that LlamaIndex's constructor makes."""

from __future__ import annotations

import copy
import pickle

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import ValidationError

from llamaindex_threads import to_llamaindex
from provider_threads import Citation, ThreadMessage


def hosted(role: str) -> ThreadMessage:
    cited = (Citation("web", marker="[1]", start=1, end=4, url="https://example.com/1"),) if role == "assistant" else ()
    return ThreadMessage("m1", "m1#2", "t1", role, role, "晴[1]", citations=cited, metadata={"lang": "zh"})


@pytest.mark.parametrize("citations", ["metadata", "blocks"])
@pytest.mark.parametrize(
    ("role", "shown"),
    [
        ("assistant", MessageRole.ASSISTANT),
        ("user", MessageRole.USER),
        ("system", MessageRole.SYSTEM),
        ("critic", MessageRole.USER),
    ],
)
def test_it_reads_dumps_pickles_and_copies_like_a_constructed_one(
    role: str, shown: MessageRole, citations: str
) -> None:
    made = to_llamaindex(hosted(role), "minimax", citations)  # type: ignore[arg-type]  # one of its two words
    expected = ChatMessage(role=made.role, blocks=made.blocks, additional_kwargs=made.additional_kwargs)
    assert (type(made), made.role, made.content) == (ChatMessage, shown, "晴[1]")
    assert (made, repr(made), str(made)) == (expected, repr(expected), str(expected))
    assert (made.model_dump_json(), made.model_dump()) == (expected.model_dump_json(), expected.model_dump())
    assert [*vars(made)] == [*vars(expected)]
    assert (made.model_fields_set, made.model_extra) == (expected.model_fields_set, expected.model_extra)
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), made.model_copy(), copy.copy(made)):
        assert (type(again), again) == (ChatMessage, expected)


def test_each_is_its_own() -> None:
    message = hosted("assistant")
    one, other = to_llamaindex(message, "minimax"), to_llamaindex(message, "minimax")
    one.role = MessageRole.USER
    one.content = "雨"
    one.additional_kwargs["thread"]["metadata"]["lang"] = "en"
    one.additional_kwargs["citations"].clear()
    assert other == to_llamaindex(message, "minimax") != one
    assert message.metadata == {"lang": "zh"}


def test_a_text_that_is_none_is_refused() -> None:
    message = ThreadMessage("m1", "m1", "t1", "user", "user", None)  # type: ignore[arg-type]  # as a caller without types may
    with pytest.raises(ValidationError):
        to_llamaindex(message, "minimax")
