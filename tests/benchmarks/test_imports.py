"""The benchmark of imports holds each package against all that it stands on."""

from __future__ import annotations

import pytest

from tests.benchmarks import imports
from tests.benchmarks.imports import SIDES, Side


def test_a_quick_run_measures_each_statement_by_the_clock_and_of_the_processor() -> None:
    ratios = imports.measure(True)
    side = SIDES[0]
    statements = f"import {side.package}", side.statement
    named = [name for statement in statements for name in (f"`{statement}`", f"`{statement}`, of the processor")]
    assert [ratio.what for ratio in ratios] == named
    assert {(ratio.bar, len(ratio.samples)) for ratio in ratios} == {(1.15, 1)}


def test_a_statement_of_an_app_that_does_without_a_part_of_its_floor_is_not_held_against_it() -> None:
    with pytest.raises(RuntimeError, match="does without"):
        imports._measured(Side("json", "import json.tool", ("sched",), 1.0), 1, warm=False)


def test_a_statement_that_fails_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        imports._measured(Side("json", "1 / 0", ("json",), 1.0), 1, warm=False)
