"""What a store takes, and what it refuses before anything is sent."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    ChatMessage,
    CitationBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from provider_threads import ConfigurationError, InvalidRequestError, ThreadsError, UnsupportedOperationError
from provider_threads.emulator import Emulator, Switches
from tests.reliability.row import Property

from .conversations import SECRET_TEXT, WRITABLE_PLATFORMS, Adding, OpenStore, conversation, said

TEXT = TextBlock(text=SECRET_TEXT)
IMAGE = ImageBlock(url="https://i.example/a.png")

OF_ANOTHER_ROLE = {
    role.value: ChatMessage(role=role, content=SECRET_TEXT) for role in MessageRole if role is not MessageRole.USER
}
MORE_THAN_TEXT = {
    "image": ChatMessage(role="user", blocks=[TEXT, IMAGE]),
    "only an image": ChatMessage(role="user", blocks=[IMAGE]),
    "several text blocks": ChatMessage(role="user", blocks=[TEXT, TEXT]),
    "tool call block": ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_name="weather", tool_kwargs={})]),
    "tool call beside text": ChatMessage(role="assistant", blocks=[TEXT, ToolCallBlock(tool_name="w", tool_kwargs={})]),
    "tool call kwargs": ChatMessage(
        role="assistant", content="a", additional_kwargs={"tool_calls": [{"city": SECRET_TEXT}]}
    ),
    "thinking": ChatMessage(role="assistant", blocks=[ThinkingBlock(content=SECRET_TEXT)]),
    "citation block": ChatMessage(
        role="user",
        blocks=[CitationBlock(cited_content=TEXT, source="s", title="t", additional_location_info={})],
    ),
    "citations": ChatMessage(role="user", content="a", additional_kwargs={"citations": [{"quote": SECRET_TEXT}]}),
    "name": ChatMessage(role="user", content="a", additional_kwargs={"name": SECRET_TEXT}),
    "a no": ChatMessage(role="user", content="a", additional_kwargs={"is_urgent": False}),
}
EVERY_REFUSAL = {**OF_ANOTHER_ROLE, **MORE_THAN_TEXT}

writable = pytest.mark.parametrize("platform", WRITABLE_PLATFORMS)


def stored(emulator: Emulator, platform: Any, thread_id: str) -> list[tuple[str, str | None, list[str]]]:
    return [(message.role, message.text, message.file_ids) for message in emulator.messages(platform, thread_id)]


@writable
def test_what_the_user_said_is_appended_with_its_files(
    platform: Any, store_of: OpenStore, emulator: Emulator, add: Adding
) -> None:
    store, thread_id = store_of(platform), emulator.seed(platform, conversation(1))
    add(store, thread_id, ChatMessage(role="user", content="你好 😀\n第二行"))
    add(store, thread_id, ChatMessage("see", additional_kwargs={"file_ids": ["file_1"], "session_id": "s"}))
    assert stored(emulator, platform, thread_id)[1:] == [
        ("user", "你好 😀\n第二行", []),
        ("user", "see", ["file_1"]),
    ]
    assert said(store.get_messages(thread_id)) == ["message 0", "你好 😀\n第二行", "see"]


def test_a_message_that_was_read_can_be_added_elsewhere(store_of: OpenStore, emulator: Emulator) -> None:
    store, thread_id = store_of("minimax"), emulator.seed("minimax", conversation(1))
    (message,) = store.get_messages(thread_id)
    elsewhere = emulator.seed("minimax")
    store.add_message(elsewhere, message)
    assert said(store.get_messages(elsewhere)) == ["message 0"]


def test_minimax_appends_both_sides_where_it_is_told_to(store_of: OpenStore, emulator: Emulator, add: Adding) -> None:
    store, thread_id = store_of("minimax", write_roles={"user", "assistant"}), emulator.seed("minimax")
    add(store, thread_id, ChatMessage(role="user", content="问"))
    add(store, thread_id, ChatMessage(role="assistant", content="答", additional_kwargs={"tool_calls": []}))
    assert stored(emulator, "minimax", thread_id) == [("user", "问", []), ("ai", "答", [])]


@pytest.mark.parametrize("kind", EVERY_REFUSAL)
def test_what_a_platform_would_lose_is_refused_before_sending(
    platform: Any, kind: str, store_of: OpenStore, emulator: Emulator, add: Adding
) -> None:
    store, thread_id = store_of(platform), emulator.seed(platform)
    with pytest.raises(UnsupportedOperationError) as caught:
        add(store, thread_id, EVERY_REFUSAL[kind])
    assert emulator.requests == []
    assert (caught.value.provider, caught.value.operation) == (platform, "append")
    sentence = str(caught.value)
    assert {"hunyuan": "Tencent Hunyuan", "minimax": "MiniMax", "appbuilder": "AppBuilder"}[platform] in sentence
    assert any(advice in sentence for advice in ("writes='none'", "Send plain text", "write_roles="))
    assert SECRET_TEXT not in sentence + repr(caught.value) + repr(vars(caught.value))


@pytest.mark.parametrize("kind", MORE_THAN_TEXT)
def test_opting_in_to_a_role_does_not_opt_in_to_losing_anything(
    kind: str, store_of: OpenStore, emulator: Emulator
) -> None:
    store, thread_id = store_of("minimax", write_roles={"user", "assistant"}), emulator.seed("minimax")
    with pytest.raises(UnsupportedOperationError):
        store.add_message(thread_id, MORE_THAN_TEXT[kind])
    assert emulator.requests == []


def test_hunyuan_takes_nothing_at_all(store_of: OpenStore, emulator: Emulator, add: Adding) -> None:
    with pytest.raises(UnsupportedOperationError, match="writes='none'"):
        add(store_of("hunyuan"), emulator.seed("hunyuan"), ChatMessage("问"))
    assert emulator.requests == []


@pytest.mark.parametrize("file_ids", ["file1", {"file1": 1}, 7, [7], ["file 1"]])
def test_file_ids_that_are_no_list_of_ids_are_refused(
    file_ids: Any, store_of: OpenStore, emulator: Emulator, add: Adding
) -> None:
    """A lone id taken apart would attach its letters."""
    with pytest.raises(ConfigurationError, match="file_ids"):
        add(store_of("minimax"), emulator.seed("minimax"), ChatMessage("a", additional_kwargs={"file_ids": file_ids}))
    assert emulator.requests == []


@pytest.mark.parametrize("message", [ChatMessage(""), ChatMessage(" \n"), ChatMessage(role="user", blocks=[])])
def test_a_message_without_text_is_refused(message: ChatMessage, store_of: OpenStore, emulator: Emulator) -> None:
    with pytest.raises(ConfigurationError, match="text is empty"):
        store_of("minimax").add_message(emulator.seed("minimax"), message)
    assert emulator.requests == []


def test_what_the_platform_refuses_is_raised(store_of: OpenStore, emulator: Emulator, add: Adding) -> None:
    emulator.switches = Switches(minimax_assistant_writes="reject")
    store, thread_id = store_of("minimax", write_roles={"user", "assistant"}), emulator.seed("minimax")
    with pytest.raises(InvalidRequestError) as caught:
        add(store, thread_id, ChatMessage(role="assistant", content=SECRET_TEXT))
    assert SECRET_TEXT not in str(caught.value)


@pytest.mark.parametrize("kind", EVERY_REFUSAL)
def test_with_writes_none_everything_is_accepted_and_nothing_sent(
    platform: Any, kind: str, store_of: OpenStore, emulator: Emulator, add: Adding
) -> None:
    store, thread_id = store_of(platform, writes="none"), emulator.seed(platform, conversation(2))
    add(store, thread_id, EVERY_REFUSAL[kind])
    add(store, thread_id, ChatMessage("问"))
    assert emulator.requests == []
    assert said(store.get_messages(thread_id)) == ["message 0", "message 1"]


IMPOSSIBLE: dict[str, tuple[Any, ...]] = {
    "set_messages": ("key", []),
    "delete_messages": ("key",),
    "delete_message": ("key", 0),
    "delete_last_message": ("key",),
    "get_keys": (),
}


@pytest.mark.parametrize("writes", ["provider", "none"])
@pytest.mark.parametrize("operation", IMPOSSIBLE)
def test_what_a_hosted_thread_cannot_do_is_an_error_with_advice(
    platform: Any, operation: str, writes: str, store_of: OpenStore, emulator: Emulator
) -> None:
    store = store_of(platform, writes=writes)
    arguments = IMPOSSIBLE[operation]
    with pytest.raises(UnsupportedOperationError) as caught:
        getattr(store, operation)(*arguments)
    with pytest.raises(UnsupportedOperationError) as awaited:
        asyncio.run(getattr(store, "a" + operation)(*arguments))
    assert str(awaited.value) == str(caught.value)
    assert (caught.value.provider, caught.value.operation) == (platform, operation)
    assert operation in str(caught.value)
    assert any(word in str(caught.value) for word in ("another thread", "Keep the thread ids", "cannot delete"))
    assert emulator.requests == []


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
blocks = st.one_of(
    st.builds(lambda text: TextBlock(text=text), words),
    st.just(IMAGE),
    st.builds(lambda text: ThinkingBlock(content=text), words),
    st.builds(lambda text: ToolCallBlock(tool_name="w", tool_kwargs={"q": text}), words),
)
extras = st.dictionaries(
    st.sampled_from(["file_ids", "citations", "tool_calls", "session_id", "thread"]),
    st.one_of(st.none(), st.just([]), st.lists(st.sampled_from(["f1", "f2"]), min_size=1, max_size=2)),
    max_size=2,
)
messages = st.builds(
    ChatMessage,
    role=st.sampled_from([MessageRole.USER, MessageRole.ASSISTANT, MessageRole.TOOL, MessageRole.SYSTEM]),
    blocks=st.one_of(st.lists(blocks, max_size=2), st.builds(lambda text: [TextBlock(text=text)], words)),
    additional_kwargs=extras,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages)
def test_a_message_comes_back_equal_or_is_refused(
    message: ChatMessage, store_of: OpenStore, emulator: Emulator, record_property: Property
) -> None:
    store, thread_id = store_of("minimax", write_roles={"user", "assistant"}), emulator.seed("minimax")
    emulator.clear_requests()
    try:
        store.add_message(thread_id, message)
    except (UnsupportedOperationError, ConfigurationError):
        record_property("messages_refused", 1)
        record_property("sent_though_refused", len(emulator.requests))
        assert emulator.requests == []
        return
    except ThreadsError as error:
        raise AssertionError("neither stored nor refused") from error
    (again,) = store.get_messages(thread_id)
    record_property("messages_written", 1)
    record_property("messages_changed", int((again.role, again.blocks) != (message.role, message.blocks)))
    assert (again.role, again.blocks) == (message.role, message.blocks)
    assert again.additional_kwargs["thread"].get("file_ids") == (message.additional_kwargs.get("file_ids") or None)
    notes_of_its_own = ("file_ids", "session_id", "thread")
    assert not any(value for key, value in message.additional_kwargs.items() if key not in notes_of_its_own)


@pytest.mark.parametrize("writes", ["provider", "none"])
@pytest.mark.parametrize("given", ["hi", {"role": "user", "content": "hi"}, None])
def test_what_is_no_chat_message_is_refused_in_a_sentence(
    given: Any, writes: str, store_of: OpenStore, emulator: Emulator, add: Adding
) -> None:
    with pytest.raises(ConfigurationError, match="must be a ChatMessage, such as"):
        add(store_of("minimax", writes=writes), "thread_1", given)
    assert emulator.requests == []
