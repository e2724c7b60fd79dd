"""A window on a conversation: its newest messages, and never a tool's result without the call before it."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, FunctionMessage, HumanMessage, ToolMessage

from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.entries import Outgoing, Record
from provider_threads.overlay import Overlay

from .conversations import OpenHistory, Reading, conversation, said

CALLS = [{"name": "weather", "args": {"city": city}, "id": f"call_{city}"} for city in ("上海", "北京")]
TURN: list[BaseMessage] = [
    HumanMessage("两地几度？", id="a"),
    AIMessage("", tool_calls=CALLS, id="b"),
    ToolMessage("9 度", tool_call_id="call_上海", id="c"),
    ToolMessage("-1 度", tool_call_id="call_北京", id="d"),
    AIMessage("9 度和 -1 度。", id="e"),
    AIMessage("", additional_kwargs={"function_call": {"name": "round", "arguments": "{}"}}, id="f"),
    FunctionMessage(name="round", content="4", id="g"),
    AIMessage("平均 4 度。", id="h"),
]
SHOWN = {1: "h", 2: "h", 3: "fgh", 4: "efgh", 5: "efgh", 6: "efgh", 7: "bcdefgh", 8: "abcdefgh", 9: "abcdefgh"}
"""What each limit shows; 2, 5 and 6 would start with a result."""


@pytest.mark.parametrize("limit", SHOWN)
def test_a_window_never_starts_with_a_tools_result(
    platform: str, limit: int, history_of: OpenHistory, overlay: Overlay
) -> None:
    history = history_of(platform, overlay=overlay)
    history.add_messages(TURN)
    window = history_of(platform, overlay=overlay, limit=limit)
    window.thread_id = history.thread_id
    assert window.messages == [message for message in TURN if str(message.id) in SHOWN[limit]]


def test_where_nothing_is_cut_off_a_result_at_the_start_stays(history_of: OpenHistory, overlay: Overlay) -> None:
    """What was written is shown, however odd: nothing was before it."""
    history = history_of("minimax", overlay=overlay, limit=4)
    history.add_messages(TURN[2:5])
    assert history.messages == TURN[2:5]


def test_results_that_the_platforms_or_another_framework_wrote_are_results_too(
    history_of: OpenHistory, overlay: Overlay
) -> None:
    history = history_of("hunyuan", [SeedMessage("user", "问"), SeedMessage("tool", "9 度")], overlay=overlay, limit=2)
    written = Record("llamaindex", "tool", "-1 度", "{}", plain=False)
    history._memory.append(history.thread_id, [Outgoing(LookupError(), written)])  # type: ignore[arg-type]  # stays here
    history.add_ai_message("冷。")
    assert said(history.messages) == ["冷。"]


def test_a_window_counts_what_is_here_and_what_is_there(
    platform: Any, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, read: Reading
) -> None:
    history = history_of(platform, conversation(4), overlay=overlay, limit=3)
    assert said(read(history)) == ["message 1", "message 2", "message 3"]
    history.add_messages([HumanMessage("再见"), AIMessage("再会")])
    assert said(read(history)) == ["message 3", "再见", "再会"]
    emulator.seed(platform, [SeedMessage("user", "等等")], thread_id=history.thread_id)
    assert said(history.refresh()) == ["再见", "再会", "等等"]
    assert history.last_view is not None
    assert history.last_view.complete


def test_after_a_clear_a_window_shows_only_what_came_since(
    platform: Any, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, read: Reading
) -> None:
    history = history_of(platform, conversation(4), overlay=overlay, limit=3)
    history.add_messages(TURN)
    history.clear()
    assert read(history) == []
    history.add_messages(TURN[:2])
    assert read(history) == TURN[:2]
    emulator.seed(platform, [SeedMessage("user", "等等")], thread_id=history.thread_id)
    history.add_messages(TURN[4:5])
    assert {*said(history.refresh())} == {"等等", "9 度和 -1 度。", ""}
