"""Append only, while of all writes 30 % go wrong after they are applied; ``python -m`` runs it at length.

It prints one line of JSON for each platform and way of calling, and exits with 1 where anything is doubled, missing or
of no named outcome. On Hunyuan, which takes no message, threads are created instead. One write in 25 goes to an address
where nobody listens.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from provider_threads import NotSentError, OutcomeUnknownError, ThreadsError
from provider_threads.emulator import Emulator, Fault
from provider_threads.emulator.identifiers import PROVIDERS
from provider_threads.emulator.identifiers import Provider as Platform
from tests.clients.ways import WAYS, Threads, Way
from tests.reliability.platforms import client_at
from tests.wire.sockets import unused_address

__all__ = ["FAULTS", "Figures", "run"]

FAULTS = tuple(
    Fault.parse(f"{text}:writes=true")
    for text in (
        "close_after:0.06",
        "reset_after:0.06",
        "short_body:0.06",
        "status:0.06:status=503",
        "html:0.02",
        "truncated_json:0.02",
        "mutated_json:0.02",
    )
)
_AWAY_EVERY = 25
_NAIVE_TRIES = 3


@dataclass
class Figures:
    """What came of one platform's writes in one way of calling.

    Attributes:
        confirmed, unknown, not_sent: outcomes as told to the caller. unnamed: any other error, which must not be.
        stored: what the platform holds in the end. doubled: of it, how much is there once more than it was written.
        confirmed_missing: told to be there, and is not. not_sent_stored: told not to have been sent, and is there.
    """

    platform: Platform
    way: Way
    seeds: int = 0
    appends: int = 0
    confirmed: int = 0
    unknown: int = 0
    not_sent: int = 0
    unnamed: int = 0
    stored: int = 0
    doubled: int = 0
    confirmed_missing: int = 0
    not_sent_stored: int = 0
    seconds: float = 0.0
    injected: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """How much there is that must not be."""
        return self.unnamed + self.doubled + self.confirmed_missing + self.not_sent_stored


@dataclass
class _Outcomes:
    """By its text, or by its thread's id on Hunyuan, what was told of each write."""

    confirmed: set[str] = field(default_factory=set)
    unknown: int = 0
    not_sent: set[str] = field(default_factory=set)
    unnamed: int = 0


async def run(platform: Platform, way: Way, *, seeds: int, appends: int, naive: bool = False) -> Figures:
    """Write `appends` times for each of so many seeds; `naive` tries every failed write again."""
    figures = Figures(platform, way)
    for seed in range(seeds):
        with Emulator(faults=FAULTS, fault_seed=seed) as emulator:
            near = client_at(emulator.base_url, platform, way)
            away = client_at(unused_address(), platform, way)
            began = time.monotonic()
            try:
                await _write(emulator, near, away, figures, appends, naive=naive)
            finally:
                await near.shut()
                await away.shut()
            figures.seeds += 1
            figures.seconds = round(figures.seconds + time.monotonic() - began, 2)
            figures.injected.update(emulator.injected)
    return figures


async def _write(
    emulator: Emulator, near: Threads, away: Threads, figures: Figures, appends: int, *, naive: bool
) -> None:
    thread = emulator.seed(figures.platform)
    before = len(_threads(emulator))
    outcomes = _Outcomes()
    for number in range(appends):
        client = away if number % _AWAY_EVERY == _AWAY_EVERY - 1 else near
        await _one(client, thread, f"text {number}", outcomes, tries=_NAIVE_TRIES if naive else 1)
    figures.appends += appends
    figures.confirmed += len(outcomes.confirmed)
    figures.unknown += outcomes.unknown
    figures.not_sent += len(outcomes.not_sent)
    figures.unnamed += outcomes.unnamed
    if figures.platform == "hunyuan":
        created = _threads(emulator)
        figures.stored += len(created) - before
        figures.doubled += max(0, len(created) - before - (appends - len(outcomes.not_sent)))
        figures.confirmed_missing += len(outcomes.confirmed - created)
        return
    held = Counter(message.text for message in emulator.messages(figures.platform, thread))
    figures.stored += held.total()
    figures.doubled += sum(count - 1 for count in held.values())
    figures.confirmed_missing += len(outcomes.confirmed - set(held))
    figures.not_sent_stored += len(outcomes.not_sent & set(held))


async def _one(client: Threads, thread: str, text: str, outcomes: _Outcomes, *, tries: int) -> None:
    error: Exception | None = None
    for _ in range(tries):
        try:
            if client.client.capabilities.write_roles:
                outcomes.confirmed.add((await client.append(thread, text)).text)
            else:
                outcomes.confirmed.add((await client.create_thread()).id)
        except ThreadsError as caught:
            error = caught
        else:
            return
    if isinstance(error, OutcomeUnknownError):
        outcomes.unknown += 1
    elif isinstance(error, NotSentError):
        outcomes.not_sent.add(text)
    else:
        outcomes.unnamed += 1


def _threads(emulator: Emulator) -> set[str]:
    """The ids of all of Hunyuan's threads."""
    connection = emulator._current().state.storage._connection
    return {row[0] for row in connection.execute("SELECT id FROM thread WHERE provider = 'hunyuan'")}


def line(figures: Figures) -> str:
    """The figures as one line of JSON."""
    return json.dumps({**vars(figures), "wrong": figures.wrong})


def main(arguments: list[str] | None = None) -> int:
    """Run on every platform, in both ways; 1 where anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--appends", type=int, default=500, help="writes for each seed")
    parser.add_argument("--naive", action="store_true", help="try every failed write again, to see what that doubles")
    options: Any = parser.parse_args(arguments)
    wrong = 0
    for platform in PROVIDERS:
        for way in WAYS:
            work = run(platform, way, seeds=options.seeds, appends=options.appends, naive=options.naive)
            figures = asyncio.run(work)
            sys.stdout.write(line(figures) + "\n")
            sys.stdout.flush()
            wrong += figures.wrong
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
