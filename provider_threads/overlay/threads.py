"""Which thread a key means, and the threads that the overlay knows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, exists, select, union, update
from sqlalchemy.dialects import postgresql, sqlite

from provider_threads.overlay.tables import entries, sessions, threads

__all__ = [
    "LockedThread",
    "Place",
    "Realm",
    "Thread",
    "ThreadGoneError",
    "claim_key",
    "find_place",
    "keys_of",
    "lock_thread",
    "purge",
    "record_thread",
    "release_key",
    "want_nothing_older",
]


@dataclass(frozen=True, slots=True)
class Realm:
    """Whose keys and threads: never derived from a credential, so that a new token finds everything again.

    Attributes:
        provider: the platform's name. base_url: its address, so that an emulator's thread never meets a real one.
        namespace: the app's own division, or "".
    """

    provider: str
    base_url: str
    namespace: str

    def columns(self) -> dict[str, str]:
        """As columns of a row."""
        return {"provider": self.provider, "base_url": self.base_url, "namespace": self.namespace}


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that the overlay knows.

    Attributes:
        number: its row. thread_id: the platform's id.
        whole: whether its first message is known; False where only the newest were read, None until the first read
            came to the end.
    """

    number: int
    thread_id: str
    whole: bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key leads.

    Attributes:
        thread_id: the hosted thread's id, or None where none is recorded.
        thread: what the overlay knows of it, or None.
        recorded: whether the overlay knows that the key leads there.
    """

    thread_id: str | None
    thread: Thread | None
    recorded: bool = True


class ThreadGoneError(Exception):
    """A thread that is written to was deleted since it was looked up; nothing is written."""


def find_place(connection: Connection, realm: Realm, key: str, thread_id: str | None = None) -> Place:
    """Where `key` leads: to `thread_id` if given, else to what was recorded for it, else to the thread of that id."""
    recorded = connection.execute(_THREAD_ID, {**realm.columns(), "key": key}).scalar()
    thread_id = thread_id or recorded
    known = connection.execute(_THREAD, {**realm.columns(), "thread_id": thread_id or key}).one_or_none()
    if known is None:
        return Place(thread_id, None)
    return Place(thread_id or key, Thread(*known), recorded=thread_id in (None, key, recorded))


def record_thread(
    connection: Connection, realm: Realm, key: str, thread_id: str, *, lease: str | None = None
) -> Thread:
    """The overlay's row of a thread, made if there is none, with `key` leading to it.

    With the `lease` under which the thread was created just now, so that it is empty: the thread that counts, which is
    another's where that lease had run out and the other was quicker.
    """
    if key != thread_id:
        _insert_new(connection, sessions, {**realm.columns(), "key": key, "thread_id": thread_id})
        led = update(sessions).where(_in(realm, sessions), sessions.c.key == key)
        if lease is not None:
            led = led.where(sessions.c.thread_id.is_(None))
        connection.execute(led.values(thread_id=thread_id, lease=None, lease_until=None))
        counts = connection.execute(_THREAD_ID, {**realm.columns(), "key": key}).scalar()
        if counts is not None and counts != thread_id:
            return record_thread(connection, realm, key, counts)
    row = {**realm.columns(), "thread_id": thread_id, "next_position": 1, "next_seen": 1, "largest_page": 0}
    _insert_new(connection, threads, {**row, "whole": True if lease else None})
    return Thread(*connection.execute(_THREAD, {**realm.columns(), "thread_id": thread_id}).one())


def claim_key(connection: Connection, realm: Realm, key: str, now: float, until: float) -> str | None:
    """A lease until Unix time `until` to create the thread of `key`; None where it is there, or another has a lease."""
    lease = uuid.uuid4().hex
    _insert_new(connection, sessions, {**realm.columns(), "key": key, "lease": lease, "lease_until": until})
    creating = update(sessions).where(_in(realm, sessions), sessions.c.key == key, sessions.c.thread_id.is_(None))
    connection.execute(creating.where(sessions.c.lease_until < now).values(lease=lease, lease_until=until))
    # Given by a clock that was set back since, or is ahead of this one: it lasts no longer than one given now.
    connection.execute(creating.where(sessions.c.lease_until > until).values(lease_until=until))
    held = select(sessions.c.lease).where(_in(realm, sessions), sessions.c.key == key)
    return lease if connection.execute(held).scalar() == lease else None


def release_key(connection: Connection, realm: Realm, key: str, lease: str) -> None:
    """Give up a lease without a thread."""
    mine = and_(_in(realm, sessions), sessions.c.key == key, sessions.c.lease == lease, sessions.c.thread_id.is_(None))
    connection.execute(delete(sessions).where(mine))


def keys_of(connection: Connection, realm: Realm) -> list[str]:
    """The keys under which there are messages that are not deleted; a thread without a key of its own by its id."""
    holds = exists().where(entries.c.thread == threads.c.number, entries.c.state != "deleted")
    led = and_(*(sessions.c[name] == threads.c[name] for name in ("provider", "base_url", "namespace", "thread_id")))
    keyed: Select[Any] = (
        select(sessions.c.key).select_from(sessions.join(threads, led)).where(_in(realm, threads), holds)
    )
    unkeyed = select(threads.c.thread_id).where(_in(realm, threads), holds, ~exists().where(led))
    return sorted(connection.execute(union(keyed, unkeyed)).scalars())


class LockedThread(NamedTuple):
    """What writers need of a thread's row: see `tables.py` for what the columns mean."""

    next_seen: int
    whole: bool | None
    largest_page: int


def lock_thread(connection: Connection, number: int) -> LockedThread | None:
    """The thread's row, which no other writer changes before this transaction ends; None where it is gone."""
    row = connection.execute(_LOCK, {"number": number}).one_or_none()
    return None if row is None else LockedThread(*row)


def want_nothing_older(connection: Connection, number: int) -> None:
    """Take what is known for all there is to know: what is older is forgotten with it."""
    unread = update(threads).where(threads.c.number == number, threads.c.whole.is_(False))
    connection.execute(unread.values(whole=True, cut=True))


def purge(connection: Connection, realm: Realm, thread: Thread) -> None:
    """Forget a thread and all that led to it."""
    # In the order in which `record_thread` writes: the other way round the two could wait for each other.
    connection.execute(delete(sessions).where(_in(realm, sessions), sessions.c.thread_id == thread.thread_id))
    connection.execute(delete(threads).where(threads.c.number == thread.number))


_INSERT: Final[dict[str, Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def _insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> None:
    """Insert unless there is such a row, also where another transaction inserts it right now."""
    connection.execute(_INSERT[connection.dialect.name](table).values(row).on_conflict_do_nothing())


def _in(realm: Realm, table: Table) -> Any:
    return and_(*(table.c[name] == value for name, value in realm.columns().items()))


def _named(table: Table, *names: str) -> Any:
    return and_(*(table.c[name] == bindparam(name) for name in ("provider", "base_url", "namespace", *names)))


# Made once: every read and write runs these.
_THREAD_ID: Final = select(sessions.c.thread_id).where(_named(sessions, "key"))
_THREAD: Final = select(threads.c.number, threads.c.thread_id, threads.c.whole).where(_named(threads, "thread_id"))
_LOCK: Final = (
    select(*(threads.c[name] for name in LockedThread._fields))
    .where(threads.c.number == bindparam("number"))
    .with_for_update()
)
