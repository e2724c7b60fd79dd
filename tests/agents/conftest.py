"""Agents of `create_agent` over threads on the emulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from langchain.agents import create_agent
from langgraph.checkpoint.memory import InMemorySaver

from langchain_threads import ThreadChatMessageHistory, ThreadMiddleware
from provider_threads import AppBuilder, Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay
from tests.overlay.faults import Faults

from .models import TOOLS, Clerk


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def middleware_of(provider_of: Callable[..., Provider]) -> Iterator[Callable[..., ThreadMiddleware]]:
    """Makes middleware for a platform's threads, closed after the test."""
    with ExitStack() as opened:

        def make(platform: str, **settings: Any) -> ThreadMiddleware:
            if "client" not in settings:
                settings.setdefault("provider", provider_of(platform))
            return opened.enter_context(ThreadMiddleware(**settings))

        yield make


@pytest.fixture
def agent_of(clerk: Clerk, overlay: Overlay, middleware_of: Callable[..., ThreadMiddleware]) -> Callable[..., Any]:
    """Makes agents with tools whose memory is a thread of ``user-42``, over the overlay unless told otherwise."""

    def make(platform: str = "appbuilder", *others: Any, checkpointer: Any = None, **settings: Any) -> Any:
        wanted = {"overlay": overlay, "create_threads": True, "thread_id": "user-42", **settings}
        given = {name: value for name, value in wanted.items() if value is not None}
        middleware = [middleware_of(platform, **given), *others]
        return create_agent(clerk, [*TOOLS.values()], middleware=middleware, checkpointer=checkpointer)

    return make


@pytest.fixture
def history_of(
    overlay: Overlay, provider_of: Callable[..., Provider]
) -> Iterator[Callable[..., ThreadChatMessageHistory]]:
    """Opens the thread of ``user-42``, or another, as anybody else would."""
    with ExitStack() as opened:

        def make(platform: str = "appbuilder", key: str = "user-42", **settings: Any) -> ThreadChatMessageHistory:
            wanted = {"provider": provider_of(platform), "overlay": overlay, "create_threads": True, **settings}
            return opened.enter_context(ThreadChatMessageHistory(key, **wanted))

        yield make


@pytest.fixture(params=["without", "with"])
def checkpointer(request: pytest.FixtureRequest) -> InMemorySaver | None:
    """None, and a checkpointer."""
    return InMemorySaver() if request.param == "with" else None


@pytest.fixture
def faults(emulator: Emulator) -> Iterator[Faults]:
    """An address before the emulator where things go wrong on demand."""
    with Faults(emulator.base_url) as between:
        yield between


@pytest.fixture
def faulty(emulator: Emulator, faults: Faults) -> Provider:
    """AppBuilder behind the faults."""
    return AppBuilder(emulator.credentials.appbuilder_token, faults.base_url)
