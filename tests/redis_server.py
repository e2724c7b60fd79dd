"""A real Redis for tests: fixtures that find a server or make one for the session, and leave nothing in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

SERVER_VARIABLE = "PROVIDER_THREADS_TEST_REDIS"
ABSENT = (
    "no Redis: install its server (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis), "
    f"or put the URL of one into {SERVER_VARIABLE}"
)
WITHIN = 10  # seconds for starting

# Waits until the session lets go of its end of the pipe, which it does however it ends, a kill included.
LEASH = """
"$@" &
read -r _
kill -9 $!
"""


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a server: the one named in the environment, or the session's own."""
    named = os.environ.get(SERVER_VARIABLE)
    if named:
        yield named
        return
    program = binary()
    if program is None:
        absent()
    with private_server(program) as url:
        yield url


def absent() -> NoReturn:
    """Skips what needs a server; where services are required, fails it."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(ABSENT, pytrace=False)
    pytest.skip(ABSENT)


def binary() -> str | None:
    """The server's program."""
    return shutil.which("redis-server") if os.name == "posix" else None


@contextlib.contextmanager
def private_server(program: str) -> Iterator[str]:
    """Runs a server of its own on a free port of 127.0.0.1, which keeps nothing on disk.

    It is stopped when the context ends, and also when this process is killed.

    Raises:
        RuntimeError: It did not start; the message holds its log.
    """
    with tempfile.TemporaryDirectory(prefix="provider-threads-redis-") as home:
        for _ in range(3):  # another process may take a port between the choice and the start
            with socket.create_server(("127.0.0.1", 0)) as free:
                port: int = free.getsockname()[1]
            with _running(program, port, home) as started:
                if started:
                    yield f"redis://127.0.0.1:{port}/0"
                    return
        log = Path(home, "log")
        told = log.read_text(encoding="utf-8", errors="replace") if log.exists() else "(it has no log)"
        raise RuntimeError(f"Redis did not start:\n{told}")


@contextlib.contextmanager
def _running(program: str, port: int, home: str) -> Iterator[bool]:
    """The server in a shell that ends it with us; whether it came up."""
    settings = {"port": str(port), "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": home, "logfile": "log"}
    options = [word for name, value in settings.items() for word in (f"--{name}", value)]
    shell = subprocess.Popen(
        ["/bin/sh", "-c", LEASH, "sh", program, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        start_new_session=True,
    )
    try:
        yield _listens(port)
    finally:
        shell.communicate(timeout=30)


def _listens(port: int) -> bool:
    give_up = time.monotonic() + WITHIN
    while time.monotonic() < give_up:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                probe.sendall(b"PING\r\n")
                return probe.recv(64).startswith(b"+PONG")
        time.sleep(0.02)
    return False
