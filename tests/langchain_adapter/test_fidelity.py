"""What was written through an overlay comes back equal, whatever it is."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    ToolCall,
    ToolMessage,
    messages_from_dict,
)

from langchain_threads import ThreadChatMessageHistory
from provider_threads import Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay
from tests.reliability.row import Property

from .conversations import OpenHistory, conversation
from .generated_messages import messages

EXAMPLES = int(os.environ.get("FIDELITY_EXAMPLES", "8"))
"""Conversations of up to eight messages, for each platform and way of writing."""

generously = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FIDELITY_EXAMPLES" not in os.environ,
    database=None,
    # The emulator and the overlay may be met by any number of conversations: each has a thread of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


def exactly(message: BaseMessage) -> tuple[type[BaseMessage], str]:
    """More than ``==``, to which 1, 1.0 and True are the same."""
    fields = {**vars(message), **(message.model_extra or {})}
    return type(message), json.dumps(fields, sort_keys=True)


def changed(written: Sequence[BaseMessage], found: Sequence[BaseMessage]) -> int:
    """How many came back otherwise than they were written, ids that were filled in apart, or not at all."""
    differ = sum(
        exactly(message) != exactly(read if message.id is not None else read.model_copy(update={"id": None}))
        for message, read in zip(written, found, strict=False)
    )
    return differ + abs(len(written) - len(found))


def assert_came_back(written: Sequence[BaseMessage], found: Sequence[BaseMessage]) -> None:
    """Equal and of the same class; only a missing id was filled in."""
    assert all(message.id is not None for message in found)
    expected = [
        message if message.id is not None else message.model_copy(update={"id": read.id})
        for message, read in zip(written, found, strict=True)
    ]
    assert list(found) == expected
    assert [exactly(message) for message in found] == [exactly(message) for message in expected]
    filled_in = [read.id for message, read in zip(written, found, strict=True) if message.id is None]
    assert len(filled_in) == len(set(filled_in))


@pytest.mark.parametrize("writes", ["split", "overlay"])
@generously
@given(written=st.lists(messages, min_size=1, max_size=8))
def test_every_message_comes_back_as_it_was_written(
    platform: str,
    writes: Any,
    written: list[BaseMessage],
    emulator: Emulator,
    provider_of: Callable[..., Provider],
    overlay: Overlay,
    record_property: Property,
) -> None:
    thread_id = emulator.seed(platform)  # type: ignore[arg-type]  # one of three
    with ThreadChatMessageHistory(thread_id, provider=provider_of(platform), overlay=overlay, writes=writes) as history:
        before = [exactly(message) for message in written]
        history.add_messages(written)
        assert [exactly(message) for message in written] == before  # what was given is left alone
        found = history.messages
        record_property("messages_written", len(written))
        record_property("messages_changed", changed(written, found))
        assert_came_back(written, found)
        again = history.refresh()
        assert again == found
        assert [exactly(message) for message in again] == [exactly(message) for message in found]


@settings(generously, max_examples=min(EXAMPLES, 200))
@given(written=st.lists(messages, min_size=1, max_size=8))
def test_every_message_comes_back_from_postgresql_too(
    written: list[BaseMessage], emulator: Emulator, provider_of: Callable[..., Provider], postgres_overlay: Overlay
) -> None:
    provider = provider_of("minimax", write_roles={"user", "assistant"})
    with ThreadChatMessageHistory(emulator.seed("minimax"), provider=provider, overlay=postgres_overlay) as history:
        history.add_messages(written)
        assert_came_back(written, history.messages)


def test_ids_that_were_filled_in_stay_and_are_unique(platform: str, history_of: OpenHistory, overlay: Overlay) -> None:
    written = [HumanMessage("a"), AIMessage("b"), HumanMessage("a"), AIMessage("b", id="mine"), SystemMessage("")]
    history = history_of(platform, conversation(3), overlay=overlay)
    history.add_messages(written)
    ids = [message.id for message in history.messages]
    assert len(set(ids)) == len(ids) == 8
    assert ids[6] == "mine"
    for reading in (history, history_of(platform, overlay=overlay)):
        reading.thread_id = history.thread_id
        assert [message.id for message in reading.messages] == ids
        assert [message.id for message in reading.refresh()] == ids


def test_messages_are_kept_in_langchains_own_dumps(history_of: OpenHistory, overlay: Overlay) -> None:
    """What stands in the database can be read without this library."""
    call = ToolCall(name="weather", args={"city": "上海"}, id="call_1")
    written = [AIMessage("晴", tool_calls=[call], id="mine"), ToolMessage("9 度", tool_call_id="call_1", id="yours")]
    history = history_of("minimax", overlay=overlay)
    history.add_messages(written)
    with closing(sqlite3.connect(overlay.location)) as database:
        rows = database.execute("SELECT payload FROM thread_overlay_entries ORDER BY position").fetchall()
    assert messages_from_dict([json.loads(payload) for (payload,) in rows]) == written


def test_messages_share_nothing_with_each_other_or_with_later_reads(history_of: OpenHistory, overlay: Overlay) -> None:
    """Also what was left at its default, which some versions of LangChain keep in one list for all messages."""
    history = history_of("minimax", overlay=overlay)
    history.add_messages([AIMessage("a", id="1"), AIMessage("b", id="2"), AIMessageChunk(content="c", id="3")])
    before = [message.model_copy(deep=True) for message in history.messages]
    first: Any = history.messages[0]
    for name in ("tool_calls", "invalid_tool_calls"):
        getattr(first, name).append({"name": "f", "args": {}, "id": "call_1", "type": "tool_call"})
    first.additional_kwargs["k"] = first.response_metadata["k"] = "overwritten"
    assert history.messages == before
    assert AIMessage("d").tool_calls == []
