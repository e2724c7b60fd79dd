"""How a run says which hosted thread it is about; without that the model is not asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver

from langchain_threads import ThreadMiddleware
from provider_threads import ConfigurationError, Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .asking import Ask, asked, both_ways, by_ainvoke, by_invoke, texts
from .models import Clerk


@dataclasses.dataclass
class Caller:
    provider_thread_id: str | None = None


@pytest.fixture
def open_agent(
    overlay: Overlay, provider_of: Callable[..., Provider], clerk: Clerk, middleware_of: Callable[..., ThreadMiddleware]
) -> Callable[..., Any]:
    """Makes agents that are told with each call which thread is meant."""

    def make(context_schema: Any = None, checkpointer: Any = None, **settings: Any) -> Any:
        middleware = middleware_of("appbuilder", overlay=overlay, create_threads=True, **settings)
        return create_agent(
            clerk, [], middleware=[middleware], context_schema=context_schema, checkpointer=checkpointer
        )

    return make


@both_ways
def test_the_call_names_it_in_its_config(ask: Ask, open_agent: Any, history_of: Any) -> None:
    ask(open_agent(), "question 1", {"configurable": {"provider_thread_id": "user-1"}})
    assert texts(history_of(key="user-1").messages) == ["question 1", "answer to question 1"]


@pytest.mark.parametrize("context", [Caller("user-1"), {"provider_thread_id": "user-1"}], ids=["object", "dict"])
def test_the_calls_context_names_it_and_goes_before_the_config(context: Any, open_agent: Any, history_of: Any) -> None:
    agent = open_agent(Caller if isinstance(context, Caller) else None)
    agent.invoke(asked("question 1"), {"configurable": {"provider_thread_id": "user-2"}}, context=context)
    assert len(history_of(key="user-1").messages) == 2
    assert history_of(key="user-2").messages == []


def test_a_function_of_state_and_runtime_names_it(open_agent: Any, history_of: Any) -> None:
    agent = open_agent(Caller, thread_id=lambda state, runtime: f"{runtime.context.provider_thread_id}-today")
    agent.invoke(asked("question 1"), context=Caller("user-1"))
    assert len(history_of(key="user-1-today").messages) == 2


@both_ways
@pytest.mark.parametrize("checkpointer", [None, InMemorySaver()], ids=["without", "with"])
def test_without_any_the_model_is_not_asked_and_langgraphs_own_thread_id_is_not_taken(
    ask: Ask, checkpointer: Any, open_agent: Any, clerk: Clerk, emulator: Emulator
) -> None:
    agent = open_agent(checkpointer=checkpointer)
    with pytest.raises(ConfigurationError, match="nothing says which hosted thread") as raised:
        ask(agent, "question 1", {"configurable": {"thread_id": "user-1"}})
    assert "config={'configurable': {'provider_thread_id': …}}" in str(raised.value)
    assert clerk.heard == []
    assert emulator.requests == []


@both_ways
@pytest.mark.parametrize("wrong", [42, b"user-1", ""])
def test_what_is_no_text_or_empty_is_refused_before_the_model_is_asked(
    ask: Ask, wrong: Any, open_agent: Any, clerk: Clerk
) -> None:
    with pytest.raises(ConfigurationError):
        ask(open_agent(), "question 1", {"configurable": {"provider_thread_id": wrong}})
    with pytest.raises(ConfigurationError):
        ask(open_agent(thread_id=lambda state, runtime: wrong, name="Other"), "question 1", {})
    assert clerk.heard == []


async def _coroutine(state: Any, runtime: Any) -> str:
    return "user-1"


@pytest.mark.parametrize("wrong", ["", "\n", 42, ["user-1"], _coroutine])
def test_what_can_name_no_thread_is_refused_when_the_middleware_is_made(wrong: Any, middleware_of: Any) -> None:
    with pytest.raises(ConfigurationError):
        middleware_of("appbuilder", keep="none", thread_id=wrong)


def test_the_function_is_asked_once_a_run(open_agent: Any) -> None:
    calls: list[str] = []

    def user(state: Any, runtime: Any) -> str:
        calls.append("asked")
        return "user-1"

    agent = open_agent(thread_id=user)
    for turn in range(2):
        (by_invoke, by_ainvoke)[turn](agent, f"question {turn}")
    assert len(calls) == 2
