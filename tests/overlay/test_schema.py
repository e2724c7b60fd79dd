"""The overlay's tables: made when first used, versioned, brought up to date once, and never touched when newer."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect, text

from provider_threads import OverlayError, Provider, ThreadClient, UnsupportedOperationError
from provider_threads.emulator import Emulator
from provider_threads.entries import Outgoing, Record
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay, schema
from tests.wire.sockets import unused_address
from tests.wire.test_forks import in_children

from .memories import Memory, message, said, seed, shown

MakeMemory = Callable[..., Memory]

FULL = 2
"""SQLite's word for waiting until the disk has everything, at each commit."""

# Python 3.12 warns of any fork beside threads; that is what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def version(overlay: Overlay) -> int:
    found: int = overlay.database.read(
        lambda connection: connection.execute(text("SELECT version FROM thread_overlay_schema")).scalar_one()
    )
    return found


def contents(overlay: Overlay) -> dict[str, Any]:
    """Every table of the database with its columns and rows."""
    with overlay.database._engine.connect() as connection:
        seen = inspect(connection)
        return {
            name: (
                sorted(column["name"] for column in seen.get_columns(name)),
                sorted(map(str, connection.execute(text(f"SELECT * FROM {name}")))),
            )
            for name in seen.get_table_names()
        }


def set_version(overlay: Overlay, number: int) -> None:
    with overlay.database._engine.begin() as connection:
        connection.execute(text(f"UPDATE thread_overlay_schema SET version = {number}"))


def test_the_tables_are_made_at_the_first_use_with_their_version(database: str) -> None:
    with Overlay(database) as overlay:
        assert version(overlay) == schema.VERSION
        assert set(contents(overlay)) == {
            "thread_overlay_schema",
            "thread_overlay_threads",
            "thread_overlay_sessions",
            "thread_overlay_entries",
            "thread_overlay_intents",
        }
    with Overlay(database) as again:
        assert version(again) == schema.VERSION


def test_a_transaction_in_a_file_is_on_the_disk_before_it_is_acknowledged(file: Path) -> None:
    found: list[Any] = []

    def look(connection: Any, record: object) -> None:
        found.extend(connection.execute("PRAGMA synchronous").fetchone())

    with Overlay(file) as overlay:
        event.listen(overlay.database._engine, "connect", look)  # before these tests take the hurry out of it
        version(overlay)
    assert set(found) == {FULL}


def test_nothing_is_opened_or_made_before_it_is_used(file: Path, provider_of: Callable[..., Provider]) -> None:
    with Overlay(file) as overlay, ThreadClient(provider_of("minimax")) as client:
        memory = ThreadMemory(client=client, overlay=overlay)
        assert not file.exists()
        assert memory.keys() == []
        assert file.exists()
    Overlay(f"postgresql://nobody@{unused_address().removeprefix('http://')}/nothing").close()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str
) -> None:
    with Overlay(database) as overlay:
        version(overlay)
        set_version(overlay, schema.VERSION + 1)
        before = contents(overlay)
    with Overlay(database) as older, ThreadClient(provider_of("minimax")) as client:
        memory = ThreadMemory(client=client, overlay=older)
        for _ in range(2):
            with pytest.raises(OverlayError, match=f"version {schema.VERSION + 1} .*newer.*Upgrade provider-threads"):
                memory.append("thread_1", said("one"))
        assert contents(older) == before
        set_version(older, schema.VERSION)
        assert memory.keys() == []
    assert emulator.requests == []


class Steps:
    """Changes from version to version that count how often they were made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, more: int) -> None:
        self.made: list[int] = []
        numbers = range(schema.VERSION, schema.VERSION + more)
        monkeypatch.setattr(schema, "_STEPS", {number: self._step(number) for number in numbers})
        monkeypatch.setattr(schema, "VERSION", schema.VERSION + more)

    def _step(self, number: int) -> Callable[[Connection], None]:
        def step(connection: Connection) -> None:
            self.made.append(number)
            connection.execute(text(f"ALTER TABLE thread_overlay_entries ADD COLUMN extra_{number} INTEGER"))

        return step


def test_an_older_version_is_brought_up_to_date_step_by_step_and_keeps_what_it_holds(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    with ThreadClient(provider_of("minimax")) as client:
        with Overlay(database) as overlay:
            ThreadMemory(client=client, overlay=overlay).append(thread_id, [message("tool", "t")])
        made = schema.VERSION
        steps = Steps(monkeypatch, more=2)
        for _ in range(2):
            with Overlay(database) as newer:
                assert shown(ThreadMemory(client=client, overlay=newer).read(thread_id)) == ["one", "t"]
                assert version(newer) == made + 2
                assert {f"extra_{made}", f"extra_{made + 1}"} <= set(contents(newer)["thread_overlay_entries"][0])
        assert steps.made == [made, made + 1]


def layout(overlay: Overlay) -> dict[str, Any]:
    """Every table with the names of its columns, and its indexes with theirs."""
    with overlay.database._engine.connect() as connection:
        seen = inspect(connection)
        return {
            name: (
                {column["name"] for column in seen.get_columns(name)},
                {str(index["name"]): index["column_names"] for index in seen.get_indexes(name)},
            )
            for name in seen.get_table_names()
        }


def test_a_database_of_the_first_version_comes_to_the_layout_of_a_new_one_and_keeps_its_messages(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    with ThreadClient(provider_of("minimax")) as client:
        with Overlay(database) as overlay:
            ThreadMemory(client=client, overlay=overlay).append(thread_id, [message("tool", "t")])
            new = layout(overlay)
            with overlay.database._engine.begin() as connection:  # what the second version added
                connection.execute(text("DROP INDEX thread_overlay_entries_by_message_id"))
                connection.execute(text("ALTER TABLE thread_overlay_entries DROP COLUMN message_id"))
            set_version(overlay, 1)
            assert layout(overlay) != new
        with Overlay(database) as again:
            memory = ThreadMemory(client=client, overlay=again)
            assert shown(memory.read(thread_id)) == ["one", "t"]
            assert (version(again), layout(again)) == (schema.VERSION, new)
            record = Record("test", "tool", "u", "{}", message_id="u-1")
            memory.append(thread_id, [Outgoing(UnsupportedOperationError("a tool's"), record)])
            assert shown(memory.find(thread_id, ["u-1", "t"])) == ["u"]


def test_many_who_open_an_older_version_at_once_bring_it_up_to_date_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Overlay(database) as overlay:
        version(overlay)
    made = schema.VERSION
    steps = Steps(monkeypatch, more=1)
    assert opened_by(6, database) == [made + 1] * 6
    assert steps.made == [made]


def test_many_who_open_a_new_database_at_once_make_its_tables_once(database: str) -> None:
    assert opened_by(6, database) == [schema.VERSION] * 6


def opened_by(number: int, database: str) -> list[Any]:
    """What that many overlays, opened at once, find the version to be."""
    together = threading.Barrier(number)
    found: list[Any] = []

    def run() -> None:
        with Overlay(database) as overlay:
            together.wait(5)
            try:
                found.append(version(overlay))
            except OverlayError as error:
                found.append(error)

    running = [threading.Thread(target=run) for _ in range(number)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(20)
    return found


def test_processes_that_open_a_new_database_at_once_make_its_tables_once(database: str) -> None:
    def child(number: int) -> None:
        with Overlay(database) as overlay:
            assert version(overlay) == schema.VERSION

    assert in_children(child, 6) == [0] * 6


def test_a_new_file_that_another_opener_holds_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "threads.db"
    # Whoever holds a file this way makes SQLite refuse to change its journal at once, whatever its time-out.
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    gone = threading.Timer(0.3, other.rollback)
    gone.start()
    with Overlay(file) as overlay:
        assert version(overlay) == schema.VERSION
    gone.join()
    with closing(other):
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_step_that_fails_changes_nothing(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Overlay(database) as overlay:
        version(overlay)
        before = contents(overlay)
        made = schema.VERSION
        steps = Steps(monkeypatch, more=2)
        steps_of = dict(schema._STEPS)
        monkeypatch.setitem(steps_of, made + 1, lambda connection: connection.execute(text("SELECT * FROM nowhere")))  # type: ignore[arg-type]  # nobody looks at it
        monkeypatch.setattr(schema, "_STEPS", steps_of)
        with Overlay(database) as newer, pytest.raises(OverlayError):
            version(newer)
        assert contents(overlay) == before
        assert steps.made == [made]


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with Overlay(tmp_path / "nowhere" / "threads.db") as overlay:
        for _ in range(2):
            with pytest.raises(OverlayError, match="the folder of its file exists"):
                version(overlay)
        (tmp_path / "nowhere").mkdir()
        assert version(overlay) == schema.VERSION


@pytest.mark.parametrize("kind", ["folder", "other file", "server"])
def test_what_is_no_database_is_an_overlay_error(tmp_path: Path, kind: str) -> None:
    where = str(tmp_path)
    if kind == "other file":
        (tmp_path / "notes.txt").write_text("no database " * 100)
        where = str(tmp_path / "notes.txt")
    elif kind == "server":
        where = f"postgresql://nobody@{unused_address().removeprefix('http://')}/nothing"
    with Overlay(where) as overlay, pytest.raises(OverlayError) as raised:
        version(overlay)
    assert raised.value.cause_type
    # A store that was loaded has no password: that is the first thing to look for.
    assert ("PGPASSWORD" in str(raised.value)) == (kind == "server")
    if kind == "other file":
        assert (tmp_path / "notes.txt").read_text() == "no database " * 100


def test_a_closed_overlay_opens_again(emulator: Emulator, provider_of: Callable[..., Provider], database: str) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    overlay = Overlay(database)
    with ThreadClient(provider_of("minimax")) as client:
        memory = ThreadMemory(client=client, overlay=overlay, freshness=60)
        for number in range(3):
            memory.append(thread_id, [message("tool", f"t{number}")])
            overlay.close()
            overlay.close()
        assert shown(memory.read(thread_id)) == ["one", "t0", "t1", "t2"]
    overlay.close()


def test_forked_processes_have_connections_of_their_own(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    with Overlay(database) as overlay, ThreadClient(provider_of("minimax")) as client:
        memory = ThreadMemory(client=client, overlay=overlay, freshness=0)
        memory.append(thread_id, said("parent"))

        def child(number: int) -> None:
            # What the parent left behind must neither be used nor closed here, and nobody may be warned of it.
            warnings.simplefilter("error")
            unraisable: list[Any] = []
            sys.unraisablehook = unraisable.append
            gc.collect()
            for step in range(5):
                memory.append(thread_id, [message("tool", f"{number}.{step}")])
                memory.read(thread_id)
            overlay.close()
            assert unraisable == []

        assert in_children(child) == [0] * 4
        memory.append(thread_id, said("parent again"))
        found = shown(memory.read(thread_id))
        assert found[:2] == ["one", "parent"]
        assert found[-1] == "parent again"
        assert sorted(found[2:-1]) == [f"{number}.{step}" for number in range(4) for step in range(5)]
        for number in range(4):
            mine = [name for name in found if name.startswith(f"{number}.")]
            assert mine == sorted(mine)


def test_a_child_is_not_held_up_by_what_another_thread_held_when_it_was_forked(file: Path) -> None:
    with Overlay(file) as overlay:
        version(overlay)
        inside, go_on = threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            connection.execute(text("UPDATE thread_overlay_schema SET version = version"))
            inside.set()
            go_on.wait(0.3)

        with overlay.looks._lock:
            writing = threading.Thread(target=overlay.database.write, args=(hold,))
            writing.start()
            assert inside.wait(5)
            pid = os.fork()
            if pid == 0:
                signal.alarm(5)
                code = 1
                try:
                    overlay.looks.looked(None, "thread_1", 1.0)  # type: ignore[arg-type]  # whoever it is
                    set_version(overlay, schema.VERSION)
                    code = 0 if version(overlay) == schema.VERSION else 2
                finally:
                    os._exit(code)
        go_on.set()
        writing.join(5)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


FORGETFUL = """
import gc, sys, warnings
warnings.simplefilter("error")
problems = []
sys.unraisablehook = lambda hook: problems.append(repr(hook.exc_value))
from provider_threads.overlay import Overlay
def use(where):
    overlay = Overlay(where)
    return overlay.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
assert use(sys.argv[1]) == 1
gc.collect()
kept = Overlay.at(sys.argv[1])
kept.database.read(lambda connection: None)
assert problems == [], problems
"""


def test_no_warning_comes_of_an_overlay_that_nobody_closed(database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORGETFUL, database],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
