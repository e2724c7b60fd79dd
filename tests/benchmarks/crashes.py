"""Kill writers with SIGKILL, at each point of an append and at random, on both databases: ``python -m`` runs it.

Prints a table; exits with 1 where anything acknowledged is missing, doubled, torn, out of order, or not what the
platform has.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator

from provider_threads.emulator import Emulator
from tests.benchmarks.databases import durable_databases
from tests.overlay.accounts import WRITABLE
from tests.overlay.crashing import Crashes, Tally
from tests.overlay.doomed import POINTS, Point

_KILLS_PER_THREAD = 10
_WITHIN = 0.3
_COLUMNS = ("kills", "acknowledged", "lost", "doubled", "torn", "disordered", "differs", "present", "absent")


def at_point(emulator: Emulator, database: str, point: Point, kills: int) -> Tally:
    """Kill writers at one point, on both platforms, with words of their own and the same ones."""
    tally = Tally()
    for half, platform in enumerate(WRITABLE):
        with Crashes(emulator, database, platform, texts=("yes", "no") if half else None) as crashes:
            for number in range(kills // 2 + (half and kills % 2)):
                # Of what was sent and not applied yet, half never arrives, and some only after others have read.
                crashes.kill_at(point, tally, turns=1 + number % 3, arrives=number % 2 == 0, late=number % 4 == 2)
            after = Tally()
            crashes.go_on(after)
            tally.add(after)
    return tally


def at_random(emulator: Emulator, database: str, kills: int) -> Tally:
    """Kill writers at random times."""
    tally, chance = Tally(), random.Random(kills)
    for start in range(0, kills, _KILLS_PER_THREAD):
        number = start // _KILLS_PER_THREAD
        texts = ("yes", "no") if number % 4 > 1 else None
        with Crashes(emulator, database, WRITABLE[number % 2], texts=texts) as crashes:
            for _ in range(min(_KILLS_PER_THREAD, kills - start)):
                crashes.kill_at_random(tally, chance, _WITHIN)
            after = Tally()
            crashes.go_on(after)
            tally.add(after)
    return tally


def measured(kills: int, at_any_time: int) -> Iterator[tuple[str, str, Tally]]:
    """By database and point, what was found."""
    with durable_databases() as databases, Emulator() as emulator:
        for name, database in databases.items():
            for point in POINTS:
                yield name, point, at_point(emulator, database, point, kills)
            yield name, "at random", at_random(emulator, database, at_any_time)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--kills", type=int, default=10, help="at each point")
    arguments.add_argument("--random", type=int, default=200, help="at random times")
    given = arguments.parse_args()
    began, flaws = time.monotonic(), 0
    print(f"{'':11} {'':14}", *(f"{column:>12}" for column in _COLUMNS))
    for database, point, tally in measured(given.kills, given.random):
        print(f"{database:11} {point:14}", *(f"{getattr(tally, column):>12}" for column in _COLUMNS), flush=True)
        flaws += tally.flaws
    print(f"{flaws} flaws, {time.monotonic() - began:.0f} s")
    return int(flaws > 0)


if __name__ == "__main__":
    sys.exit(main())
