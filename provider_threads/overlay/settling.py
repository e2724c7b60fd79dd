"""What becomes of an intent when its sender knows the outcome, and of what was guessed about it until then.

A reader that meets a message before its sender's answer is committed lets an intent claim it. Where several intents
have the same role and text, the message can be another's; then the two entries exchange their messages, so that what
was written stays whole and in its place.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, insert

from provider_threads.entries import Record, State
from provider_threads.messages import ThreadMessage
from provider_threads.overlay.columns import RECORD, free_key, local_columns, record_columns, remote_columns
from provider_threads.overlay.intents import PendingIntents, Unit, dumped
from provider_threads.overlay.journal import append_rows, insert_records
from provider_threads.overlay.rows import EntryRow, change_entry, entries_of_ids, entries_of_intent, entry
from provider_threads.overlay.tables import entries, intents
from provider_threads.overlay.threads import lock_thread

__all__ = ["drop_intent", "settle_intent"]


def drop_intent(connection: Connection, thread: int, number: int) -> None:
    """The platform surely has nothing of it; a message that it claimed is another's."""
    lock_thread(connection, thread)
    connection.execute(delete(intents).where(intents.c.number == number))
    for row in entries_of_intent(connection, thread, number):
        if row.remote_key is not None:
            _delete_followers(connection, thread, number)
            _offer(connection, thread, row)


def settle_intent(
    connection: Connection, thread: int, number: int, unit: Unit, message: ThreadMessage, state: State, until: float
) -> None:
    """The platform answered that the first of `unit` is `message`; `until` as of the intent."""
    place = lock_thread(connection, thread)
    connection.execute(delete(intents).where(intents.c.number == number))
    if place is None:
        return  # deleted meanwhile
    ours = entries_of_intent(connection, thread, number)
    of_id = entries_of_ids(connection, thread, [message.id])
    row = next((row for row in of_id if row.remote_role == message.provider_role and not row.confirmed), None)
    guess = next((row for row in ours if row.remote_key is not None), None)
    if guess is not None and row is not None and row.number == guess.number:
        change_entry(connection, row, confirmed=True)
        return
    key = (row.remote_key if row is not None else None) or free_key(message, [known.remote_key for known in of_id])
    remote = {**remote_columns(message, key), "seen": None if row is None else row.seen}
    if guess is not None and guess.state != "deleted":
        _exchange(connection, thread, guess, row, remote)
        return
    first, *rest = unit.records
    # A tombstone stays one, and says nothing of what was said.
    record = record_columns(first if row is None or row.state != "deleted" else None)
    taken = {"intent": number, "confirmed": True, **record}
    if guess is not None:
        change_entry(connection, guess, intent=None)
    if row is None:
        append_rows(connection, thread, [{**local_columns(first, state), **remote, **taken}])
    else:
        if row.intent is not None:
            _put_back(connection, thread, row, row.intent, until)
        change_entry(connection, row, **taken)
    if len(ours) < len(unit.records):
        insert_records(connection, thread, rest, state)


def _exchange(
    connection: Connection, thread: int, guess: EntryRow, row: EntryRow | None, remote: dict[str, Any]
) -> None:
    """`guess` claimed a message of another's: it gets its own, and `row`, which has that, or a new one, the other's."""
    other = {name: getattr(guess, name) for name in remote}
    if row is not None:
        change_entry(connection, row, remote_key=None)
    change_entry(connection, guess, **remote, confirmed=True)
    if row is None:
        first, *followers = PendingIntents(connection, thread, other["seen"]).claim(other["digest"])
        append_rows(connection, thread, [{**first, **other}, *followers])
        return
    if row.state == "deleted":
        other.update(remote=None, digest=None, settled=True)
    change_entry(connection, row, **other)
    if row.intent is None:
        _offer(connection, thread, entry(connection, row.number))


def _offer(connection: Connection, thread: int, row: EntryRow) -> None:
    """Let the next intent that can claim the message of an entry have it; else it is as the platform has it."""
    if row.state == "deleted":
        change_entry(connection, row, intent=None)
        return
    first, *followers = PendingIntents(connection, thread, row.seen).claim(row.digest or "")
    change_entry(connection, row, **{name: first[name] for name in (*RECORD, "intent")})
    append_rows(connection, thread, followers)


def _put_back(connection: Connection, thread: int, row: EntryRow, intent: int, until: float) -> None:
    """The intent that claimed the message of an entry has none yet: its sender may still be on the way."""
    claimed = entries_of_intent(connection, thread, intent)
    if all(each.payload is not None for each in claimed):
        records = [Record(*(getattr(each, name) for name in RECORD)) for each in claimed]
        again = {"number": intent, "thread": thread, "after_id": row.remote_id, "digest": row.digest}
        connection.execute(insert(intents).values(**again, state=row.state, records=dumped(records), until=until))
    _delete_followers(connection, thread, intent)


def _delete_followers(connection: Connection, thread: int, number: int) -> None:
    stay_here = (entries.c.thread == thread, entries.c.intent == number, entries.c.remote_key.is_(None))
    connection.execute(delete(entries).where(*stay_here))
