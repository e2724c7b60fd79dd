"""``docs/reliability.md``: the rows, and the figures that were recorded last.

``python -m tests.reliability.nightly`` measures and writes it; ``python -m tests.reliability.table`` only writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .promises import promises
from .row import Row
from .rows_of_requests import REQUESTS
from .rows_of_surroundings import SURROUNDINGS
from .rows_of_threads import THREADS

__all__ = ["FIGURES", "PAGE", "ROWS", "page", "recorded", "write_page"]

ROWS: tuple[Row, ...] = tuple(sorted((*REQUESTS, *THREADS, *SURROUNDINGS), key=lambda row: row.number))
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
FIGURES = Path(__file__).with_name("figures.json")

_HEAD = """# Reliability

What an app may rely on between itself and a hosted thread, what goes wrong there, and what was measured.
"""

_MEASURED = """
## What was measured

The suite tries all of this in small; the figures are of the night's sizes, measured {when} with Python {python} by

```bash
python -m tests.reliability.nightly
```

which writes this page from what the tests record. Each row is of all three platforms and of both ways of calling, where
they differ. "Cases" are test cases that passed. `python -m tests.reliability.soak` lets eight workers do everything at
once for as long as it is told, among faults of every kind.

| | What goes wrong | What must hold | Measured | Cases | |
|---|---|---|---|---|---|
"""

_NOTES = """
## What is not met, or to be known

"""

_TESTS = """
## The tests of each row

"""


def recorded() -> dict[str, Any]:
    """The figures of the last run: when, under which Python, and by the number of each row what was measured."""
    figures: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
    return figures


def page(figures: Mapping[str, Any]) -> str:
    """The page that these figures give."""
    lines = [_line(row, figures["rows"].get(str(row.number), {})) for row in ROWS]
    notes = [f"* **{row.number}.** {row.short}" for row in ROWS if row.short]
    tests = [f"* **{row.number}.** {_named(row)}" for row in ROWS if row.tests]
    head = _HEAD + promises() + _MEASURED.format(when=figures["when"], python=figures["python"])
    return head + "\n".join([*lines, _NOTES, *notes, _TESTS, *tests, ""]).replace("\n\n\n", "\n\n")


def _line(row: Row, measured: Mapping[str, Any]) -> str:
    figure = row.figure.format_map({name: f"{value:,}" for name, value in measured.get("figures", {}).items()})
    met = "in part" if row.is_open else "met"
    return f"| {row.number} | {row.failure} | {row.bar} | {figure} | {measured.get('cases', 0):,} | {met} |"


def _named(row: Row) -> str:
    modules: dict[str, list[str]] = {}
    for test in row.tests:
        module, name = test.split("::")
        modules.setdefault(module, []).append(f"`{name}`")
    return "; ".join(f"[{module}](../{module}): {', '.join(names)}" for module, names in modules.items())


def write_page() -> None:
    """Write the page from what was recorded last."""
    PAGE.write_text(page(recorded()), encoding="utf-8")


if __name__ == "__main__":
    write_page()
