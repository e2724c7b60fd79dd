"""The benchmark of turns counts the same requests at every length, and a window costs the database the same work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay
from tests.benchmarks import turn_time
from tests.benchmarks.turn_time import Kind, Threads
from tests.benchmarks.turns import LISTS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of LangChain's class, pydantic's old names


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[Overlay]:
    with Overlay(tmp_path / "threads.db") as opened:
        yield opened


def test_a_quick_run_holds_a_window_and_a_whole_conversation_to_the_bar() -> None:
    ratios = turn_time.measure(True)
    assert [ratio.bar for ratio in ratios] == [1.5, 1.5, None, None]
    assert {len(ratio.samples) for ratio in ratios} == {1}


class Steps:
    """Counts what SQLite's virtual machine does: the work of the database, whatever else runs."""

    def __init__(self, overlay: Overlay) -> None:
        self.taken = 0
        event.listen(overlay.database._engine, "connect", self._listen)
        overlay.close()  # opened anew, it is counted

    def _listen(self, connection: object, record: object) -> None:
        connection.set_progress_handler(self._count, 1)  # type: ignore[attr-defined]  # sqlite3's own

    def _count(self) -> int:
        self.taken += 1
        return 0


@pytest.mark.parametrize("kind", turn_time.WINDOWS, ids=lambda kind: kind.name)
def test_a_turn_with_a_window_is_the_same_work_on_a_long_thread(
    running: Emulator, overlay: Overlay, kind: Kind
) -> None:
    threads = Threads(running, overlay)
    turns = [threads.turn(kind, length) for length in (100, 1_000)]
    for turn in turns:
        turn.perform()
    steps = Steps(overlay)
    work = []
    for turn in turns:
        steps.taken = 0
        turn.on.reads.clear()
        running.clear_requests()
        turn.perform()
        lists = sum(request.operation in LISTS for request in running.requests)
        work.append((steps.taken, lists, turn.on.reads))
    (short, lists, reads), (long, *same) = work
    assert same == [lists, reads]
    assert 0 < long <= short * 1.1
