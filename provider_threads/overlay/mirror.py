"""What the platform's list holds, taken into the journal: each message once, whoever reads it first.

The platform's list is met in its own order. A message is known by its key and role; one that is not known is claimed by
an intent that was recorded before it came (`intents.py`), and imported if none claims it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from provider_threads.messages import ThreadMessage
from provider_threads.overlay.columns import free_key, remote_columns
from provider_threads.overlay.intents import PendingIntents
from provider_threads.overlay.journal import append_rows
from provider_threads.overlay.tables import entries, threads
from provider_threads.overlay.threads import lock_thread

__all__ = ["Mirrored", "Tail", "mirrored", "take_in"]

_TAIL = 5
"""Messages kept in mind to go on from: one, and some before it where ids repeat."""


@dataclass(frozen=True, slots=True)
class Tail:
    """A message met in the platform's list: key, id, how it came (JSON text), and role."""

    key: str
    id: str
    remote: str
    role: str


@dataclass(frozen=True, slots=True)
class Mirrored:
    """How far the platform's list is known.

    Attributes:
        tail: the newest messages met there, oldest first; empty before the first read.
        next_seen: what the next message to be met will be numbered.
        largest_page: most messages that the platform ever sent at once.
        unsettled: ids of messages that the platform had not finished.
    """

    tail: tuple[Tail, ...]
    next_seen: int
    largest_page: int
    unsettled: tuple[str, ...]


def mirrored(connection: Connection, thread: int) -> Mirrored:
    """How far the platform's list of a thread is known."""
    place = connection.execute(select(threads).where(threads.c.number == thread)).one_or_none()
    if place is None:
        return Mirrored((), 1, 0, ())
    met = select(entries.c.remote_key, entries.c.remote_id, entries.c.remote, entries.c.remote_role)
    last = (
        met.where(entries.c.thread == thread, entries.c.seen.is_not(None)).order_by(entries.c.seen.desc()).limit(_TAIL)
    )
    open_ids = select(entries.c.remote_id).where(entries.c.thread == thread, entries.c.settled.is_(False))
    return Mirrored(
        tuple(Tail(*row) for row in connection.execute(last))[::-1],
        place.next_seen,
        place.largest_page,
        tuple(connection.execute(open_ids).scalars()),
    )


def take_in(
    connection: Connection,
    thread: int,
    messages: Sequence[ThreadMessage],
    *,
    following: int | None = None,
    gap: bool = False,
    refresh: bool = False,
    page: int = 0,
) -> bool:
    """Take a run of the platform's list into the journal; False, with nothing changed, where it does not go on.

    Args:
        messages: oldest first. following: they should come after all that had a number below this in `seen`.
        gap: messages may be missing before them. refresh: texts that differ were edited on the platform.
        page: how many messages the platform sent at once.
    """
    place = lock_thread(connection, thread)
    if place is None:
        return True  # deleted meanwhile
    known = _known(connection, thread, {message.id for message in messages})
    keys = {row.remote_key for rows in known.values() for row in rows}
    matches = [_match(known[message.id], message) for message in messages]
    numbers = [row.seen for row in matches if row is not None and row.seen is not None]
    if following is not None and any(number < following for number in numbers):
        return False
    intents = PendingIntents(connection, thread)
    seen = place.next_seen
    fresh: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for message, row in zip(messages, matches, strict=True):
        if row is None:
            key = free_key(message, keys)
            keys.add(key)
            first, *followers = intents.claim(message)
            fresh += [{**first, **remote_columns(message, key), "seen": seen}, *followers]
        elif changed := _changed(row, message, refresh=refresh) | ({"seen": seen} if row.seen is None else {}):
            changes.append(_as_parameters(row, changed))
        if row is None or row.seen is None:
            seen += 1
        intents.passed(message.id)
    if fresh and gap and not numbers:
        # Had another process met some of them already, it would know what lies before them.
        fresh[0]["after_gap"] = True
    append_rows(connection, thread, fresh)
    if changes:
        connection.execute(_UPDATE, changes)
    largest = max(place.largest_page, page)
    if (seen, largest) != (place.next_seen, place.largest_page):
        moved = update(threads).where(threads.c.number == thread)
        connection.execute(moved.values(next_seen=seen, largest_page=largest))
    intents.settle()
    return True


def _known(connection: Connection, thread: int, ids: Iterable[str]) -> defaultdict[str, list[Any]]:
    by_id: defaultdict[str, list[Any]] = defaultdict(list)
    wanted = [*ids]
    for start in range(0, len(wanted), 500):
        some = entries.c.remote_id.in_(wanted[start : start + 500])
        for row in connection.execute(select(entries).where(entries.c.thread == thread, some)):
            by_id[row.remote_id].append(row)
    return by_id


def _match(rows: list[Any], message: ThreadMessage) -> Any:
    """The known entry of a message, which then stands for no other: by key, else by id; its role is the same."""
    same = [row for row in rows if row.remote_role == message.provider_role]
    row = next((row for row in same if row.remote_key == message.key), same[0] if same else None)
    if row is not None:
        rows.remove(row)
    return row


def _changed(row: Any, message: ThreadMessage, *, refresh: bool) -> dict[str, Any]:
    if row.settled and not refresh:
        return {}
    now = remote_columns(message, row.remote_key)
    changed = {name: value for name, value in now.items() if name in _CHANGEABLE and value != getattr(row, name)}
    if "digest" in changed and row.payload is not None:
        changed["edited"] = True
    return changed


_CHANGEABLE = ("seen", "digest", "edited", "remote", "settled")

_UPDATE = (
    update(entries)
    .where(entries.c.number == bindparam("changed"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGEABLE})
)


def _as_parameters(row: Any, changed: dict[str, Any]) -> dict[str, Any]:
    values = {name: changed.get(name, getattr(row, name)) for name in _CHANGEABLE}
    return {"changed": row.number, **{f"new_{name}": value for name, value in values.items()}}
