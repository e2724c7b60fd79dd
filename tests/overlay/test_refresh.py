"""A text that was edited on the platform is noticed when a read is asked to look at everything anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import Provider, ThreadClient
from provider_threads.emulator import Emulator

from .memories import Memory, lists, message, seed, shown, texts

MakeMemory = Callable[..., Memory]


@pytest.fixture
def edit(provider_of: Callable[..., Provider]) -> Callable[[str, str, str], None]:
    """Edits a message on AppBuilder, as its console or another client does."""

    def change(thread_id: str, message_id: str, text: str) -> None:
        with ThreadClient(provider_of("appbuilder")) as threads:
            threads.update_message(thread_id, message_id, text)

    return change


async def test_an_edited_text_shows_after_a_refresh_and_only_then(
    emulator: Emulator, memory_of: MakeMemory, edit: Callable[[str, str, str], None], way: str
) -> None:
    thread_id = seed(emulator, "appbuilder", [f"m{number}" for number in range(45)])
    memory = memory_of("appbuilder", freshness=60)
    await memory.say(thread_id, "a question")
    await memory.append(thread_id, [message("assistant", "only here")])
    before = await memory.read(thread_id)
    edit(thread_id, before[2].key, "theirs, edited")
    edit(thread_id, before[-2].key, "mine, edited")
    emulator.clear_requests()
    later = memory_of("appbuilder")
    for entries in (await memory.read(thread_id), await later.read(thread_id)):
        assert shown(entries) == shown(before)
        assert not any(entry.edited for entry in entries)
    assert lists(emulator) == 1

    refreshed = await memory.read(thread_id, refresh=True)
    assert shown(refreshed) == [*shown(before)[:2], "theirs, edited", *shown(before)[3:]]
    assert [entry.key for entry in refreshed] == [entry.key for entry in before]
    mine, theirs = refreshed[-2], refreshed[2]
    assert (theirs.edited, mine.edited, refreshed[-1].edited) == (False, True, False)
    assert mine.record == before[-2].record
    assert mine.message is not None
    assert mine.message.text == "mine, edited"
    assert [entry.message.text for entry in refreshed if entry.message] == texts(emulator, "appbuilder", thread_id)


@pytest.mark.parametrize("limit", [None, 5])
async def test_a_refresh_adds_and_loses_nothing(
    emulator: Emulator, memory_of: MakeMemory, platform: str, limit: Any
) -> None:
    thread_id = seed(emulator, platform, [f"m{number}" for number in range(130)])
    memory = memory_of(platform, limit=limit)
    await memory.read(thread_id)
    await memory.append(thread_id, [message("tool", "only here"), message("user", "mine")])
    seed(emulator, platform, ["theirs"], thread_id=thread_id)
    expected = [f"m{number}" for number in range(130)] + ["only here", "mine", "theirs"]
    for _ in range(2):
        assert await memory.texts(thread_id, refresh=True) == expected[-(limit or 200) :]
    assert await memory_of(platform).texts(thread_id) == expected


async def test_a_refresh_does_not_bring_back_what_was_deleted_here(
    emulator: Emulator, memory_of: MakeMemory, platform: str
) -> None:
    thread_id = seed(emulator, platform, ["one", "two", "three"])
    memory = memory_of(platform)
    await memory.read(thread_id)
    await memory.set_state(thread_id, ("active",), "deleted", lambda entries: entries[:2])
    assert await memory.texts(thread_id, refresh=True) == ["three"]
    await memory.set_state(thread_id, ("active",), "deleted")
    assert await memory.texts(thread_id, refresh=True) == []
