"""Messages that a platform takes, and how sending them may fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, ChatMessage, HumanMessage, HumanMessageChunk

from provider_threads import InvalidRequestError, Provider, ThreadsError, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage, Switches

from .conversations import WRITABLE_PLATFORMS, Adding, OpenHistory, conversation, said

writable = pytest.mark.parametrize("platform", WRITABLE_PLATFORMS)


@pytest.fixture
def both_roles(provider_of: Callable[..., Provider]) -> Provider:
    """MiniMax, opted in to assistant messages."""
    return provider_of("minimax", write_roles={"user", "assistant"})


def stored(emulator: Emulator, platform: Any, thread_id: str) -> list[tuple[str, str | None, list[str]]]:
    return [(message.role, message.text, message.file_ids) for message in emulator.messages(platform, thread_id)]


@writable
def test_what_the_user_said_is_appended_with_its_files(
    platform: str, history_of: OpenHistory, emulator: Emulator, add: Adding
) -> None:
    history = history_of(platform, [SeedMessage("user", "之前")])
    add(
        history,
        [
            HumanMessage("你好 😀\n第二行", id="ours", response_metadata={"note": 1}),
            HumanMessage("see", additional_kwargs={"file_ids": ["file_1", "file_2"]}),
        ],
    )
    assert stored(emulator, platform, history.thread_id) == [
        ("user", "之前", []),
        ("user", "你好 😀\n第二行", []),
        ("user", "see", ["file_1", "file_2"]),
    ]
    assert said(history.messages) == ["之前", "你好 😀\n第二行", "see"]
    assert history.last_error is None


@writable
def test_text_in_one_block_is_text(platform: str, history_of: OpenHistory, emulator: Emulator) -> None:
    history = history_of(platform)
    plain_block = {"type": "text", "text": "b", "id": "block_1", "index": 0, "annotations": []}
    history.add_messages(
        [HumanMessage([{"type": "text", "text": "a"}]), HumanMessage([plain_block]), HumanMessage(["c"])]
    )
    assert [text for _, text, _ in stored(emulator, platform, history.thread_id)] == ["a", "b", "c"]


@writable
def test_roles_go_by_what_a_message_is(platform: str, history_of: OpenHistory, emulator: Emulator) -> None:
    history = history_of(platform)
    history.add_messages([HumanMessageChunk("chunk"), ChatMessage(role="user", content="chat")])
    assert stored(emulator, platform, history.thread_id) == [("user", "chunk", []), ("user", "chat", [])]


@writable
def test_short_cuts_of_the_base_class_work(platform: str, history_of: OpenHistory, emulator: Emulator) -> None:
    history = history_of(platform)
    history.add_user_message("a")
    history.add_message(HumanMessage("b"))
    with pytest.raises(UnsupportedOperationError):
        history.add_ai_message("c")
    assert said(history.messages) == ["a", "b"]


def test_minimax_appends_both_sides_where_it_is_told_to(
    history_of: OpenHistory, both_roles: Provider, emulator: Emulator, add: Adding
) -> None:
    history = history_of("minimax", provider=both_roles)
    add(
        history,
        [HumanMessage("问"), AIMessage("答"), AIMessageChunk("再答"), ChatMessage(role="assistant", content="三")],
    )
    assert stored(emulator, "minimax", history.thread_id) == [
        ("user", "问", []),
        ("ai", "答", []),
        ("ai", "再答", []),
        ("ai", "三", []),
    ]
    assert [type(message) for message in history.messages] == [HumanMessage, AIMessage, AIMessage, AIMessage]


def test_what_an_answer_carries_empty_is_no_reason_to_refuse_it(history_of: OpenHistory, both_roles: Provider) -> None:
    history = history_of("minimax", provider=both_roles)
    history.add_ai_message(AIMessage("答", additional_kwargs={"refusal": None, "citations": []}, name=None))
    assert said(history.messages) == ["答"]


def test_adding_nothing_asks_nothing(platform: str, history_of: OpenHistory, emulator: Emulator, add: Adding) -> None:
    add(history_of(platform), [])
    assert emulator.requests == []


def test_a_batch_that_fails_midway_says_how_far_it_came(
    history_of: OpenHistory, both_roles: Provider, emulator: Emulator, add: Adding
) -> None:
    emulator.switches = Switches(minimax_assistant_writes="reject")
    errors: list[Exception] = []
    history = history_of("minimax", provider=both_roles, on_error=errors.append)
    with pytest.raises(InvalidRequestError) as caught:
        add(history, [HumanMessage("问"), HumanMessage("还问"), AIMessage("答"), HumanMessage("never sent")])
    assert caught.value.appended == 2
    assert errors == [caught.value]
    assert history.last_error is caught.value
    assert [text for _, text, _ in stored(emulator, "minimax", history.thread_id)] == ["问", "还问"]


def test_a_write_that_goes_through_clears_the_last_error(history_of: OpenHistory) -> None:
    history = history_of("minimax")
    with pytest.raises(UnsupportedOperationError):
        history.add_ai_message("答")
    assert history.last_error is not None
    history.add_user_message("问")
    assert history.last_error is None


@writable
def test_a_write_to_an_unknown_thread_is_seen(platform: str, history_of: OpenHistory, add: Adding) -> None:
    errors: list[Exception] = []
    history = history_of(platform, on_error=errors.append)
    history.thread_id = "thread_nowhere"
    with pytest.raises(ThreadsError) as caught:
        add(history, [HumanMessage("山雨欲来")])
    assert errors == [caught.value] == [history.last_error]
    assert caught.value.appended == 0
    assert "山雨" not in str(caught.value)


def test_with_writes_none_everything_is_accepted_and_nothing_sent(
    platform: str, history_of: OpenHistory, emulator: Emulator, add: Adding
) -> None:
    history = history_of(platform, conversation(2), writes="none")
    call = {"name": "weather", "args": {}, "id": "call_1", "type": "tool_call"}
    add(history, [HumanMessage("问"), AIMessage("", tool_calls=[call]), AIMessageChunk("答")])
    history.add_user_message("再问")
    history.add_ai_message("再答")
    assert emulator.requests == []
    assert history.last_error is None
    assert said(history.messages) == ["message 0", "message 1"]


def test_clear_raises_unless_asked_for_the_thread_itself(
    platform: str, history_of: OpenHistory, emulator: Emulator
) -> None:
    errors: list[Exception] = []
    history = history_of(platform, conversation(2), on_error=errors.append)
    with pytest.raises(UnsupportedOperationError, match=r"clear\(remote=True\)") as caught:
        history.clear()
    with pytest.raises(UnsupportedOperationError, match=r"clear\(remote=True\)"):
        asyncio.run(history.aclear())
    assert (caught.value.provider, caught.value.operation) == (platform, "clear")
    assert len(errors) == 2
    assert emulator.requests == []
    assert len(history.messages) == 2


def test_clear_remote_deletes_the_thread_on_appbuilder(history_of: OpenHistory, emulator: Emulator, mode: str) -> None:
    history = history_of("appbuilder", conversation(2))
    if mode == "sync":
        history.clear(remote=True)
    else:
        asyncio.run(history.aclear(remote=True))
    with pytest.raises(KeyError):
        emulator.messages("appbuilder", history.thread_id)
    with pytest.raises(ThreadsError):
        _ = history.messages


@pytest.mark.parametrize("platform", ["hunyuan", "minimax"])
def test_clear_remote_raises_where_no_thread_can_be_deleted(
    platform: str, history_of: OpenHistory, emulator: Emulator
) -> None:
    history = history_of(platform, conversation(2))
    with pytest.raises(UnsupportedOperationError) as caught:
        history.clear(remote=True)
    assert caught.value.operation == "delete_thread"
    with pytest.raises(UnsupportedOperationError):
        asyncio.run(history.aclear(remote=True))
    assert emulator.requests == []
    assert len(history.messages) == 2
