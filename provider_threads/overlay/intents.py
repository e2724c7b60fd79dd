"""Messages on their way to the platform: recorded before they are sent, until the outcome is known.

A process may die in between. What it was sending is then in the platform's list or not, and whoever reads the list
next finds out: an intent claims the first message after the place it was recorded at that has the same role and text
and that nothing else stands for. One intent claims one message, in the order in which they were recorded; times are
never looked at for that. A claim is a guess where two writers send the same text; the platform's answer to the sender
is none, and corrects it (`settling.py`).

An intent whose request was over before the list was asked for, and that found no message in it to the end, never went
out, and is given up: else it would claim, some day, what somebody else says in the same words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from provider_threads.entries import Record, State
from provider_threads.messages import Draft
from provider_threads.overlay.columns import digest_of, local_columns
from provider_threads.overlay.tables import entries, intents
from provider_threads.overlay.threads import ThreadGoneError, lock_thread

__all__ = ["PendingIntents", "Unit", "dumped", "give_up", "over", "record_intent", "units_of"]


@dataclass(frozen=True, slots=True)
class Unit:
    """Messages that become visible together: one for the platform, and the ones after it that stay here.

    Attributes:
        draft: what is sent, or None where all stay here (only at the head of a batch).
        records: the messages whole, the sent one first.
    """

    draft: Draft | None
    records: tuple[Record, ...]


def units_of(records: Sequence[Record], drafts: Sequence[Draft | None]) -> list[Unit]:
    """A batch as units: each message that is sent heads one."""
    units: list[Unit] = []
    for record, draft in zip(records, drafts, strict=True):
        if draft is not None or not units:
            units.append(Unit(draft, (record,)))
        else:
            units[-1] = Unit(units[-1].draft, (*units[-1].records, record))
    return units


def dumped(records: Sequence[Record]) -> str:
    """Records as an intent holds them."""
    return json.dumps([asdict(record) for record in records])


def record_intent(connection: Connection, thread: int, unit: Unit, state: State, until: float) -> int:
    """Record that `unit` is about to be sent, by Unix time `until` at the latest; the intent's number.

    Raises:
        ThreadGoneError: the thread was deleted meanwhile.
    """
    assert unit.draft is not None  # noqa: S101 - only what is sent has an intent
    if lock_thread(connection, thread) is None:
        raise ThreadGoneError
    newest = select(entries.c.remote_id).where(entries.c.thread == thread, entries.c.seen.is_not(None))
    after = connection.execute(newest.order_by(entries.c.seen.desc()).limit(1)).scalar()
    row = {
        "thread": thread,
        "after_id": after or "",
        "digest": digest_of(unit.draft.role, unit.draft.text),
        "state": state,
        "records": dumped(unit.records),
        "until": until,
    }
    (number,) = connection.execute(insert(intents).values(row)).inserted_primary_key or (0,)
    return int(number)


class PendingIntents:
    """The intents of a thread that have no message yet. The thread is locked.

    Args:
        before: a place in the platform's list (`seen`): what is offered first stands there; None for its end.
    """

    def __init__(self, connection: Connection, thread: int, before: int | None = None) -> None:
        pending = select(intents).where(intents.c.thread == thread).order_by(intents.c.number)
        self._pending = [*connection.execute(pending)]
        self._connection = connection
        self._thread = thread
        after = {intent.after_id for intent in self._pending}
        met = select(entries.c.remote_id).where(entries.c.thread == thread, entries.c.seen.is_not(None))
        if before is not None:
            met = met.where(entries.c.seen < before)
        found = connection.execute(met.where(entries.c.remote_id.in_(after))).scalars() if after else ()
        self._passed = {"", *found}

    def passed(self, message_id: str) -> None:
        """The list was taken in up to here: what was recorded after it may be claimed."""
        self._passed.add(message_id)

    def claim(self, digest: str) -> list[dict[str, Any]]:
        """The entries of a message that nothing stands for: as its intent has them, or one without a record."""
        for intent in self._pending:
            if intent.digest == digest and intent.after_id in self._passed:
                self._pending.remove(intent)
                self._connection.execute(delete(intents).where(intents.c.number == intent.number))
                records = [Record(**record) for record in json.loads(intent.records)]
                return [{**local_columns(record, intent.state), "intent": intent.number} for record in records]
        return [local_columns(None, "active")]


def over(connection: Connection, thread: int, now: float) -> tuple[int, ...]:
    """The intents whose requests are over at Unix time `now`, however they ended."""
    return tuple(connection.execute(_OVER, {"of": thread, "now": now}).scalars())


def give_up(connection: Connection, numbers: Sequence[int]) -> None:
    """Forget intents that were over before the platform's list was asked for, and have no message in it."""
    connection.execute(delete(intents).where(intents.c.number.in_(numbers)))


_OVER: Final = select(intents.c.number).where(intents.c.thread == bindparam("of"), intents.c.until < bindparam("now"))
