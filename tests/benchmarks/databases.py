"""The databases that measurements run on: a SQLite file and a private PostgreSQL, both gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import ABSENT, binaries, private_server

__all__ = ["durable_databases"]

_DURABLE = "\nfsync = on\nsynchronous_commit = on\nfull_page_writes = on\n"
"""As a server is run, not as tests run theirs."""


@contextmanager
def durable_databases() -> Iterator[dict[str, str]]:
    """By name, what an overlay takes for each; both write to the disk at each commit.

    Raises:
        SystemExit: there is no PostgreSQL on this machine.
    """
    folders = binaries()
    if not folders:
        raise SystemExit(ABSENT)
    with tempfile.TemporaryDirectory() as folder, private_server(folders, _DURABLE) as url:
        yield {"SQLite": str(Path(folder) / "threads.db"), "PostgreSQL": url}
