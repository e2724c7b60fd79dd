"""Threads and messages in SQLite: in memory, or in a file that survives a restart."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from provider_threads.emulator.identifiers import Provider
from provider_threads.emulator.pages import Window
from provider_threads.emulator.records import StoredFile, StoredMessage, StoredThread

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE thread (
    provider TEXT NOT NULL, id TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
    metadata TEXT NOT NULL, PRIMARY KEY (provider, id)
) WITHOUT ROWID;
CREATE TABLE message (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL, thread_id TEXT NOT NULL, id TEXT NOT NULL, record TEXT NOT NULL
);
CREATE INDEX message_by_place ON message (provider, thread_id, position);
CREATE INDEX message_by_id ON message (provider, thread_id, id);
"""
# The direction of a sort cannot be bound as a value.
_WINDOW = """
SELECT position, id, record FROM message
WHERE provider = :provider AND thread_id = :thread AND position BETWEEN :lower AND :upper
ORDER BY position {} LIMIT :limit
"""
_WINDOWS = {"asc": _WINDOW.format("ASC"), "desc": _WINDOW.format("DESC")}
_HIGHEST = 2**62
_WHOLE = Window("asc")


class StorageError(OSError):
    """The database file cannot be used."""


_COLUMNS = ("id", "thread_id", "position", "files")
_RECORDED = tuple(name for name in StoredMessage.__dataclass_fields__ if name not in _COLUMNS)


def _encode(message: StoredMessage) -> str:
    record = {name: getattr(message, name) for name in _RECORDED}
    record["files"] = [[file.id, file.created_ms] for file in message.files]
    return json.dumps(record)


def _decode(thread_id: str, row: tuple[int, str, str]) -> StoredMessage:
    position, message_id, text = row
    record = json.loads(text)
    record["files"] = [StoredFile(*file) for file in record["files"]]
    return StoredMessage(id=message_id, thread_id=thread_id, position=position, **record)


class Storage:
    """The server's threads; every call is one transaction and may come from any thread.

    Raises:
        StorageError: SQLite cannot use the file, or another version of the emulator wrote it; the message names it.
    """

    def __init__(self, database: str) -> None:
        self._lock = threading.RLock()
        try:
            self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        except sqlite3.Error as error:
            raise StorageError(_unusable(database, error)) from error
        try:
            self._prepare(database)
        except sqlite3.Error as error:
            self._connection.close()
            raise StorageError(_unusable(database, error)) from error
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, database: str) -> None:
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _SCHEMA_VERSION):
            raise StorageError(f"the emulator cannot read a database of version {version}: {database}")
        if version == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT;")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def add_thread(self, provider: Provider, thread: StoredThread, messages: Sequence[StoredMessage] = ()) -> None:
        """Store a new thread with its first messages.

        Raises:
            ValueError: the provider has a thread of this id already.
        """
        with self._transaction() as connection:
            try:
                connection.execute(
                    "INSERT INTO thread VALUES (?, ?, ?, ?, ?)",
                    (provider, thread.id, thread.created_ms, thread.updated_ms, json.dumps(thread.metadata)),
                )
            except sqlite3.IntegrityError:
                raise ValueError(f"{provider} has a thread {thread.id!r} already") from None
            _insert(connection, provider, messages)

    def add_messages(self, provider: Provider, messages: Sequence[StoredMessage]) -> None:
        """Append messages to the threads they name, all or none."""
        with self._transaction() as connection:
            _insert(connection, provider, messages)

    def thread(self, provider: Provider, thread_id: str) -> StoredThread | None:
        """The thread of this id."""
        with self._lock:
            row = self._connection.execute(
                "SELECT id, created_ms, updated_ms, metadata FROM thread WHERE provider = ? AND id = ?",
                (provider, thread_id),
            ).fetchone()
        return StoredThread(row[0], row[1], row[2], json.loads(row[3])) if row else None

    def set_thread_metadata(self, provider: Provider, thread_id: str, metadata: Mapping[str, str], now_ms: int) -> None:
        """Replace a thread's metadata."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE thread SET metadata = ?, updated_ms = ? WHERE provider = ? AND id = ?",
                (json.dumps(metadata), now_ms, provider, thread_id),
            )

    def delete_thread(self, provider: Provider, thread_id: str) -> None:
        """Remove a thread and its messages."""
        with self._transaction() as connection:
            key = (provider, thread_id)
            connection.execute("DELETE FROM message WHERE provider = ? AND thread_id = ?", key)
            connection.execute("DELETE FROM thread WHERE provider = ? AND id = ?", key)

    def message(self, provider: Provider, thread_id: str, message_id: str) -> StoredMessage | None:
        """The message of this id; of several that share it, the oldest."""
        with self._lock:
            row = self._connection.execute(
                "SELECT position, id, record FROM message WHERE provider = ? AND thread_id = ? AND id = ?"
                " ORDER BY position LIMIT 1",
                (provider, thread_id, message_id),
            ).fetchone()
        return _decode(thread_id, row) if row else None

    def positions_of(self, provider: Provider, thread_id: str, message_id: str) -> list[int]:
        """The positions of the messages of this id."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT position FROM message WHERE provider = ? AND thread_id = ? AND id = ?",
                (provider, thread_id, message_id),
            ).fetchall()
        return [position for (position,) in rows]

    def messages(self, provider: Provider, thread_id: str, window: Window = _WHOLE) -> tuple[list[StoredMessage], bool]:
        """One page of a thread, and whether its window holds more."""
        order = window.order
        if window.from_end:
            order = "asc" if order == "desc" else "desc"
        with self._lock:
            rows = self._connection.execute(
                _WINDOWS[order],
                {
                    "provider": provider,
                    "thread": thread_id,
                    "lower": window.lower or 0,
                    "upper": _HIGHEST if window.upper is None else window.upper,
                    "limit": -1 if window.limit is None else window.limit + 1,
                },
            ).fetchall()
        has_more = window.limit is not None and len(rows) > window.limit
        page = [_decode(thread_id, row) for row in rows[: window.limit]]
        return (page[::-1] if window.from_end else page), has_more

    def replace_message(self, provider: Provider, message: StoredMessage, **changes: Any) -> StoredMessage:
        """Change a stored message in its place, and give it as it now is."""
        changed = replace(message, **changes)
        with self._transaction() as connection:
            connection.execute(
                "UPDATE message SET record = ? WHERE provider = ? AND position = ?",
                (_encode(changed), provider, message.position),
            )
        return changed

    def clear(self) -> None:
        """Remove every thread."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM message")
            connection.execute("DELETE FROM thread")

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()


def _unusable(database: str, error: sqlite3.Error) -> str:
    return f"the emulator cannot use the database {database}: {error}"


def _insert(connection: sqlite3.Connection, provider: Provider, messages: Sequence[StoredMessage]) -> None:
    connection.executemany(
        "INSERT INTO message (provider, thread_id, id, record) VALUES (?, ?, ?, ?)",
        [(provider, message.thread_id, message.id, _encode(message)) for message in messages],
    )
