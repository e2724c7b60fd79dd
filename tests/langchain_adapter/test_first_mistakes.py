"""What people get wrong in the first minute ends in a sentence that says what to do."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
)
from provider_threads import ConfigurationError
from provider_threads.emulator import Emulator

from .conversations import Adding, OpenHistory, conversation, said, texts

NAMED: dict[str, Any] = {
    "hunyuan": (HunyuanChatMessageHistory, {"secret_id": "id", "secret_key": "key"}),
    "minimax": (MiniMaxChatMessageHistory, {"api_key": "key", "group_id": "group"}),
    "appbuilder": (AppBuilderChatMessageHistory, {"token": "token"}),
}


@pytest.mark.parametrize("writes", ["provider", "none"])
@pytest.mark.parametrize("given", [["hi"], [HumanMessage("a"), {"role": "user"}], HumanMessage("a"), "hi", None, 7])
def test_what_is_no_list_of_messages_is_refused_in_a_sentence(
    given: Any, writes: str, history_of: OpenHistory, emulator: Emulator, add: Adding
) -> None:
    history = history_of("minimax", writes=writes)
    with pytest.raises(ConfigurationError, match="a list of LangChain messages, such as"):
        add(history, given)
    assert emulator.requests == []


def test_a_lone_message_is_shown_the_method_that_takes_one(history_of: OpenHistory) -> None:
    lone: Any = HumanMessage("a")
    with pytest.raises(ConfigurationError, match="add_message takes one"):
        history_of("minimax").add_messages(lone)


def test_an_unknown_keyword_names_the_history(platform: str) -> None:
    kind, credentials = NAMED[platform]
    with pytest.raises(TypeError, match=r"ThreadChatMessageHistory.*limt"):
        kind("thread_1", limt=3, **credentials)
    with pytest.raises(TypeError, match=r"ThreadChatMessageHistory.*limt"):
        kind.factory(limt=3, **credentials)("thread_1")


def test_a_factory_makes_the_class_that_it_was_asked_of(platform: str) -> None:
    kind, credentials = NAMED[platform]

    class Mine(kind):  # type: ignore[misc]  # one of three
        pass

    for asked in (kind, Mine):
        history = asked.factory(limit=3, **credentials)("thread_1")
        assert type(history) is asked
        assert history.thread_id == "thread_1"


def test_minimax_is_opted_in_to_assistant_messages_where_its_credentials_go(emulator: Emulator, add: Adding) -> None:
    account = emulator.credentials
    settings: dict[str, Any] = {
        "api_key": account.minimax_api_key,
        "group_id": account.minimax_group_id,
        "base_url": emulator.base_url,
        "write_roles": {"user", "assistant"},
    }
    thread_id = emulator.seed("minimax")
    made = (MiniMaxChatMessageHistory(thread_id, **settings), MiniMaxChatMessageHistory.factory(**settings)(thread_id))
    for history in made:
        with history:
            history.add_ai_message("答")
    assert [message.role for message in emulator.messages("minimax", thread_id)] == ["ai", "ai"]


def test_a_history_says_why_it_is_not_pickled(platform: str) -> None:
    kind, credentials = NAMED[platform]
    for history in (kind("thread_1", **credentials), kind.factory(**credentials)("thread_1")):
        with pytest.raises(TypeError, match=f"^{kind.__name__} holds connections .* pickle its thread_id"):
            pickle.dumps(history)


@pytest.mark.parametrize("copied_by", [copy, deepcopy])
def test_a_copy_reads_and_is_closed_on_its_own(platform: str, copied_by: Any, history_of: OpenHistory) -> None:
    history: ThreadChatMessageHistory = history_of(platform, conversation(3), limit=2)
    with copied_by(history) as copied:
        assert said(copied.messages) == texts(3, start=1)
        assert history.last_view is None
    assert said(history.messages) == texts(3, start=1)
