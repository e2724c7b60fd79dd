"""The journal of one thread: its entries in one order, and what may become of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, select, update

from provider_threads.entries import Record, State
from provider_threads.overlay.columns import RECORD, local_columns
from provider_threads.overlay.tables import entries, threads
from provider_threads.overlay.threads import lock_thread

__all__ = [
    "Row",
    "add",
    "append_rows",
    "count",
    "insert_records",
    "newest",
    "replace_all",
    "set_state",
    "take_positions",
]

Row = Any
"""A row of the entries that `newest` selects."""

_SHOWN = (
    entries.c.number,
    entries.c.remote_key,
    entries.c.remote_id,
    entries.c.remote,
    entries.c.edited,
    entries.c.state,
    entries.c.after_gap,
    *(entries.c[name] for name in RECORD),
)


def newest(
    connection: Connection, thread: int, states: Collection[State], *, limit: int | None = None, offset: int = 0
) -> list[Row]:
    """The entries in one of `states`, oldest first: the newest `limit` of them before the newest `offset`."""
    query = _in_states(thread, states)
    if limit is None and not offset:
        return list(connection.execute(query.order_by(entries.c.position)))
    found = connection.execute(query.order_by(entries.c.position.desc()).limit(limit).offset(offset))
    return [*found][::-1]


def count(connection: Connection, thread: int, states: Collection[State]) -> int:
    """How many entries are in one of `states`."""
    counted = select(func.count()).where(entries.c.thread == thread, entries.c.state.in_(states))
    return connection.execute(counted).scalar_one()


def add(connection: Connection, thread: int, records: Sequence[Record], state: State) -> None:
    """Append messages that are only here."""
    lock_thread(connection, thread)
    insert_records(connection, thread, records, state)


def set_state(
    connection: Connection,
    thread: int,
    states: Collection[State],
    state: State,
    pick: Callable[[list[Row]], Sequence[Row]],
) -> list[Row]:
    """Give the entries that `pick` takes from those in `states` another state; what was taken."""
    lock_thread(connection, thread)
    taken = [*pick(newest(connection, thread, states))]
    _change(connection, [row.number for row in taken], state=state)
    return taken


def replace_all(
    connection: Connection,
    thread: int,
    records: Sequence[Record],
    state: State,
    payload_of: Callable[[Row], str],
) -> None:
    """Make `records` the whole conversation: what is there stays, the rest becomes tombstones, the new is only here.

    An entry stays in its place as long as nothing before it differs, and moves otherwise; it stays tied to its message
    on the platform. `payload_of` gives an entry as the framework would dump it.
    """
    lock_thread(connection, thread)
    present = newest(connection, thread, ("active", "archived"))
    unused: dict[str, list[Row]] = {}
    for row in reversed(present):
        unused.setdefault(payload_of(row), []).append(row)
    found = [unused[record.payload].pop() if unused.get(record.payload) else None for record in records]
    in_place = 0
    while in_place < min(len(found), len(present)) and found[in_place] is present[in_place]:
        in_place += 1
    staying = {row.number for row in found if row is not None}
    _change(connection, [row.number for row in present if row.number not in staying], state="deleted")
    _change(connection, [row.number for row in found[:in_place] if row is not None], state=state)
    for record, row in zip(records[in_place:], found[in_place:], strict=True):
        if row is None:
            insert_records(connection, thread, [record], state)
        else:
            _change(
                connection, [row.number], state=state, position=take_positions(connection, thread, 1), after_gap=False
            )


def take_positions(connection: Connection, thread: int, amount: int) -> int:
    """The first of `amount` positions at the end, which are nobody else's. The thread is locked."""
    taken = update(threads).where(threads.c.number == thread)
    connection.execute(taken.values(next_position=threads.c.next_position + amount))
    after: int = connection.execute(select(threads.c.next_position).where(threads.c.number == thread)).scalar_one()
    return after - amount


def insert_records(connection: Connection, thread: int, records: Sequence[Record], state: State) -> None:
    """Append messages that are only here. The thread is locked."""
    append_rows(connection, thread, [local_columns(record, state) for record in records])


def append_rows(connection: Connection, thread: int, rows: Sequence[dict[str, Any]]) -> None:
    """Append entries, given in all columns but thread and position. The thread is locked."""
    if rows:
        first = take_positions(connection, thread, len(rows))
        placed = [{**row, "thread": thread, "position": first + index} for index, row in enumerate(rows)]
        connection.execute(insert(entries), placed)


def _change(connection: Connection, numbers: Collection[int], **values: Any) -> None:
    chosen = [*numbers]
    for start in range(0, len(chosen), 500):
        connection.execute(update(entries).where(entries.c.number.in_(chosen[start : start + 500])).values(**values))


def _in_states(thread: int, states: Collection[State]) -> Select[Any]:
    return select(*_SHOWN).where(and_(entries.c.thread == thread, entries.c.state.in_(states)))
