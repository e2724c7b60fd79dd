"""An overlay of each test's own, on SQLite or on both databases, and memories over it in both ways of calling."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay
from tests.clients.ways import WAYS, Way

from .faults import Faults
from .memories import Memory

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def faults(emulator: Emulator) -> Iterator[Faults]:
    """An address before the emulator where things go wrong on demand."""
    with Faults(emulator.base_url) as between:
        yield between


@pytest.fixture
def faulty(emulator: Emulator, faults: Faults) -> Callable[[str], Provider]:
    """Makes the provider of a platform behind the faults."""
    account = emulator.credentials

    def make(platform: str) -> Provider:
        if platform == "hunyuan":
            return Hunyuan(account.secret_id, account.secret_key, base_url=faults.base_url)
        if platform == "minimax":
            return MiniMax(account.minimax_api_key, account.minimax_group_id, faults.base_url)
        return AppBuilder(account.appbuilder_token, faults.base_url)

    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where an overlay may keep its SQLite file."""
    return tmp_path / "threads.db"


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, file: Path) -> str:
    """What an overlay takes for each database in turn: the path of a file, the URL of a server."""
    if request.param == "sqlite":
        return str(file)
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    kind: Way = request.param
    return kind


@pytest.fixture
async def memory_of(
    request: pytest.FixtureRequest, overlay: Overlay, provider_of: Callable[..., Provider]
) -> AsyncIterator[Callable[..., Memory]]:
    """Makes a memory of a platform on the emulator over the overlay, asked at every read; closed after the test."""
    way: Way = request.getfixturevalue("way") if "way" in request.fixturenames else "sync"
    opened: list[Memory] = []

    def make(platform: str | Provider, **settings: Any) -> Memory:
        provider = provider_of(platform) if isinstance(platform, str) else platform
        memory = Memory(way, provider, **{"overlay": overlay, "freshness": 0, **settings})
        opened.append(memory)
        return memory

    yield make
    for memory in opened:
        await memory.shut()
