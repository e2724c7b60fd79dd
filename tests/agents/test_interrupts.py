"""Runs that wait for somebody: nothing is written before the last resume, and then once, wherever it happens."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain.agents.middleware import HumanInTheLoopMiddleware
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from provider_threads.emulator import Emulator, SeedMessage
from tests.overlay.memories import lists

from .asking import CHECKPOINTS, Ask, both_ways, by_ainvoke, by_invoke, texts
from .models import Clerk

ROOT = Path(__file__).parents[2]

TURN = ["booking please", "call booking", "上海: yes", "answer to booking please"]


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


PROCESS = """
import pickle, sys
from pathlib import Path
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from langchain_threads import ThreadMiddleware
from provider_threads import AppBuilder
from tests.agents.asking import CHECKPOINTS, asked
from tests.agents.models import Clerk, TOOLS, spoken

base_url, folder, step = sys.argv[1:]
folder = Path(folder)
saver = InMemorySaver()
if (folder / "saver").exists():
    storage, writes, blobs = pickle.loads((folder / "saver").read_bytes())
    saver.writes.update(writes)
    saver.blobs.update(blobs)
    for thread, spaces in storage.items():
        for space, checkpoints in spaces.items():
            saver.storage[thread][space].update(checkpoints)
middleware = ThreadMiddleware(
    provider=AppBuilder(base_url=base_url), overlay=str(folder / "threads.db"), create_threads=True, thread_id="user-42"
)
clerk = Clerk()
agent = create_agent(clerk, [*TOOLS.values()], middleware=[middleware], checkpointer=saver)
agent.invoke(asked("booking please") if step == "ask" else Command(resume="yes"), CHECKPOINTS)
storage = {thread: {space: dict(found) for space, found in spaces.items()} for thread, spaces in saver.storage.items()}
(folder / "saver").write_bytes(pickle.dumps((storage, dict(saver.writes), dict(saver.blobs))))
print([spoken(message) for message in clerk.heard[-1]])
"""


def test_a_run_resumed_in_another_process_reads_anew_and_writes_once(emulator: Emulator, tmp_path: Path) -> None:
    def run(step: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, emulator.base_url, str(tmp_path), step],
            cwd=ROOT,
            env={**os.environ, **emulator.environment, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert run("ask") == "['booking please']"
    assert run("resume") == str(TURN[:3])
    from langchain_threads import ThreadChatMessageHistory
    from provider_threads import AppBuilder
    from provider_threads.overlay import Overlay

    provider = AppBuilder(emulator.credentials.appbuilder_token, emulator.base_url)
    with (
        Overlay(tmp_path / "threads.db") as overlay,
        ThreadChatMessageHistory("user-42", provider=provider, overlay=overlay) as history,
    ):
        assert texts(history.messages) == TURN


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


def test_a_run_whose_model_failed_has_written_nothing(
    checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    agent = agent_of(checkpointer=checkpointer)
    clerk.failures.append(RuntimeError("overloaded"))
    with pytest.raises(RuntimeError, match="overloaded"):
        by_invoke(agent, "question 1")
    assert emulator.requests == []
    assert history_of().messages == []
