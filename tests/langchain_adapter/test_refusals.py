"""What a platform would lose is refused before anything is sent, in words that repeat nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    messages_from_dict,
)

from provider_threads import ConfigurationError, Provider, ThreadsError, UnsupportedOperationError
from provider_threads.emulator import Emulator
from tests.reliability.row import Property

from .conversations import SECRET_TEXT, Adding, OpenHistory

CALL = {"name": "weather", "args": {"city": SECRET_TEXT}, "id": "call_1", "type": "tool_call"}
BAD_CALL = {"name": "weather", "args": SECRET_TEXT, "id": "call_1", "error": None, "type": "invalid_tool_call"}
CHUNK = {"name": "weather", "args": '{"city": "', "id": "call_1", "index": 0, "type": "tool_call_chunk"}
TEXT = {"type": "text", "text": SECRET_TEXT}

OF_ANOTHER_ROLE = {
    "assistant": AIMessage(SECRET_TEXT),
    "assistant chunk": AIMessageChunk(SECRET_TEXT),
    "system": SystemMessage(SECRET_TEXT),
    "tool": ToolMessage(SECRET_TEXT, tool_call_id="call_1"),
    "function": FunctionMessage(SECRET_TEXT, name="weather"),
    "chat": ChatMessage(role="moderator", content=SECRET_TEXT),
    "remove": RemoveMessage(id="msg_1"),
}
MORE_THAN_TEXT = {
    "tool call": AIMessage(SECRET_TEXT, tool_calls=[CALL]),
    "invalid tool call": AIMessage(SECRET_TEXT, invalid_tool_calls=[BAD_CALL]),
    "tool call chunk": AIMessageChunk(SECRET_TEXT, tool_call_chunks=[CHUNK]),
    "image": HumanMessage([TEXT, {"type": "image_url", "image_url": {"url": "https://i.example/a.png"}}]),
    "only an image": HumanMessage([{"type": "image_url", "image_url": {"url": "https://i.example/a.png"}}]),
    "several text blocks": HumanMessage([TEXT, TEXT]),
    "several strings": HumanMessage([SECRET_TEXT, SECRET_TEXT]),
    "no blocks": HumanMessage([]),
    "text with annotations": HumanMessage(
        [{**TEXT, "annotations": [{"type": "citation", "url": "https://a.example"}]}]
    ),
    "text with a cache mark": HumanMessage([{**TEXT, "cache_control": {"type": "ephemeral"}}]),
    "text that is none": HumanMessage([{"type": "text", "text": None}]),
    "thinking": AIMessage([{"type": "thinking", "thinking": SECRET_TEXT}]),
    "reasoning": AIMessage("a", additional_kwargs={"reasoning_content": SECRET_TEXT}),
    "citations": HumanMessage("a", additional_kwargs={"citations": [{"type": "citation", "cited_text": SECRET_TEXT}]}),
    "name": HumanMessage(SECRET_TEXT, name="zhang"),
    "a field of the app's own": HumanMessage("a", note=SECRET_TEXT),
    "a zero of the app's own": HumanMessage("a", note=0),
    "a no": HumanMessage("a", additional_kwargs={"is_urgent": False}),
    "a no in a block": HumanMessage([{**TEXT, "is_urgent": False}]),
}


def refused(add: Adding, history: Any, messages: list[BaseMessage]) -> UnsupportedOperationError:
    with pytest.raises(UnsupportedOperationError) as caught:
        add(history, messages)
    return caught.value


@pytest.mark.parametrize("kind", [*OF_ANOTHER_ROLE, *MORE_THAN_TEXT])
def test_what_a_platform_would_lose_is_refused_before_sending(
    platform: str, kind: str, history_of: OpenHistory, emulator: Emulator, add: Adding, record_property: Property
) -> None:
    message = {**OF_ANOTHER_ROLE, **MORE_THAN_TEXT}[kind]
    history = history_of(platform)
    error = refused(add, history, [message])
    record_property("messages_refused", 1)
    record_property("sent_though_refused", len(emulator.requests))
    assert emulator.requests == []
    assert (error.provider, error.operation) == (platform, "append")
    assert history.last_error is error


@pytest.mark.parametrize("kind", MORE_THAN_TEXT)
def test_opting_in_to_a_role_does_not_opt_in_to_losing_anything(
    kind: str, history_of: OpenHistory, provider_of: Callable[..., Provider], emulator: Emulator, add: Adding
) -> None:
    history = history_of("minimax", provider=provider_of("minimax", write_roles={"user", "assistant"}))
    refused(add, history, [MORE_THAN_TEXT[kind]])
    assert emulator.requests == []


@pytest.mark.parametrize("kind", [*OF_ANOTHER_ROLE, *MORE_THAN_TEXT])
def test_a_refusal_says_what_to_do_and_nothing_of_the_message(
    platform: str, kind: str, history_of: OpenHistory, caplog: pytest.LogCaptureFixture
) -> None:
    history = history_of(platform)
    message = {**OF_ANOTHER_ROLE, **MORE_THAN_TEXT}[kind]
    with pytest.raises(UnsupportedOperationError) as caught:
        history.add_messages([message])
    sentence = str(caught.value)
    title = {"hunyuan": "Tencent Hunyuan", "minimax": "MiniMax", "appbuilder": "AppBuilder"}[platform]
    assert title in sentence
    assert "append" in sentence
    assert any(advice in sentence for advice in ("writes='none'", "Send plain text", "write_roles="))
    for shown in (sentence, repr(caught.value), caplog.text):
        assert SECRET_TEXT not in shown
        assert "example" not in shown
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert history.thread_id in caplog.text


@pytest.mark.parametrize(
    "beside",
    [
        {"additional_kwargs": {"refusal": None, "tool_calls": [], "reasoning_content": "", "audio": {}}},
        {"example": False},
        {"additional_kwargs": {"example": False}},
    ],
    ids=["what models leave empty", "LangChain's field before 1.0", "the same where LangChain put it aside"],
)
def test_what_says_nothing_is_in_nobodys_way(
    beside: dict[str, Any], history_of: OpenHistory, emulator: Emulator
) -> None:
    history = history_of("minimax")
    (message,) = messages_from_dict([{"type": "human", "data": {"content": "a", **beside}}])
    history.add_messages([message])
    assert [stored.text for stored in emulator.messages("minimax", history.thread_id)] == ["a"]
    refused(lambda into, more: into.add_messages(more), history, [HumanMessage("a", example=True)])


def test_hunyuan_takes_nothing_at_all(history_of: OpenHistory, emulator: Emulator, add: Adding) -> None:
    error = refused(add, history_of("hunyuan"), [HumanMessage("问")])
    assert "writes='none'" in str(error)
    assert emulator.requests == []


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@pytest.mark.parametrize("kind", [*OF_ANOTHER_ROLE, *MORE_THAN_TEXT])
def test_a_batch_with_one_refused_message_sends_none(
    platform: str, kind: str, history_of: OpenHistory, emulator: Emulator
) -> None:
    message = {**OF_ANOTHER_ROLE, **MORE_THAN_TEXT}[kind]
    history = history_of(platform)
    with pytest.raises(UnsupportedOperationError):
        history.add_messages([HumanMessage("one"), HumanMessage("two"), message])
    assert emulator.requests == []


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@pytest.mark.parametrize("file_ids", ["file1", {"file1": 1}, 7, [7], [None], ["file 1"]])
def test_file_ids_that_are_no_list_of_ids_are_refused(
    platform: str, file_ids: Any, history_of: OpenHistory, emulator: Emulator, add: Adding
) -> None:
    """A lone id taken apart would attach its letters."""
    with pytest.raises(ConfigurationError, match="file_ids"):
        add(history_of(platform), [HumanMessage("a", additional_kwargs={"file_ids": file_ids})])
    assert emulator.requests == []


def test_more_files_than_the_platform_takes_are_refused(history_of: OpenHistory, emulator: Emulator) -> None:
    eleven = [f"file_{number}" for number in range(11)]
    with pytest.raises(ConfigurationError, match="at most 10 files"):
        history_of("appbuilder").add_messages([HumanMessage("a", additional_kwargs={"file_ids": eleven})])
    assert emulator.requests == []


@pytest.mark.parametrize("text", ["", "  \n", "half \ud83d of a pair"])
def test_text_that_no_platform_stores_is_refused(text: str, history_of: OpenHistory, emulator: Emulator) -> None:
    with pytest.raises(ConfigurationError, match="text"):
        history_of("minimax").add_user_message(text)
    assert emulator.requests == []


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
pieces = st.one_of(
    words,
    st.builds(lambda text: {"type": "text", "text": text}, words),
    st.builds(lambda text, url: {"type": "text", "text": text, "annotations": [{"url": url}]}, words, words),
    st.builds(lambda url: {"type": "image_url", "image_url": {"url": url}}, words),
)
contents = st.one_of(words, st.lists(pieces, max_size=3))
extras = st.dictionaries(
    st.sampled_from(["file_ids", "citations", "reasoning_content", "audio"]),
    st.one_of(st.none(), st.just([]), st.lists(st.sampled_from(["f1", "f2"]), min_size=1, max_size=2)),
    max_size=2,
)
notes = st.sampled_from([None, "", {}, False, 0, "a note"])
calls = st.lists(st.just(CALL), max_size=1)
messages = st.one_of(
    st.builds(HumanMessage, contents, additional_kwargs=extras, name=st.sampled_from([None, "zhang"]), note=notes),
    st.builds(AIMessage, contents, additional_kwargs=extras, tool_calls=calls),
    st.builds(AIMessageChunk, contents, additional_kwargs=extras),
    st.builds(SystemMessage, contents),
    st.builds(ToolMessage, words, tool_call_id=st.just("call_1")),
    st.builds(ChatMessage, role=st.sampled_from(["user", "assistant", "critic"]), content=contents),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages)
def test_a_message_comes_back_equal_or_is_refused(
    message: BaseMessage,
    history_of: OpenHistory,
    provider_of: Callable[..., Provider],
    emulator: Emulator,
    record_property: Property,
) -> None:
    history = history_of("minimax", provider=provider_of("minimax", write_roles={"user", "assistant"}))
    emulator.clear_requests()
    try:
        history.add_messages([message])
    except (UnsupportedOperationError, ConfigurationError):
        record_property("messages_refused", 1)
        record_property("sent_though_refused", len(emulator.requests))
        assert emulator.requests == []
        return
    except ThreadsError as error:
        raise AssertionError("neither stored nor refused") from error
    (again,) = history.messages
    human = isinstance(message, HumanMessage) or getattr(message, "role", None) == "user"
    assert type(again) is (HumanMessage if human else AIMessage)
    pieces_said = message.content if isinstance(message.content, list) else [message.content]
    texts_said = [piece if isinstance(piece, str) else piece["text"] for piece in pieces_said]
    record_property("messages_written", 1)
    record_property("messages_changed", int([again.content] != texts_said))
    assert [again.content] == texts_said
    assert again.response_metadata.get("file_ids") == (message.additional_kwargs.get("file_ids") or None)
    beside = {**message.additional_kwargs, **(message.model_extra or {})}
    lost = {key: value for key, value in beside.items() if key != "file_ids" and value not in (None, "", [], {})}
    assert (lost, message.name, getattr(message, "tool_calls", [])) == ({}, None, [])
