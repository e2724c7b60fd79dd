"""A run that is stopped or killed in its middle leaves whole files, and the next one does what is left."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provider_threads.cli.export_manifest import MANIFEST
from provider_threads.cli.outcome import ExitCode
from provider_threads.emulator import Emulator, Fault

from .many import CommandLine
from .test_demo import PROGRAM

THREADS = [f"thread_{number:02}" for number in range(18)]
RUN = [*PROGRAM, "export", *THREADS, "-o"]


@pytest.fixture
def line(emulator: Emulator) -> CommandLine:
    line = CommandLine(emulator, "appbuilder")
    line.seed(THREADS, 25)
    return line


@contextlib.contextmanager
def stuck_in_its_middle(line: CommandLine, out: Path, whole: int) -> Iterator[subprocess.Popen[str]]:
    """A run of which `whole` files are whole and every other thread is under way: its answers do not come."""
    line.emulator.faults = [Fault("latency", seconds=0.01)]
    with subprocess.Popen(
        [*RUN, str(out), "--concurrency", "3"],
        env={"PYTHONPATH": str(Path(__file__).parents[2]), **line.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            manifest = out / MANIFEST
            for _ in range(3000):
                if manifest.exists() and len(manifest.read_bytes().splitlines()) >= whole:
                    break
                time.sleep(0.01)
            line.emulator.inject(Fault("latency", seconds=30))
            noted = -1
            while noted != (noted := len(manifest.read_bytes().splitlines())):
                time.sleep(0.05)  # the answers that were on their way
            assert whole <= noted < len(THREADS)
            yield running
        finally:
            running.kill()


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.name != MANIFEST}


def test_what_was_stopped_and_then_killed_is_finished_by_a_third_run(line: CommandLine, tmp_path: Path) -> None:
    undisturbed, out = tmp_path / "undisturbed", tmp_path / "out"
    assert line.run("export", *THREADS, "-o", undisturbed).exit_code == 0
    expected = contents(undisturbed)
    assert len(expected) == len(THREADS)

    with stuck_in_its_middle(line, out, 4) as running:
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=20)
        assert running.returncode == ExitCode.INTERRUPTED
    stopped = contents(out)
    assert f"{len(stopped)} of 18 threads exported to {out}, {25 * len(stopped):,} messages.\n" in told
    assert told.endswith(f"{18 - len(stopped)} threads not done.\nprovider-threads: stopped\n")
    assert stopped.items() <= expected.items()

    with stuck_in_its_middle(line, out, len(stopped) + 4) as running:
        running.kill()
    killed = {name: content for name, content in contents(out).items() if not name.endswith(".part")}
    assert killed.items() <= expected.items()
    assert len(stopped) < len(killed) < len(THREADS)

    line.emulator.faults = []
    line.lists()
    assert line.run("export", *THREADS, "-o", out).exit_code == 0
    left = [thread for thread in THREADS if f"{thread}.jsonl" not in killed]
    asked = line.lists()
    assert sorted(set(asked)) == left
    assert len(asked) == 2 * len(left)  # 25 messages are two pages
    assert contents(out) == expected
