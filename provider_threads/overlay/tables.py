"""The overlay's tables.

A thread has entries in one order (`position`) that all readers agree on. Entries that the platform has carry its key,
and `seen`, their place in the platform's own list once they were met there. An intent is a message on its way to the
platform whose outcome is not committed yet.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = ["entries", "entries_by_message_id", "intents", "metadata", "sessions", "state_of_schema", "threads"]

metadata: MetaData = MetaData()

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up only columns that are declared INTEGER; they hold 64 bits there."""

state_of_schema: Table = Table(
    "thread_overlay_schema",
    metadata,
    Column("version", Integer, primary_key=True),
)

threads: Table = Table(
    "thread_overlay_threads",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("base_url", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("thread_id", Text, nullable=False),
    Column("next_position", _NUMBER, nullable=False),
    Column("next_seen", _NUMBER, nullable=False),
    # Whether the thread's first message is known; false where only the newest were read, null until the first read
    # came to the end.
    Column("whole", Boolean),
    # Whether what is older than all that is known was forgotten unread.
    Column("cut", Boolean, nullable=False, default=False),
    # The position before which messages may be missing, the newest such.
    Column("gap", _NUMBER),
    # Most messages that the platform ever sent at once, which tells a short page from a full one.
    Column("largest_page", Integer, nullable=False),
    UniqueConstraint("provider", "base_url", "namespace", "thread_id"),
    sqlite_autoincrement=True,
)

sessions: Table = Table(
    "thread_overlay_sessions",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("base_url", Text, primary_key=True),
    Column("namespace", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    # Null while the thread is being created by the holder of the lease, until Unix time lease_until (seconds).
    Column("thread_id", Text),
    Column("lease", Text),
    Column("lease_until", Float),
)

entries: Table = Table(
    "thread_overlay_entries",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("thread", _NUMBER, ForeignKey(threads.c.number, ondelete="CASCADE"), nullable=False),
    Column("position", _NUMBER, nullable=False),
    Column("state", String(8), nullable=False),
    # As the platform has it: key, id and role, digest of role and text, the message as it came.
    Column("remote_key", Text),
    Column("remote_id", Text),
    Column("remote_role", Text),
    Column("digest", String(32)),
    Column("remote", Text),
    Column("seen", _NUMBER),
    Column("settled", Boolean, nullable=False),
    # As a framework wrote it, and the intent that sent it; confirmed where the platform's answer named the message.
    Column("intent", _NUMBER),
    Column("confirmed", Boolean, nullable=False),
    Column("edited", Boolean, nullable=False),
    Column("framework", Text),
    Column("role", Text),
    Column("text", Text),
    Column("payload", Text),
    Column("plain", Boolean),
    Column("message_id", Text),
    UniqueConstraint("thread", "position"),
    UniqueConstraint("thread", "remote_key"),
    sqlite_autoincrement=True,
)

Index("thread_overlay_entries_by_id", entries.c.thread, entries.c.remote_id)
Index("thread_overlay_entries_by_place", entries.c.thread, entries.c.seen)
Index("thread_overlay_entries_by_intent", entries.c.thread, entries.c.intent)
# What is shown is found without a look at the archived and deleted, which grow.
Index("thread_overlay_entries_by_state", entries.c.thread, entries.c.state, entries.c.position)
_named = entries.c.message_id.is_not(None)
entries_by_message_id: Index = Index(
    "thread_overlay_entries_by_message_id",
    entries.c.thread,
    entries.c.message_id,
    sqlite_where=_named,
    postgresql_where=_named,
)
_unsettled = entries.c.settled.is_(False)
Index("thread_overlay_entries_unsettled", entries.c.thread, sqlite_where=_unsettled, postgresql_where=_unsettled)

intents: Table = Table(
    "thread_overlay_intents",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("thread", _NUMBER, ForeignKey(threads.c.number, ondelete="CASCADE"), nullable=False, index=True),
    # The platform's newest known id when it was recorded; "" where the thread was empty.
    Column("after_id", Text, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    # The message that was sent and the ones that follow it and stay here: a JSON list.
    Column("records", Text, nullable=False),
    # Unix time, in seconds, at which the request is over however it ended.
    Column("until", Float, nullable=False),
    sqlite_autoincrement=True,
)
