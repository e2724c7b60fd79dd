"""The append run in the size of the night: of thousands of writes that go wrong, what is told is true."""

from __future__ import annotations

import pytest

from provider_threads.emulator.identifiers import PROVIDERS, Provider
from tests.clients.ways import WAYS, Way

from .appends import run
from .row import Property
from .sizes import sized

SEEDS, APPENDS = sized(1, 10), sized(25, 500)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("platform", PROVIDERS)
async def test_what_is_told_of_a_write_is_true(platform: Provider, way: Way, record_property: Property) -> None:
    figures = await run(platform, way, seeds=SEEDS, appends=APPENDS)
    assert figures.confirmed + figures.unknown + figures.not_sent == figures.appends == SEEDS * APPENDS
    assert figures.wrong == 0
    for name in ("appends", "confirmed", "unknown", "not_sent", "doubled", "confirmed_missing", "unnamed"):
        record_property(name, getattr(figures, name))
    record_property("injected", figures.injected.total())


async def test_trying_every_failed_write_again_doubles_many(record_property: Property) -> None:
    figures = await run("minimax", "sync", seeds=SEEDS, appends=APPENDS, naive=True)
    assert figures.doubled > SEEDS * APPENDS * 0.1
    record_property("doubled_naively", figures.doubled)
