"""The middleware in interpreters of its own, and what a tracer is shown of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain.agents.middleware import types as middleware_types
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.schemas import Run

import langchain_threads
from langchain_threads import ThreadMiddleware
from provider_threads import ConfigurationError, MiniMax

from .asking import Ask, both_ways, by_invoke
from .models import CONTEXT_REACHES_TASKS

ROOT = Path(__file__).parents[2]

BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("langchain", "langgraph"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "script", ["from langchain_threads import ThreadMiddleware", "import langchain_threads.middleware"]
)
def test_without_the_extra_the_error_names_the_command(script: str) -> None:
    done = run(BLOCK + script)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        "ImportError: ThreadMiddleware needs LangChain 1: pip install 'provider-threads[agents]'"
    )


def test_the_rest_of_the_package_needs_neither_langchain_nor_langgraph() -> None:
    done = run(BLOCK + "from langchain_threads import *\nfrom langchain_threads import import_thread, aimport_thread")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_package_does_not_have_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'ThreadMiddlewares'"):
        _ = langchain_threads.ThreadMiddlewares  # type: ignore[attr-defined]


def test_a_middleware_shows_its_platform_and_no_credential() -> None:
    shown = repr(ThreadMiddleware(provider=MiniMax("secret-key", "group"), thread_id="thread_1", keep="none"))
    assert shown.startswith("ThreadMiddleware('ThreadMiddleware', MiniMax(")
    assert "secret-key" not in shown


class Tracer(BaseTracer):
    """Keeps what a tracer would send away."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: dict[str, str] = {}

    def _persist_run(self, run: Run) -> None:
        """Each step is noted when it ends."""

    def _end_trace(self, run: Run) -> None:
        self.steps[run.name] = self.steps.get(run.name, "") + repr((run.inputs, run.outputs))
        super()._end_trace(run)


HOOKS = ("ThreadMiddleware.before_model", "ThreadMiddleware.after_agent")
NEW = hasattr(middleware_types, "TracePolicy")


@pytest.mark.skipif(not NEW, reason="this langchain cannot keep payloads from traces")
@pytest.mark.parametrize("trace", [True, False])
@both_ways
def test_a_tracer_is_shown_what_the_middlewares_steps_were_given_only_where_it_may_be(
    ask: Ask, trace: bool, agent_of: Any
) -> None:
    agent = agent_of(trace=trace)
    tracer = Tracer()
    ask(agent, "question 1", {"callbacks": [tracer]})
    assert set(HOOKS) <= set(tracer.steps)
    assert [name for name in HOOKS if "question 1" in tracer.steps[name]] == (list(HOOKS) if trace else [])
    if ask is by_invoke or CONTEXT_REACHES_TASKS:  # else the model's own step is not traced at all
        assert "question 1" in tracer.steps["Clerk"]


def test_an_older_langchain_that_cannot_says_so(monkeypatch: pytest.MonkeyPatch, middleware_of: Any) -> None:
    monkeypatch.delattr(middleware_types, "TracePolicy", raising=False)
    with pytest.raises(ConfigurationError, match=r"trace=False needs a langchain.*LANGSMITH_HIDE_INPUTS"):
        middleware_of("appbuilder", keep="none", trace=False)


async def test_a_middleware_is_a_context_manager_and_may_be_closed_again(provider_of: Any) -> None:
    with ThreadMiddleware(provider=provider_of("appbuilder"), thread_id="thread_1", keep="none") as middleware:
        middleware.close()
    async with middleware:
        await middleware.aclose()
