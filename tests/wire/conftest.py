"""Clients of AppBuilder on raw servers, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from provider_threads import AppBuilder, RetryPolicy
from tests.clients.ways import WAYS, Threads, Way, threads_of

from .sockets import RawServer

KEY = "key-that-nobody-sees"


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    kind: Way = request.param
    return kind


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as running:
        yield running


@pytest.fixture
async def client_on(way: Way) -> AsyncIterator[Callable[..., Threads]]:
    """Makes an AppBuilder client on an address; closed after the test."""
    opened: list[Threads] = []

    def make(base_url: str, **settings: Any) -> Threads:
        options = {"retry": RetryPolicy(first_pause=0, longest_pause=0)}
        threads = threads_of(way, AppBuilder(KEY, base_url=base_url), **(options | settings))
        opened.append(threads)
        return threads

    yield make
    for threads in opened:
        await threads.shut()
