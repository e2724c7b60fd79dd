"""``docs/performance.md``: what is measured, and the figures that were recorded last.

``python -m tests.benchmarks`` measures and writes it; ``python -m tests.benchmarks.page`` only writes.
"""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .ratios import Ratio, table

__all__ = [
    "FIGURES",
    "PAGE",
    "REASONS",
    "SUBJECTS",
    "Subject",
    "page",
    "ratios_of",
    "reasons",
    "recorded",
    "write_page",
]

FIGURES = Path(__file__).with_name("figures.json")
PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
REASONS = Path(__file__).with_name("reasons.json")
"""Why a bar is missed: by the benchmark's name and by `Ratio.what`."""


@dataclass(frozen=True)
class Subject:
    """One of the nine.

    Attributes:
        module: the benchmark's name in this package; None where what holds is counted by a test.
        promise: what is held to a bar. held: without a module, where and how.
    """

    title: str
    promise: str
    module: str | None = None
    held: str = ""


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "Decoding and translating",
        "From the bytes of an answer to a framework's messages costs at most 1.5 times the loop that does the least.",
        "translation",
    ),
    Subject(
        "The client's own cost",
        "A page of 20 messages takes at most 1.5 times the processor time of bare httpx, and less than the SDKs.",
        "overhead",
    ),
    Subject(
        "Reading a long thread for the first time",
        "2,000 messages are read in at most 0.55 times the SDK's time, and never in more than it.",
        "cold_read",
    ),
    Subject(
        "A turn of a conversation",
        "With an overlay a turn takes the same requests after 10,000 messages as after 100, and at most 1.5 times as "
        "long.",
        "turn_time",
    ),
    Subject(
        "Memory",
        "Going through a thread of 100,000 messages takes at most 16 MiB, and its first message one request.",
        "memory",
    ),
    Subject(
        "Importing",
        "What an app imports loads in at most 1.15 times (LangChain) and 1.1 times (LlamaIndex) the time of what it "
        "stands on.",
        "imports",
    ),
    Subject(
        "Many threads",
        "500 threads are read at 0.9 of the rate that the account's limit allows, and never above it.",
        "many_threads",
    ),
    Subject(
        "A large overlay",
        "Opening, appending and reading take at most 1.5 times as long among 1,000,000 messages as among 1,000.",
        "overlay_size",
    ),
    Subject(
        "Many machines",
        "A killed worker costs no thread and doubles none, and a second run fetches only what is new.",
        held="The recipe of [many machines](many-machines.md) is run by "
        "[its test](../tests/docs/test_many_machines.py), which kills a worker and counts requests and documents. "
        "What larger numbers come to is worked out in [scaling](scaling.md).",
    ),
)

_HEAD = """# Performance

What the library is held to, and what was measured: each figure is a ratio to something else, taken in turn with it in
one run, so that a machine's speed and its other work weigh on both. Both sides are checked to have done the same.

```bash
python -m tests.benchmarks           # all, one after another, each in a process of its own; writes this page
python -m tests.benchmarks imports   # one; the others keep their figures
python -m tests.benchmarks --quick   # a look, in small: whether they work, not how fast
```

Minimum, median and maximum are of the repetitions; the median is held to the bar. Comparisons with other stores,
requests of a turn, and what happens when processes are killed: [benchmarks](benchmarks.md)."""


def recorded(figures: Path = FIGURES) -> dict[str, Any]:
    """By the name of each benchmark, its last run: when, where, and its ratios."""
    runs: dict[str, Any] = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    return runs


def reasons() -> dict[str, dict[str, str]]:
    """Why a bar is missed, by benchmark and by what was done."""
    told: dict[str, dict[str, str]] = json.loads(REASONS.read_text(encoding="utf-8"))
    return told


def ratios_of(run: Mapping[str, Any]) -> list[Ratio]:
    """The lines of one recorded run."""
    return [Ratio(**line) for line in run["ratios"]]


def page(figures: Mapping[str, Any], why: Mapping[str, Mapping[str, str]]) -> str:
    """The page that these figures and these reasons give."""
    return "\n\n".join([_HEAD, *_sections(figures, why)]) + "\n"


def _sections(figures: Mapping[str, Any], why: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for number, subject in enumerate(SUBJECTS, start=1):
        yield f"## {number}. {subject.title}"
        yield _wrapped(subject.promise)
        if subject.module is None:
            yield _wrapped(subject.held)
            continue
        yield from _measured_how(subject.module)
        run = figures.get(subject.module)
        if run is None:
            yield "Not measured yet."
        else:
            yield from _measured(run, why.get(subject.module, {}))


def _measured_how(module: str) -> Iterator[str]:
    """The first paragraphs of the benchmark's docstring: what it does, and how."""
    path = Path(__file__).with_name(f"{module}.py")
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) if path.exists() else None
    if docstring:
        paragraphs = docstring.replace("``", "`").split("\n\n")[:2]
        paragraphs[-1] += f" ([{module}.py](../tests/benchmarks/{module}.py))"
        yield from map(_wrapped, paragraphs)


def _measured(run: Mapping[str, Any], why: Mapping[str, str]) -> Iterator[str]:
    ratios = ratios_of(run)
    yield "\n".join(table(ratios))
    missed = dict.fromkeys(ratio.what for ratio in ratios if ratio.met is False)
    if missed:
        yield "\n".join(f"* Missed: {what}. {why.get(what, 'The reason is not known.')}" for what in missed)
    machine = run["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    yield _wrapped(
        f"Measured {run['when']} on {machine['cores']} cores of {machine['processor']}, {machine['memory_gib']} GiB, "
        f"{machine['system']}, which had a load of {run['load']} before; {versions}."
    )


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), 120, break_long_words=False, break_on_hyphens=False)


def write_page() -> None:
    """Write the page from what was recorded last."""
    PAGE.write_text(page(recorded(), reasons()), encoding="utf-8")


if __name__ == "__main__":
    write_page()
