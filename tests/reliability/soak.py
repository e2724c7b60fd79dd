"""Eight workers read and write on three platforms that go wrong; ``python -m`` runs it for as long as it is told.

They go through the core and both adapters, called in both ways, over one overlay. It prints one line of JSON, and exits
with 1 where anything that a read showed was wrong, lost or doubled, any other error escaped, a socket stayed open, or
the process went on growing. With ``MALLOC_ARENA_MAX=1`` before it the resident memory that it tells is free of what
glibc keeps for later in a heap for each thread.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from provider_threads.emulator import Fault
from provider_threads.emulator.faults import BUSY_CODES, THROTTLE_CODES
from provider_threads.overlay import Overlay
from tests.reliability.footprint import Footprint, footprint, leaked_blocks
from tests.reliability.served import served
from tests.reliability.worker import Tally, Worker

__all__ = ["FAULTS", "soak"]

FAULTS = (
    *(Fault("throttled", 0.001, code=code) for codes in THROTTLE_CODES.values() for code in codes),
    *(Fault("busy", 0.001, code=code) for codes in BUSY_CODES.values() for code in codes),
    *(
        Fault.parse(text)
        for text in (
            "latency:0.05:seconds=0.005:jitter=0.02",
            "status:0.01:status=503",
            "status:0.005:status=429",
            "status:0.005:status=502:applied=false",
            "reset_before:0.01",
            "reset_after:0.02",
            "close_before:0.01",
            "close_after:0.01",
            "short_body:0.01",
            "early_eof:0.01",
            "header_drip:0.001:seconds=0.001",
            "body_drip:0.001:seconds=0.001",
            "html:0.01",
            "truncated_json:0.01",
            "mutated_json:0.02",
            "wrong_content_type:0.01",
            "gzip_bomb:0.001:mebibytes=20",
            "foreign_messages:0.01",
            "stuck_cursor:0.01",
            "looping_cursor:0.01",
            "growing_list:0.01",
            "clock_off:0.01",
        )
    ),
)


def soak(folder: Path, *, seconds: float, workers: int, shifts: int = 5, seed: int = 0) -> dict[str, Any]:
    """Run the workers for so long; what they did and saw, and what is left of it in this process.

    They work in shifts of equal length, each of new workers. What this process holds after the first, with everything
    closed that is theirs and every cache warm, is what it may hold after the last.
    """
    start = footprint()
    tally = Tally()
    held: list[Footprint] = []
    done: list[int] = []
    with served(folder, FAULTS, seed) as emulator:
        with Overlay(folder / "overlay.db") as overlay:
            for shift in range(shifts):
                numbers = range(shift * workers, (shift + 1) * workers)
                tally.add(_work([Worker(number, emulator, overlay) for number in numbers], seconds / shifts))
                held.append(footprint())
                done.append(tally.operations)
        injected = emulator.injected()
        emulator_mib = emulator.resident_mib()
    closed = footprint()
    return {
        "seconds": seconds,
        "workers": workers,
        "operations": tally.operations,
        "reads": tally.reads,
        "writes": tally.writes,
        "conversations": tally.conversations,
        "failed": dict(tally.failed.most_common()),
        "faults": injected.total(),
        "injected": dict(injected.most_common()),
        "wrong": _of_kind(tally, "strange") + _of_kind(tally, "disordered"),
        "lost": _of_kind(tally, "lost"),
        "doubled": _of_kind(tally, "doubled"),
        "flaws": dict(tally.flaws),
        "escaped": dict(tally.escaped),
        "open_sockets": closed.sockets - start.sockets,
        "leaked_blocks": leaked_blocks(held[0], held[-1], done[-1] - done[0]),
        "held": {
            "start": start.as_json(),
            "after_each_shift": [each.as_json() for each in held],
            "closed": closed.as_json(),
        },
        "emulator_mib": emulator_mib,
    }


def _of_kind(tally: Tally, kind: str) -> int:
    return sum(count for name, count in tally.flaws.items() if name.startswith(kind))


def _work(staff: list[Worker], seconds: float) -> Tally:
    """Let every worker work for so long, in a thread and a loop of its own; what they did and saw."""
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=asyncio.run, args=(worker.work(until),)) for worker in staff]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally = Tally()
    for worker in staff:
        tally.add(worker.tally)
    return tally


def failures(report: dict[str, Any]) -> list[str]:
    """What in a report must not be."""
    return [name for name in ("wrong", "lost", "doubled", "escaped", "open_sockets", "leaked_blocks") if report[name]]


def main(arguments: list[str] | None = None) -> int:
    """Run for the minutes asked for; 1 where anything is in the report that must not be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    options: Any = parser.parse_args(arguments)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    logging.getLogger("langchain_threads").setLevel(logging.CRITICAL)  # a line for every failed write
    with tempfile.TemporaryDirectory() as folder:
        report = soak(Path(folder), seconds=options.minutes * 60, workers=options.workers, seed=options.seed)
    sys.stdout.write(json.dumps(report) + "\n")
    return 1 if failures(report) else 0


if __name__ == "__main__":
    sys.exit(main())
