"""Entries as they are looked up to be changed: rows with names and types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, select, update

from provider_threads.entries import State
from provider_threads.overlay.tables import entries

__all__ = ["EntryRow", "change_entry", "entries_of_ids", "entries_of_intent", "entry"]


class EntryRow(NamedTuple):
    """An entry: see `tables.py` for what the columns mean. It is shown in the order of `position`."""

    number: int
    state: State
    remote_key: str | None
    remote_id: str | None
    remote_role: str | None
    digest: str | None
    remote: str | None
    seen: int | None
    settled: bool
    intent: int | None
    confirmed: bool
    edited: bool
    framework: str | None
    role: str | None
    text: str | None
    payload: str | None
    plain: bool | None
    message_id: str | None


def entry(connection: Connection, number: int) -> EntryRow:
    """The entry of a number."""
    return EntryRow(*connection.execute(_BY_NUMBER, {"number": number}).one())


def entries_of_ids(connection: Connection, thread: int, ids: Sequence[str]) -> list[EntryRow]:
    """The entries of a thread whose messages have one of `ids` on the platform; in their order."""
    found: list[EntryRow] = []
    for start in range(0, len(ids), _AT_ONCE):
        some = {"of": thread, "ids": ids[start : start + _AT_ONCE]}
        found += (EntryRow(*row) for row in connection.execute(_BY_ID, some))
    return found


def entries_of_intent(connection: Connection, thread: int, intent: int) -> list[EntryRow]:
    """The entries that an intent, by its number, became; in their order."""
    return [EntryRow(*row) for row in connection.execute(_BY_INTENT, {"of": thread, "intent": intent})]


def change_entry(connection: Connection, row: EntryRow, **values: Any) -> None:
    """Give an entry other values in the columns named."""
    connection.execute(update(entries).where(entries.c.number == row.number).values(**values))


_AT_ONCE: Final = 500
"""Values that one statement compares with."""


# Made once: every look at the platform runs these.
def _where(*conditions: Any) -> Select[Any]:
    columns = (entries.c[name] for name in EntryRow._fields)
    # Ordered by a sum: by the bare column SQLite would walk the whole thread in that order to find these few.
    return select(*columns).where(*conditions).order_by(entries.c.position + 0)


_BY_NUMBER: Final = _where(entries.c.number == bindparam("number"))
_BY_ID: Final = _where(entries.c.thread == bindparam("of"), entries.c.remote_id.in_(bindparam("ids", expanding=True)))
_BY_INTENT: Final = _where(entries.c.thread == bindparam("of"), entries.c.intent == bindparam("intent"))
