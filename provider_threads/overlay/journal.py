"""The journal of one thread: its entries in one order, and what may become of them."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, select, type_coerce, update

from provider_threads.entries import Record, State
from provider_threads.overlay.columns import RECORD, is_findable, local_columns
from provider_threads.overlay.tables import entries, intents, threads
from provider_threads.overlay.threads import ThreadGoneError, lock_thread, want_nothing_older

__all__ = [
    "Row",
    "RowPick",
    "add",
    "append_rows",
    "counted",
    "insert_records",
    "newest",
    "of_message_ids",
    "replace_all",
    "set_state",
    "shown",
    "take_positions",
]

Row = Any
"""An entry as `newest` selects it: position, number, key, id, the message as it came, edited, state, its record."""

RowPick: TypeAlias = slice | Collection[int] | Callable[[list[Row]], Sequence[Row]]
"""A `Pick` of rows."""

ValueT = TypeVar("ValueT")

_AT_ONCE: Final = 500
"""Values that one statement compares with."""

_PLENTY: Final = 2**31
"""More rows than there are; databases take no number however large."""

_BEFORE_ALL: Final = -(2**63)
"""The least that a column holds: older messages are put in front, at positions of 0 and below."""


def newest(connection: Connection, thread: int, states: Collection[State], limit: int | None = None) -> list[Row]:
    """The newest `limit` entries in one of `states`, or all; oldest first."""
    query = _ALL if limit is None else _NEWEST
    found = connection.execute(query, {"of": thread, "states": [*states], "most": limit}).all()
    return [*found] if limit is None else [*found][::-1]


def shown(
    connection: Connection, thread: int, states: Collection[State], limit: int | None
) -> tuple[list[Row], int, int | None]:
    """`newest`, how many they are, and the index before which messages may be missing, if any.

    A gap is a place in the order: what stands next to it may be archived or deleted. In a conversation the index may be
    past the last entry: all are from before the gap, and what followed it went. Where as many as were asked for follow
    it there is none.
    """
    rows = newest(connection, thread, states, limit)
    gap = connection.execute(_GAP, {"of": thread}).scalar()
    before = bisect_left([row.position for row in rows], gap) if gap is not None else None
    return rows, len(rows), _gap_index(len(rows), before, states, limit)


def counted(
    connection: Connection, thread: int, states: Collection[State], limit: int | None
) -> tuple[list[Row], int, int | None]:
    """What `shown` says of its rows, without a row."""
    of = {"of": thread, "states": [*states]}
    kept: int = connection.execute(_COUNT, {**of, "from": _BEFORE_ALL}).scalar_one()
    amount = kept if limit is None else min(kept, limit)
    gap = connection.execute(_GAP, {"of": thread}).scalar()
    if gap is None:
        return [], amount, None
    after: int = connection.execute(_COUNT, {**of, "from": gap}).scalar_one()
    return [], amount, _gap_index(amount, max(amount - after, 0), states, limit)


def of_message_ids(connection: Connection, thread: int, message_ids: Collection[str]) -> list[Row]:
    """The active entries of messages that their framework knows by one of these ids, oldest first."""
    parts = _parts([message_id for message_id in message_ids if is_findable(message_id)])
    rows = [row for part in parts for row in connection.execute(_OF_MESSAGE_IDS, {"of": thread, "ids": part})]
    # Not the database's to compare: it could take the index of states, and walk through all that is active.
    return sorted((row for row in rows if row.state == "active"), key=lambda row: row.position)


def add(connection: Connection, thread: int, records: Sequence[Record], state: State) -> None:
    """Append messages that are only here."""
    _locked(connection, thread)
    insert_records(connection, thread, records, state)


def set_state(
    connection: Connection,
    thread: int,
    states: Collection[State],
    state: State,
    limit: int | None,
    pick: RowPick | None,
) -> list[Row]:
    """Give what `pick` takes from the entries that are shown, or all in `states`, another state; what was taken."""
    lock_thread(connection, thread)
    if pick is not None:
        taken = _picked(connection, thread, states, limit, pick)
        _change(connection, [row.number for row in taken], state)
        return taken
    taken = newest(connection, thread, states)
    _change(connection, [row.number for row in taken], state)
    if state == "deleted" and "active" in states:
        want_nothing_older(connection, thread)
        # What is on its way is forgotten as well. Its sender still knows it, and writes it down if it arrives.
        connection.execute(delete(intents).where(intents.c.thread == thread))
        if not newest(connection, thread, ("active", "archived"), limit=1):
            connection.execute(_NO_GAP, {"of": thread})
    return taken


def replace_all(
    connection: Connection,
    thread: int,
    records: Sequence[Record],
    state: State,
    payload_of: Callable[[Row], str],
) -> None:
    """Make `records` the whole conversation: what is there stays, the rest becomes tombstones, the new is only here.

    Entries stay in their places from the head on as far as they are in their old order with nothing new between them;
    the ones after that move to the end. All stay tied to their messages on the platform. `payload_of` gives an entry
    as the framework would dump it.
    """
    _locked(connection, thread)
    present = newest(connection, thread, ("active", "archived"))
    unused: dict[str, list[Row]] = {}
    for row in reversed(present):
        unused.setdefault(payload_of(row), []).append(row)
    found = [unused[record.payload].pop() if unused.get(record.payload) else None for record in records]
    staying = {row.number for row in found if row is not None}
    _change(connection, [row.number for row in present if row.number not in staying], "deleted")
    in_place, last = 0, -math.inf
    for row in found:
        if row is None or row.position < last:
            break
        in_place, last = in_place + 1, row.position
    _change(connection, [row.number for row in found[:in_place] if row is not None and row.state != state], state)
    want_nothing_older(connection, thread)
    connection.execute(_NO_GAP, {"of": thread})
    rest = [*zip(records[in_place:], found[in_place:], strict=True)]
    if not rest:
        return
    first = take_positions(connection, thread, len(rest))
    moved = [
        {"which": row.number, "to": first + at, "now": state} for at, (_, row) in enumerate(rest) if row is not None
    ]
    new = [
        {**local_columns(record, state), "thread": thread, "position": first + at}
        for at, (record, row) in enumerate(rest)
        if row is None
    ]
    if moved:
        connection.execute(_MOVE, moved)
    if new:
        connection.execute(insert(entries), new)


def take_positions(connection: Connection, thread: int, amount: int) -> int:
    """The first of `amount` positions at the end, which are nobody else's. The thread is locked."""
    connection.execute(_TAKE, {"of": thread, "amount": amount})
    after: int = connection.execute(_NEXT, {"of": thread}).scalar_one()
    return after - amount


def insert_records(connection: Connection, thread: int, records: Sequence[Record], state: State) -> None:
    """Append messages that are only here. The thread is locked."""
    append_rows(connection, thread, [local_columns(record, state) for record in records])


def append_rows(connection: Connection, thread: int, rows: Sequence[dict[str, Any]]) -> int | None:
    """Append entries, given in all columns but thread and position; the first position. The thread is locked."""
    if not rows:
        return None
    first = take_positions(connection, thread, len(rows))
    placed = [{**row, "thread": thread, "position": first + index} for index, row in enumerate(rows)]
    connection.execute(insert(entries), placed)
    return first


def _gap_index(amount: int, before: int | None, states: Collection[State], limit: int | None) -> int | None:
    """The index of a gap among so many entries, so many of them `before` it; see `shown`."""
    if before is None:
        return None
    satisfied = not before and limit is not None and amount >= limit
    return before if 0 < before < amount or ("active" in states and not satisfied) else None


def _picked(
    connection: Connection, thread: int, states: Collection[State], limit: int | None, pick: RowPick
) -> list[Row]:
    """What is taken from the entries shown; of a conversation without a window only that is looked up."""
    if callable(pick) or limit is not None or "active" not in states or _spans_both_ends(pick):
        rows, _, gap = shown(connection, thread, states, limit)
        block = rows[gap or 0 :]
        if callable(pick):
            return [*pick(block)]
        return block[pick] if isinstance(pick, slice) else [row for row in block if row.number in pick]
    gap = connection.execute(_GAP, {"of": thread}).scalar()
    of = {"of": thread, "states": [*states], "from": _BEFORE_ALL if gap is None else gap}
    if not isinstance(pick, slice):
        found = [row for part in _parts(pick) for row in connection.execute(_OF_NUMBERS, {**of, "numbers": part})]
        return sorted(found, key=lambda row: row.position)
    start, stop = pick.start, pick.stop
    if start < 0:  # counted from the end, and the end is where it starts
        start, stop = -(stop or 0), -start
    span = {"skipped": min(start, _PLENTY), "most": min(_PLENTY if stop is None else max(stop - start, 0), _PLENTY)}
    if pick.start < 0:
        return [*connection.execute(_FROM_THE_END, {**of, **span})][::-1]
    return [*connection.execute(_FROM_THE_START, {**of, **span})]


def _spans_both_ends(pick: RowPick) -> bool:
    """Whether it is a slice that no count of entries from one end of them tells: its ends, or its step, need all."""
    if not isinstance(pick, slice):
        return False
    one_end = pick.start is not None and (pick.stop is None or (pick.start < 0) == (pick.stop < 0))
    return not one_end or pick.step is not None


def _locked(connection: Connection, thread: int) -> None:
    """Lock the thread, which another may have deleted since it was looked up."""
    if lock_thread(connection, thread) is None:
        raise ThreadGoneError


def _change(connection: Connection, numbers: Collection[int], state: State, **values: Any) -> None:
    if state == "deleted":
        # A tombstone knows which message of the platform is not to come back, and nothing of what was said.
        values |= {**dict.fromkeys(("remote", "digest", *RECORD)), "edited": False, "settled": True}
    for part in _parts(numbers):
        connection.execute(update(entries).where(entries.c.number.in_(part)).values(state=state, **values))


def _parts(values: Collection[ValueT]) -> Iterator[Sequence[ValueT]]:
    """`values`, as many at a time as one statement compares with."""
    everything = [*values]
    return (everything[start : start + _AT_ONCE] for start in range(0, len(everything), _AT_ONCE))


# Made once: every read and write runs these.
_SHOWN: Final = ("position", "number", "remote_key", "remote_id", "remote", "edited", "state", *RECORD[:-1])
_FLAGS: Final = ("edited", "plain")
# Flags come as the driver has them, 0 and 1 on SQLite: SQLAlchemy would look at each a second time.
_COLUMNS: Final = tuple(
    type_coerce(entries.c[name], Integer).label(name) if name in _FLAGS else entries.c[name] for name in _SHOWN
)
_ALL: Final = (
    select(*_COLUMNS)
    .where(entries.c.thread == bindparam("of"), entries.c.state.in_(bindparam("states", expanding=True)))
    .order_by(entries.c.position)
)
_NEWEST: Final = _ALL.order_by(None).order_by(entries.c.position.desc()).limit(bindparam("most"))
_FROM: Final = entries.c.position >= bindparam("from")
_COUNT: Final = (
    select(func.count())
    .select_from(entries)
    .where(entries.c.thread == bindparam("of"), entries.c.state.in_(bindparam("states", expanding=True)), _FROM)
)
_OF_NUMBERS: Final = _ALL.order_by(None).where(_FROM, entries.c.number.in_(bindparam("numbers", expanding=True)))
_OF_MESSAGE_IDS: Final = select(*_COLUMNS).where(
    entries.c.thread == bindparam("of"), entries.c.message_id.in_(bindparam("ids", expanding=True))
)
_FROM_THE_START: Final = _ALL.where(_FROM).offset(bindparam("skipped")).limit(bindparam("most"))
_FROM_THE_END: Final = _NEWEST.where(_FROM).offset(bindparam("skipped"))
_GAP: Final = select(threads.c.gap).where(threads.c.number == bindparam("of"))
_NO_GAP: Final = update(threads).where(threads.c.number == bindparam("of")).values(gap=None)
_TAKE: Final = (
    update(threads)
    .where(threads.c.number == bindparam("of"))
    .values(next_position=threads.c.next_position + bindparam("amount"))
)
_MOVE: Final = (
    update(entries)
    .where(entries.c.number == bindparam("which"))
    .values(position=bindparam("to"), state=bindparam("now"))
)
_NEXT: Final = select(threads.c.next_position).where(threads.c.number == bindparam("of"))
