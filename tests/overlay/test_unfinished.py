"""A Hunyuan message that the platform had not finished is looked at again, for as long as a run may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from provider_threads import ThreadMessage
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.entries import Entry
from provider_threads.overlay import columns
from tests.reliability.row import Property

from .hosted import Hosted, read_often
from .memories import Memory, shown

MakeMemory = Callable[..., Memory]

HOUR = 3_600


def finish(emulator: Emulator, thread_id: str, text: str) -> None:
    """Let the platform finish its unfinished messages."""
    state = emulator._current().state
    for stored in emulator.messages("hunyuan", thread_id):
        if stored.status == "in_progress":
            state.storage.replace_message("hunyuan", stored, status="completed", text=text)


def lose(emulator: Emulator, thread_id: str) -> None:
    """Have the platform forget its unfinished messages, as that of a run which came to nothing."""
    storage = emulator._current().state.storage
    for stored in emulator.messages("hunyuan", thread_id):
        if stored.status == "in_progress":
            with storage._transaction() as connection:
                connection.execute("DELETE FROM message WHERE id = ?", (stored.id,))


def unfinished(emulator: Emulator, thread_id: str, *, age: float = 0.0) -> None:
    """Seed a message in progress that was made so many seconds ago."""
    at = time.time() - age
    seeds = [SeedMessage("assistant", "so f", status="in_progress", created_at=at)]
    emulator.seed("hunyuan", seeds, thread_id=thread_id)


def platform_view(entry: Entry) -> ThreadMessage:
    assert entry.message is not None
    return entry.message


async def test_an_unfinished_message_is_fetched_again_until_it_is_complete(
    emulator: Emulator, memory_of: MakeMemory, way: str, record_property: Property
) -> None:
    hosted, memory = Hosted(emulator, 3), memory_of("hunyuan", freshness=60)
    unfinished(emulator, hosted.thread_id)
    for _ in range(2):
        emulator.clear_requests()
        entries = await memory.read(hosted.thread_id)
        record_property("unfinished_shown", 1)
        record_property("shown_as_finished", int(platform_view(entries[-1]).status != "in_progress"))
        assert (platform_view(entries[-1]).status, platform_view(entries[-1]).text) == ("in_progress", "so f")
        assert len(emulator.requests) == 1
    finish(emulator, hosted.thread_id, "so far so good")
    entries = await memory.read(hosted.thread_id)
    assert (platform_view(entries[-1]).status, platform_view(entries[-1]).text) == ("completed", "so far so good")
    record_property("fetched_complete", 1)
    emulator.clear_requests()
    await memory.read(hosted.thread_id)
    assert emulator.requests == []


async def test_an_unfinished_message_is_fetched_again_when_it_is_older_than_the_newest_100(
    emulator: Emulator, memory_of: MakeMemory, record_property: Property
) -> None:
    hosted, memory = Hosted(emulator, 3), memory_of("hunyuan")
    unfinished(emulator, hosted.thread_id)
    await read_often(memory, hosted, 250, 99)
    finish(emulator, hosted.thread_id, "at last")
    emulator.clear_requests()
    entries = await memory.read(hosted.thread_id)
    assert (platform_view(entries[3]).status, platform_view(entries[3]).text) == ("completed", "at last")
    record_property("fetched_complete", 1)
    assert len(emulator.requests) == 2
    assert shown(entries) == hosted.texts
    emulator.clear_requests()
    await memory.read(hosted.thread_id)
    assert len(emulator.requests) == 1


async def test_an_unfinished_message_that_the_platform_knows_no_more_stays_as_it_was_and_spoils_no_read(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    hosted, memory = Hosted(emulator, 3), memory_of("hunyuan")
    unfinished(emulator, hosted.thread_id)
    await read_often(memory, hosted, 130, 99)
    known = hosted.texts
    lose(emulator, hosted.thread_id)
    entries = await memory.read(hosted.thread_id)
    assert shown(entries) == known
    assert (platform_view(entries[3]).status, platform_view(entries[3]).text) == ("in_progress", "so f")


async def test_an_unfinished_message_that_was_deleted_here_is_asked_for_no_more(
    emulator: Emulator, memory_of: MakeMemory
) -> None:
    hosted, memory = Hosted(emulator), memory_of("hunyuan")
    unfinished(emulator, hosted.thread_id)
    await memory.read(hosted.thread_id)
    await memory.set_state(hosted.thread_id, ("active",), "deleted")
    await read_often(memory, hosted, 130, 99)
    emulator.clear_requests()
    await memory.read(hosted.thread_id)
    assert len(emulator.requests) == 1


async def test_a_message_that_was_never_finished_is_asked_for_no_more_after_a_day(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    hosted, memory = Hosted(emulator, 3), memory_of("hunyuan", freshness=60)
    unfinished(emulator, hosted.thread_id, age=25 * HOUR)
    await memory.read(hosted.thread_id)
    emulator.clear_requests()
    assert shown(await memory.read(hosted.thread_id)) == hosted.texts
    assert emulator.requests == []
    asking = memory_of("hunyuan")
    await read_often(asking, hosted, 150, 99)
    emulator.clear_requests()
    assert shown(await asking.read(hosted.thread_id)) == hosted.texts
    assert len(emulator.requests) == 1


async def test_a_refresh_shows_what_became_of_a_message_however_old_it_is(
    emulator: Emulator, memory_of: MakeMemory
) -> None:
    hosted, memory = Hosted(emulator, 3), memory_of("hunyuan")
    unfinished(emulator, hosted.thread_id, age=25 * HOUR)
    await memory.read(hosted.thread_id)
    finish(emulator, hosted.thread_id, "at last")
    for _ in range(2):
        entries = await memory.read(hosted.thread_id, refresh=True)
        assert (platform_view(entries[-1]).status, platform_view(entries[-1]).text) == ("completed", "at last")


async def test_a_message_is_waited_for_until_it_is_a_day_old_whatever_it_was_when_it_was_met(
    emulator: Emulator, memory_of: MakeMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted, memory = Hosted(emulator), memory_of("hunyuan", freshness=60)
    unfinished(emulator, hosted.thread_id, age=15 * HOUR)  # by its time eight hours more
    await read_often(memory_of("hunyuan"), hosted, 150, 99)
    for requests in (2, 2):
        emulator.clear_requests()
        await memory.read(hosted.thread_id)
        assert len(emulator.requests) == requests
    monkeypatch.setattr(columns, "_LONGEST_RUN", timedelta(hours=1))
    for requests in (2, 0):
        emulator.clear_requests()
        await memory.read(hosted.thread_id)
        assert len(emulator.requests) == requests
