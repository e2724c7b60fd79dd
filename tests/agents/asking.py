"""Ways of asking an agent, each giving the messages that the run added."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from .models import spoken

CHECKPOINTS = {"configurable": {"thread_id": "checkpoints-1"}}
"""LangGraph's own name for a chain of checkpoints; no platform's thread is called so."""

Ask = Callable[..., Any]


def asked(question: str | HumanMessage | list[BaseMessage]) -> dict[str, Any]:
    if isinstance(question, list):
        return {"messages": question}
    return {"messages": [question if isinstance(question, HumanMessage) else ("user", question)]}


def by_invoke(agent: Any, question: Any, config: Any = CHECKPOINTS) -> Any:
    return agent.invoke(asked(question), config)


def by_ainvoke(agent: Any, question: Any, config: Any = CHECKPOINTS) -> Any:
    return asyncio.run(agent.ainvoke(asked(question), config))


def by_stream(agent: Any, question: str, config: Any = CHECKPOINTS) -> Any:
    return [*agent.stream(asked(question), config, stream_mode="updates")]


def by_astream(agent: Any, question: str, config: Any = CHECKPOINTS) -> Any:
    async def collected() -> list[Any]:
        return [piece async for piece in agent.astream(asked(question), config, stream_mode="values")]

    return asyncio.run(collected())


def by_events(agent: Any, question: str, config: Any = CHECKPOINTS) -> Any:
    async def collected() -> list[Any]:
        return [event async for event in agent.astream_events(asked(question), config, version="v2")]

    return asyncio.run(collected())


def by_batch(agent: Any, question: str, config: Any = CHECKPOINTS) -> Any:
    return agent.batch([asked(question)], [config])


every_way = pytest.mark.parametrize("ask", [by_invoke, by_ainvoke, by_stream, by_astream, by_events, by_batch])
both_ways = pytest.mark.parametrize("ask", [by_invoke, by_ainvoke])


def texts(messages: list[BaseMessage]) -> list[str]:
    return [spoken(message) for message in messages]
