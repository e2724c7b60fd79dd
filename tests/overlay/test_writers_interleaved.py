"""Writers, readers, crashes and lost answers in any order: what was acknowledged is there, whole and once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.entries import Entry, Outgoing, Reading
from tests.overlay.accounts import WRITABLE, Writable, provider_at
from tests.overlay.batches import mark_of, outgoing
from tests.overlay.stepping import Process, Running

WRITERS = st.integers(0, 2)

SHAPES = st.lists(st.tuples(st.sampled_from(["yes", "no", None]), st.integers(0, 2)), min_size=1, max_size=3)
"""Of batches: what the user says, or None for a message that stays here, and how many follow it that do."""


@dataclass
class Unit:
    """What becomes visible together. `remote`: the id that the platform gave it, once it has it."""

    marks: list[str]
    text: str | None
    fate: str = "not begun"
    remote: str | None = None


@dataclass
class Writer:
    process: Process
    running: Running[None] | None = None
    batch: list[Unit] = field(default_factory=list)
    settled: int = 0

    @property
    def unit(self) -> Unit:
        return self.batch[self.settled]

    @property
    def sends(self) -> bool:
        return self.running is not None and self.running.before == "append"


class Interleaving(RuleBasedStateMachine):
    """Three writers with a process each and two readers, one of them of a window, on one thread."""

    emulator: Emulator
    database: str
    idle: ClassVar[dict[Any, list[Process]]]
    """Processes of earlier examples: what they know of other threads means nothing here."""

    def __init__(self) -> None:
        super().__init__()
        self.units: list[Unit] = []
        self.in_flight: list[tuple[Unit, Callable[[], Any]]] = []
        self.marks = count(1)
        self.outsiders: Counter[str] = Counter()
        self.processes: list[tuple[Any, Process]] = []

    @initialize(platform=st.sampled_from(WRITABLE), alike=st.booleans(), old=st.integers(0, 4))
    def begin(self, platform: Writable, alike: bool, old: int) -> None:
        self.platform = platform
        self.alike = alike
        self.thread_id = self.emulator.seed(self.platform, [SeedMessage("user", "yes")] * old)
        self.outsiders["yes"] += old
        self.provider = provider_at(platform, self.emulator.base_url)
        self.writers = [Writer(self.process()) for _ in range(3)]
        self.readers = [self.process(), self.process(limit=2)]
        self.reads: list[Running[Reading] | None] = [None, None]
        self.shown: list[Any] = []

    def process(self, limit: int | None = None) -> Process:
        kind = (self.provider.name, limit)
        process = self.idle[kind].pop() if self.idle.get(kind) else Process(self.database, self.provider, limit=limit)
        self.processes.append((kind, process))
        return process

    @rule(number=WRITERS, shape=SHAPES)
    def begins_to_append(self, number: int, shape: list[tuple[str | None, int]]) -> None:
        writer = self.writers[number]
        if writer.running is not None:
            return
        batch: list[Outgoing] = []
        writer.batch, writer.settled = [], 0
        for word, followers in shape:
            mark = f"{next(self.marks)}"
            text = word if word is None or self.alike else f"{word} {mark}"
            unit = Unit([mark], text)
            batch.append(outgoing(mark, "user" if text else "assistant", text or "hm"))
            for follower in range(followers):
                unit.marks.append(f"{mark}.{follower}")
                batch.append(outgoing(unit.marks[-1], "assistant", "so be it"))
            if text is None and writer.batch:
                writer.batch[-1].marks += unit.marks
            else:
                writer.batch.append(unit)
        self.units += writer.batch
        writer.running = writer.process.append(self.thread_id, batch)

    @rule(number=WRITERS, steps=st.integers(1, 4))
    def goes_on(self, number: int, steps: int) -> None:
        for _ in range(steps):
            self.advance(self.writers[number])

    def advance(self, writer: Writer) -> None:
        running = writer.running
        if running is None:
            return
        step = running.before
        running.advance()
        if step == "append":
            writer.unit.remote = self.newest_id()
        if step in ("settle_intent", "add"):
            writer.unit.fate = "kept"
            writer.settled += 1
        if running.ended:
            assert running.error is None, running.error
            assert writer.settled == len(writer.batch)
            writer.running = None

    @rule(number=WRITERS)
    def loses_the_answer(self, number: int) -> None:
        writer = self.writers[number]
        if writer.sends and writer.running:
            writer.running.request()
            writer.unit.remote, writer.unit.fate = self.newest_id(), "in doubt"
            writer.running.fail(sent=True)
            writer.running = None

    @rule(number=WRITERS)
    def cannot_connect(self, number: int) -> None:
        writer = self.writers[number]
        if writer.sends and writer.running:
            writer.running.fail(sent=False)
            writer.running.run()
            writer.unit.fate = "refused"
            writer.running = None

    @rule(number=WRITERS)
    def is_killed(self, number: int) -> None:
        writer = self.writers[number]
        if writer.running is not None:
            if writer.settled < len(writer.batch):
                writer.unit.fate = "in doubt"
                if writer.sends:
                    self.in_flight.append((writer.unit, writer.running.request))
            writer.running = None
            writer.process = self.process()

    @precondition(lambda self: self.in_flight)
    @rule()
    def a_request_of_the_dead_arrives(self) -> None:
        unit, request = self.in_flight.pop(0)
        request()
        unit.remote = self.newest_id()

    @rule(text=st.sampled_from(["yes", "maybe"]))
    def an_outsider_writes(self, text: str) -> None:
        self.outsiders[text] += 1
        self.emulator.seed(self.platform, [SeedMessage("user", text)], thread_id=self.thread_id)

    @rule(number=st.integers(0, 1), steps=st.integers(1, 8))
    def reads_on(self, number: int, steps: int) -> None:
        running = self.reads[number] or self.readers[number].read(self.thread_id)
        for _ in range(steps):
            if not running.ended:
                running.advance()
        self.reads[number] = None if running.ended else running
        if running.ended and number == 0:
            self.check_goes_on(running.result.entries)

    def check_goes_on(self, entries: tuple[Entry, ...]) -> None:
        now = [(entry.key, mark_of(entry)) for entry in entries]
        # A guess between writers of the same text may be corrected.
        if not self.alike:
            assert now[: len(self.shown)] == self.shown, "an entry changed, went, or came before one that was seen"
        self.shown = now

    def newest_id(self) -> str:
        return self.emulator.messages(self.platform, self.thread_id)[-1].id

    def teardown(self) -> None:
        if hasattr(self, "writers"):
            for writer in self.writers:
                while writer.running is not None:
                    self.advance(writer)
            for running in self.reads:
                if running is not None:
                    running.run()
            self.check()
        for kind, process in self.processes:
            self.idle.setdefault(kind, []).append(process)

    def check(self) -> None:
        for refresh in (False, True):
            final = self.process().read(self.thread_id, refresh=refresh)
            final.run()
            entries = final.result.entries
            self.check_goes_on(entries)
        window = self.readers[1].read(self.thread_id)
        window.run()
        assert [entry.key for entry in window.result.entries] == [entry.key for entry in entries[-2:]]
        hosted = self.emulator.messages(self.platform, self.thread_id)
        ids = [entry.message.id for entry in entries if entry.message is not None]
        assert sorted(ids) == sorted(message.id for message in hosted), "the journal is not the platform's list"
        marks = [mark_of(entry) for entry in entries]
        by_mark = dict(zip(marks, entries, strict=True))
        written = [mark for mark in marks if mark is not None]
        assert len(written) == len(set(written)), "doubled"
        for unit in self.units:
            there = [mark for mark in unit.marks if mark in by_mark]
            if unit.fate == "kept":
                assert there == unit.marks, "lost"
                if unit.text is not None:
                    message = by_mark[unit.marks[0]].message
                    assert message is not None
                    assert message.id == unit.remote, "the payload is at another writer's message"
            elif unit.fate == "in doubt":
                assert there in ([], unit.marks), "a unit in parts"
                if unit.text and not self.alike:
                    assert bool(there) == (unit.remote is not None), "unclaimed, or a ghost"
            else:
                assert not there, "shown, though it never went out"
            places = [marks.index(mark) for mark in there]
            if not self.alike:
                assert places == [*range(min(places, default=0), min(places, default=0) + len(there))], "torn"
        bare = Counter(entry.message.text for entry in entries if entry.record is None and entry.message)
        assert bare <= self.outsiders, "a message that was written here is shown as another's"


def search(emulator: Emulator, database: str, examples: int, steps: int) -> None:
    """Try many interleavings; raises at the first that breaks a promise, made as short as it gets."""

    class Here(Interleaving):
        pass

    Here.emulator, Here.database, Here.idle = emulator, database, {}
    limits = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=examples < 1_000,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(Here, settings=limits)
    finally:
        for process in chain.from_iterable(Here.idle.values()):
            process.close()


def test_no_order_of_steps_loses_doubles_or_tears_anything(emulator: Emulator, tmp_path: Path) -> None:
    search(emulator, str(tmp_path / "threads.db"), examples=30, steps=25)
