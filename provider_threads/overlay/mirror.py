"""What the platform's list holds, taken into the journal: each message once, whoever reads it first.

The platform's list is met in its own order. A message is known by its key and role; one that is not known is claimed by
an intent that was recorded before it came (`intents.py`), and imported if none claims it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from provider_threads.messages import ThreadMessage
from provider_threads.overlay.columns import free_key, local_columns, remote_columns
from provider_threads.overlay.intents import PendingIntents, over
from provider_threads.overlay.journal import append_rows
from provider_threads.overlay.tables import entries, threads
from provider_threads.overlay.threads import lock_thread

__all__ = ["Mirrored", "first_known", "mirrored", "take_in", "take_in_before"]

_TAIL: Final = 5
"""Messages kept in mind to go on from: one, and some before it where ids repeat."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """How far the platform's list is known.

    Attributes:
        tail: key, id and role of the newest messages met there, oldest first; empty before the first read.
        next_seen: what the next message to be met will be numbered.
        largest_page: most messages that the platform ever sent at once.
        whole: whether its first message is known; False where only the newest were read, None until the first read
            came to the end.
        cut: whether what is older than all that is known was forgotten unread.
        unsettled: ids of messages that the platform had not finished.
        over: intents whose requests were over by then.
    """

    tail: tuple[tuple[str, str, str], ...]
    next_seen: int
    largest_page: int
    whole: bool | None
    cut: bool
    unsettled: tuple[str, ...]
    over: tuple[int, ...]


def mirrored(connection: Connection, thread: int, now: float) -> Mirrored:
    """How far the platform's list of a thread is known at Unix time `now`."""
    place = connection.execute(_PLACE, {"of": thread}).one_or_none()
    if place is None:
        return Mirrored((), 1, 0, None, cut=False, unsettled=(), over=())
    tail = [(key, message_id, role) for key, message_id, role in connection.execute(_LAST, {"of": thread})]
    unsettled = tuple(connection.execute(_UNSETTLED, {"of": thread}).scalars())
    return Mirrored(
        tuple(tail[::-1]),
        place.next_seen,
        place.largest_page,
        place.whole,
        place.cut,
        unsettled,
        over(connection, thread, now),
    )


def first_known(connection: Connection, thread: int, messages: Sequence[ThreadMessage]) -> int | None:
    """The index of the first message that was met in the platform's list before, or None."""
    known = _known(connection, thread, {message.id for message in messages})
    for index, message in enumerate(messages):
        row = _match(known[message.id], message)
        if row is not None and row.seen is not None:
            return index
    return None


def take_in_before(connection: Connection, thread: int, messages: Sequence[ThreadMessage]) -> None:
    """Take what is older than all that is known: the thread is whole then. Nothing where another has done so."""
    place = lock_thread(connection, thread)
    if place is None or place.whole is not False:
        return
    firsts = select(func.min(entries.c.position), func.min(entries.c.seen)).where(entries.c.thread == thread)
    position, seen = connection.execute(firsts).one()
    known = _known(connection, thread, {message.id for message in messages})
    keys = {row.remote_key for rows in known.values() for row in rows}
    rows = []
    for before, message in zip(range(len(messages), 0, -1), messages, strict=True):
        key = free_key(message, keys)
        keys.add(key)
        in_front = {"thread": thread, "position": position - before, "seen": seen - before}
        rows.append({**local_columns(None, "active"), **remote_columns(message, key), **in_front})
    if rows:
        connection.execute(insert(entries), rows)
    connection.execute(update(threads).where(threads.c.number == thread).values(whole=True))


def take_in(
    connection: Connection,
    thread: int,
    messages: Sequence[ThreadMessage],
    *,
    following: int | None = None,
    gap: bool = False,
    refresh: bool = False,
    page: int = 0,
    whole: bool | None = None,
    ends: bool = True,
) -> bool:
    """Take a run of the platform's list into the journal; False, with nothing changed, where it does not go on.

    Args:
        messages: oldest first. following: they should come after all that had a number below this in `seen`.
        gap: messages may be missing before them. refresh: texts that differ were edited on the platform.
        page: how many messages the platform sent at once.
        whole: True where they come from the thread's start or go on from what does; False where older messages were
            left out, which only an empty journal can take; None where they go on from whatever is known.
        ends: whether the list ends with them; a first read counts once it came to the end.
    """
    place = lock_thread(connection, thread)
    if place is None:
        return True  # deleted meanwhile
    if (whole is True and place.whole is False) or (whole is False and place.next_seen > 1):
        return False
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
            remote = remote_columns(message, key)
            first, *followers = intents.claim(remote["digest"])
            fresh += [{**first, **remote, "seen": seen}, *followers]
        elif changed := _changed(row, message, refresh=refresh) | ({"seen": seen} if row.seen is None else {}):
            changes.append(_as_parameters(row, changed))
        if row is None or row.seen is None:
            seen += 1
        intents.passed(message.id)
    first_position = append_rows(connection, thread, fresh)
    if changes:
        connection.execute(_UPDATE, changes)
    now = {
        "next_seen": seen,
        "largest_page": max(place.largest_page, page),
        "whole": whole if place.whole is None and ends else place.whole,
        # Had another process met some of them already, it would know what lies before them.
        "gap": first_position if gap and fresh and not numbers else place.gap,
    }
    if any(getattr(place, name) != value for name, value in now.items()):
        connection.execute(update(threads).where(threads.c.number == thread).values(now))
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
    if row.state == "deleted" or (row.settled and not refresh):
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


_PLACE: Final = select(threads).where(threads.c.number == bindparam("of"))
_LAST: Final = (
    select(entries.c.remote_key, entries.c.remote_id, entries.c.remote_role)
    .where(entries.c.thread == bindparam("of"), entries.c.seen.is_not(None))
    .order_by(entries.c.seen.desc())
    .limit(_TAIL)
)
_UNSETTLED: Final = select(entries.c.remote_id).where(entries.c.thread == bindparam("of"), entries.c.settled.is_(False))
