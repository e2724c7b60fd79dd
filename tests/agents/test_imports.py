"""A thread's messages into a checkpointer: each once, however often it is done, and whatever goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph

from langchain_threads import ThreadChatMessageHistory, aimport_thread, import_thread
from provider_threads.emulator import Emulator, SeedMessage

from .asking import CHECKPOINTS, by_invoke, texts
from .models import LANGCHAIN, TOOLS, Clerk

Import = Callable[..., int]


def by_awaiting(*arguments: Any, **settings: Any) -> int:
    return asyncio.run(aimport_thread(*arguments, **settings))


@pytest.fixture(params=[import_thread, by_awaiting], ids=["sync", "async"])
def importing(request: pytest.FixtureRequest) -> Import:
    chosen: Import = request.param
    return chosen


QUESTION, ANSWER = SeedMessage("user", "长江有多长？"), SeedMessage("assistant", "约 6300 公里。")


@pytest.fixture
def agent(clerk: Clerk) -> Any:
    return create_agent(clerk, [*TOOLS.values()], checkpointer=InMemorySaver())


def held(agent: Any) -> list[str]:
    return texts(agent.get_state(CHECKPOINTS).values["messages"])


def test_each_message_is_imported_once_and_the_next_import_brings_what_is_new(
    importing: Import, platform: Any, agent: Any, provider_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    """Without an overlay too: the ids are the platform's."""
    thread_id = emulator.seed(platform, [QUESTION, ANSWER])
    with ThreadChatMessageHistory(thread_id, provider=provider_of(platform)) as history:
        assert importing(agent, CHECKPOINTS, history) == 2
        assert importing(agent, CHECKPOINTS, history) == 0
        assert held(agent) == ["长江有多长？", "约 6300 公里。"]
        by_invoke(agent, "那黄河呢？")
        assert clerk.prompts == [["长江有多长？", "约 6300 公里。", "那黄河呢？"]]
        emulator.seed(platform, [SeedMessage("user", "珠江呢？")], thread_id=thread_id)
        assert importing(agent, CHECKPOINTS, history) == 1
    assert held(agent) == ["长江有多长？", "约 6300 公里。", "那黄河呢？", "answer to 那黄河呢？", "珠江呢？"]


def test_an_empty_thread_imports_nothing(importing: Import, agent: Any, history_of: Any) -> None:
    assert importing(agent, CHECKPOINTS, history_of()) == 0
    assert agent.get_state(CHECKPOINTS).values == {}


@pytest.mark.skipif(LANGCHAIN < (1, 2, 10), reason="LangChain then looks for an answer, and fails where there is none")
@pytest.mark.parametrize("seeds", [[QUESTION], [ANSWER], [QUESTION, QUESTION]], ids=["question", "answer", "questions"])
def test_a_thread_that_ends_anywhere_can_be_gone_on_with(
    seeds: list[SeedMessage], importing: Import, agent: Any, provider_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", seeds)
    with ThreadChatMessageHistory(thread_id, provider=provider_of("minimax")) as history:
        assert importing(agent, CHECKPOINTS, history) == len(seeds)
    by_invoke(agent, "那黄河呢？")
    assert clerk.prompts == [[*(seed.text for seed in seeds), "那黄河呢？"]]


def test_calls_and_their_results_are_imported_as_they_were_written(
    importing: Import, agent: Any, history_of: Any, clerk: Clerk
) -> None:
    turn = [
        HumanMessage("weather 1", id="question"),
        AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "上海"}, "id": "call_1"}], id="call"),
        ToolMessage("9 度", tool_call_id="call_1", id="result"),
        AIMessage("9 度。", id="answer"),
    ]
    history = history_of()
    history.add_messages(turn)
    assert importing(agent, CHECKPOINTS, history) == 4
    assert agent.get_state(CHECKPOINTS).values["messages"] == turn
    by_invoke(agent, "question 2")
    assert clerk.heard[-1][:4] == turn


def test_a_graph_of_ones_own_names_the_node_that_answers(importing: Import, clerk: Clerk, history_of: Any) -> None:
    def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [clerk.invoke(state["messages"])]}

    building = StateGraph(MessagesState)
    building.add_node("answering", answer)
    building.add_edge(START, "answering")
    building.add_edge("answering", END)
    graph = building.compile(checkpointer=InMemorySaver())
    history = history_of()
    history.add_messages([HumanMessage("question 1"), AIMessage("answer 1")])
    assert importing(graph, CHECKPOINTS, history, as_node="answering") == 2
    by_invoke(graph, "question 2")
    assert clerk.prompts == [["question 1", "answer 1", "question 2"]]


def test_what_was_imported_is_not_written_back_by_the_agents_own_middleware(
    importing: Import, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    """Not even what lies before the middleware's window on the thread."""
    history = history_of()
    history.add_messages([(HumanMessage, AIMessage)[number % 2](f"message {number}") for number in range(6)])
    agent = agent_of(checkpointer=InMemorySaver(), limit=2)
    assert importing(agent, CHECKPOINTS, history) == 6
    by_invoke(agent, "question 1")
    assert clerk.prompts == [["message 4", "message 5", "question 1"]]
    assert len(history.messages) == 8
    assert importing(agent, CHECKPOINTS, history) == 0


def test_without_a_checkpointer_langgraph_says_so(importing: Import, clerk: Clerk, history_of: Any) -> None:
    history = history_of()
    history.add_messages([HumanMessage("question 1")])
    with pytest.raises(ValueError, match="checkpointer"):
        importing(create_agent(clerk, []), CHECKPOINTS, history)
