"""Kills of writers, and what is there afterwards, held against what they were told."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, fields
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from typing_extensions import Self

from provider_threads import ThreadClient
from provider_threads.emulator import Emulator
from provider_threads.entries import Entry
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from tests.overlay.accounts import Writable, provider_at
from tests.overlay.batches import mark_of
from tests.overlay.doomed import Errand, Point, forking, work
from tests.overlay.relay import Relay, Side

__all__ = ["Crashes", "Tally"]

_PATIENCE = 30.0
_TURN = 4


@dataclass
class Tally:
    """What was found after kills.

    Attributes:
        kills: how many. acknowledged: turns that a writer was told are kept. lost: of these, the ones not there.
        doubled: messages there more than once. torn: turns there in part.
        present, absent: turns that were under way at the kill, there or not: nobody was told either.
        differs: kills after which the journal was not, one to one, the platform's list.
        disordered: kills after which acknowledged turns were not in the order of their acknowledgement.
    """

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    torn: int = 0
    present: int = 0
    absent: int = 0
    differs: int = 0
    disordered: int = 0

    @property
    def flaws(self) -> int:
        return self.lost + self.doubled + self.torn + self.differs + self.disordered

    def add(self, other: Tally) -> None:
        """Count in what was found after no kill."""
        for found in fields(self):
            if found.name != "kills":
                setattr(self, found.name, getattr(self, found.name) + getattr(other, found.name))


@dataclass
class _Said:
    """What one process said until it was killed."""

    begun: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    exit_code: int | None = None


class Crashes:
    """One thread, and processes that write to it through one database, one after another, each killed.

    Args:
        texts: what the turns say; None: each something of its own.
    """

    def __init__(
        self, emulator: Emulator, database: str, platform: Writable, *, texts: tuple[str, ...] | None = None
    ) -> None:
        self._emulator = emulator
        self._database = database
        self._platform = platform
        self._texts = texts
        self._relay = Relay(emulator.base_url)
        self._thread_id = emulator.seed(self._platform)
        self._acknowledged: list[str] = []
        self._numbers = 0

    def __enter__(self) -> Self:
        self._relay.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._relay.__exit__(kind, error, at)

    def kill_at(self, point: Point, tally: Tally, *, turns: int = 2, arrives: bool = True, late: bool = False) -> None:
        """Kill a process at a point of the last of so many appends.

        Args:
            arrives: whether a request that was sent still arrives after the kill. late: and only once others have read.
        """
        held = None
        if point in ("after send", "after apply"):
            held = self._relay.hold("request" if point == "after send" else "answer", turns)
        process, says = self._start(turns, point)
        if held is not None:
            assert held.there.wait(_PATIENCE)
            process.kill()
        said = self._hear(process, says)
        assert said.exit_code == -9, "it was not killed"
        if held is not None and late:
            self._look(Tally())
        if held is not None:
            held.let_go(delivered=arrives)
        self._judge(said, tally)

    def kill_at_random(self, tally: Tally, chance: random.Random, within: float) -> None:
        """Kill a process that appends without end at a random time: one in four while it starts and reads."""
        process, says = self._start(turns=-1, point=None)
        for _ in range(1 if chance.random() < 0.25 else 2):
            assert says.poll(_PATIENCE)
            assert says.recv()[0] in ("ready", "shown")
        process.join(chance.uniform(0, within))
        process.kill()
        self._judge(self._hear(process, says), tally)

    def go_on(self, tally: Tally) -> None:
        """Let a process read, append twice and end by itself."""
        process, says = self._start(turns=2, point=None)
        said = self._hear(process, says)
        assert said.exit_code == 0
        assert len(said.kept) == 2
        self._judge(said, tally)

    def read_while_held(self, side: Side, tally: Tally) -> list[str]:
        """Read while a writer's first request, or the answer to it, is held up; the turns that were read."""
        held = self._relay.hold(side)
        process, says = self._start(turns=2, point=None)
        assert held.there.wait(_PATIENCE)
        turns = Counter(mark.split(".")[0] for mark in self._look(tally))
        held.let_go()
        self._judge(self._hear(process, says), tally)
        assert set(turns.values()) <= {_TURN}
        return [*turns]

    def _start(self, turns: int, point: str | None) -> tuple[Any, Connection]:
        self._numbers += 1
        name = f"{self._numbers}"
        errand = Errand(
            self._database, self._platform, self._relay.base_url, self._thread_id, name, turns, self._texts, point
        )
        hears, says = forking.Pipe(duplex=False)
        process = forking.Process(target=work, args=(errand, says), daemon=True)
        process.start()
        says.close()
        return process, hears

    def _hear(self, process: Any, hears: Connection) -> _Said:
        said = _Said()
        with hears:
            while hears.poll(_PATIENCE):
                try:
                    what, value = hears.recv()
                except (EOFError, OSError):
                    break
                if what in ("begins", "kept"):
                    (said.begun if what == "begins" else said.kept).append(value)
        process.join(_PATIENCE)
        said.exit_code = process.exitcode
        process.close()
        return said

    def _judge(self, said: _Said, tally: Tally) -> None:
        self._acknowledged += said.kept
        self._relay.settle()
        marks = self._look(tally)
        turns = Counter(mark.split(".")[0] for mark in marks)
        tally.kills += 1
        tally.acknowledged += len(said.kept)
        tally.doubled += len(marks) - len(set(marks))
        tally.lost += sum(1 for mark in self._acknowledged if mark not in turns)
        tally.torn += sum(1 for mark, messages in turns.items() if messages != _TURN)
        tally.disordered += [mark for mark in turns if mark in self._acknowledged] != self._acknowledged
        for mark in set(said.begun) - set(said.kept):
            if mark in turns:
                tally.present += 1
            else:
                tally.absent += 1

    def _look(self, tally: Tally) -> list[str]:
        """The marks that a new process reads; whether the journal is the platform's list is put into the tally."""
        with Overlay(self._database) as overlay, ThreadClient(self._provider) as client:
            entries = ThreadMemory(client=client, overlay=overlay).read(self._thread_id)
            hosted = client.read(self._thread_id)
        sent = [(entry.message.id, entry.message.text) for entry in entries if entry.message is not None]
        tally.differs += sorted(sent) != sorted((message.id, message.text) for message in hosted)
        tally.differs += any(_words(entry) != entry.message.text for entry in entries if entry.message is not None)
        marks = [mark_of(entry) for entry in entries]
        tally.torn += marks.count(None)
        return [mark for mark in marks if mark is not None]

    @property
    def _provider(self) -> Any:
        return provider_at(self._platform, self._relay.base_url)


def _words(entry: Entry) -> str | None:
    return entry.record.text if entry.record is not None else None
