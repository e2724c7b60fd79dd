"""Histories of threads on the emulator, closed after the test; each test in both ways of calling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from langchain_threads import ThreadChatMessageHistory, ThreadLoader
from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay
from tests.overlay.faults import Faults

from .conversations import Adding, Loading, Mode, OpenHistory, OpenLoader, Reading, add_by, load_by, read_by


@pytest.fixture(params=["sync", "async"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How a history is called."""
    chosen: Mode = request.param
    return chosen


@pytest.fixture
def read(mode: Mode) -> Reading:
    """Reads a history's messages, one way or the other."""
    return read_by(mode)


@pytest.fixture
def add(mode: Mode) -> Adding:
    """Adds messages to a history, one way or the other."""
    return add_by(mode)


@pytest.fixture
def load(mode: Mode) -> Loading:
    """Loads a loader's documents, one way or the other."""
    return load_by(mode)


@pytest.fixture
def postgres_overlay(postgres_database: str) -> Iterator[Overlay]:
    """An overlay of this test alone, in a database of PostgreSQL."""
    with Overlay(postgres_database) as opened:
        yield opened


@pytest.fixture
def history_of(emulator: Emulator, provider_of: Callable[..., Provider]) -> Iterator[OpenHistory]:
    """Opens a history of a new thread holding the given messages."""
    with ExitStack() as opened:

        def make(
            platform: str, seeds: Iterable[SeedMessage] = (), *, provider: Provider | None = None, **settings: Any
        ) -> ThreadChatMessageHistory:
            if "client" not in settings:
                settings["provider"] = provider or provider_of(platform)
            return opened.enter_context(ThreadChatMessageHistory(emulator.seed(platform, seeds), **settings))

        yield make


@pytest.fixture
def loader_of(provider_of: Callable[..., Provider]) -> Iterator[OpenLoader]:
    """Opens a loader of threads on a platform."""
    with ExitStack() as opened:

        def make(platform: str, thread_ids: Any, **settings: Any) -> ThreadLoader:
            if "client" not in settings:
                settings.setdefault("provider", provider_of(platform))
            return opened.enter_context(ThreadLoader(thread_ids, **settings))

        yield make


@pytest.fixture
def faults(emulator: Emulator) -> Iterator[Faults]:
    """An address before the emulator where things go wrong on demand."""
    with Faults(emulator.base_url) as between:
        yield between


@pytest.fixture
def faulty_provider_of(emulator: Emulator, faults: Faults) -> Callable[..., Provider]:
    """Makes the provider of a platform behind the faults."""
    account = emulator.credentials

    def make(platform: str, **settings: Any) -> Provider:
        if platform == "hunyuan":
            return Hunyuan(account.secret_id, account.secret_key, base_url=faults.base_url)
        if platform == "minimax":
            return MiniMax(account.minimax_api_key, account.minimax_group_id, faults.base_url, **settings)
        return AppBuilder(account.appbuilder_token, faults.base_url)

    return make
