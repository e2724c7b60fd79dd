"""Writes that fail are raised to whoever called the agent, and tried again they double nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import RetryPolicy

from provider_threads import (
    AppBuilder,
    AsyncThreadClient,
    InvalidRequestError,
    MiniMax,
    OutcomeUnknownError,
    Provider,
    ThreadClient,
    ThreadsError,
)
from provider_threads import RetryPolicy as Attempts
from provider_threads.emulator import Emulator
from tests.overlay.faults import Faults

from .asking import CHECKPOINTS, Ask, both_ways, by_ainvoke, by_invoke, texts
from .models import Clerk


@pytest.fixture
def client(faulty: Provider) -> Any:
    """Tries each request once."""
    with ThreadClient(faulty, retry=Attempts(attempts=1)) as opened:
        yield opened


def again(ask: Ask, agent: Any) -> Any:
    if ask is by_ainvoke:
        return asyncio.run(agent.ainvoke(None, CHECKPOINTS))
    return agent.invoke(None, CHECKPOINTS)


@both_ways
@pytest.mark.parametrize(
    ("fault", "error"),
    [("refused", InvalidRequestError), ("unavailable", OutcomeUnknownError), ("lost", OutcomeUnknownError)],
)
def test_a_failed_write_is_raised_and_tried_again_is_written_once(
    ask: Ask,
    fault: Any,
    error: type[ThreadsError],
    client: ThreadClient,
    faults: Faults,
    agent_of: Any,
    history_of: Any,
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    agent = agent_of(client=client, provider=None, checkpointer=InMemorySaver())
    ask(agent, "question 1")
    faults.of_writes.append(fault)
    with pytest.raises(error), caplog.at_level(logging.ERROR):
        ask(agent, "weather 2")
    assert "a write to thread user-42 failed" in caplog.text
    assert "weather 2" not in caplog.text
    again(ask, agent)
    turn = ["weather 2", "call weather", "上海: 9 度", "answer to weather 2"]
    history = history_of(provider=AppBuilder(emulator.credentials.appbuilder_token, faults.base_url))
    assert texts(history.messages) == ["question 1", "answer to question 1", *turn]
    hosted = history.hosted_thread_id()
    assert [held.text for held in emulator.messages("appbuilder", hosted)] == ["question 1", "weather 2"]
    by_invoke(agent, "question 3")
    assert len(history.messages) == 8


@pytest.fixture
def minimax(emulator: Emulator, faults: Faults) -> Any:
    """MiniMax behind the faults, taking answers too: a turn is two requests, of which one may fail."""
    account = emulator.credentials
    taking = MiniMax(
        account.minimax_api_key, account.minimax_group_id, faults.base_url, write_roles={"user", "assistant"}
    )
    with ThreadClient(taking, retry=Attempts(attempts=1)) as opened:
        yield opened


@pytest.mark.parametrize("limit", [None, 1])
@both_ways
def test_of_a_half_written_turn_only_the_rest_is_written(
    ask: Ask, limit: int | None, minimax: ThreadClient, faults: Faults, agent_of: Any, emulator: Emulator
) -> None:
    """However small the window on the thread is."""
    thread_id = emulator.seed("minimax", [])
    agent = agent_of(client=minimax, thread_id=thread_id, checkpointer=InMemorySaver(), limit=limit)
    faults.of_writes.extend(["passed", "refused"])
    with pytest.raises(InvalidRequestError) as raised:
        ask(agent, "weather 1")
    assert raised.value.appended == 3  # the question, and the call and the result behind it
    again(ask, agent)
    held = [message.text for message in emulator.messages("minimax", thread_id)]
    assert held == ["weather 1", "answer to weather 1"]


def test_a_step_that_langgraph_itself_tries_again_doubles_nothing(
    minimax: ThreadClient, faults: Faults, agent_of: Any, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", [])
    agent = agent_of(client=minimax, thread_id=thread_id)
    policy = RetryPolicy(initial_interval=0, max_interval=0, jitter=False, retry_on=InvalidRequestError)
    agent.nodes["ThreadMiddleware.after_agent"].retry_policy = [policy]
    faults.of_writes.extend(["passed", "refused"])
    by_invoke(agent, "question 1")
    assert [message.text for message in emulator.messages("minimax", thread_id)] == [
        "question 1",
        "answer to question 1",
    ]


def test_a_turn_asked_again_with_the_same_message_has_its_question_once(
    client: ThreadClient, faults: Faults, agent_of: Any, history_of: Any, faulty: Provider, clerk: Clerk
) -> None:
    """Without checkpoints the app asks again. The first answer arrived although nobody learned of it."""
    agent = agent_of(client=client, provider=None, freshness=0)
    faults.of_writes.append("lost")
    question = HumanMessage("question 1", id="question-1")
    with pytest.raises(OutcomeUnknownError):
        agent.invoke({"messages": [question]})
    agent.invoke({"messages": [question]})
    assert clerk.prompts[-1].count("question 1") == 1
    assert texts(history_of(provider=faulty).messages).count("question 1") == 1


@both_ways
@pytest.mark.parametrize("limit", [1, 2, 20])
def test_a_question_asked_again_is_not_doubled_however_small_the_window_is(
    ask: Ask,
    limit: int,
    client: ThreadClient,
    faults: Faults,
    agent_of: Any,
    faulty: Provider,
    history_of: Any,
    clerk: Clerk,
    emulator: Emulator,
) -> None:
    agent = agent_of(client=client, provider=None, limit=limit, freshness=0)
    faults.of_writes.append("lost")
    question = HumanMessage("weather 1", id="question-1")
    with pytest.raises(OutcomeUnknownError):
        ask(agent, question)
    ask(agent, question)
    assert all(prompt.count("weather 1") == 1 for prompt in clerk.prompts), "the model is asked it, once"
    history = history_of(provider=faulty)
    assert texts(history.messages).count("weather 1") == 1
    hosted = emulator.messages("appbuilder", history.hosted_thread_id())
    assert [held.text for held in hosted] == ["weather 1"]
    ask(agent, HumanMessage("weather 1", id="question-2"))
    assert texts(history.messages).count("weather 1") == 2, "another message is another question"
    ask(agent, HumanMessage("question 3", id="question-1"))
    assert texts(history.messages).count("question 3") == 1, "nor is an id alone the same message"


@both_ways
def test_a_new_question_after_a_write_that_got_through_doubles_nothing_beyond_the_window(
    ask: Ask, client: ThreadClient, faults: Faults, agent_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    agent = agent_of(client=client, provider=None, checkpointer=InMemorySaver(), limit=2, freshness=0)
    ask(agent, "question 1")
    faults.of_writes.append("lost")
    with pytest.raises(OutcomeUnknownError):
        ask(agent, "weather 2")
    ask(agent, "question 3")
    assert clerk.prompts[-1] == ["answer to weather 2", "question 3"]
    history = history_of(provider=AppBuilder(emulator.credentials.appbuilder_token, faults.base_url))
    assert len(history.messages) == 8
    hosted = history.hosted_thread_id()
    assert [held.text for held in emulator.messages("appbuilder", hosted)] == ["question 1", "weather 2", "question 3"]


@both_ways
def test_a_thread_that_cannot_be_read_is_an_error_before_the_model_is_asked(
    ask: Ask, client: ThreadClient, faults: Faults, agent_of: Any, emulator: Emulator, clerk: Clerk
) -> None:
    agent = agent_of(client=client, provider=None, thread_id=emulator.seed("appbuilder", []), create_threads=None)
    faults.of_all = "unavailable"
    with pytest.raises(ThreadsError):
        ask(agent, "question 1")
    assert clerk.heard == []


def test_an_asynchronous_client_serves_an_agent_that_is_awaited(
    provider_of: Any, agent_of: Any, history_of: Any
) -> None:
    async def conversation() -> None:
        async with AsyncThreadClient(provider_of("appbuilder")) as client:
            agent = agent_of(client=client, provider=None)
            for turn in range(2):
                await agent.ainvoke({"messages": [("user", f"question {turn}")]})

    asyncio.run(conversation())
    assert len(history_of().messages) == 4
