"""An overlay of a million messages in 10,000 threads, against one of 1,000 in 10, on SQLite and on PostgreSQL.

Both are filled by the overlay's own functions: half of each thread was read from the platform, half was written here.
Timed, in turn on the small and the large one, are: opening (a new `Overlay` on the file or URL, and a history's
messages, for which the platform is asked once), reading a thread of 100 messages, its newest 20, and appending a
message that stays here. Each time it is the next of ten threads, which lie apart and were read before.

Every commit waits for the disk; clocks are of the wall. Sizes are of the file, or of the tables with their indexes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from sqlalchemy import Connection, text

from langchain_threads import ThreadChatMessageHistory
from langchain_threads.records import outgoing
from provider_threads import MiniMax, ThreadClient
from provider_threads.emulator import CannedEmulator, SeedMessage
from provider_threads.entries import Record
from provider_threads.messages import ThreadMessage
from provider_threads.overlay import Overlay
from provider_threads.overlay.intake import take_window
from provider_threads.overlay.journal import add
from provider_threads.overlay.threads import Realm, record_thread
from tests.benchmarks.databases import durable_databases
from tests.benchmarks.ratios import Ratio, command
from tests.postgres import empty_database

__all__ = ["MESSAGES", "Filled", "compared", "filled", "measure", "platform", "text_of"]

MESSAGES = 100
"""In each thread, half of them on the platform."""

_AT_ONCE = 100
"""Threads in one transaction while an overlay is filled."""

_TIMED = 10
_HOUR = 3600.0
_BAR = 1.5


@dataclass(frozen=True)
class Filled:
    """An overlay that holds so many threads: where it is, and how its threads are read."""

    where: str
    threads: int
    provider: MiniMax
    keys: Sequence[str]

    def history(self, overlay: Overlay, turn: int, **settings: Any) -> ThreadChatMessageHistory:
        """The history of one of ten threads spread over the overlay."""
        key = self.keys[turn % _TIMED * (self.threads // _TIMED)]
        settings = {"freshness": _HOUR, "writes": "overlay", **settings}
        return ThreadChatMessageHistory(key, provider=self.provider, overlay=overlay, **settings)


def measure(quick: bool) -> list[Ratio]:
    """Time and size, large over small; quick: of 2,000 messages, on SQLite."""
    small, large, repetitions = (10, 20, 1) if quick else (10, 10_000, 30)
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        emulator = opened.enter_context(platform(large))
        places = {"SQLite": (str(folder / "small.db"), str(folder / "large.db"))}
        if not quick:
            server = opened.enter_context(durable_databases())["PostgreSQL"]
            places["PostgreSQL"] = (
                opened.enter_context(empty_database(server)),
                opened.enter_context(empty_database(server)),
            )
        ratios = []
        for name, (few, many) in places.items():
            ratios += compared(name, filled(few, emulator, small), filled(many, emulator, large), repetitions)
        return ratios


@contextmanager
def platform(threads: int) -> Iterator[CannedEmulator]:
    """A platform with so many threads, each with half of its messages."""
    said = [SeedMessage(("user", "assistant")[at % 2], text_of(at)) for at in range(MESSAGES // 2)]
    with CannedEmulator("minimax", said, threads=threads) as emulator:
        yield emulator


def text_of(number: int) -> str:
    """Of a question's length, or of an answer's."""
    return f"第{number}章说了什么？ What does chapter {number} say? " * (6 if number % 2 else 1)


def filled(where: str, emulator: CannedEmulator, threads: int) -> Filled:
    """An overlay with so many threads, as reads and writes would have left it."""
    account = emulator.credentials
    provider = MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=emulator.base_url)
    keys = emulator.thread_ids[:threads]
    with ThreadClient(provider) as client:
        read = client.read(keys[0]).messages
    written = [_record(provider, number) for number in range(MESSAGES - len(read))]
    realm = Realm(provider.name, provider.base_url, "")
    with Overlay(where) as overlay:
        for first in range(0, threads, _AT_ONCE):
            overlay.database.write(_fill, realm, keys[first : first + _AT_ONCE], read, written)
        overlay.database.read(_let_know)
    return Filled(where, threads, provider, keys)


def _record(provider: MiniMax, number: int) -> Record:
    message = (AIMessage if number % 2 else HumanMessage)(text_of(number), id=f"message-{number}")
    record = outgoing(message, provider, keep=True).record
    assert record is not None
    return record


def _fill(
    connection: Connection,
    realm: Realm,
    keys: Sequence[str],
    read: Sequence[ThreadMessage],
    written: Sequence[Record],
) -> None:
    for key in keys:
        thread = record_thread(connection, realm, key, key).number
        take_window(connection, thread, read, whole=True, page=len(read))
        add(connection, thread, written, "active")


def _let_know(connection: Connection) -> None:
    """Have PostgreSQL know what it holds, as its own housekeeping would soon; SQLite goes without."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))


def compared(name: str, small: Filled, large: Filled, repetitions: int) -> list[Ratio]:
    """Each operation's time, and the size of a message, on the large overlay over those on the small one."""
    sizes = [_size(store) / store.threads / MESSAGES for store in (small, large)]
    with Overlay(small.where) as few, Overlay(large.where) as many:
        sides = ((small, few), (large, many))
        for turn in range(_TIMED):
            shown = [
                [(message.type, message.text) for message in store.history(overlay, turn).messages]
                for store, overlay in sides
            ]
            if shown[0] != shown[1] or len(shown[0]) != MESSAGES:
                raise AssertionError("the two overlays do not show the same thread")
        against = f"{small.threads * MESSAGES:,} messages"
        among = f"among {large.threads * MESSAGES:,} messages"
        ratios = [
            Ratio(f"{name}: {what} {among}", against, _in_turn(operation, sides, repetitions), _BAR)
            for what, operation in _OPERATIONS.items()
        ]
    what = f"{name}: bytes on disk of a message {among}"
    ratios.append(Ratio(what, f"{against}, {sizes[0]:,.0f} bytes", [sizes[1] / sizes[0]], _BAR))
    ratios.append(Ratio(what, "to be known", [sizes[1]], None, unit="bytes"))
    return ratios


Operation = Callable[[Filled, Overlay, int], Any]


def _open(store: Filled, overlay: Overlay, turn: int) -> None:
    with Overlay(store.where) as opened:
        assert len(store.history(opened, turn).messages) >= MESSAGES


def _read(store: Filled, overlay: Overlay, turn: int, limit: int | None = None) -> None:
    assert len(store.history(overlay, turn, limit=limit).messages) >= (limit or MESSAGES)


def _append(store: Filled, overlay: Overlay, turn: int) -> None:
    store.history(overlay, turn).add_messages([AIMessage(text_of(turn))])


_OPERATIONS: dict[str, Operation] = {
    "open, and read a thread": _open,
    "read a thread": _read,
    "read a thread's newest 20 messages": partial(_read, limit=20),
    "append a message": _append,
}


def _in_turn(operation: Operation, sides: Sequence[tuple[Filled, Overlay]], repetitions: int) -> list[float]:
    """The seconds of each round of ten threads on the large overlay over those on the small one."""
    ratios = []
    for round_ in range(repetitions + 1):
        seconds = [0.0, 0.0]
        for turn in range(_TIMED):
            for at in (0, 1) if turn % 2 else (1, 0):
                began = time.perf_counter()
                operation(*sides[at], turn)
                seconds[at] += time.perf_counter() - began
        if round_:  # the first fills caches
            ratios.append(seconds[1] / seconds[0])
    return ratios


def _size(store: Filled) -> int:
    """Bytes of an overlay's tables and their indexes."""
    with Overlay(store.where) as overlay:
        return overlay.database.write(_bytes)


def _bytes(connection: Connection) -> int:
    if connection.dialect.name == "postgresql":
        tables = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relname LIKE 'thread%'"
        return int(connection.execute(text(tables)).scalar_one())
    pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    return int(pages * connection.execute(text("PRAGMA page_size")).scalar_one())


if __name__ == "__main__":
    command(measure, __doc__)
