"""The recipe for many machines: a killed worker costs no thread and doubles none; a second run fetches what is new."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import pytest
import sqlalchemy

from provider_threads.emulator import Emulator, SeedMessage

pytestmark = pytest.mark.skipif(
    find_spec("distributed") is None, reason="the recipe needs Dask: pip install distributed"
)

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "docs/examples/many_machines.py"
LIST = "threads/messages/list"
THREADS, TURNS = 60, 2
PER_SECOND = 20
WITHIN_S = 240


def turn(thread: int, number: int) -> list[SeedMessage]:
    return [SeedMessage("user", f"question {thread}.{number}"), SeedMessage("assistant", f"answer {thread}.{number}")]


def text(thread: int, number: int) -> str:
    return f"user: question {thread}.{number}\n\nassistant: answer {thread}.{number}"


ONE_WORKER = "import sys, many_machines; print(many_machines.index_threads(sys.stdin.read().split()))"


def started(
    environment: Mapping[str, str], thread_ids: list[str], log: IO[str], *command: str
) -> subprocess.Popen[str]:
    """The recipe, or with a command another use of it, told of these threads; what it complains of goes to a file."""
    running = subprocess.Popen(
        [sys.executable, *(command or (str(RECIPE),))],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, RECIPE.parent)))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert running.stdin is not None
    running.stdin.write("\n".join(thread_ids))
    running.stdin.close()
    running.stdin = None  # so that `communicate` leaves it alone
    return running


def workers_of(running: subprocess.Popen[str]) -> list[Any]:
    """The processes that do the work, whose parent is the recipe's."""
    psutil = pytest.importorskip("psutil")  # which comes with Dask
    children = psutil.Process(running.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def lists_of(emulator: Emulator) -> list[str | None]:
    """After which message each list request asked to go on; None for the first."""
    return [request.parameters.get("after") for request in emulator.requests if LIST in request.operation]


def rows_of(database: str) -> list[tuple[str, str]]:
    engine = sqlalchemy.create_engine(database)
    try:
        with engine.connect() as connection:
            found = connection.execute(sqlalchemy.text("SELECT source, text FROM vectors"))
            return [(source, text) for source, text in found]
    finally:
        engine.dispose()


def test_a_killed_worker_costs_no_thread_and_a_second_run_fetches_what_is_new(
    emulator: Emulator, postgres_database: str, redis_url: str, tmp_path: Path
) -> None:
    threads = [
        emulator.seed("minimax", [message for number in range(TURNS) for message in turn(thread, number)])
        for thread in range(THREADS)
    ]
    environment = {
        **emulator.environment,
        "MINIMAX_BASE_URL": emulator.base_url,
        "MINIMAX_PER_SECOND": str(PER_SECOND),
        "THREADS_DATABASE": postgres_database,
        "THREADS_REDIS": redis_url,
        "DASK_TEMPORARY_DIRECTORY": str(tmp_path),
    }

    log = (tmp_path / "log").open("w+", encoding="utf-8")
    running = started(environment, threads, log)
    try:
        give_up = time.monotonic() + WITHIN_S
        while len(lists_of(emulator)) < THREADS // 3 and running.poll() is None and time.monotonic() < give_up:
            time.sleep(0.02)
        workers = workers_of(running) if running.poll() is None else []
        assert len(workers) == 2, (tmp_path / "log").read_text(encoding="utf-8")
        # Each of the two has at least one batch of twenty before it, of which a third was asked for.
        workers[0].kill()
        said, _ = running.communicate(timeout=WITHIN_S)
    finally:
        running.kill()
        running.wait()
    assert said.startswith(f"{THREADS} threads, "), (tmp_path / "log").read_text(encoding="utf-8")
    assert running.returncode == 0
    expected = [
        (thread_id, text(thread, number)) for thread, thread_id in enumerate(threads) for number in range(TURNS)
    ]
    assert sorted(rows_of(postgres_database)) == sorted(expected)

    newest = {emulator.messages("minimax", thread_id)[-1].id for thread_id in threads}
    emulator.seed("minimax", turn(7, TURNS), thread_id=threads[7])
    emulator.clear_requests()
    again = started(environment, threads, log, "-c", ONE_WORKER)
    said, _ = again.communicate(timeout=WITHIN_S)
    log.close()
    assert said == "1\n", (tmp_path / "log").read_text(encoding="utf-8")
    assert sorted(rows_of(postgres_database)) == sorted([*expected, (threads[7], text(7, TURNS))])
    asked = lists_of(emulator)
    assert newest <= set(asked)
    assert None not in asked
    assert len(asked) <= THREADS + 1
