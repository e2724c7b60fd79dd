"""A thread may be deleted while somebody writes to it: the writer is told what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from provider_threads import ThreadClient, ThreadNotFoundError
from provider_threads.emulator import Emulator
from provider_threads.entries import Outgoing
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from tests.overlay.accounts import provider_at
from tests.overlay.batches import answer, said
from tests.overlay.memories import seed
from tests.overlay.stepping import Process

Delete = Callable[[], None]


@pytest.fixture
def thread_id(emulator: Emulator) -> str:
    return seed(emulator, "appbuilder", ["one"])


@pytest.fixture
def process(emulator: Emulator, database: str) -> Iterator[Process]:
    writer = Process(database, provider_at("appbuilder", emulator.base_url))
    yield writer
    writer.close()


@pytest.fixture
def delete(emulator: Emulator, database: str, thread_id: str) -> Iterator[Delete]:
    """Deletes the thread, as another process."""
    with Overlay(database) as overlay, ThreadClient(provider_at("appbuilder", emulator.base_url)) as client:
        yield lambda: ThreadMemory(client=client, overlay=overlay).delete(thread_id)


@pytest.mark.parametrize(("batch", "before"), [(said("a", "asked"), "record_intent"), (answer("a"), "add")])
def test_a_writer_who_comes_too_late_is_told_that_the_thread_was_deleted(
    emulator: Emulator, process: Process, delete: Delete, thread_id: str, batch: list[Outgoing], before: str
) -> None:
    process.read(thread_id).run()
    writing = process.append(thread_id, batch)
    writing.run(before)
    delete()
    emulator.clear_requests()
    writing.run()
    with pytest.raises(ThreadNotFoundError, match="was deleted while it was written to") as raised:
        _ = writing.result
    assert raised.value.appended == 0
    assert emulator.requests == []
