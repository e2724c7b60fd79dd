"""``doctor`` on the overlay's database and on Redis: it looks, and leaves both as they are."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from provider_threads.cli.checks.file_systems import is_on_network
from provider_threads.cli.checks.findings import Finding
from provider_threads.cli.checks.overlay import of_overlay
from provider_threads.cli.checks.shared_limits import of_redis
from provider_threads.overlay import Overlay
from provider_threads.overlay.schema import VERSION

LOST = "Name a file that this library made, or none that exists; a backup may have the conversations."


def found_of(where: object, seconds: float = 2.0) -> dict[str, tuple[str, str, str | None]]:
    return {one.check: (one.status, one.message, one.remedy) for one in of_overlay(str(where), seconds)}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """An overlay's file, made by its first use."""
    path = tmp_path / "threads.db"
    with Overlay(path) as overlay:
        overlay.database.read(lambda connection: None)
    return path


def set_version(path: Path, version: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE thread_overlay_schema SET version = ?", [version])
    connection.commit()
    connection.close()


def test_an_overlay_that_is_well_says_so_and_stays_as_it_is(database: Path) -> None:
    before = database.read_bytes()
    found = found_of(database)
    assert found.pop("file system")[0] in ("ok", "warning")
    assert found == {
        "file": ("ok", "can be read and written.", None),
        "tables": ("ok", f"version {VERSION}.", None),
        "writing": ("ok", "possible.", None),
    }
    assert database.read_bytes() == before


def test_a_file_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    assert found_of(tmp_path / "threads.db")["file"] == ("ok", "does not exist yet; the first write makes it.", None)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_gets_its_tables_later(tmp_path: Path) -> None:
    path = tmp_path / "threads.db"
    path.touch()
    assert found_of(path)["tables"] == ("ok", "none yet; the first use makes them.", None)
    assert path.read_bytes() == b""


def test_tables_of_a_newer_version_fail_and_of_an_older_one_are_left_alone(database: Path) -> None:
    set_version(database, VERSION + 1)
    assert found_of(database)["tables"] == (
        "failed",
        f"version {VERSION + 1}, made by a newer provider-threads; this one knows version {VERSION}.",
        "pip install --upgrade provider-threads",
    )
    set_version(database, VERSION - 1)
    for _ in range(2):
        assert found_of(database)["tables"] == (
            "warning",
            f"version {VERSION - 1}; the first use makes version {VERSION} of it, which older releases cannot use.",
            "Have all programs that use it run this version, and keep a copy of it before.",
        )


def test_a_file_that_is_no_database_fails(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("notes, and no database " * 99, "utf-8")
    assert found_of(path)["database"] == ("failed", "cannot be opened (DatabaseError).", LOST)


def test_places_that_cannot_be_are_named(tmp_path: Path) -> None:
    assert found_of(tmp_path) == {"file": ("failed", "is a folder.", "Name a file, such as threads.db in it.")}
    assert found_of(tmp_path / "nowhere" / "threads.db")["file"] == (
        "failed",
        "its folder does not exist.",
        "Make the folder, or name another.",
    )
    assert found_of(":memory:")["database"] == (
        "failed",
        "a database in memory forgets everything. Pass the path of a file.",
        "Pass the path of a SQLite file, or postgresql://user@host/database.",
    )
    status, message, remedy = found_of("mysql://user:CANARY@host/db")["database"]
    assert status == "failed"
    assert message.startswith(
        "the URL must be like sqlite:////path/to/file or postgresql://user@host/database; of drive"
    )
    assert remedy == "Pass the path of a SQLite file, or postgresql://user@host/database."


@pytest.mark.parametrize(
    ("place", "message", "remedy"),
    [
        ("folder", "its folder cannot be written.", "Give this user the right to, or name another place."),
        ("file", "cannot be read and written.", "Give this user the right to."),
    ],
)
def test_a_place_that_this_user_may_not_write_is_named(
    database: Path, monkeypatch: pytest.MonkeyPatch, place: str, message: str, remedy: str
) -> None:
    closed = database.parent if place == "folder" else database
    # Whoever runs the tests may be allowed everything, so the answer is put in the system's mouth.
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed)
    assert found_of(database)["file"] == ("failed", message, remedy)


def test_a_database_that_another_holds_is_a_warning(database: Path) -> None:
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    found = found_of(database, 0.3)
    other.close()
    assert found["writing"] == (
        "warning",
        "not possible at this moment (OperationalError).",
        "Run this again; if it stays so, close what else holds the database.",
    )


MOUNTS = """22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /home rw,relatime shared:2 - nfs4 server:/home rw
31 22 0:41 / /mnt/two\\040words rw - cifs //server/share rw
32 30 8:2 / /home/local rw - xfs /dev/sdb1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/threads.db", "nfs4"),
        ("/mnt/two words/threads.db", "cifs"),
        ("/home/local/threads.db", "xfs"),
        ("/x", "ext4"),
    ],
)
def test_a_file_system_that_is_shared_over_a_network_is_a_warning(tmp_path: Path, path: str, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS, "utf-8")
    shared = Finding(
        "file system",
        "warning",
        f"{kind} is shared over a network, where SQLite's locks do not hold: writers may spoil the file.",
        "Put the file on a local disk, or use PostgreSQL for several machines.",
    )
    own = Finding("file system", "ok", f"{kind}, of this machine.")
    assert is_on_network(Path(path), mounts) == (shared if kind in ("nfs4", "cifs") else own)


def test_a_system_that_lists_no_mounts_leaves_it_open(tmp_path: Path) -> None:
    found = is_on_network(tmp_path, tmp_path / "none")
    assert found == Finding("file system", "not checked", "because this system does not list its mounts.")


def test_postgresql_is_looked_at_before_and_after_its_tables_are_made(postgres_database: str) -> None:
    found = found_of(postgres_database, 10)
    assert found == {
        "tables": ("ok", "none yet; the first use makes them.", None),
        "writing": ("ok", "possible.", None),
    }
    with Overlay(postgres_database) as overlay:
        overlay.database.read(lambda connection: None)
    assert found_of(postgres_database, 10)["tables"] == ("ok", f"version {VERSION}.", None)
    assert found_of(postgres_database, 10)["writing"] == ("ok", "possible.", None)
    only_read = (
        f"{postgres_database}{'&' if '?' in postgres_database else '?'}options=-cdefault_transaction_read_only=on"
    )
    assert found_of(only_read, 10)["writing"] == (
        "failed",
        "not allowed for this user, or the server is a read-only copy.",
        "Connect to the server that takes writes, with a user who may INSERT, UPDATE and DELETE, and CREATE at first.",
    )


def test_a_postgresql_that_is_not_there_fails_without_its_password() -> None:
    found = found_of("postgresql://user:CANARY@127.0.0.1:1/db", 10)
    assert found["database"] == (
        "failed",
        "cannot be opened (OperationalError).",
        "Check its address, and its user and password or PGPASSWORD.",
    )


def test_a_redis_that_answers_is_left_empty(redis_url: str) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as server:
        assert of_redis(redis_url, 5) == Finding("Redis", "ok", "answers, and runs the script that keeps the limits.")
        assert server.keys("provider-threads:limits:{doctor:*") == []  # other tests may be at work in it


CHECK_REDIS = "Check that the server runs, its address, its password and its user's rights."


@pytest.mark.parametrize(
    ("url", "message", "remedy"),
    [
        (
            "redis://:CANARY@127.0.0.1:1/0",
            "did not take the script that keeps the limits (ConnectionError).",
            CHECK_REDIS,
        ),
        ("http://CANARY", "redis must begin with redis://, rediss:// or unix://.", "Write redis://host:6379/0."),
    ],
)
def test_a_redis_that_is_not_there_fails_without_its_password(url: str, message: str, remedy: str) -> None:
    assert of_redis(url, 5) == Finding("Redis", "failed", message, remedy)


@pytest.fixture
def hanging() -> Iterator[str]:
    from tests.wire.sockets import RawServer

    def hold(connection: socket.socket) -> None:
        while connection.recv(65_536):
            pass

    with RawServer().handling(hold) as server:
        yield server.base_url.removeprefix("http://")


def test_stores_that_hang_are_given_up(hanging: str) -> None:
    redis = of_redis(f"redis://{hanging}/0", 0.2)
    assert redis == Finding("Redis", "failed", "did not answer within 0.2 s.", CHECK_REDIS)
    assert found_of(f"postgresql://user@{hanging}/db", 0.2)["database"] == (
        "failed",
        "did not answer within 0.2 s.",
        "Check that it can be reached, and that no other program holds it.",
    )
