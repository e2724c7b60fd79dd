"""Messages are put together from payloads by hand, for speed: nobody can tell them from those that pydantic makes."""

from __future__ import annotations

import json
import pickle
from copy import deepcopy

from hypothesis import given, settings
from llama_index.core.base.llms.types import BaseContentBlock, ChatMessage, TextBlock, ThinkingBlock

from llamaindex_threads.payloads import dumped, loaded

from .generated_messages import messages


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(message=messages)
def test_what_is_loaded_is_as_pydantic_makes_it(message: ChatMessage) -> None:
    again = loaded(dumped(message))
    parts: list[BaseContentBlock] = [again, *again.blocks]
    for part in parts:
        made = type(part).model_construct(**vars(part))
        assert part.__getstate__() == made.__getstate__()
        assert [*vars(part)] == [*vars(made)]  # in its order a message is dumped


def test_what_is_loaded_can_be_copied_pickled_dumped_and_changed() -> None:
    message = ChatMessage(role="assistant", blocks=[ThinkingBlock(content="hm"), TextBlock(text="是的")])
    again = loaded(dumped(message))
    assert deepcopy(again) == again.model_copy(deep=True) == pickle.loads(pickle.dumps(again)) == message
    assert again.model_dump_json() == message.model_dump_json()
    assert ChatMessage.model_validate(again.model_dump()) == message
    again.blocks = [TextBlock(text="不")]
    assert again == ChatMessage(role="assistant", content="不")


def test_two_messages_of_one_payload_share_nothing_that_can_change() -> None:
    payload = dumped(ChatMessage(blocks=[ThinkingBlock(content="hm")]))
    changed, other = loaded(payload), loaded(payload)
    changed.additional_kwargs["mark"] = changed.blocks[0].additional_information["mark"] = 1  # type: ignore[union-attr]  # a thought has it
    changed.model_fields_set.clear()
    changed.blocks.append(TextBlock(text="more"))
    assert other.__getstate__() == loaded(payload).__getstate__()
    assert other == loaded(payload) == ChatMessage(blocks=[ThinkingBlock(content="hm")])


def test_fields_that_this_llamaindex_does_not_have_are_left_out() -> None:
    written = json.loads(dumped(ChatMessage("hello")))
    newer = {**written, "mood": "good", "blocks": [{**written["blocks"][0], "tone": {"$type": "dict", "value": {}}}]}
    again = loaded(json.dumps(newer))
    assert again == ChatMessage("hello")
    assert vars(again).keys() == ChatMessage.model_fields.keys()
    assert vars(again.blocks[0]).keys() == TextBlock.model_fields.keys()
