"""What an app imports, against importing what it cannot do without, in fresh processes that take turns.

The clock runs inside each process, around the import alone, so that Python's own start is in neither side. Bytecode
caches are warm: each statement runs once before the first that counts. A package is held against what it stands on: the
framework's own module for the same purpose, httpx and pydantic. A bare import loads little, since names load when they
are asked for; so an app's statement is measured too, after which all that it is held against is in `sys.modules`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.ratios import Ratio, command

__all__ = ["SIDES", "Side", "measure"]

_ROOT = Path(__file__).parents[2]
_REPETITIONS = 25


@dataclass(frozen=True)
class Side:
    """What is imported, and what it is held against.

    Attributes:
        package: ours, imported bare. statement: what an app writes; each is measured by itself.
        floor: names of modules, without ours.
        bar: for the time of each statement over that of the floor.
    """

    package: str
    statement: str
    floor: Sequence[str]
    bar: float

    @property
    def against(self) -> str:
        """How the floor is told of."""
        return f"`{self.floor[0]}`, " + " and ".join(f"`{name}`" for name in self.floor[1:])


SIDES = (
    Side(
        "langchain_threads",
        "from langchain_threads import MiniMaxChatMessageHistory",
        ("langchain_core.chat_history", "httpx", "pydantic"),
        1.15,
    ),
    Side(
        "llamaindex_threads",
        "from llamaindex_threads import ThreadChatStore, ThreadMemoryStore",
        ("llama_index.core.storage.chat_store", "httpx", "pydantic"),
        1.1,
    ),
)

_TIMED = """
import json, sys, time
began, worked = time.perf_counter(), time.process_time()
{statement}
took = time.perf_counter() - began, time.process_time() - worked
print(json.dumps([took, [name for name in {loads!r} if name not in sys.modules]]))
"""


def measure(quick: bool) -> list[Ratio]:
    """Each statement's time over its floor's, by the clock and of the processor; quick: of LangChain only."""
    if quick:
        return _measured(SIDES[0], 1, warm=False)
    return [ratio for side in SIDES for ratio in _measured(side, _REPETITIONS, warm=True)]


def _measured(side: Side, repetitions: int, *, warm: bool) -> list[Ratio]:
    floor, bare = f"import {', '.join(side.floor)}", f"import {side.package}"
    seconds: dict[str, list[tuple[float, float]]] = {floor: [], bare: [], side.statement: []}
    for repetition in range(repetitions + warm):
        for statement, taken in seconds.items():
            took = _seconds(statement, () if statement == bare else side.floor)
            if repetition >= warm:
                taken.append(took)
    ratios = []
    for statement in (bare, side.statement):
        pairs = list(zip(seconds[statement], seconds[floor], strict=True))
        for column, kind in enumerate(("", ", of the processor")):
            samples = [ours[column] / theirs[column] for ours, theirs in pairs]
            ratios.append(Ratio(f"`{statement}`{kind}", side.against, samples, side.bar))
    return ratios


def _seconds(statement: str, loads: Sequence[str]) -> tuple[float, float]:
    """By the clock, and of the processor.

    Raises:
        RuntimeError: the import failed, or one of the modules that it loads is not there afterwards.
    """
    script = _TIMED.format(statement=statement, loads=list(loads))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    (clock, processor), missing = json.loads(done.stdout)
    if missing:
        raise RuntimeError(f"{statement!r} does without {missing}, and is held against them")
    return clock, processor


if __name__ == "__main__":
    command(measure, __doc__)
