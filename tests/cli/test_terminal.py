"""On a real terminal, and where somebody presses Ctrl-C: in a process of its own."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess

import pytest

from provider_threads.emulator import Emulator, SeedMessage

from .test_demo import PROGRAM

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a terminal of another kind")


def environment(base_url: str, **more: str) -> dict[str, str]:
    return {**os.environ, "PROVIDER_THREADS_BASE_URL": base_url, "PROVIDER_THREADS_PLATFORM": "appbuilder", **more}


def read_until(terminal: int, end: bytes | None) -> bytes:
    """What is written to the terminal up to `end`, or all of it."""
    shown = b""
    while (end is None or not shown.endswith(end)) and select.select([terminal], [], [], 60)[0]:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # the other end is closed, as Linux says it
            break
        if not read:
            break
        shown += read
    return shown


def test_a_terminal_is_asked_for_the_credential_and_shows_colours_and_nothing_else(served: Emulator) -> None:
    import pty

    text = "**bold** \x1b]0;title\x07 \x1b[2J \u202ereversed"
    thread = served.seed("appbuilder", [SeedMessage("user", text)])
    token = served.credentials.appbuilder_token
    terminal, inside = pty.openpty()
    variables = environment(served.base_url, TERM="xterm-256color", PYTHONIOENCODING="utf-8", COLUMNS="80")
    with subprocess.Popen(
        [*PROGRAM, "show", thread, "--no-pager"],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env=variables,
        start_new_session=True,
    ) as running:
        os.close(inside)
        asked = read_until(terminal, b"APPBUILDER_TOKEN: ")  # the space comes once nothing is echoed any more
        os.write(terminal, f"{token}\n".encode())
        said = (asked + read_until(terminal, None)).decode()
        assert running.wait(60) == 0
    os.close(terminal)
    assert token not in said
    assert re.search("\x1b\\[1mbold\x1b\\[0m", said)
    assert "␛]0;title␇ ␛[2J <U+202E>reversed" in said
    assert not re.search("[\x07\u202e]|\x1b(?!\\[[0-9;]*m)", said)


def test_ctrl_c_ends_a_command_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with subprocess.Popen(
            [*PROGRAM, "append", "thread_x", "text", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment(address, APPBUILDER_TOKEN="x"),
        ) as running:
            connection, _ = silent.accept()
            with connection:
                connection.recv(65536)
                running.send_signal(signal.SIGINT)
                said, errors = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, "")
    assert errors.count("\n") == 1
    assert json.loads(errors)["error"]["message"].startswith("stopped; the message may have been appended: read ")
