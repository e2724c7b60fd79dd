"""Runs of the platform's list, taken into the journal: each message once, whoever reads it first.

The platform's list is met in its own order. A message is known by its key and role; one that is not known is claimed by
an intent that was recorded before it came (`intents.py`), and imported if none claims it. What does not go on from what
is known is refused, with nothing changed: another process may have met another part of the list meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from provider_threads.messages import ThreadMessage
from provider_threads.overlay.columns import free_key, local_columns, remote_columns
from provider_threads.overlay.intents import PendingIntents
from provider_threads.overlay.journal import append_rows
from provider_threads.overlay.rows import EntryRow, entries_of_ids
from provider_threads.overlay.tables import entries, threads
from provider_threads.overlay.threads import LockedThread, lock_thread

__all__ = [
    "end_first_read",
    "first_known",
    "take_again",
    "take_following",
    "take_from_start",
    "take_older",
    "take_shown",
    "take_window",
]


def take_window(
    connection: Connection, thread: int, messages: Sequence[ThreadMessage], *, whole: bool, page: int
) -> bool:
    """Take the newest of a list of which nothing is known; False where another has met some of it.

    Args:
        messages: oldest first, here and below. whole: whether they are all there is.
        page: how many messages the platform sent at once, here and below.
    """
    run = _Run(connection, thread, messages)
    if run.place is None:
        return True  # deleted meanwhile
    if run.place.whole is False if whole else run.place.next_seen > 1:
        return False
    run.take()
    run.note(page=page, whole=whole)
    return True


def take_from_start(
    connection: Connection, thread: int, messages: Sequence[ThreadMessage], *, refresh: bool, page: int
) -> bool:
    """Take what comes next in a walk from the list's start; False where another began in the middle.

    Args:
        refresh: texts that differ were edited on the platform, here and below.
    """
    run = _Run(connection, thread, messages)
    if run.place is None:
        return True
    if run.place.whole is False:
        return False
    run.take(refresh=refresh)
    run.note(page=page)
    return True


def end_first_read(connection: Connection, thread: int) -> bool:
    """The walk from the list's start came to its end: it is known whole; False where another began in the middle."""
    place = lock_thread(connection, thread)
    if place is not None and place.whole is None:
        _change_thread(connection, thread, whole=True)
    return place is None or place.whole is not False


def take_following(
    connection: Connection, thread: int, messages: Sequence[ThreadMessage], *, following: int, page: int
) -> bool:
    """Take what should come after all that had a number below `following` in `seen`; False where some of it had."""
    run = _Run(connection, thread, messages)
    if run.place is None:
        return True
    if any(number < following for number in run.met):
        return False
    run.take()
    run.note(page=page)
    return True


def take_shown(
    connection: Connection, thread: int, messages: Sequence[ThreadMessage], *, refresh: bool, gap: bool = False
) -> None:
    """Take what a platform without a cursor shows of one end of its list; with `gap`, some may be missing before it."""
    run = _Run(connection, thread, messages)
    if run.place is None:
        return
    position = run.take(refresh=refresh)
    # Had another process met some of them already, it would know what lies before them.
    run.note(whole=True, gap=position if gap and not run.met else None)


def take_again(connection: Connection, thread: int, message: ThreadMessage) -> None:
    """Take what became of a message that the platform had not finished."""
    run = _Run(connection, thread, [message])
    if run.place is not None:
        run.take()
        run.note()


def take_older(connection: Connection, thread: int, messages: Sequence[ThreadMessage]) -> None:
    """Take what is older than all that is known: the list is known whole then. Nothing where another has done so."""
    place = lock_thread(connection, thread)
    if place is None or place.whole is not False:
        return
    firsts = select(func.min(entries.c.position), func.min(entries.c.seen)).where(entries.c.thread == thread)
    position, seen = connection.execute(firsts).one()
    keys = {row.remote_key for row in entries_of_ids(connection, thread, [*{message.id for message in messages}])}
    rows = []
    for before, message in zip(range(len(messages), 0, -1), messages, strict=True):
        key = free_key(message, keys)
        keys.add(key)
        in_front = {"thread": thread, "position": position - before, "seen": seen - before}
        rows.append({**local_columns(None, "active"), **remote_columns(message, key), **in_front})
    if rows:
        connection.execute(insert(entries), rows)
    _change_thread(connection, thread, whole=True)


def first_known(connection: Connection, thread: int, messages: Sequence[ThreadMessage]) -> int | None:
    """The index of the first message that was met in the platform's list before, or None."""
    known = _by_id(entries_of_ids(connection, thread, [*{message.id for message in messages}]))
    for index, message in enumerate(messages):
        row = _match(known[message.id], message)
        if row is not None and row.seen is not None:
            return index
    return None


class _Run:
    """Messages that follow one another in the platform's list, beside what is known of them. The thread is locked.

    Attributes:
        place: the thread, or None where it was deleted meanwhile. met: the numbers in `seen` of those met before.
    """

    def __init__(self, connection: Connection, thread: int, messages: Sequence[ThreadMessage]) -> None:
        self._connection = connection
        self._thread = thread
        self._messages = messages
        self.place: LockedThread | None = lock_thread(connection, thread)
        self._next_seen = self.place.next_seen if self.place is not None else 0
        rows = entries_of_ids(connection, thread, [*{message.id for message in messages}])
        self._keys = {row.remote_key for row in rows}
        known = _by_id(rows)
        self._matches = [_match(known[message.id], message) for message in messages]
        self.met = [row.seen for row in self._matches if row is not None and row.seen is not None]

    def take(self, *, refresh: bool = False) -> int | None:
        """Take the messages in; the first position of those that are new, or None."""
        assert self.place is not None  # noqa: S101 - the callers have looked
        intents = PendingIntents(self._connection, self._thread)
        seen = self.place.next_seen
        fresh: list[dict[str, Any]] = []
        changes: list[dict[str, Any]] = []
        for message, row in zip(self._messages, self._matches, strict=True):
            if row is None:
                key = free_key(message, self._keys)
                self._keys.add(key)
                remote = remote_columns(message, key)
                first, *followers = intents.claim(remote["digest"])
                fresh += [{**first, **remote, "seen": seen}, *followers]
            elif changed := _changed(row, message, refresh=refresh) | ({"seen": seen} if row.seen is None else {}):
                changes.append(_as_parameters(row, changed))
            if row is None or row.seen is None:
                seen += 1
            intents.passed(message.id)
        if changes:
            self._connection.execute(_UPDATE, changes)
        self._next_seen = seen
        return append_rows(self._connection, self._thread, fresh)

    def note(self, *, page: int = 0, whole: bool | None = None, gap: int | None = None) -> None:
        """Note what the run, once taken, shows of the list: see the columns of threads; None where it shows nothing."""
        assert self.place is not None  # noqa: S101 - the callers have looked
        shows: dict[str, int | bool] = {}
        if self._next_seen > self.place.next_seen:
            shows["next_seen"] = self._next_seen
        if page > self.place.largest_page:
            shows["largest_page"] = page
        if whole is not None and self.place.whole is None:
            shows["whole"] = whole
        if gap is not None:
            shows["gap"] = gap
        if shows:
            _change_thread(self._connection, self._thread, **shows)


def _by_id(rows: Sequence[EntryRow]) -> defaultdict[str, list[EntryRow]]:
    by_id: defaultdict[str, list[EntryRow]] = defaultdict(list)
    for row in rows:
        by_id[row.remote_id or ""].append(row)
    return by_id


def _match(rows: list[EntryRow], message: ThreadMessage) -> EntryRow | None:
    """The known entry of a message, which then stands for no other: by key, else by id; its role is the same."""
    same = [row for row in rows if row.remote_role == message.provider_role]
    row = next((row for row in same if row.remote_key == message.key), same[0] if same else None)
    if row is not None:
        rows.remove(row)
    return row


def _changed(row: EntryRow, message: ThreadMessage, *, refresh: bool) -> dict[str, Any]:
    if row.state == "deleted" or (row.settled and not refresh):
        return {}
    now = remote_columns(message, row.remote_key or message.key)
    changed = {name: value for name, value in now.items() if name in _CHANGEABLE and value != getattr(row, name)}
    if "digest" in changed and row.payload is not None:
        changed["edited"] = True
    return changed


_CHANGEABLE: Final = ("seen", "digest", "edited", "remote", "settled")

_UPDATE: Final = (
    update(entries)
    .where(entries.c.number == bindparam("changed"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGEABLE})
)


def _as_parameters(row: EntryRow, changed: dict[str, Any]) -> dict[str, Any]:
    values = {name: changed.get(name, getattr(row, name)) for name in _CHANGEABLE}
    return {"changed": row.number, **{f"new_{name}": value for name, value in values.items()}}


def _change_thread(connection: Connection, thread: int, **values: int | bool) -> None:
    connection.execute(update(threads).where(threads.c.number == thread).values(**values))
