"""Messages on their way to the platform: recorded before they are sent, settled when the outcome is known.

A process may die in between. What it was sending is then in the platform's list or not, and whoever reads the list
next finds out: an intent claims the first message after the place it was recorded at that has the same role and text
and that nothing else stands for. One intent claims one message, in the order in which they were recorded; times are
never looked at. An intent that a later one overtook never went out, and is given up.

A claim is a guess where two writers send the same text. The platform's answer to the sender is none, and corrects it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from provider_threads.entries import Record, State
from provider_threads.messages import Draft, ThreadMessage
from provider_threads.overlay.columns import RECORD, digest_of, free_key, local_columns, record_columns, remote_columns
from provider_threads.overlay.journal import append_rows, insert_records
from provider_threads.overlay.tables import entries, intents
from provider_threads.overlay.threads import lock_thread

__all__ = ["PendingIntents", "Unit", "drop_intent", "record_intent", "settle_intent", "units_of"]


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


def record_intent(connection: Connection, thread: int, unit: Unit, state: State) -> int:
    """Record that `unit` is about to be sent; the intent's number."""
    assert unit.draft is not None  # noqa: S101 - only what is sent has an intent
    newest = select(entries.c.remote_id).where(entries.c.thread == thread, entries.c.seen.is_not(None))
    after = connection.execute(newest.order_by(entries.c.seen.desc()).limit(1)).scalar()
    row = {
        "thread": thread,
        "after_id": after or "",
        "digest": digest_of(unit.draft.role, unit.draft.text),
        "state": state,
        "records": json.dumps([asdict(record) for record in unit.records]),
    }
    (number,) = connection.execute(insert(intents).values(row)).inserted_primary_key or (0,)
    return int(number)


def drop_intent(connection: Connection, number: int) -> None:
    """The platform surely has nothing of it."""
    connection.execute(delete(intents).where(intents.c.number == number))


def settle_intent(
    connection: Connection, thread: int, number: int, unit: Unit, message: ThreadMessage, state: State
) -> None:
    """The platform answered that the first of `unit` is `message`."""
    place = lock_thread(connection, thread)
    drop_intent(connection, number)
    if place is None:
        return  # deleted meanwhile
    first, *rest = unit.records
    ours = select(entries).where(entries.c.thread == thread).order_by(entries.c.position)
    of_id = connection.execute(ours.where(entries.c.remote_id == message.id)).all()
    guesses = connection.execute(ours.where(entries.c.intent == number)).all()
    row = next((row for row in of_id if row.remote_role == message.provider_role and not row.confirmed), None)
    guess = next((row for row in guesses if row.remote_key), None)
    taken = {"intent": number, "confirmed": True, **record_columns(first)}
    if row is None:
        remote = remote_columns(message, free_key(message, [row.remote_key for row in of_id]))
        append_rows(connection, thread, [{**local_columns(first, state), **remote, **taken}])
    else:
        connection.execute(update(entries).where(entries.c.number == row.number).values(taken))
    if guess is not None and (row is None or guess.number != row.number):
        # What had been claimed for this message is another writer's, or nobody's.
        given = {name: getattr(row, name, None) for name in (*RECORD, "intent")}
        connection.execute(update(entries).where(entries.c.number == guess.number).values(given))
    elif guess is None and row is not None and row.intent is not None:
        # An intent that never went out had claimed it, and what was to follow that one.
        along = (entries.c.thread == thread, entries.c.intent == row.intent, entries.c.remote_key.is_(None))
        connection.execute(delete(entries).where(*along))
    if rest and all(row.remote_key for row in guesses):
        insert_records(connection, thread, rest, state)
    _give_up_overtaken(connection, thread)


class PendingIntents:
    """The intents of a thread that are not settled, while its list is taken in. The thread is locked."""

    def __init__(self, connection: Connection, thread: int) -> None:
        pending = select(intents).where(intents.c.thread == thread).order_by(intents.c.number)
        self._pending = [*connection.execute(pending)]
        self._connection = connection
        self._thread = thread
        after = {intent.after_id for intent in self._pending}
        met = select(entries.c.remote_id).where(entries.c.thread == thread, entries.c.seen.is_not(None))
        found = connection.execute(met.where(entries.c.remote_id.in_(after))).scalars() if after else ()
        self._passed = {"", *found}

    def passed(self, message_id: str) -> None:
        """The list was taken in up to here: what was recorded after it may be claimed."""
        self._passed.add(message_id)

    def claim(self, message: ThreadMessage) -> list[dict[str, Any]]:
        """The entries of a new message: as the intent has them that claims it, else as the platform has it."""
        digest = digest_of(message.role, message.text)
        for intent in self._pending:
            if intent.digest == digest and intent.after_id in self._passed:
                self._pending.remove(intent)
                drop_intent(self._connection, intent.number)
                records = [Record(**record) for record in json.loads(intent.records)]
                return [{**local_columns(record, intent.state), "intent": intent.number} for record in records]
        return [local_columns(None, "active")]

    def settle(self) -> None:
        """The list was taken in: give up what a claimed or confirmed intent overtook."""
        if self._pending:
            _give_up_overtaken(self._connection, self._thread)


def _give_up_overtaken(connection: Connection, thread: int) -> None:
    newest = select(func.max(entries.c.intent)).where(entries.c.thread == thread).scalar_subquery()
    connection.execute(delete(intents).where(intents.c.thread == thread, intents.c.number < newest))
