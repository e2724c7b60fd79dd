"""Standard streams that are full, closed or left by their reader: what was done is said, and the code tells the end."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TextIO

import pytest

from provider_threads.cli.app import app
from provider_threads.emulator import Emulator, SeedMessage

from .conftest import Run

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
posix = pytest.mark.skipif(os.name != "posix", reason="a pipe of another kind")


def ended_with(stdout: TextIO, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The exit code of a command line whose stdout is this one."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", stdout)
        with pytest.raises(SystemExit) as ended:
            app(list(arguments))
    return ended.value.code


def left() -> TextIO:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", encoding="utf-8")  # noqa: PTH123 - by its number; the test closes it


@needs_full
@pytest.mark.parametrize("arguments", [("show",), ("show", "--json"), ("--version",)])
def test_a_full_disk_is_said_and_never_a_success(
    run: Run,
    served: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    thread = served.seed("appbuilder", [SeedMessage("user", "hello")])
    wanted = arguments if "--version" in arguments else (*arguments, thread, "-p", "appbuilder")
    with FULL.open("w", encoding="utf-8") as full:
        assert ended_with(full, monkeypatch, *wanted) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "No space left on device" in line


@needs_full
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_message_whose_id_cannot_be_printed_is_not_taken_for_unsent(
    run: Run,
    served: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: tuple[str, ...],
) -> None:
    thread = served.seed("appbuilder", [])
    with FULL.open("w", encoding="utf-8") as full:
        assert ended_with(full, monkeypatch, "append", thread, "once", "-p", "appbuilder", *as_json) == 1
    (line,) = capsys.readouterr().err.splitlines()
    (message,) = served.messages("appbuilder", thread)
    said = json.loads(line)["warning"] if as_json else line
    assert f"the message {message.id} was appended to the thread {thread}, " in said
    assert said.endswith("stdout: No space left on device")


@posix
@pytest.mark.parametrize("command", ["show", "append", "--help"])
def test_a_reader_who_went_away_has_one_code(
    run: Run,
    served: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    thread = served.seed("appbuilder", [SeedMessage("user", "hello")])
    more = {"show": (thread, "-p", "appbuilder"), "append": (thread, "more", "-p", "appbuilder")}.get(command, ())
    with left() as nobody:
        assert ended_with(nobody, monkeypatch, command, *more) == 141
    said = capsys.readouterr().err
    if command == "append":
        assert f"{served.messages('appbuilder', thread)[-1].id} was appended" in said
    else:
        assert said == ""


def test_streams_that_are_closed_are_like_empty_ones(
    run: Run, served: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = served.seed("appbuilder", [SeedMessage("user", "hello")])
    for arguments, code in (
        (("show", thread), 0),
        (("show", "thread_none"), 3),
        (("append", thread, "-"), 2),
        (("export", "--from", "-", "-o", "nowhere"), 2),
    ):
        with monkeypatch.context() as patched:
            for name in ("stdin", "stdout", "stderr"):
                patched.setattr(sys, name, None)
            with pytest.raises(SystemExit) as ended:
                app([*arguments, "-p", "appbuilder"])
            for stream in (sys.stdin, sys.stdout, sys.stderr):
                stream.close()
        assert ended.value.code == code
