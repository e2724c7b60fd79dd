"""The emulator behind a platform's own limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from provider_threads.emulator import Emulator

from .throttle import Throttle, throttled


@pytest.fixture(autouse=True)
def unhurried_platforms() -> None:
    """Here every platform has its own limits."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator of this test alone, since a throttle stays before it."""
    with Emulator() as running:
        yield running


@pytest.fixture
def throttle_of(emulator: Emulator) -> Callable[..., Throttle]:
    """Puts the emulator behind these limits, before its first request."""

    def make(**allowed: Any) -> Throttle:
        return throttled(emulator, Throttle(**allowed))

    return make
