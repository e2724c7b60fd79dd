"""Streams, traces and checkpoints hold what the run said, and nothing of the thread before it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from langgraph.checkpoint.memory import InMemorySaver

from .asking import CHECKPOINTS, asked, by_invoke
from .models import CONTEXT_REACHES_TASKS, Clerk

EARLIER = ("weather before", "answer to weather before", "上海: 9 度")


@pytest.fixture
def agent(agent_of: Any, checkpointer: Any) -> Any:
    """An agent that has had a turn with tools, in another conversation of LangGraph's."""
    made = agent_of(checkpointer=checkpointer)
    by_invoke(made, "weather before", {"configurable": {"thread_id": "earlier"}})
    return made


def streamed(agent: Any, way: str, stream_mode: Any) -> list[Any]:
    if way == "sync":
        return [*agent.stream(asked("question 2"), CHECKPOINTS, stream_mode=stream_mode)]

    async def collected() -> list[Any]:
        return [piece async for piece in agent.astream(asked("question 2"), CHECKPOINTS, stream_mode=stream_mode)]

    return asyncio.run(collected())


@pytest.mark.parametrize("way", ["sync", "async"])
def test_the_stream_of_messages_is_the_answer_and_nothing_of_the_thread(agent: Any, way: str, clerk: Clerk) -> None:
    pieces = [piece for piece, _ in streamed(agent, way, "messages")]
    assert len(clerk.heard[-1]) == 5  # the model was asked with all of it
    assert {piece.id for piece in pieces} == {pieces[0].id}
    assert "".join(piece.text for piece in pieces) == "answer to question 2"


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("stream_mode", ["updates", "values", "debug", "tasks"])
def test_no_stream_holds_what_was_said_before(agent: Any, way: str, stream_mode: str) -> None:
    seen = repr(streamed(agent, way, stream_mode))
    assert "question 2" in seen
    assert [said for said in EARLIER if said in seen] == []


@pytest.mark.skipif(not CONTEXT_REACHES_TASKS, reason="no events from awaited code")
def test_events_show_the_thread_where_the_model_is_asked_and_nowhere_else(agent: Any) -> None:
    async def collected() -> list[Any]:
        return [event async for event in agent.astream_events(asked("question 2"), CHECKPOINTS, version="v2")]

    told = {event["name"] for event in asyncio.run(collected()) if "weather before" in repr(event["data"])}
    assert told == {"Clerk"}


def test_a_checkpoint_never_holds_the_thread(agent_of: Any) -> None:
    saver = InMemorySaver()
    agent = agent_of(checkpointer=saver)
    by_invoke(agent, "weather before", {"configurable": {"thread_id": "earlier"}})
    for question in ("weather 2", "question 3"):
        by_invoke(agent, question)
    checkpoints = list(saver.list(CHECKPOINTS))
    assert checkpoints
    raw = repr((saver.blobs, saver.writes, saver.storage))
    kept = repr(checkpoints)
    assert "question 3" in kept
    assert "weather before" not in kept
    assert raw.count("weather before") == repr([*_of(saver, "earlier")]).count("weather before")


def _of(saver: InMemorySaver, thread_id: str) -> list[Any]:
    parts: list[Any] = [item for item in saver.blobs.items() if item[0][0] == thread_id]
    parts += [item for item in saver.writes.items() if item[0][0] == thread_id]
    return [*parts, saver.storage[thread_id]]


def test_the_state_keeps_only_the_conversation_of_its_checkpoints(agent_of: Any) -> None:
    agent = agent_of(checkpointer=InMemorySaver())
    by_invoke(agent, "weather before", {"configurable": {"thread_id": "earlier"}})
    by_invoke(agent, "question 2")
    values = agent.get_state(CHECKPOINTS).values
    messages: list[BaseMessage] = values["messages"]
    assert [message.text for message in messages] == ["question 2", "answer to question 2"]
    assert set(values) == {"messages", "thread_runs", "thread_settled"}
    assert values["thread_runs"] == {"ThreadMiddleware": "user-42"}
    assert [type(run) for run in values["thread_runs"].values()] == [str]
