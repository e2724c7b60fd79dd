"""Stores over the emulator, closed after the test; each test in both ways of calling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads import Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import Adding, Calling, Mode, OpenMemoryStore, OpenStore, Reading, add_by, call_by, read_by


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How a store is called."""
    chosen: Mode = request.param
    return chosen


@pytest.fixture
def read(mode: Mode) -> Reading:
    """Reads a thread through a store, one way or the other."""
    return read_by(mode)


@pytest.fixture
def add(mode: Mode) -> Adding:
    """Adds a message through a store, one way or the other."""
    return add_by(mode)


@pytest.fixture
def call(mode: Mode) -> Calling:
    """Calls a chat store's method by its synchronous name, one way or the other."""
    return call_by(mode)


@pytest.fixture
def store_of(provider_of: Callable[..., Provider]) -> Iterator[OpenStore]:
    """Makes a store of a platform's account on the emulator; ``write_roles`` go to MiniMax."""
    with ExitStack() as opened:

        def make(platform: str, *, write_roles: Any = None, **settings: Any) -> ThreadChatStore:
            provider = provider_of(platform, **({"write_roles": write_roles} if write_roles else {}))
            return opened.enter_context(closing(ThreadChatStore(provider, **settings)))

        yield make


@pytest.fixture
def memory_store_of(provider_of: Callable[..., Provider], overlay: Overlay) -> Iterator[OpenMemoryStore]:
    """Makes a store for Memory of a platform's account on the emulator, over this test's overlay."""
    with ExitStack() as opened:

        def make(platform: str, *, write_roles: Any = None, **settings: Any) -> ThreadMemoryStore:
            provider = provider_of(platform, **({"write_roles": write_roles} if write_roles else {}))
            return opened.enter_context(closing(ThreadMemoryStore(provider, **{"overlay": overlay, **settings})))

        yield make


@pytest.fixture
def account_in_environment(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's credentials where stores that are loaded look for them."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
