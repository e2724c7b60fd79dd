"""What a benchmark reports: a figure of ours over the same figure of what it is held against, taken in turn in one run.

A benchmark of the page of performance is a module with ``measure(quick) -> list[Ratio]`` whose ``__main__`` is
`command`: ``python -m tests.benchmarks.NAME`` prints its table, ``python -m tests.benchmarks`` runs them all and writes
docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

__all__ = ["Measure", "Ratio", "command", "table"]


@dataclass(frozen=True)
class Ratio:
    """One line of the page of performance.

    Attributes:
        what: what was done, with its size, as in "10,000 MiniMax messages to LangChain's, half with a citation".
        against: what it is held against, as in "the hand-fused loop".
        samples: the ratio in each repetition, or the figure itself where `unit` is given.
        bar: what the median is held to; None where a line is there to be known.
        better: whether a low or a high figure is good.
        unit: empty for a ratio, else the figure's, as in "MiB" or "requests".
    """

    what: str
    against: str
    samples: Sequence[float]
    bar: float | None
    better: Literal["low", "high"] = "low"
    unit: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    @property
    def met(self) -> bool | None:
        """Whether the median is within the bar; None where there is none."""
        if self.bar is None:
            return None
        return self.median <= self.bar if self.better == "low" else self.median >= self.bar


Measure = Callable[[bool], list[Ratio]]
"""Takes whether the run is a quick one, of small sizes and few repetitions, which shows no more than that it works."""


def table(ratios: Iterable[Ratio]) -> list[str]:
    """A table in Markdown: minimum, median and maximum of each, beside its bar."""
    lines = ["| What | Against | Bar | Min | Median | Max | |", "|---|---|---|---|---|---|---|"]
    for ratio in ratios:
        sign = {"low": "≤", "high": "≥"}[ratio.better]
        bar = "" if ratio.bar is None else f"{sign} {_figure(ratio.bar)} {ratio.unit}".rstrip()
        figures = " | ".join(
            f"{_figure(figure)} {ratio.unit}".rstrip()
            for figure in (min(ratio.samples), ratio.median, max(ratio.samples))
        )
        verdict = {None: "", True: "met", False: "missed"}[ratio.met]
        lines.append(f"| {ratio.what} | {ratio.against} | {bar} | {figures} | {verdict} |")
    return lines


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}"


def command(measure: Measure, description: str | None) -> None:
    """Run one benchmark and print its table; with ``--json`` its ratios, a line each."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="small sizes: whether it works, not how fast")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each ratio")
    options = parser.parse_args()
    ratios = measure(options.quick)
    if options.json:
        for ratio in ratios:
            print(json.dumps(asdict(ratio), ensure_ascii=False))
    else:
        print("\n".join(table(ratios)))
