"""One database of the overlay: short transactions, on SQLite or PostgreSQL.

A write transaction sees no other writer between its first and its last statement on one thread: SQLite has one writer
at a time, PostgreSQL's lock the thread's row (`lock_thread` in `threads.py`). None is ever held while a request is
under way.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any, Concatenate, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from tenacity import retry, retry_if_exception_message, stop_after_delay, wait_random_exponential
from typing_extensions import ParamSpec

from provider_threads.errors import OverlayError
from provider_threads.overlay.forks import beside_no_fork, care_for_forks
from provider_threads.overlay.schema import bring_up_to_date

__all__ = ["Database"]

_WAIT_FOR_WRITER: Final = 30.0
"""Seconds that a transaction waits for another's to end."""

_IDLE: Final = 20.0
"""Seconds after which PostgreSQL ends a transaction of which nothing is heard: its machine may be gone."""

_WRITES: Final = "thread_overlay_writes"

_LOGGED_AS: Final = "provider-threads"


def _is_no_row(record: logging.LogRecord) -> bool:
    """At DEBUG SQLAlchemy logs the rows that it reads, and those hold messages; statements, at INFO, hold none."""
    return record.levelno > logging.DEBUG


logging.getLogger(f"sqlalchemy.engine.Engine.{_LOGGED_AS}").addFilter(_is_no_row)

ResultT = TypeVar("ResultT")
Parameters = ParamSpec("Parameters")


class Database:
    """Runs queries in transactions of their own. Opened, and its tables made, when first used.

    Args:
        url: of SQLite or PostgreSQL.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._engine = _engine(url)
        # What one read finds in several statements belongs together; SQLite sees to that by itself.
        self._reads = {"isolation_level": "REPEATABLE READ"} if url.get_backend_name() == "postgresql" else {}
        self._ready = False
        # An engine that is merely dropped would leave its connections to the garbage collector.
        self._disposed = weakref.finalize(self, self._engine.dispose)
        care_for_forks(self)

    def read(
        self,
        query: Callable[Concatenate[Connection, Parameters], ResultT],
        /,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> ResultT:
        """What `query` returns, given a connection and the arguments.

        Raises:
            OverlayError: the database refused or failed.
        """
        return self._transact(lambda connection: query(connection, *args, **kwargs), writes=False)

    def write(
        self,
        query: Callable[Concatenate[Connection, Parameters], ResultT],
        /,
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> ResultT:
        """What `query` returns, in a transaction that is committed if it returns.

        Raises:
            OverlayError: the database refused or failed; nothing of it was kept.
        """
        return self._transact(lambda connection: query(connection, *args, **kwargs), writes=True)

    def close(self) -> None:
        """Close the connections; the next use opens anew."""
        self._engine.dispose()

    def before_fork(self) -> None:
        """Leave no connection for the child to inherit; the next use opens anew."""
        self._engine.dispose()

    def after_fork(self) -> None:
        """Leave to the parent what it did not close in time."""
        self._lock = threading.Lock()
        self._engine.dispose(close=False)

    def _transact(self, work: Callable[[Connection], ResultT], *, writes: bool) -> ResultT:
        with beside_no_fork():
            if not self._ready:
                self._open()
            try:
                options = {_WRITES: writes, **({} if writes else self._reads)}
                with self._engine.connect().execution_options(**options) as connection, connection.begin():
                    return work(connection)
            except (SQLAlchemyError, UnicodeError) as error:
                problem = _failed(error, self.url)
        raise problem

    def _open(self) -> None:
        problem: OverlayError | None = None
        with self._lock:
            if self._ready:
                return
            try:
                with self._engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
                    bring_up_to_date(connection)
                self._ready = True
            except SQLAlchemyError as error:
                problem = _failed(error, self.url)
        if problem is not None:
            raise problem


def _engine(url: URL) -> Engine:
    # Parameters hold messages: they stay out of errors and logs.
    if url.get_backend_name() == "postgresql":
        # Row locks are waited for; under a stricter isolation, which a server may have set, transactions fail instead.
        settings: dict[str, Any] = {"pool_pre_ping": True, "isolation_level": "READ COMMITTED"}
        engine = create_engine(url, hide_parameters=True, logging_name=_LOGGED_AS, **settings)
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    waits = {"timeout": _WAIT_FOR_WRITER}
    engine = create_engine(url, hide_parameters=True, logging_name=_LOGGED_AS, connect_args=waits)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    # Transactions begin where _begin_sqlite says, not where Python's driver guesses.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    cursor.execute("PRAGMA synchronous=FULL")  # what is acknowledged survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


@retry(
    retry=retry_if_exception_message(match=".*locked"),
    wait=wait_random_exponential(0.01, max=0.5),
    stop=stop_after_delay(_WAIT_FOR_WRITER),
    reraise=True,
)
def _write_ahead(cursor: Any) -> None:
    """Have readers and the one writer not wait for each other, from the file's first opening on.

    Turning it on takes the file alone. SQLite refuses at once, without its usual wait, where another opens it too.
    """
    cursor.execute("PRAGMA journal_mode=WAL")


def _prepare_postgresql(connection: Any, record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {_WAIT_FOR_WRITER * 1000:.0f}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {_IDLE * 1000:.0f}")
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later could meet another writer in between, and would have to fail.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _failed(error: SQLAlchemyError | UnicodeError, url: URL) -> OverlayError:
    cause = type(getattr(error, "orig", None) or error).__name__
    if url.get_backend_name() == "sqlite":
        check = "Check that it is a database and can be written, that the folder of its file exists, and that no other "
        check += "program holds it."
    elif url.password is None:
        check = (
            "Check that it can be reached and written. No password was given, and a store or history that was loaded "
        )
        check += "or unpickled has none: it is taken from PGPASSWORD or a password file then."
    else:
        check = "Check that it can be reached and written, and its user and password."
    kinds = ", ".join(dict.fromkeys([type(error).__name__, cause]))
    return OverlayError(f"overlay: the database failed ({kinds}). {check}", cause_type=cause)
