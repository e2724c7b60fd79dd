"""Many processes and threads on one overlay: every message once, in one order that all agree on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import Connection

from provider_threads import OverlayError, ThreadClient
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.entries import Entry
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from provider_threads.overlay import database as databases
from provider_threads.overlay.threads import lock_thread
from tests.overlay.accounts import provider_at
from tests.overlay.batches import mark_of
from tests.overlay.crowd import ALL, Crowd, Task, message_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forked processes are POSIX")

WRITERS = [f"w{number}" for number in range(4)]


def everything(task: Task) -> Sequence[Entry]:
    """What a process reads that comes afterwards, in every state."""
    provider = provider_at(task.platform, task.base_url)
    with Overlay(task.database) as overlay, ThreadClient(provider) as client:
        return ThreadMemory(client=client, overlay=overlay, **task.settings).read(task.key, states=ALL)


def test_every_message_is_there_once_in_one_order_that_readers_agree_on(emulator: Emulator, database: str) -> None:
    old = [SeedMessage("user", f"old {number}") for number in range(5)]
    task = Task(database, "minimax", emulator.base_url, emulator.seed("minimax", old), amount=10)
    crowd = Crowd(task)
    crowd.add("write", WRITERS)
    crowd.add("read", ["r1", "r2"])
    readers = crowd.run()["read"]

    entries = everything(task)
    final = [(entry.key, mark_of(entry)) for entry in entries]
    assert readers == [final, final]
    marks = [mark for _, mark in final if mark]
    for writer in WRITERS:
        assert [mark for mark in marks if mark.startswith(writer)] == [f"{writer}-{number}" for number in range(10)]
    assert len(final) == 5 + 4 * 10
    sent = [entry.message.id for entry in entries if entry.message]
    assert sorted(sent) == sorted(message.id for message in emulator.messages("minimax", task.key))


def test_writers_of_a_new_key_create_one_thread(emulator: Emulator, database: str) -> None:
    task = Task(database, "appbuilder", emulator.base_url, "user-42", amount=5, settings={"create_threads": True})
    crowd = Crowd(task)
    crowd.add("write", WRITERS)
    crowd.run()
    assert len({mark_of(entry) for entry in everything(task)}) == 20
    assert [request.operation for request in emulator.requests].count("threads") == 1


def test_processes_that_import_a_thread_at_once_make_one_copy(emulator: Emulator, database: str) -> None:
    hosted = [SeedMessage("user", f"old {number}") for number in range(250)]
    task = Task(database, "minimax", emulator.base_url, emulator.seed("minimax", hosted))
    crowd = Crowd(task)
    crowd.add("read", ["r1", "r2", "r3"])
    crowd.add("read", ["window"], settings={"limit": 120})
    *readers, window = crowd.run()["read"]
    ids = [message.id for message in emulator.messages("minimax", task.key)]
    assert [[key for key, _ in reader] for reader in readers] == [ids] * 3
    assert [key for key, _ in window] == ids[-120:]
    assert [entry.key for entry in everything(task)] == ids


@pytest.mark.parametrize("tidying", [("delete", "archive"), ("replace",)], ids=" and ".join)
def test_tidying_up_meanwhile_loses_no_entry(emulator: Emulator, database: str, tidying: tuple[str, ...]) -> None:
    task = Task(database, "minimax", emulator.base_url, emulator.seed("minimax"), amount=5)
    crowd = Crowd(task)
    crowd.add("write", WRITERS)
    for does in tidying:
        crowd.add(does)
    crowd.run()
    entries = everything(task)
    assert len(entries) == len({entry.key for entry in entries}) == 4 * 5
    shown = [mark_of(entry) for entry in entries if entry.state != "deleted"]
    assert len(shown) == len(set(shown))
    assert all(entry.record is None and entry.message is None for entry in entries if entry.state == "deleted")


def test_a_server_set_to_isolate_transactions_strictly_makes_none_fail(
    emulator: Emulator, postgres_database: str
) -> None:
    strict = f"{postgres_database}?options=-c%20default_transaction_isolation%3Dserializable"
    task = Task(strict, "minimax", emulator.base_url, emulator.seed("minimax"), amount=5)
    crowd = Crowd(task)
    crowd.add("write", WRITERS)
    crowd.run()
    assert len({mark_of(entry) for entry in everything(task)}) == 20


def test_a_writer_whose_machine_is_gone_in_mid_transaction_does_not_hold_up_the_others(
    emulator: Emulator, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_IDLE", 0.3)
    task = Task(postgres_database, "minimax", emulator.base_url, emulator.seed("minimax"))
    everything(task)
    with Overlay(postgres_database) as overlay, overlay.database._engine.connect() as gone:
        assert lock_thread(gone, 1) is not None  # and then nothing is heard of it
        crowd = Crowd(task)
        crowd.add("write", ["w0"])
        crowd.run()
        gone.invalidate()
    assert [mark_of(entry) for entry in everything(task)] == ["w0-0"]


def test_a_writer_who_waits_too_long_is_told_so(
    emulator: Emulator, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_WAIT_FOR_WRITER", 0.2)
    task = Task(database, "minimax", emulator.base_url, emulator.seed("minimax"))
    everything(task)
    if database.startswith("postgresql"):
        database += "?options=-c%20statement_timeout%3D10s"  # so that this test ends in any case
    with Overlay(database) as holder, Overlay(database) as overlay:
        memory = ThreadMemory(provider=provider_at(task.platform, task.base_url), overlay=overlay)

        def append(connection: Connection) -> None:
            lock_thread(connection, 1)
            memory.append(task.key, message_of(task, 0))

        with closing(memory), pytest.raises(OverlayError, match="the database failed") as caught:
            holder.database.write(append)
    assert caught.value.cause_type in ("LockNotAvailable", "OperationalError")
    assert everything(task) == ()


def test_threads_of_one_process_share_an_overlay(emulator: Emulator, database: str) -> None:
    task = Task(database, "minimax", emulator.base_url, emulator.seed("minimax"), amount=6)
    provider = provider_at(task.platform, task.base_url)

    def write(memory: ThreadMemory, name: str) -> None:
        for number in range(task.amount):
            memory.append(task.key, message_of(Task(**{**vars(task), "name": name}), number))
            memory.read(task.key)

    with Overlay(database) as overlay, ThreadClient(provider) as client, ThreadPoolExecutor(8) as pool:
        memory = ThreadMemory(client=client, overlay=overlay, freshness=0.0)
        list(pool.map(write, [memory] * 8, [f"t{number}" for number in range(8)]))
    marks = [mark_of(entry) for entry in everything(task)]
    assert len(marks) == len(set(marks)) == 48
    for number in range(8):
        own = [mark for mark in marks if mark and mark.startswith(f"t{number}-")]
        assert own == [f"t{number}-{each}" for each in range(6)]
