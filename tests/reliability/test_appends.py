"""The append run in small: every write is where its outcome says, and once."""

from __future__ import annotations

import json

import pytest

from provider_threads.emulator.identifiers import PROVIDERS, Provider
from tests.clients.ways import WAYS, Way

from .appends import main, run


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("platform", PROVIDERS)
async def test_no_write_is_doubled_lost_or_of_no_named_outcome(platform: Provider, way: Way) -> None:
    figures = await run(platform, way, seeds=2, appends=50)
    assert figures.appends == 100 == figures.confirmed + figures.unknown + figures.not_sent
    assert (figures.doubled, figures.confirmed_missing, figures.not_sent_stored, figures.unnamed) == (0, 0, 0, 0)
    assert figures.not_sent == 4
    # What is of unknown outcome is what met a fault, less what could be understood all the same.
    assert 15 < figures.unknown <= figures.injected.total()
    assert figures.stored == figures.confirmed + figures.unknown
    assert set(figures.injected) >= {"close_after", "reset_after", "short_body", "status"}


@pytest.mark.parametrize("platform", ["hunyuan", "minimax"])
async def test_the_run_sees_what_trying_again_would_double(platform: Provider) -> None:
    figures = await run(platform, "sync", seeds=1, appends=50, naive=True)
    assert figures.doubled > 5


def test_the_command_prints_a_line_for_each_platform_and_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--appends", "10"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["platform"], line["way"]) for line in lines] == [(name, way) for name in PROVIDERS for way in WAYS]
    assert {(line["appends"], line["wrong"]) for line in lines} == {(10, 0)}
    assert main(["--seeds", "1", "--appends", "20", "--naive"]) == 1
