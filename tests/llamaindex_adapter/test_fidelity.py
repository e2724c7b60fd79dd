"""What was written through an overlay comes back equal; what would not is refused before anything is sent."""

from __future__ import annotations

import asyncio
import datetime
import io
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    BaseContentBlock,
    ChatMessage,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.base.llms.types import ContentBlock as AnyBlock
from llama_index.core.bridge.pydantic import AnyUrl, BaseModel
from llama_index.core.schema import ImageDocument
from pydantic import HttpUrl, field_serializer

from llamaindex_threads.payloads import dumped, loaded
from provider_threads import ConfigurationError
from provider_threads.emulator import Emulator
from tests.reliability.places import said_by
from tests.reliability.row import Property

from .conversations import SECRET_TEXT, OpenMemoryStore, OpenStore
from .generated_messages import blocks, messages

EXAMPLES = int(os.environ.get("FIDELITY_EXAMPLES", "10"))
"""Conversations of up to eight messages, for each platform and kind of store."""

generously = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FIDELITY_EXAMPLES" not in os.environ,
    database=None,
    phases=[Phase.generate, *([Phase.shrink] if "FIDELITY_EXAMPLES" in os.environ else [])],
    # The emulator and the overlay may be met by any number of conversations: each has a thread of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def exactly(messages: Any) -> list[str]:
    """More than ``==``, to which 1, 1.0 and True are the same."""
    return [repr(vars(message)) for message in messages]


def changed(written: list[str], found: list[str]) -> int:
    """How many messages came back otherwise than they were written, or not at all."""
    return sum(one != other for one, other in itertools.zip_longest(written, found))


@generously
@given(written=st.lists(messages, min_size=1, max_size=8))
def test_every_message_comes_back_through_a_chat_store(
    platform: Any,
    written: list[ChatMessage],
    store_of: OpenStore,
    emulator: Emulator,
    overlay: Any,
    record_property: Property,
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform)
    before = exactly(written)
    for message in written:
        store.add_message(thread_id, message)
    assert exactly(written) == before  # what was given is left alone
    found = store.get_messages(thread_id)
    record_property("messages_written", len(written))
    record_property("messages_changed", changed(before, exactly(found)))
    assert found == written
    assert exactly(found) == before
    assert exactly(store.get_messages(thread_id, refresh=True)) == before


@generously
@given(written=st.lists(messages, min_size=1, max_size=8))
def test_every_message_comes_back_through_a_store_for_memory(
    platform: Any,
    written: list[ChatMessage],
    memory_store_of: OpenMemoryStore,
    emulator: Emulator,
    record_property: Property,
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform)

    async def story() -> None:
        await store.add_messages(thread_id, written)
        found = await store.get_messages(thread_id)
        record_property("messages_written", len(written))
        record_property("messages_changed", changed(exactly(written), exactly(found)))
        assert found == written
        assert exactly(found) == exactly(written)
        await store.set_messages(thread_id, found)  # as agents do that are given a history
        assert exactly(await store.get_messages(thread_id)) == exactly(written)

    asyncio.run(story())


@settings(generously, max_examples=EXAMPLES * 10)
@given(message=messages)
def test_a_message_that_came_back_dumps_as_before(message: ChatMessage) -> None:
    """So that a conversation that is written again is recognised."""
    payload = dumped(message)
    assert dumped(loaded(payload)) == payload
    assert loaded(payload) is not loaded(payload)


def test_the_generated_messages_hold_every_block_that_there_is() -> None:
    kinds: set[type[BaseContentBlock]] = set(AnyBlock.__origin__.__args__)  # type: ignore[attr-defined]  # a union
    found: set[type[Any]] = set()

    @settings(max_examples=300, derandomize=True, database=None, deadline=None)
    @given(block=blocks)
    def gather(block: Any) -> None:
        found.add(type(block))

    gather()
    assert found == kinds


def test_a_file_that_has_gone_leaves_its_message_readable(
    store_of: OpenStore, emulator: Emulator, overlay: Any, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"png")
    store, thread_id = store_of("minimax", overlay=overlay), emulator.seed("minimax")
    message = ChatMessage(blocks=[ImageBlock(path=file), DocumentBlock(path=file)])
    store.add_message(thread_id, message)
    file.unlink()
    assert store.get_messages(thread_id) == [message]


class Function(BaseModel):
    name: str = "weather"
    arguments: str = "{}"


class ToolCall(BaseModel):
    id: str = "call_1"
    function: Function = Function()


def test_objects_that_models_put_into_additional_kwargs_come_back_as_dicts(
    store_of: OpenStore, emulator: Emulator, overlay: Any
) -> None:
    """OpenAI's integration leaves its SDK's objects there; LlamaIndex's own stores make dicts of them too."""
    store, thread_id = store_of("minimax", overlay=overlay), emulator.seed("minimax")
    message = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [ToolCall()]})
    store.add_message(thread_id, message)
    (again,) = store.get_messages(thread_id)
    as_dict = {"id": "call_1", "function": {"name": "weather", "arguments": "{}"}}
    assert again.additional_kwargs == {"tool_calls": [as_dict]}
    assert message.additional_kwargs == {"tool_calls": [ToolCall()]}


@pytest.mark.filterwarnings("error")  # a warning of pydantic's would repeat the value
def test_an_object_with_a_value_of_another_type_comes_back_without_repeating_it() -> None:
    call = ToolCall.model_construct(id=[SECRET_TEXT], function=Function())
    again = loaded(dumped(with_kwargs(tool_calls=[call])))
    assert again.additional_kwargs["tool_calls"][0]["id"] == [SECRET_TEXT]


class Stubborn(BaseModel):
    """What cannot be dumped, and says why in words of what it holds."""

    text: str = SECRET_TEXT

    @field_serializer("text")
    def refuse(self, text: str) -> str:
        raise ValueError(text)


def test_an_object_that_cannot_be_dumped_is_refused_without_repeating_what_it_holds() -> None:
    with pytest.raises(ConfigurationError, match="it holds a value") as caught:
        dumped(with_kwargs(thing=Stubborn()))
    assert SECRET_TEXT not in said_by(caught.value)


def test_an_image_in_the_old_place_comes_back_with_its_block_once(
    store_of: OpenStore, emulator: Emulator, overlay: Any
) -> None:
    """LlamaIndex adds the block whenever it validates a message, and fails over what its own stores made of images."""
    store, thread_id = store_of("minimax", overlay=overlay), emulator.seed("minimax")
    message = ChatMessage("see", additional_kwargs={"images": [ImageDocument(image="aGVsbG8=")]})
    store.add_message(thread_id, message)
    (again,) = store.get_messages(thread_id)
    assert again.blocks == message.blocks == [TextBlock(text="see"), ImageBlock(image=b"aGVsbG8=")]
    assert again.additional_kwargs["images"][0] == message.additional_kwargs["images"][0].model_dump()


class Annotated(ChatMessage):
    """A message class of an application."""

    note: str = ""


def cyclic() -> dict[str, Any]:
    itself: dict[str, Any] = {}
    itself["self"] = itself
    return itself


def with_kwargs(**kwargs: Any) -> ChatMessage:
    return ChatMessage(content=SECRET_TEXT, additional_kwargs=kwargs)


def with_role(role: str) -> ChatMessage:
    message = ChatMessage(SECRET_TEXT)
    message.role = role  # type: ignore[assignment]  # LlamaIndex does not check assignments
    return message


NOT_STORABLE: dict[str, tuple[ChatMessage, str]] = {
    "time": (
        with_kwargs(at=datetime.datetime.now(datetime.timezone.utc)),
        r"additional_kwargs\['at'\] holds a datetime",
    ),
    "tuple": (with_kwargs(pair=(1, 2)), r"additional_kwargs\['pair'\] holds a tuple"),
    "deep tuple": (with_kwargs(deep=[{"pair": (1, 2)}]), r"additional_kwargs\['deep'\] holds a tuple"),
    "number as key": (with_kwargs(numbers={1: 2}), r"additional_kwargs\['numbers'\] holds a dict"),
    "nan": (with_kwargs(score=float("nan")), r"additional_kwargs\['score'\] holds a float"),
    "object": (with_kwargs(thing=object()), r"additional_kwargs\['thing'\] holds a object"),
    "huge number": (with_kwargs(number=10**5000), "it holds a value"),
    "itself": (with_kwargs(itself=cyclic()), "it holds a value"),
    "itself in a tool call": (
        ChatMessage(blocks=[TextBlock(text="a"), ToolCallBlock(tool_name="w", tool_kwargs=cyclic())]),
        "it holds a value",
    ),
    "open file": (ChatMessage(blocks=[ImageBlock(image=io.BytesIO(b"x"))]), r"blocks\[0\].image holds a BytesIO"),
    "set in a tool call": (
        ChatMessage(blocks=[TextBlock(text="a"), ToolCallBlock(tool_name="w", tool_kwargs={"cities": {"北京"}})]),
        r"blocks\[1\].tool_kwargs holds a set",
    ),
    "object in a thought": (
        ChatMessage(blocks=[ThinkingBlock(additional_information={"raw": ToolCall()})]),
        r"blocks\[0\].additional_information holds a ToolCall",
    ),
    "another kind of url": (ChatMessage(blocks=[ImageBlock(url=HttpUrl("https://i.example"))]), r"blocks\[0\].url"),
    "own class": (Annotated(content=SECRET_TEXT, note="n"), "Annotated cannot be stored: it is a class of its own"),
    "unknown role": (with_role("bot"), "role holds a value"),
}


@pytest.mark.parametrize("kind", NOT_STORABLE)
def test_what_would_not_come_back_is_refused_before_anything_is_sent(
    platform: Any, kind: str, store_of: OpenStore, memory_store_of: OpenMemoryStore, emulator: Emulator, overlay: Any
) -> None:
    message, sentence = NOT_STORABLE[kind]
    store, memory_store = store_of(platform, overlay=overlay), memory_store_of(platform)
    thread_id = emulator.seed(platform)
    writes: list[Any] = [
        lambda: store.add_message(thread_id, message),
        lambda: store.set_messages(thread_id, [ChatMessage("first"), message]),
        lambda: asyncio.run(memory_store.add_messages(thread_id, [ChatMessage("first"), message])),
    ]
    for write in writes:
        with pytest.raises(ConfigurationError, match=sentence) as caught:
            write()
        assert "Turn it into text" in str(caught.value) or "Store a ChatMessage" in str(caught.value)
        assert SECRET_TEXT not in str(caught.value)
    assert emulator.requests == []
    assert store.get_messages(thread_id) == []


def test_a_url_comes_back_as_a_url_and_text_as_text() -> None:
    document, image = DocumentBlock(url="https://i.example/a.pdf"), ImageBlock(url="https://i.example/a.png")
    again = loaded(dumped(ChatMessage(blocks=[document, image])))
    assert [type(block.url) for block in again.blocks] == [str, AnyUrl]  # type: ignore[union-attr]  # both have one


def test_a_block_that_is_not_known_here_is_an_error_that_says_so() -> None:
    with pytest.raises(ConfigurationError, match="HologramBlock, which the installed llama-index-core does not know"):
        loaded('{"$type":"ChatMessage","role":"user","blocks":[{"$type":"HologramBlock"}]}')
