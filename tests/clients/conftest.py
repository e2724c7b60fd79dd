"""Both clients on an emulator that the tests of a module share."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from provider_threads import Limits, Provider, RetryPolicy

from .ways import WAYS, Threads, Way, threads_of


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    kind: Way = request.param
    return kind


@pytest.fixture
async def client_of(way: Way, provider_of: Callable[..., Provider]) -> AsyncIterator[Callable[..., Threads]]:
    """Makes a client on a platform of the emulator; closed after the test.

    Each counts as an account of its own, unless its limits have a name: what one test's faults cost in retries, or
    teach about the clock, is not the next one's.
    """
    opened: list[Threads] = []

    def make(platform: str, **settings: Any) -> Threads:
        limits = settings.pop("limits", Limits())
        options = {
            "retry": RetryPolicy(first_pause=0, longest_pause=0),
            "limits": limits if limits.name else replace(limits, name=secrets.token_hex(8)),
        }
        threads = threads_of(way, provider_of(platform, **settings.pop("provider", {})), **(options | settings))
        opened.append(threads)
        return threads

    yield make
    for threads in opened:
        await threads.shut()


@pytest.fixture
def threads(client_of: Callable[..., Threads], platform: str) -> Threads:
    """A client on each platform in turn."""
    return client_of(platform)
