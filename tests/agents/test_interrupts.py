"""Runs that wait for somebody: nothing is written before the last resume, and then once, wherever it happens."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langchain_core.messages import BaseMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from provider_threads.emulator import Emulator, SeedMessage
from tests.overlay.memories import lists

from .asking import CHECKPOINTS, Ask, both_ways, by_ainvoke, by_invoke, texts
from .models import CONTEXT_REACHES_TASKS, Clerk

ROOT = Path(__file__).parents[2]

TURN = ["booking please", "call booking", "上海: yes", "answer to booking please"]


def more() -> list[BaseMessage]:
    return [HumanMessage(f"more {number}") for number in range(3)]


def resumed(ask: Ask, agent: Any, answer: Any) -> Any:
    if ask is by_ainvoke:
        return asyncio.run(agent.ainvoke(Command(resume=answer), CHECKPOINTS))
    return agent.invoke(Command(resume=answer), CHECKPOINTS)


@both_ways
def test_a_tool_that_waits_writes_nothing_until_it_is_resumed(
    ask: Ask, platform: str, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of(platform, checkpointer=InMemorySaver())
    ask(agent, "question 1")
    assert "__interrupt__" in ask(agent, "booking please")
    assert texts(history_of(platform).messages) == ["question 1", "answer to question 1"]
    resumed(ask, agent, "yes")
    assert texts(history_of(platform).messages) == ["question 1", "answer to question 1", *TURN]
    assert clerk.prompts[-1] == ["question 1", "answer to question 1", *TURN[:3]]
    by_invoke(agent, "question 3")
    assert texts(history_of(platform).messages)[6:] == ["question 3", "answer to question 3"]


@both_ways
def test_a_call_that_somebody_approves_is_written_once(
    ask: Ask, agent_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    if ask is by_ainvoke and not CONTEXT_REACHES_TASKS:
        pytest.skip("LangChain's own middleware cannot interrupt awaited code")
    approving = HumanInTheLoopMiddleware(interrupt_on={"weather": True})
    agent = agent_of("appbuilder", approving, checkpointer=InMemorySaver(), freshness=0)
    assert "__interrupt__" in ask(agent, "weather today")
    assert history_of().messages == []
    before = lists(emulator)
    resumed(ask, agent, {"decisions": [{"type": "approve"}]})
    assert lists(emulator) - before <= 1
    said = ["weather today", "call weather", "上海: 9 度", "answer to weather today"]
    assert texts(history_of().messages) == said
    assert clerk.prompts[-1] == said[:3]


def test_what_others_said_while_the_run_waited_is_known_when_it_goes_on(
    agent_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    agent = agent_of(checkpointer=InMemorySaver(), freshness=0)
    by_invoke(agent, "question 1")
    by_invoke(agent, "booking please")
    hosted = history_of().hosted_thread_id()
    emulator.seed("appbuilder", [SeedMessage("assistant", "the hotel is full")], thread_id=hosted)
    resumed(by_invoke, agent, "yes")
    assert clerk.prompts[-1] == ["question 1", "answer to question 1", "the hotel is full", *TURN[:3]]
    assert texts(history_of().messages)[3:] == TURN


RESUMING = """
import pickle, sys
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from langchain_threads import ThreadMiddleware
from provider_threads import AppBuilder
from tests.agents.asking import CHECKPOINTS
from tests.agents.models import Clerk, TOOLS

base_url, database, checkpoints = sys.argv[1:]
with open(checkpoints, "rb") as file:
    storage, writes, blobs = pickle.load(file)
saver = InMemorySaver()
saver.writes.update(writes)
saver.blobs.update(blobs)
for thread, namespaces in storage.items():
    for namespace, found in namespaces.items():
        saver.storage[thread][namespace].update(found)
provider = AppBuilder(base_url=base_url)
middleware = ThreadMiddleware(provider=provider, overlay=database, create_threads=True, thread_id="user-42")
clerk = Clerk()
agent = create_agent(clerk, [*TOOLS.values()], middleware=[middleware], checkpointer=saver)
agent.invoke(Command(resume="yes"), CHECKPOINTS)
print(clerk.prompts)
"""


def test_a_run_resumed_in_another_process_reads_anew_and_writes_once(
    agent_of: Any, history_of: Any, emulator: Emulator, tmp_path: Path
) -> None:
    saver = InMemorySaver()
    agent = agent_of(checkpointer=saver)
    by_invoke(agent, "question 1")
    by_invoke(agent, "booking please")
    storage = {thread: {name: dict(found) for name, found in names.items()} for thread, names in saver.storage.items()}
    (tmp_path / "checkpoints").write_bytes(pickle.dumps((storage, dict(saver.writes), dict(saver.blobs))))
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            RESUMING,
            emulator.base_url,
            str(tmp_path / "threads.db"),
            str(tmp_path / "checkpoints"),
        ],
        cwd=ROOT,
        env={**os.environ, **emulator.environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    before = ["question 1", "answer to question 1"]
    assert (done.returncode, done.stdout.strip()) == (0, str([[*before, *TURN[:3]]])), done.stderr
    assert texts(history_of().messages) == [*before, *TURN]


@both_ways
def test_a_model_that_failed_is_asked_again_with_the_thread(
    ask: Ask, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    """The run goes on at the model, without the step before it."""
    agent = agent_of(checkpointer=InMemorySaver())
    by_invoke(agent, "question 1")
    clerk.failures.append(RuntimeError("overloaded"))
    with pytest.raises(RuntimeError, match="overloaded"):
        ask(agent, "weather 2")
    assert len(history_of().messages) == 2
    if ask is by_ainvoke:
        asyncio.run(agent.ainvoke(None, CHECKPOINTS))
    else:
        agent.invoke(None, CHECKPOINTS)
    assert clerk.prompts[-2] == ["question 1", "answer to question 1", "weather 2"]
    assert clerk.prompts[-1][:3] == ["question 1", "answer to question 1", "weather 2"]
    assert texts(history_of().messages)[2:] == ["weather 2", "call weather", "上海: 9 度", "answer to weather 2"]


@both_ways
def test_a_question_that_the_thread_has_beyond_the_window_is_asked_again_after_a_wait(
    ask: Ask, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    history_of().add_messages([HumanMessage("booking please", id="question-1"), *more()])
    agent = agent_of(checkpointer=InMemorySaver(), limit=2)
    assert "__interrupt__" in ask(agent, HumanMessage("booking please", id="question-1"))
    resumed(ask, agent, "yes")
    assert clerk.prompts == [["more 1", "more 2", "booking please"], ["more 1", "more 2", *TURN[:3]]]
    assert texts(history_of().messages) == ["booking please", "more 0", "more 1", "more 2", *TURN[1:]]


@both_ways
def test_a_run_resumed_at_its_model_repeats_nothing_that_the_thread_has_beyond_the_window(
    ask: Ask, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    known = [HumanMessage(f"question {number}", id=f"question-{number}") for number in (1, 2)]
    history_of().add_messages([*known, *more()])
    agent = agent_of(checkpointer=InMemorySaver(), limit=1)
    clerk.failures.append(RuntimeError("overloaded"))
    with pytest.raises(RuntimeError, match="overloaded"):
        ask(agent, known)
    more_of_others = [HumanMessage(f"later {number}") for number in range(3)]
    history_of().add_messages(more_of_others)
    if ask is by_ainvoke:
        asyncio.run(agent.ainvoke(None, CHECKPOINTS))
    else:
        agent.invoke(None, CHECKPOINTS)
    assert clerk.prompts == [["more 2", "question 2"], ["later 2", "question 2"]]
    assert texts(history_of().messages) == [
        *texts([*known, *more(), *more_of_others]),
        "answer to question 2",
    ]


def test_a_run_whose_model_failed_has_written_nothing(
    checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    agent = agent_of(checkpointer=checkpointer)
    clerk.failures.append(RuntimeError("overloaded"))
    with pytest.raises(RuntimeError, match="overloaded"):
        by_invoke(agent, "question 1")
    assert emulator.requests == []
    assert history_of().messages == []
