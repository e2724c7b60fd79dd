"""`Overlay`: the local layer over hosted threads, in a SQLite file or a PostgreSQL database."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import Self

from provider_threads.errors import ConfigurationError
from provider_threads.overlay.database import Database
from provider_threads.overlay.looks import Looks

__all__ = ["Overlay"]

_MOST_OPEN: Final = 16
"""Overlays named by path or URL that stay open without a holder."""


class Overlay:
    """What hosted threads cannot hold, kept beside them: one database for any number of threads and platforms.

    Nothing is opened or made before it is first used. Usable from threads and, on one file or server, from processes.
    It holds conversations in the clear, and no credential of a platform.

    Args:
        where: path of a SQLite file, made if there is none; or the URL of a database, such as
            ``postgresql://user@host/database``. A password is better left to ``PGPASSWORD`` or a password file:
            pickles and dumps leave it out.

    Raises:
        ConfigurationError: `where` is neither, or names a database that is not supported.
    """

    def __init__(self, where: str | os.PathLike[str]) -> None:
        self._url = _url(where)
        self.database: Database = Database(self._url)
        self.looks: Looks = Looks()

    @classmethod
    def at(cls, where: Overlay | str | os.PathLike[str]) -> Overlay:
        """`where` itself if it is an overlay, else the one that this process shares for that path or URL."""
        if isinstance(where, Overlay):
            return where
        url = _url(where)
        with _opening:
            overlay = _open.pop(url, None) or cls(where)
            _open[url] = overlay
            while len(_open) > _MOST_OPEN:
                _open.popitem(last=False)
        return overlay

    @property
    def location(self) -> str:
        """Path or URL, without a password."""
        if self._url.get_backend_name() == "sqlite":
            return str(self._url.database)
        # set(password=None) would leave it as it is, and show it as "***".
        url = self._url.difference_update_query(["password", "sslpassword"])
        bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
        return bare.render_as_string()

    def close(self) -> None:
        """Close the connections; another use opens them again."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Overlay({self.location!r})" if hasattr(self, "_url") else "Overlay(...)"

    def __copy__(self) -> Self:
        """Itself: a database is shared, never copied."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Itself: a database is shared, never copied."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by path or URL, without the password."""
        return Overlay.at, (self.location,)


_open: OrderedDict[URL, Overlay] = OrderedDict()
_opening = threading.Lock()


def _url(where: object) -> URL:
    """A database's URL for a path or URL, or ConfigurationError, which repeats neither."""
    if isinstance(where, os.PathLike):
        where = os.fspath(where)
    if not isinstance(where, str) or not where.strip() or "\0" in where:
        raise ConfigurationError("overlay must be a path such as 'threads.db', the URL of a database, or an Overlay.")
    if "://" not in where:
        if where == ":memory:":
            raise ConfigurationError("overlay: a database in memory forgets everything. Pass the path of a file.")
        return URL.create("sqlite", database=str(Path(where).expanduser().resolve()))
    url: URL | None = None
    try:
        url = make_url(where)
        if url.drivername in ("postgres", "postgresql"):
            url = url.set(drivername="postgresql+psycopg")
        kind = url.get_backend_name()
        # Another SQLite driver may encrypt; opened with Python's own, the file would be in the clear.
        plain = url.drivername in ("sqlite", "sqlite+pysqlite")
        supported = plain or (kind == "postgresql" and not url.get_dialect().is_async)
        if supported and not plain:
            url.get_dialect().import_dbapi()
            # Where a URL shows its password as stars, it does so in one place only.
            hidden = url.query.get("password")
            if isinstance(hidden, str):
                url = url.difference_update_query(["password"]).set(password=url.password or hidden)
    except (SQLAlchemyError, ValueError):
        supported = False
    except ImportError:
        raise _no_driver() from None
    if url is None or not supported:
        raise ConfigurationError(
            "overlay: the URL must be like sqlite:////path/to/file or postgresql://user@host/database; of drivers, "
            "Python's own for SQLite and synchronous ones for PostgreSQL, which serve asynchronous code too."
        )
    if kind == "sqlite":
        return _url(url.database or ":memory:")
    return url


def _no_driver() -> ConfigurationError:
    return ConfigurationError("overlay: PostgreSQL needs its driver: pip install 'provider-threads[postgres]'.")


def _unlock_after_fork() -> None:
    global _opening  # noqa: PLW0603 - another thread may have held it when the process was forked
    _opening = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock_after_fork)
