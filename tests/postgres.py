"""A real PostgreSQL for tests: fixtures that find a server or make one for the session, and hand out databases."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    import psycopg

SERVER_VARIABLE = "PROVIDER_THREADS_TEST_POSTGRES"
PACKAGED = Path("/usr/lib/postgresql")  # Debian keeps each version's binaries apart, in VERSION/bin
ABSENT = (
    "no PostgreSQL: install its server (Debian, Ubuntu: apt-get install postgresql; macOS: brew install postgresql), "
    f"or put the URL of one whose user may create databases into {SERVER_VARIABLE}"
)
WITHIN = 30  # seconds for each of: making the data directory, starting, stopping

# Nothing the server holds outlives the session, so nothing need reach the disk.
SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
full_page_writes = off
synchronous_commit = off
"""

# Waits until the session lets go of its end of the pipe, which it does however it ends, a kill included.
LEASH = f"""
read -r _
test ! -e data/postmaster.pid || "$0" stop -D data -m immediate -t {WITHIN} >>log 2>&1 || exit 1
rm -rf "$PWD" 2>/dev/null || true
"""


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a server whose user may create databases: the one named in the environment, or the session's own."""
    from sqlalchemy.engine import make_url

    named = os.environ.get(SERVER_VARIABLE)
    if named:
        yield make_url(named).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return
    folders = binaries()
    if not folders:
        absent()
    with private_server(folders) as url:
        yield url


@pytest.fixture(scope="session")
def shared_database(postgres_url: str) -> Iterator[str]:
    """The URL of a database that one test after another has for itself: a new one for each would take much longer."""
    with empty_database(postgres_url) as url:
        yield url


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a database that is empty and, for now, this test's alone."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)  # libpq reads them; the URL says everything
    url: str = request.getfixturevalue("shared_database")
    yield url
    make_empty(url)


@contextlib.contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Creates a database with a fresh name, and drops it with whatever is still connected to it."""
    from psycopg.sql import SQL, Identifier
    from sqlalchemy.engine import make_url

    name = f"provider_threads_{secrets.token_hex(8)}"
    with _connected(server) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with _connected(server) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def make_empty(database: str) -> None:
    """Drops all that was made in a database, and ends whatever is still connected to it."""
    with _connected(database) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _connected(url: str) -> psycopg.Connection[Any]:
    import psycopg
    from sqlalchemy.engine import make_url

    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(conninfo, autocommit=True, connect_timeout=10)


def absent() -> NoReturn:
    """Skips what needs a server; where services are required, fails it."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(ABSENT, pytrace=False)
    pytest.skip(ABSENT)


def binaries() -> list[Path]:
    """The folders that hold a server's programs, best first: the path's, behind its links, then the newest packaged."""
    if not hasattr(os, "geteuid"):
        return []  # Windows has neither the accounts nor the shell that a private server is held with
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    packaged = [folder for folder in PACKAGED.glob("*/bin") if folder.parent.name.isdecimal()]
    folders += sorted(packaged, key=lambda folder: int(folder.parent.name), reverse=True)
    programs = ("initdb", "pg_ctl", "postgres")
    whole = (folder for folder in folders if all(os.access(folder / program, os.X_OK) for program in programs))
    return list(dict.fromkeys(whole))


@contextlib.contextmanager
def private_server(folders: Sequence[Path], settings: str = "") -> Iterator[str]:
    """Runs a server of its own in a temporary directory, on a free port of 127.0.0.1 with a fresh password.

    It is stopped and its directory removed when the context ends, and also when this process is killed.

    Args:
        folders: Where its programs may be; the first that can make a data directory is taken.
        settings: More lines of its configuration.

    Raises:
        RuntimeError: It did not start or stop; the message holds its log.
    """
    password = secrets.token_hex(16)
    home = _Home(Path(tempfile.mkdtemp(prefix="provider-threads-postgres-")), _account())
    try:
        folder = home.make_data(folders, password)
        with (home.path / "data/postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write(SETTINGS + settings)
        with home.leash(folder):
            port = home.start(folder)
            yield f"postgresql+psycopg://postgres:{password}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(home.path, ignore_errors=True)


def _account() -> tuple[int, int] | None:
    """The user and group that the server runs as; None: those of this process. PostgreSQL refuses to run as root."""
    import pwd

    if os.geteuid() != 0:
        return None
    accounts = {entry.pw_name: (entry.pw_uid, entry.pw_gid) for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in accounts:
            return accounts[name]
    raise RuntimeError("PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as")


@dataclass(frozen=True)
class _Home:
    """The directory of a private server, and the account that owns it and runs everything in it."""

    path: Path
    account: tuple[int, int] | None

    def make_data(self, folders: Sequence[Path], password: str) -> Path:
        """Makes the data directory; answers with the folder of the programs that could."""
        secret = self.path / "password"
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="utf-8")
        if self.account:
            os.chown(self.path, *self.account)
            os.chown(secret, *self.account)
        make = ("-D", "data", "--no-sync", "--no-locale", "--encoding=UTF8", "--username=postgres")
        failures = []
        for folder in folders:
            made = self._run(folder / "initdb", *make, "--auth=scram-sha-256", "--pwfile=password")
            if made.returncode == 0:
                return folder
            failures.append(f"{folder / 'initdb'} failed:\n{made.stdout}")
        raise RuntimeError("\n".join(failures))

    def start(self, folder: Path) -> int:
        """Starts the server and waits until it takes connections; answers with its port."""
        for _ in range(3):  # another process may take a port between the choice and the start
            with socket.create_server(("127.0.0.1", 0)) as free:
                port: int = free.getsockname()[1]
            (self.path / "log").unlink(missing_ok=True)
            started = self._run(
                folder / "pg_ctl", "start", "-D", "data", "-l", "log", "-o", f"-p {port}", "-w", "-t", str(WITHIN)
            )
            if started.returncode == 0:
                return port
            if "could not bind" not in self._log():
                break
        raise RuntimeError(f"PostgreSQL did not start:\n{started.stdout}{self._log()}")

    @contextlib.contextmanager
    def leash(self, folder: Path) -> Iterator[None]:
        """Stops the server when the context ends or this process does, and removes the directory."""
        command = ["/bin/sh", "-c", LEASH, str(folder / "pg_ctl")]
        shell = subprocess.Popen(command, stdin=subprocess.PIPE, **self._process)
        try:
            yield
        finally:
            try:
                shell.communicate(timeout=WITHIN + 10)
            except subprocess.TimeoutExpired:
                shell.kill()
                shell.wait()
            if shell.returncode != 0:
                raise RuntimeError(f"PostgreSQL did not stop:\n{self._log()}")

    def _run(self, *command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=WITHIN + 10,
            check=False,
            **self._process,
        )

    @property
    def _process(self) -> dict[str, Any]:
        """How each program is started: in the directory, deaf to this machine's settings and to Ctrl-C."""
        process: dict[str, Any] = {
            "cwd": self.path,
            "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            "start_new_session": True,
        }
        if self.account:
            process.update(user=self.account[0], group=self.account[1], extra_groups=[])
        return process

    def _log(self) -> str:
        log = self.path / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else "(it has no log)"
