"""The version of the overlay's tables, and what brings an older one up to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, delete, insert, select, text

from provider_threads.errors import OverlayError
from provider_threads.overlay.tables import entries_by_message_id, metadata, state_of_schema

__all__ = ["VERSION", "bring_up_to_date"]

VERSION: Final = 2


def _add_message_ids(connection: Connection) -> None:
    """Messages written before go without: they are found as far as they are read."""
    connection.execute(text("ALTER TABLE thread_overlay_entries ADD COLUMN message_id TEXT"))
    entries_by_message_id.create(connection)


_STEPS: Mapping[int, Callable[[Connection], None]] = {1: _add_message_ids}
"""By the version that it starts from: what makes the next version of it."""

_LOCK: Final = 0x7468_7265_6164
"""Of PostgreSQL's advisory locks: openers wait for each other. SQLite's write transactions do so anyway."""


def bring_up_to_date(connection: Connection) -> None:
    """Create the tables, or change an older version's, in the running write transaction.

    Raises:
        OverlayError: a newer version of this library made them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    state_of_schema.create(connection, checkfirst=True)
    found = connection.execute(select(state_of_schema.c.version)).scalar()
    if found == VERSION:
        return
    if found is None:
        metadata.create_all(connection)
    elif found > VERSION:
        raise OverlayError(
            f"overlay: the database has version {found} of the tables, made by a newer provider-threads; this one "
            f"knows version {VERSION}. Upgrade provider-threads, or use another file."
        )
    else:
        for version in range(found, VERSION):
            _STEPS[version](connection)
    connection.execute(delete(state_of_schema))
    connection.execute(insert(state_of_schema).values(version=VERSION))
