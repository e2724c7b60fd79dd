"""Eight processes append to one thread through one overlay while others read it: ``python -m`` runs it.

Prints a table by database and kind of message; exits with 1 where one is missing or doubled, a writer's own are out of
order, or readers do not agree on the order.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

from provider_threads import ThreadClient
from provider_threads.emulator import Emulator
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from tests.benchmarks.databases import durable_databases
from tests.overlay.accounts import provider_at
from tests.overlay.batches import mark_of
from tests.overlay.crowd import Crowd, Kind, Task

_READERS = 2


@dataclass(frozen=True)
class Found:
    """How one run went. `entries`: there are, of `expected`; `orders`: different ones seen, 1 where all agree."""

    entries: int
    expected: int
    doubled: int
    orders: int
    own_order: bool
    seconds: float

    @property
    def flawless(self) -> bool:
        return (self.entries, self.doubled, self.orders, self.own_order) == (self.expected, 0, 1, True)


def appended(emulator: Emulator, database: str, kind: Kind, writers: int, amount: int) -> Found:
    """Let so many processes append so many messages each, and two read meanwhile."""
    thread_id = emulator.seed("minimax")
    task = Task(database, "minimax", emulator.base_url, thread_id, amount=amount, kind=kind)
    crowd = Crowd(task)
    names = [f"w{number}" for number in range(writers)]
    crowd.add("write", names)
    crowd.add("read", [f"r{number}" for number in range(_READERS)])
    orders = crowd.run()["read"]
    with Overlay(database) as overlay, ThreadClient(provider_at("minimax", emulator.base_url)) as client:
        entries = ThreadMemory(client=client, overlay=overlay).read(thread_id)
    orders.append([(entry.key, mark_of(entry)) for entry in entries])
    marks = [mark for _, mark in orders[-1] if mark is not None]
    own = all(
        [mark for mark in marks if mark.startswith(f"{name}-")] == [f"{name}-{each}" for each in range(amount)]
        for name in names
    )
    different = len({tuple(order) for order in orders})
    return Found(len(entries), writers * amount, len(marks) - len(set(marks)), different, own, crowd.seconds)


def measured(writers: int, amount: int) -> Iterator[tuple[str, Kind, Found]]:
    """By database and kind of message, what was found."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    with durable_databases() as databases, Emulator() as emulator:
        for name, database in databases.items():
            for kind in kinds:
                yield name, kind, appended(emulator, database, kind, writers, amount)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--writers", type=int, default=8)
    arguments.add_argument("--appends", type=int, default=250, help="of each writer")
    given = arguments.parse_args()
    began, flawless = time.monotonic(), True
    print(f"{'':11} {'':6} {'entries':>14} {'doubled':>8} {'orders':>7} {'own order':>10} {'seconds':>8} {'per s':>6}")
    for database, kind, found in measured(given.writers, given.appends):
        entries = f"{found.entries} of {found.expected}"
        own, rate = "kept" if found.own_order else "BROKEN", found.expected / found.seconds
        figures = f"{found.doubled:>8} {found.orders:>7} {own:>10} {found.seconds:>8.1f} {rate:>6.0f}"
        print(f"{database:11} {kind:6} {entries:>14} {figures}", flush=True)
        flawless = flawless and found.flawless
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if flawless else 1


if __name__ == "__main__":
    sys.exit(main())
