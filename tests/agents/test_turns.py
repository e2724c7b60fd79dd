"""Turns of an agent: what the model is asked, what the thread has after them, and what they cost."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver

from provider_threads.emulator import Emulator, SeedMessage
from tests.overlay.memories import lists, written

from .asking import CHECKPOINTS, Ask, asked, both_ways, by_invoke, every_way, texts
from .models import Clerk, results


def test_ten_turns_are_in_the_thread_once_and_in_order(
    platform: str, checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of(platform, checkpointer=checkpointer)
    said: list[str] = []
    for turn in range(1, 11):
        outcome = by_invoke(agent, f"question {turn}")
        assert clerk.prompts[-1] == [*said, f"question {turn}"]
        said += [f"question {turn}", f"answer to question {turn}"]
        assert texts(history_of(platform).messages) == said
        assert texts(outcome["messages"]) == (said if checkpointer else said[-2:])
    assert len(said) == 20


@every_way
def test_however_the_agent_is_called_a_turn_with_tools_is_kept_whole(
    ask: Ask, checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of(checkpointer=checkpointer)
    for question in ("weather today", "and tomorrow?"):
        ask(agent, question)
    stored = history_of().messages
    first = ["weather today", "call weather", "上海: 9 度", "answer to weather today"]
    assert texts(stored) == [*first, "and tomorrow?", "answer to and tomorrow?"]
    assert clerk.prompts == [first[:1], first[:3], [*first, "and tomorrow?"]]
    call, result = stored[1], stored[2]
    assert isinstance(call, AIMessage)
    assert isinstance(result, ToolMessage)
    assert result.tool_call_id == call.tool_calls[0]["id"]
    assert [message.id for message in clerk.heard[-1][:4]] == [message.id for message in stored[:4]]


@pytest.mark.parametrize("platform", ["hunyuan", "minimax", "appbuilder"])
def test_the_platform_is_sent_what_it_takes_and_nothing_else(platform: Any, agent_of: Any, emulator: Emulator) -> None:
    agent = agent_of(platform)
    for question in ("weather today", "and tomorrow?"):
        by_invoke(agent, question)
    takes = [] if platform == "hunyuan" else ["weather today", "and tomorrow?"]
    sent = [request.parameters["content"] for request in emulator.requests if "content" in request.parameters]
    assert sent == takes


@both_ways
def test_a_turn_costs_one_list_request_and_one_for_its_question(
    ask: Ask, platform: str, checkpointer: Any, agent_of: Any, emulator: Emulator
) -> None:
    """Asked whenever it is read: no look of a moment ago is taken for the present state."""
    agent = agent_of(platform, checkpointer=checkpointer, freshness=0)
    by_invoke(agent, "question 0")
    for turn in range(1, 5):
        listed, sent = lists(emulator), written(emulator)
        ask(agent, f"weather {turn}")
        assert lists(emulator) - listed <= (2 if platform == "minimax" else 1)
        assert written(emulator) - sent == (0 if platform == "hunyuan" else 1)


def test_what_others_write_between_two_turns_is_shown_in_its_place(
    platform: Any, checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    agent = agent_of(platform, checkpointer=checkpointer, freshness=0)
    by_invoke(agent, "question 1")
    hosted = history_of(platform).hosted_thread_id()
    emulator.seed(platform, [SeedMessage("assistant", "by the platform's own run")], thread_id=hosted)
    by_invoke(agent, "question 2")
    by_invoke(agent, "question 3")
    assert clerk.prompts[-1] == [
        "question 1",
        "answer to question 1",
        "by the platform's own run",
        "question 2",
        "answer to question 2",
        "question 3",
    ]


def test_a_thread_that_is_already_there_is_shown_and_not_written_again(
    platform: Any, checkpointer: Any, agent_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    before = [SeedMessage("user", "长江有多长？"), SeedMessage("assistant", "约 6300 公里。")]
    thread_id = emulator.seed(platform, before)
    agent = agent_of(platform, checkpointer=checkpointer, thread_id=thread_id, create_threads=False)
    by_invoke(agent, "那黄河呢？")
    assert clerk.prompts == [["长江有多长？", "约 6300 公里。", "那黄河呢？"]]
    held = [message.text for message in emulator.messages(platform, thread_id)]
    assert held == ["长江有多长？", "约 6300 公里。", *([] if platform == "hunyuan" else ["那黄河呢？"])]


def test_history_given_with_the_question_is_neither_asked_nor_written_twice(
    agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of()
    by_invoke(agent, "question 1")
    agent.invoke({"messages": [*history_of().messages, HumanMessage("question 2")]}, CHECKPOINTS)
    assert clerk.prompts[-1] == ["question 1", "answer to question 1", "question 2"]
    assert len(history_of().messages) == 4


@both_ways
def test_a_conversation_sent_whole_each_time_is_not_doubled_by_a_window(
    ask: Ask, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of(limit=2)
    for question in ("question 0", "question 1", "question 2", "weather 3"):
        by_invoke(agent, question)
    ask(agent, [*history_of().messages, HumanMessage("question 4")])
    assert clerk.prompts[-1] == ["answer to weather 3", "question 4"]  # the result before goes with its call
    assert len(history_of().messages) == 12


@both_ways
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_question_from_the_middle_of_a_conversation_sent_whole_is_asked(
    ask: Ask, limit: int, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    """An app that has an answer made anew sends all up to its question, all of which the thread has."""
    agent = agent_of(limit=limit)
    for number in range(1, 5):
        by_invoke(agent, f"question {number}")
    conversation = history_of().messages
    said = texts(conversation)
    for length in (1, 3, 5):
        ask(agent, conversation[:length])
        question = said[length - 1]
        assert clerk.prompts[-1] == [*said[-limit:], question]
        said.append(f"answer to {question}")
        assert texts(history_of().messages) == said, "the answer is new, and nothing else"


def test_two_questions_with_one_id_are_two_messages(agent_of: Any, history_of: Any, clerk: Clerk) -> None:
    """An app that numbers each turn's messages anew loses none of them."""
    agent = agent_of()
    for question in ("question 1", "question 2"):
        agent.invoke({"messages": [HumanMessage(question, id="1")]}, CHECKPOINTS)
    assert clerk.prompts[-1] == ["question 1", "answer to question 1", "question 2"]
    assert len(history_of().messages) == 4


def test_a_window_limits_what_the_model_is_asked_and_starts_with_no_cut_off_result(
    checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of(checkpointer=checkpointer, limit=2)
    for question in ("weather 1", "question 2", "question 3"):
        by_invoke(agent, question)
    assert clerk.prompts[-1] == ["question 2", "answer to question 2", "question 3"]
    asked_second = clerk.prompts[2]
    assert asked_second == ["answer to weather 1", "question 2"]  # of the newest two the result goes with its call
    assert len(history_of().messages) == 8


def test_parallel_runs_of_one_middleware_keep_to_their_threads(
    platform: str, overlay: Any, middleware_of: Any, history_of: Any, clerk: Clerk
) -> None:
    def user(state: Any, runtime: Any) -> str:
        return str(state["messages"][0].text).split(":")[0]

    middleware = middleware_of(platform, overlay=overlay, create_threads=True, thread_id=user)
    agent = create_agent(clerk, [], middleware=[middleware])
    for turn in range(3):
        agent.batch([asked(f"user-{number}: question {turn}") for number in range(6)])
    for number in range(6):
        said = [f"user-{number}: question {turn}" for turn in range(3)]
        assert texts(history_of(platform, f"user-{number}").messages)[::2] == said


def test_two_middlewares_of_one_agent_have_a_thread_each(
    checkpointer: Any, overlay: Any, middleware_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    manual = emulator.seed("minimax", [SeedMessage("user", "手册第一页")])
    reading = middleware_of("minimax", overlay=overlay, thread_id=manual, keep="none", name="Manual")
    own = middleware_of("appbuilder", overlay=overlay, create_threads=True, thread_id="user-42")
    agent = create_agent(clerk, [], middleware=[reading, own], checkpointer=checkpointer)
    for turn in range(2):
        by_invoke(agent, f"question {turn}")
    assert texts(history_of().messages) == [
        "question 0",
        "answer to question 0",
        "question 1",
        "answer to question 1",
    ]
    assert len(emulator.messages("minimax", manual)) == 1
    assert sorted(clerk.prompts[0]) == ["question 0", "手册第一页"]
    assert clerk.prompts[0][-1] == "question 0"


def test_a_thread_may_change_between_turns_of_one_checkpointed_conversation(
    overlay: Any, middleware_of: Any, history_of: Any, clerk: Clerk
) -> None:
    middleware = middleware_of("appbuilder", overlay=overlay, create_threads=True)
    agent = create_agent(clerk, [], middleware=[middleware], checkpointer=InMemorySaver())
    for key in ("monday", "tuesday", "monday"):
        by_invoke(agent, f"on {key}", {"configurable": {"thread_id": "c", "provider_thread_id": key}})
    assert clerk.prompts == [["on monday"], ["on tuesday"], ["on monday", "answer to on monday", "on monday"]]
    assert texts(history_of(key="tuesday").messages) == ["on tuesday", "answer to on tuesday"]
    assert len(history_of(key="monday").messages) == 4


def test_tools_see_the_agents_state_as_it_is_without_the_thread(agent_of: Any) -> None:
    agent = agent_of(checkpointer=InMemorySaver())
    by_invoke(agent, "question 1")
    outcome = by_invoke(agent, "weather 2")
    assert results(outcome["messages"]) == ["上海: 9 度"]
    assert set(outcome) == {"messages"}
