"""Runs the tests of every row in the size of the night, records what they measured, and writes the page.

``python -m tests.reliability.nightly`` takes three to six minutes; given the numbers of rows it runs those, and the
others keep their figures. Where a test fails it exits with 1 and records nothing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from .row import Row
from .table import FIGURES, ROWS, recorded, write_page

__all__ = ["figures_of", "main"]

_ROOT = Path(__file__).parents[2]
_FIDELITY_EXAMPLES = "100"


def main(numbers: Sequence[str] = ()) -> int:
    """Measure the rows of these numbers, or all; 1 where anything failed."""
    rows = [row for row in ROWS if not numbers or str(row.number) in numbers]
    tests = sorted({test for row in rows for test in row.tests})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        # xunit1: the later form has no place for what a test records.
        options = ["-p", "no:cacheprovider", "-n", "0", "-o", "junit_family=xunit1", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *options, *tests]
        environment = {**os.environ, "RELIABILITY": "nightly", "FIDELITY_EXAMPLES": _FIDELITY_EXAMPLES}
        ended = subprocess.run(command, cwd=_ROOT, env=environment, check=False)
        if ended.returncode:
            return 1
        cases = ET.parse(report).getroot().iter("testcase")
        measured = figures_of(rows, cases)
    if numbers:
        measured = recorded()["rows"] | measured
    when = time.strftime("%Y-%m-%d", time.gmtime())
    figures = {"when": when, "python": platform.python_version(), "rows": measured}
    FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    write_page()
    return 0


def figures_of(rows: Iterable[Row], cases: Iterable[ET.Element]) -> dict[str, Any]:
    """By the number of each row how many cases passed, and what they measured.

    Counts of one name are summed; of those that begin with ``most_``, and of fractions, the most is kept.
    """
    by_test: dict[str, list[ET.Element]] = {}
    for case in cases:
        module = case.attrib["classname"].replace(".", "/")
        by_test.setdefault(f"{module}.py::{case.attrib['name'].partition('[')[0]}", []).append(case)
    measured: dict[str, Any] = {}
    for row in rows:
        figures: dict[str, float] = {}
        passed = 0
        for case in (case for test in row.tests for case in by_test.get(test, ())):
            passed += case.find("skipped") is None
            for recording in case.iter("property"):
                name, value = recording.attrib["name"], json.loads(recording.attrib["value"])
                before = figures.get(name, 0)
                is_sum = isinstance(value, int) and not name.startswith("most_")
                figures[name] = before + value if is_sum else max(before, value)
        measured[str(row.number)] = {"cases": passed, "figures": figures}
    return measured


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
