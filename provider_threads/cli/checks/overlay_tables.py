"""A look into an overlay's database, which leaves it as it is."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import URL, Connection, create_engine, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from provider_threads.cli.checks.findings import Finding
from provider_threads.overlay.schema import VERSION
from provider_threads.overlay.tables import state_of_schema

__all__ = ["Look", "looked_at"]

Look: TypeAlias = list[Finding]


def looked_at(url: URL, *, waits: float) -> Look:
    """The version of the tables, and whether a transaction may write; SQLite waits so many seconds for another's."""
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": waits} if sqlite else {}
    )
    try:
        with engine.connect() as connection:
            version = _of_version(connection)
            connection.rollback()
            return [version, _of_writing(connection, sqlite=sqlite)]
    except SQLAlchemyError as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        remedy = "Check its address, and its user and password or PGPASSWORD."
        if sqlite:
            remedy = "Name a file that this library made, or none that exists; a backup may have the conversations."
        return [Finding("database", "failed", f"cannot be opened ({cause}).", remedy)]


def _of_version(connection: Connection) -> Finding:
    found = None
    if inspect(connection).has_table(state_of_schema.name):
        found = connection.execute(select(state_of_schema.c.version)).scalar()
    if found is None:
        return Finding("tables", "ok", "none yet; the first use makes them.")
    if found > VERSION:
        return Finding(
            "tables",
            "failed",
            f"version {found}, made by a newer provider-threads; this one knows version {VERSION}.",
            "pip install --upgrade provider-threads",
        )
    if found < VERSION:
        return Finding(
            "tables",
            "warning",
            f"version {found}; the first use makes version {VERSION} of it, which older releases cannot use.",
            "Have all programs that use it run this version, and keep a copy of it before.",
        )
    return Finding("tables", "ok", f"version {found}.")


def _of_writing(connection: Connection, *, sqlite: bool) -> Finding:
    try:
        if sqlite:
            # Takes the writer's place and gives it back.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            may = True
        else:
            may = bool(connection.execute(text(_MAY_WRITE), {"table": "thread_overlay_entries"}).scalar())
    except SQLAlchemyError as error:
        cause = type(getattr(error, "orig", None) or error).__name__
        told = f"not possible at this moment ({cause})."
        return Finding(
            "writing", "warning", told, "Run this again; if it stays so, close what else holds the database."
        )
    finally:
        connection.rollback()
    if may:
        return Finding("writing", "ok", "possible.")
    return Finding(
        "writing",
        "failed",
        "not allowed for this user, or the server is a read-only copy.",
        "Connect to the server that takes writes, with a user who may INSERT, UPDATE and DELETE, and CREATE at first.",
    )


_MAY_WRITE = """
select current_setting('transaction_read_only') = 'off' and case
    when to_regclass(:table) is null then has_schema_privilege(current_schema(), 'CREATE')
    else has_table_privilege(to_regclass(:table), 'INSERT')
     and has_table_privilege(to_regclass(:table), 'UPDATE')
     and has_table_privilege(to_regclass(:table), 'DELETE') end
"""
