"""The benchmark of large overlays fills them as reads and writes do, and compares what shows the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from sqlalchemy import select

from langchain_threads import ThreadChatMessageHistory
from provider_threads.emulator import CannedEmulator
from provider_threads.overlay import Overlay
from provider_threads.overlay.tables import entries, threads
from tests.benchmarks import overlay_size


@pytest.fixture(scope="module")
def platform() -> Iterator[CannedEmulator]:
    with overlay_size.platform(2) as emulator:
        yield emulator


def test_a_quick_run_compares_each_operation_and_the_size() -> None:
    ratios = overlay_size.measure(True)
    assert [ratio.bar for ratio in ratios] == [1.5] * 5 + [None]
    assert all("among 2,000 messages" in ratio.what for ratio in ratios)
    assert [ratio.unit for ratio in ratios][-1] == "bytes"


def rows(overlay: Overlay, key: str) -> list[Any]:
    """A thread's entries, without the numbers by which rows are told apart."""
    kept = [column for column in entries.c if column.name not in ("number", "thread")]
    query = select(*kept).join(threads).where(threads.c.thread_id == key).order_by(entries.c.position)
    return overlay.database.read(lambda connection: [tuple(row) for row in connection.execute(query)])


def test_a_filled_thread_has_the_rows_that_reading_and_writing_leave(platform: CannedEmulator, tmp_path: Path) -> None:
    store = overlay_size.filled(str(tmp_path / "filled.db"), platform, 2)
    key = store.keys[0]  # what it shows of the platform is filled into every thread
    with Overlay(tmp_path / "used.db") as used, Overlay(store.where) as filled:
        history = ThreadChatMessageHistory(key, provider=store.provider, overlay=used, writes="overlay", limit=100)
        with history:
            read = history.messages
            kinds = (HumanMessage, AIMessage)
            new = range(overlay_size.MESSAGES - len(read))
            history.add_messages([kinds[at % 2](overlay_size.text_of(at), id=f"message-{at}") for at in new])
        assert rows(filled, key) == rows(used, key)
        assert len(rows(filled, key)) == overlay_size.MESSAGES


@pytest.mark.parametrize("change", ["DELETE FROM", "UPDATE"])
def test_overlays_that_show_something_else_are_not_compared(
    platform: CannedEmulator, tmp_path: Path, change: str
) -> None:
    small, large = (overlay_size.filled(str(tmp_path / f"{name}.db"), platform, 1) for name in "ab")
    statement = f"{change} thread_overlay_entries" + (" SET state = 'archived'" if change == "UPDATE" else "")
    with Overlay(large.where) as overlay:
        overlay.database.write(lambda connection: connection.exec_driver_sql(f"{statement} WHERE position = 70"))
    with pytest.raises(AssertionError, match="do not show the same"):
        overlay_size.compared("SQLite", small, large, 1)
