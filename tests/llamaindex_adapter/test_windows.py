"""A chat store that shows only the newest messages, over an overlay."""

from __future__ import annotations

from typing import Any

import pytest

from provider_threads import ConfigurationError
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import Calling, OpenStore, conversation, said, texts, tool_turn


def test_a_window_never_starts_with_a_result_whose_call_was_cut_off(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    writing, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform)
    writing.set_messages(thread_id, [*tool_turn(1), *tool_turn(2)])
    shown = {
        limit: said(call(store_of(platform, overlay=overlay, limit=limit), "get_messages", thread_id))
        for limit in range(1, 9)
    }
    assert shown[1] == shown[2] == ["answer 2"]
    assert shown[3] == [None, "晴", "answer 2"]
    assert shown[5] == ["answer 1", "question 2", None, "晴", "answer 2"]
    assert shown[6] == shown[5]
    assert len(shown[8]) == 8
    writing.set_messages(thread_id, tool_turn()[2:])  # with no call at all, nothing was cut off
    assert said(call(store_of(platform, overlay=overlay, limit=3), "get_messages", thread_id)) == ["晴", "answer 1"]


def test_in_a_window_the_index_counts_from_the_first_message_shown(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay, limit=6), emulator.seed(platform)
    store_of(platform, overlay=overlay).set_messages(thread_id, [*tool_turn(1), *tool_turn(2)])
    assert call(store, "delete_message", thread_id, 5) is None  # five are shown
    assert call(store, "delete_message", thread_id, 0).content == "answer 1"


def test_a_window_shows_no_deleted_message_s_place(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay, limit=2), emulator.seed(platform, conversation(5))
    call(store, "get_messages", thread_id)
    call(store, "delete_last_message", thread_id)
    assert said(call(store, "get_messages", thread_id)) == ["message 2", "message 3"]


def test_a_conversation_cannot_be_rewritten_through_a_window(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    """What the window leaves out would be forgotten."""
    store, thread_id = store_of(platform, overlay=overlay, limit=2), emulator.seed(platform, conversation(4))
    with pytest.raises(ConfigurationError, match="window"):
        call(store, "set_messages", thread_id, call(store, "get_messages", thread_id))
    assert said(store_of(platform, overlay=overlay).get_messages(thread_id)) == texts(4)
