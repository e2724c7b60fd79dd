"""The page of figures is what was measured, and every test that it names is there."""

from __future__ import annotations

import ast
import string
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from .nightly import figures_of
from .row import Row
from .table import PAGE, ROWS, page, recorded

ROOT = Path(__file__).parents[2]


def functions_of(module: str) -> set[str]:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def figures_named(row: Row) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(row.figure) if name}


def test_every_class_of_failure_has_its_row() -> None:
    assert [row.number for row in ROWS] == list(range(1, 36))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_every_named_test_is_there(row: Row) -> None:
    assert [test for test in row.tests if test.split("::")[1] not in functions_of(test.split("::")[0])] == []
    assert len(set(row.tests)) == len(row.tests)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_a_row_has_tests_or_says_why_it_has_none(row: Row) -> None:
    assert row.tests or (row.is_open and row.short)
    assert row.short or not row.is_open


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_what_was_measured_fits_the_row(row: Row) -> None:
    measured = recorded()["rows"][str(row.number)]
    assert measured["cases"] >= len(row.tests) - (2 if row.is_open else 0)
    assert figures_named(row) <= set(measured["figures"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_every_row_tells_a_figure(row: Row) -> None:
    assert figures_named(row)


def test_the_page_is_what_was_measured_last() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(recorded()), "python -m tests.reliability.table writes it anew"


def test_counts_are_summed_and_of_times_and_of_what_is_the_most_the_most_is_kept() -> None:
    row = next(row for row in ROWS if row.number == 8)
    module, name = row.tests[0].split("::")
    named = f'classname="{module[:-3].replace("/", ".")}" name="{name}'
    cases = [
        f'<testcase {named}[{number}]"><properties><property name="count" value="{number}"/>'
        f'<property name="seconds" value="0.{number}"/><property name="most_requests" value="{number}"/>'
        "</properties></testcase>"
        for number in (2, 1)
    ]
    skipped = f'<testcase {named}[3]"><skipped/></testcase>'
    root = ET.fromstring(f"<suite>{''.join(cases)}{skipped}</suite>")
    assert figures_of([row], root.iter("testcase"))["8"] == {
        "cases": 2,
        "figures": {"count": 3, "seconds": 0.2, "most_requests": 2},
    }
