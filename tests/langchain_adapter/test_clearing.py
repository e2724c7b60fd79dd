"""Clearing a history over an overlay: forgotten here, still on the platform, unless the thread itself is deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_threads import ThreadChatMessageHistory
from provider_threads import (
    OutcomeUnknownError,
    Provider,
    RetryPolicy,
    ThreadClient,
    ThreadNotFoundError,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay
from tests.overlay.faults import Faults

from .conversations import Mode, OpenHistory, Reading, conversation, said

WITH_TOOLS = [
    HumanMessage("几度？"),
    AIMessage("", tool_calls=[{"name": "weather", "args": {}, "id": "call_1"}]),
    ToolMessage("9 度", tool_call_id="call_1"),
    AIMessage("9 度。"),
]

Clearing = Callable[..., None]


@pytest.fixture
def clear(mode: Mode) -> Clearing:
    """Clears a history, one way or the other."""
    if mode == "sync":
        return lambda history, **how: history.clear(**how)
    return lambda history, **how: asyncio.run(history.aclear(**how))


def test_what_is_cleared_is_forgotten_here_and_stays_on_the_platform(
    platform: str,
    history_of: OpenHistory,
    provider_of: Callable[..., Provider],
    emulator: Emulator,
    overlay: Overlay,
    clear: Clearing,
    read: Reading,
) -> None:
    history = history_of(platform, conversation(3), overlay=overlay)
    history.add_messages(WITH_TOOLS)
    provider = provider_of(platform)
    with ThreadClient(provider) as threads:
        held = [message.text for message in threads.read(history.thread_id)]
        clear(history)
        assert read(history) == []
        assert history.refresh() == []
        # Whoever shares the overlay has forgotten it too; whoever does not sees what the platform has.
        assert read(ThreadChatMessageHistory(history.thread_id, provider=provider, overlay=overlay)) == []
        assert said(read(ThreadChatMessageHistory(history.thread_id, provider=provider))) == held
        assert [message.text for message in threads.read(history.thread_id)] == held
    history.add_messages(WITH_TOOLS[:2])
    emulator.seed(platform, [SeedMessage("assistant", "我也在")], thread_id=history.thread_id)  # type: ignore[arg-type]
    assert said(history.refresh()) == ["几度？", "", "我也在"]
    clear(history)
    assert history.refresh() == []


def test_what_came_since_the_last_read_is_cleared_too(
    platform: Any, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, clear: Clearing, read: Reading
) -> None:
    history = history_of(platform, conversation(2), overlay=overlay, freshness=600)
    assert len(read(history)) == 2
    emulator.seed(platform, [SeedMessage("user", "刚刚")], thread_id=history.thread_id)
    clear(history)
    assert history.refresh() == []


def test_a_message_whose_answer_was_lost_is_cleared_too(
    overlay: Overlay, emulator: Emulator, faulty_provider_of: Callable[..., Provider], faults: Faults, clear: Clearing
) -> None:
    thread_id = emulator.seed("minimax")
    with ThreadChatMessageHistory(thread_id, provider=faulty_provider_of("minimax"), overlay=overlay) as history:
        faults.of_writes.append("lost")
        with pytest.raises(OutcomeUnknownError):
            history.add_messages(WITH_TOOLS)
        clear(history)
        assert history.refresh() == []
        assert [message.text for message in emulator.messages("minimax", thread_id)] == ["几度？"]


def test_where_the_platform_cannot_be_asked_nothing_is_cleared(
    platform: str,
    overlay: Overlay,
    emulator: Emulator,
    faulty_provider_of: Callable[..., Provider],
    faults: Faults,
    clear: Clearing,
) -> None:
    thread_id = emulator.seed(platform, conversation(2))  # type: ignore[arg-type]  # one of three
    with (
        ThreadClient(faulty_provider_of(platform), retry=RetryPolicy(attempts=1)) as client,
        ThreadChatMessageHistory(thread_id, client=client, overlay=overlay) as history,
    ):
        history.add_ai_message("我也在")
        before = history.messages
        faults.of_all = "unavailable"
        with pytest.raises(ThreadsError) as caught:
            history.clear()
        assert history.last_error is caught.value
        faults.of_all = None
        assert history.refresh() == before


@pytest.mark.parametrize("platform", ["hunyuan", "minimax"])
def test_where_no_thread_can_be_deleted_nothing_is_forgotten(
    platform: str, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, clear: Clearing, read: Reading
) -> None:
    history = history_of(platform, conversation(2), overlay=overlay)
    history.add_messages(WITH_TOOLS)
    before = read(history)
    emulator.clear_requests()
    with pytest.raises(UnsupportedOperationError) as caught:
        clear(history, remote=True)
    assert caught.value.operation == "delete_thread"
    assert emulator.requests == []
    assert history.last_error is caught.value
    assert read(history) == before
    assert history.refresh() == before


def test_clear_remote_deletes_the_thread_and_all_that_was_kept_of_it(
    history_of: OpenHistory, emulator: Emulator, overlay: Overlay, clear: Clearing, read: Reading
) -> None:
    history = history_of("appbuilder", conversation(2), overlay=overlay)
    history.add_messages(WITH_TOOLS)
    clear(history, remote=True)
    with pytest.raises(KeyError):
        emulator.messages("appbuilder", history.thread_id)
    with pytest.raises(ThreadNotFoundError):
        read(history)


def test_a_key_gets_another_thread_after_its_own_was_deleted(
    provider_of: Callable[..., Provider], emulator: Emulator, overlay: Overlay, clear: Clearing, read: Reading
) -> None:
    provider = provider_of("appbuilder")
    with ThreadChatMessageHistory("user-42", provider=provider, overlay=overlay, create_threads=True) as history:
        history.add_messages(WITH_TOOLS)
        assert len(read(history)) == 4
        clear(history, remote=True)
        clear(history, remote=True)  # there is nothing left to delete
        assert read(history) == []
        history.add_messages(WITH_TOOLS[:1])
        assert said(read(history)) == ["几度？"]
    created = [request for request in emulator.requests if request.operation == "threads"]
    assert len(created) == 2


def test_a_thread_that_is_gone_already_can_still_be_forgotten(
    provider_of: Callable[..., Provider], emulator: Emulator, overlay: Overlay, clear: Clearing, read: Reading
) -> None:
    """Deleted by somebody else, or by us with the answer lost: without this its key would lead nowhere for ever."""
    provider = provider_of("appbuilder")
    with (
        ThreadChatMessageHistory("user-42", provider=provider, overlay=overlay, create_threads=True) as history,
        ThreadClient(provider) as threads,
    ):
        history.add_messages(WITH_TOOLS)
        history.messages  # noqa: B018 - a request
        assert history.last_view is not None
        threads.delete_thread(history.last_view[0].thread_id)
        with pytest.raises(ThreadNotFoundError):
            history.refresh()
        clear(history, remote=True)
        assert read(history) == []
        history.add_messages(WITH_TOOLS)
        assert len(read(history)) == 4


def test_a_thread_that_never_was_is_not_taken_for_deleted(
    provider_of: Callable[..., Provider], overlay: Overlay, clear: Clearing
) -> None:
    with (
        ThreadChatMessageHistory("thread_nowhere", provider=provider_of("appbuilder"), overlay=overlay) as history,
        pytest.raises(ThreadNotFoundError),
    ):
        clear(history, remote=True)
