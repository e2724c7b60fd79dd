"""Processes that write to and read one thread at the same time, and what each of them saw."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any, Literal

from provider_threads import ThreadClient, ThreadsError
from provider_threads.entries import Entry, Outgoing, State
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from tests.overlay.accounts import Writable, provider_at
from tests.overlay.batches import answer, mark_of, said
from tests.overlay.doomed import forking

__all__ = ["ALL", "Crowd", "Kind", "Task", "message_of", "outcome_of"]

Kind = Literal["kept", "sent", "mixed"]
"""Of messages: ones that stay in the overlay, ones for the platform, or both in turn."""

ALL: tuple[State, ...] = ("active", "archived", "deleted")

_PATIENCE = 120.0


@dataclass(frozen=True)
class Task:
    """What one process does with a thread.

    Attributes:
        does: ``write``: append `amount` messages. ``read``: read all again and again until told to stop.
            ``delete``, ``archive``: the oldest message, `amount` times. ``replace``: all by all but the oldest.
        settings: of its memory.
    """

    database: str
    platform: Writable
    base_url: str
    key: str
    does: str = "write"
    name: str = ""
    amount: int = 1
    kind: Kind = "mixed"
    settings: dict[str, Any] = field(default_factory=dict)


def message_of(task: Task, number: int) -> list[Outgoing]:
    """The message of this number that a writer appends."""
    mark = f"{task.name}-{number}"
    sent = task.kind == "sent" or (task.kind == "mixed" and number % 2 == 1)
    return said(mark, f"question {mark}") if sent else answer(mark)


def perform(task: Task, pipe: Connection) -> None:
    """Say when ready, wait for the word, do the task, and send what came of it, or the error."""
    client = ThreadClient(provider_at(task.platform, task.base_url))
    overlay = Overlay(task.database)
    memory = ThreadMemory(client=client, overlay=overlay, **{"freshness": 0.0, **task.settings})
    pipe.send("ready")
    pipe.recv()
    try:
        pipe.send(_TASKS[task.does](task, memory, pipe))
    except (AssertionError, ThreadsError) as error:
        pipe.send(error)
    client.close()
    overlay.close()


def _write(task: Task, memory: ThreadMemory, pipe: Connection) -> int:
    for number in range(task.amount):
        memory.append(task.key, message_of(task, number))
    return task.amount


def _read(task: Task, memory: ThreadMemory, pipe: Connection) -> list[tuple[str, str | None]]:
    """What it saw last, which went on from all that it saw before."""
    seen: list[tuple[str, str | None]] = []
    last = False
    while not last:
        last = pipe.poll(0.01)
        now = [(entry.key, mark_of(entry)) for entry in memory.read(task.key)]
        assert now[: len(seen)] == seen, "an entry came before one that was seen, or changed"
        seen = now
    return seen


def _set_state(task: Task, memory: ThreadMemory, pipe: Connection) -> int:
    active: State = "active"
    state: State = "deleted" if task.does == "delete" else "archived"
    for _ in range(task.amount):
        memory.set_state(task.key, (active,), state, lambda shown: shown[:1])
    return task.amount


def _replace(task: Task, memory: ThreadMemory, pipe: Connection) -> int:
    for _ in range(task.amount):
        records = [entry.record for entry in memory.read(task.key) if entry.record is not None]
        memory.replace(task.key, records[1:], _payload_of, "active")
    return task.amount


def _payload_of(entry: Entry) -> str:
    return entry.record.payload if entry.record is not None else entry.key


_TASKS: dict[str, Callable[[Task, ThreadMemory, Connection], Any]] = {
    "write": _write,
    "read": _read,
    "delete": _set_state,
    "archive": _set_state,
    "replace": _replace,
}


def outcome_of(pipe: Connection) -> Any:
    """What a process sent; its error is raised."""
    assert pipe.poll(_PATIENCE), "a process does not end"
    outcome = pipe.recv()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


class Crowd:
    """Processes that begin at the same moment.

    Args:
        task: what they have in common.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._pipes: list[tuple[Task, Connection]] = []
        self._processes: list[Any] = []
        self.seconds = 0.0

    def add(self, does: str, names: Iterable[str] = ("",), **changes: Any) -> None:
        """Add a process for each name."""
        for name in names:
            task = replace(self._task, does=does, name=name, **changes)
            here, there = forking.Pipe()
            process = forking.Process(target=perform, args=(task, there), daemon=True)
            process.start()
            there.close()
            self._pipes.append((task, here))
            self._processes.append(process)

    def run(self) -> dict[str, list[Any]]:
        """Let all begin, readers end when all others have; what each sent, by what it does."""
        try:
            for _, pipe in self._pipes:
                assert outcome_of(pipe) == "ready"
            began = time.monotonic()
            for _, pipe in self._pipes:
                pipe.send("go")
            outcomes: dict[str, list[Any]] = {}
            self._collect(outcomes, [each for each in self._pipes if each[0].does != "read"])
            self.seconds = time.monotonic() - began
            readers = [each for each in self._pipes if each[0].does == "read"]
            for _, pipe in readers:
                pipe.send("stop")
            self._collect(outcomes, readers)
            return outcomes
        finally:
            for process, (_, pipe) in zip(self._processes, self._pipes, strict=True):
                pipe.close()
                process.join(_PATIENCE)
                process.close()

    def _collect(self, outcomes: dict[str, list[Any]], pipes: Sequence[tuple[Task, Connection]]) -> None:
        for task, pipe in pipes:
            outcomes.setdefault(task.does, []).append(outcome_of(pipe))
