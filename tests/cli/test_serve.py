"""``serve`` says where it listens and how to reach it, and every mistake ends in one sentence and code 2."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from provider_threads import AppBuilder, ThreadClient
from provider_threads.cli.app import app
from provider_threads.version import __version__

from .test_demo import PROGRAM


def refused(*arguments: str) -> str:
    """The one sentence with which the command ends."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 2
    lines = done.output.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("provider-threads: ")
    return lines[0]


def test_the_version_is_shown() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"provider-threads {__version__}\n")


def test_serve_says_how_to_reach_it_and_stops_on_ctrl_c() -> None:
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            assert running.stderr is not None
            printed = "".join(running.stdout.readline() for _ in range(9))
            (base_url,) = re.findall(r'^  base_url="(http://127\.0\.0\.1:\d+)"$', printed, re.MULTILINE)
            exported = dict(re.findall(r"^  export (\w+)=(.+)$", printed, re.MULTILINE))
            assert len(exported) == 5
            with ThreadClient(AppBuilder(exported["APPBUILDER_TOKEN"], base_url=base_url)) as threads:
                thread = threads.create_thread()
                assert threads.append(thread.id, "hello").text == "hello"
            began = time.monotonic()
            running.send_signal(signal.SIGINT)
            assert running.wait(10) == 0
            assert time.monotonic() - began < 5
            assert running.stderr.read() == ""
        finally:
            running.kill()


def test_serve_tells_a_script_in_one_line_how_to_reach_it() -> None:
    with subprocess.Popen([*PROGRAM, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            told = json.loads(running.stdout.readline())
            with ThreadClient(
                AppBuilder(told["environment"]["APPBUILDER_TOKEN"], base_url=told["base_url"])
            ) as threads:
                assert threads.create_thread().id
            running.terminate()
            assert (running.wait(10), running.stdout.read()) == (0, "")
        finally:
            running.kill()


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        assert f"port {port} on 127.0.0.1" in refused("serve", "--port", str(port))


@pytest.mark.parametrize(
    ("switch", "told"), [("minimax_cursor=sideways", "exclusive"), ("nonsense", "name=value"), ("x=1", "known: ")]
)
def test_a_bad_switch_is_answered_with_what_is_known(switch: str, told: str) -> None:
    assert told in refused("serve", "--port", "0", "--switch", switch)


def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    no_database = tmp_path / "notes.txt"
    no_database.write_text("this is no database, and long enough for SQLite to see it" * 40, "utf-8")
    for database in (no_database, tmp_path / "nowhere" / "threads.db", tmp_path):
        assert str(database) in refused("serve", "--port", "0", "--database", str(database))


BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == {missing!r} else found(name, *rest)
from provider_threads.cli import main
sys.argv = ["provider-threads", {command!r}]
main()
"""


@pytest.mark.parametrize(
    ("missing", "command", "extra"),
    [
        ("typer", "demo", "cli"),
        ("starlette", "serve", "emulator"),
        ("langchain_core", "demo", "langchain"),
        ("llama_index", "demo", "llamaindex"),
    ],
)
def test_a_missing_extra_is_named_with_its_command(missing: str, command: str, extra: str) -> None:
    program = BLOCKED.format(missing=missing, command=command)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("provider-threads: ")
    assert f"pip install 'provider-threads[{extra}]'" in sentence
