"""The soak in small, and that its checks see what they are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provider_threads.emulator.faults_lists import ADDED_TEXT

from .ledger import FLAWS, Ledger
from .row import Property
from .soak import failures, soak


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="sockets and memory are counted in /proc")
def test_two_seconds_of_everything_at_once_leave_nothing_wrong(tmp_path: Path, record_property: Property) -> None:
    report = soak(tmp_path, seconds=2, workers=4, shifts=2)
    record_property("left_open", report["open_sockets"])
    assert failures(report) == [], report
    assert report["reads"] > 10
    assert report["writes"] > 10
    assert len(report["injected"]) > 3


def ledger() -> Ledger:
    return Ledger(confirmed=["a", "b"], others=["x", "y"], unknown={"c"})


@pytest.mark.parametrize(
    "shown", [["a", "b", "x", "y"], ["x", "a", "y", "b", "c"], ["a", ADDED_TEXT, "c", "b", "x", ADDED_TEXT, "y"]]
)
def test_a_right_read_has_no_flaw(shown: list[str]) -> None:
    assert ledger().flaws(shown) == {}


@pytest.mark.parametrize(
    ("shown", "flaw"),
    [
        (["a", "x", "y"], "lost"),
        (["a", "b", "x"], "lost"),
        (["a", "b", "b", "x", "y"], "doubled"),
        (["a", "b", "c", "c", "x", "y"], "doubled"),
        (["b", "a", "x", "y"], "disordered"),
        (["a", "b", "y", "x"], "disordered"),
        (["a", "b", "x", "y", "Somebody else's words."], "strange"),
    ],
)
def test_a_wrong_read_has_a_flaw(shown: list[str], flaw: str) -> None:
    assert ledger().flaws(shown) == {flaw: 1}
    assert flaw in FLAWS


def test_what_was_shown_once_must_stay() -> None:
    kept = ledger()
    kept.flaws(["a", "b", "c", "x", "y"])
    assert kept.flaws(["a", "b", "x", "y"]) == {"lost": 1}


def test_the_platforms_own_thread_is_checked_too() -> None:
    assert ledger().flaws_of_the_platform(["a", ADDED_TEXT, "x", "c", "y"], sent=["a"]) == {}
    flaws: dict[str, Any] = ledger().flaws_of_the_platform(["c", "c", "x", "y", "b"], sent=["a"])
    assert flaws == {"strange": 1, "lost": 1, "doubled": 1}
