"""One overlay, several frameworks: what LangChain wrote, as LlamaIndex sees it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.memory import Memory

from llamaindex_threads import provenance_of
from provider_threads import ForeignMessageWarning, Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import OpenMemoryStore, OpenStore, said, tool_turn

langchain = pytest.importorskip("langchain_threads")
messages = pytest.importorskip("langchain_core.messages")

History = Callable[[str, str], Any]


@pytest.fixture
def history_of(provider_of: Callable[..., Provider], overlay: Overlay) -> Iterator[History]:
    opened: list[Any] = []

    def make(platform: str, thread_id: str) -> Any:
        history = langchain.ThreadChatMessageHistory(thread_id, provider=provider_of(platform), overlay=overlay)
        opened.append(history)
        return history

    yield make
    for history in opened:
        history.close()


def test_plain_messages_are_the_same_in_both(
    platform: Any, history_of: History, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform)
    history = history_of(platform, thread_id)
    history.add_messages(
        [messages.SystemMessage("short"), messages.HumanMessage("hi"), messages.AIMessage("hello", id="mine")]
    )
    store = store_of(platform, overlay=overlay)
    found = store.get_messages(thread_id)
    assert [(message.role.value, message.content) for message in found] == [
        ("system", "short"),
        ("user", "hi"),
        ("assistant", "hello"),
    ]
    assert found[2].additional_kwargs["written_by"]["framework"] == "langchain"
    assert found[2].additional_kwargs["written_by"]["message"]["data"]["id"] == "mine"
    assert (provenance_of(found[1]) is not None) == (platform != "hunyuan")
    store.add_message(thread_id, ChatMessage("from here"))
    assert [message.text for message in history.messages] == ["short", "hi", "hello", "from here"]


def test_more_than_text_comes_with_a_warning_and_whole_beside_it(
    platform: Any, history_of: History, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform)
    called = messages.AIMessage(
        "let me see", tool_calls=[{"name": "weather", "args": {"city": "北京"}, "id": "call_1"}]
    )
    history_of(platform, thread_id).add_messages([called, messages.ToolMessage("晴", tool_call_id="call_1")])
    store = store_of(platform, overlay=overlay)
    with pytest.warns(ForeignMessageWarning, match=r"additional_kwargs\['written_by'\] holds all of it"):
        call, result = store.get_messages(thread_id)
    assert [(call.role.value, call.content), (result.role.value, result.content)] == [
        ("assistant", "let me see"),
        ("tool", "晴"),
    ]
    whole = call.additional_kwargs["written_by"]["message"]["data"]
    assert whole["tool_calls"][0]["args"] == {"city": "北京"}


def test_what_langchain_wrote_costs_no_tokens(
    history_of: History, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    asyncio.set_event_loop(None)
    thread_id = emulator.seed("minimax")
    history_of("minimax", thread_id).add_messages([messages.HumanMessage("hi", response_metadata={"more": "x " * 500})])
    memory = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of("minimax"))
    (message,) = memory.get()
    assert memory._estimate_token_count(message) < 30
    assert len(str(dict(message.additional_kwargs["written_by"]))) > 1000


def test_setting_what_was_read_leaves_the_others_messages_theirs(
    platform: Any, history_of: History, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform)
    history = history_of(platform, thread_id)
    written = [messages.HumanMessage("hi", id="1"), messages.ToolMessage("晴", tool_call_id="call_1", id="2")]
    history.add_messages(written)
    store = store_of(platform, overlay=overlay)
    with pytest.warns(ForeignMessageWarning):
        found = store.get_messages(thread_id)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # setting shows nobody anything
        store.set_messages(thread_id, [*found, ChatMessage("new")])
    assert history.messages[:2] == written


def test_a_role_that_llamaindex_does_not_have_is_never_the_systems(
    history_of: History, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax")
    roles = ["critic", "System", "developer"]
    history_of("minimax", thread_id).add_messages([messages.ChatMessage(role=role, content=role) for role in roles])
    found = store_of("minimax", overlay=overlay).get_messages(thread_id)
    assert said(found) == roles
    assert [message.role for message in found] == [MessageRole.USER, MessageRole.USER, MessageRole.DEVELOPER]
    assert found[0].additional_kwargs["written_by"]["message"]["data"]["role"] == "critic"


def test_a_tool_turn_of_llamaindex_warns_where_langchain_reads_it(
    platform: Any, history_of: History, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform)
    store = store_of(platform, overlay=overlay)
    plain = [tool_turn()[0], tool_turn()[3]]
    store.set_messages(thread_id, plain)
    history = history_of(platform, thread_id)
    assert [message.text for message in history.messages] == said(plain)  # without a warning
    for number in (1, 2):
        store.set_messages(thread_id, [tool_turn()[number]])
        with pytest.warns(ForeignMessageWarning, match="llamaindex"):
            (message,) = history.messages
        assert (message.text, "weather" in str(message.response_metadata)) == [("", True), ("晴", False)][number - 1]


@pytest.mark.parametrize("kwargs", [{"tool_calls": [{"id": "1"}]}, {"function_call": {"name": "f"}}, {"name": "Ann"}])
def test_what_is_beside_the_blocks_is_more_than_text(
    kwargs: dict[str, Any], history_of: History, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax")
    message = ChatMessage(role="assistant", content="let me see", additional_kwargs=kwargs)
    store_of("minimax", overlay=overlay).add_message(thread_id, message)
    with pytest.warns(ForeignMessageWarning):
        assert [message.text for message in history_of("minimax", thread_id).messages] == ["let me see"]
