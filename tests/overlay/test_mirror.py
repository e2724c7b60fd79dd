"""What was read once is not fetched again; what is new comes after it, in the platform's order, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provider_threads import OutcomeUnknownError, Provider, ThreadClient
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay

from .faults import Faults
from .memories import Memory, lists, seed, shown, texts

MakeMemory = Callable[..., Memory]


def numbered(count: int) -> list[str]:
    return [f"m{number}" for number in range(count)]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_a_read_with_nothing_new_is_one_request_that_brings_at_most_the_cursor_message(
    emulator: Emulator, memory_of: MakeMemory, provider_of: Callable[..., Provider], platform: str
) -> None:
    thread_id = seed(emulator, platform, numbered(1_000))
    memory = memory_of(platform)
    assert await memory.texts(thread_id) == numbered(1_000)
    # As without an overlay: pages of 100, and one to see the end; of 20, of which 19 are new.
    assert len(emulator.requests) == {"minimax": 11, "appbuilder": 53}[platform]
    emulator.clear_requests()
    assert await memory.texts(thread_id) == numbered(1_000)
    assert lists(emulator) == len(emulator.requests) == 1
    asked = emulator.requests[0].parameters
    newest = emulator.messages(platform, thread_id)[-1].id  # type: ignore[arg-type]  # a platform's name
    assert (asked["order"], asked["after"]) == ("asc", newest)
    with ThreadClient(provider_of(platform)) as threads:
        page = threads.list_messages(thread_id, limit=20, order="asc", after=newest)
    assert {message.id for message in page} <= {newest}


async def test_what_is_new_is_fetched_alone_and_comes_after_what_is_known(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    thread_id = seed(emulator, "minimax", numbered(300))
    memory = memory_of("minimax")
    await memory.read(thread_id)
    for name in ("one", "two"):
        seed(emulator, "minimax", [name], thread_id=thread_id)
        emulator.clear_requests()
        assert (await memory.texts(thread_id))[-1] == name
        assert len(emulator.requests) == 1
    assert await memory.texts(thread_id) == [*numbered(300), "one", "two"]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@pytest.mark.parametrize("limit", [None, 20])
async def test_a_turn_on_a_long_thread_costs_one_look_that_brings_what_is_new(
    emulator: Emulator, memory_of: MakeMemory, platform: str, limit: int | None
) -> None:
    thread_id = seed(emulator, platform, numbered(130))
    memory = memory_of(platform, limit=limit)
    await memory.read(thread_id)
    for turn in range(3):
        emulator.clear_requests()
        await memory.read(thread_id)
        await memory.say(thread_id, f"question {turn}")
        assert lists(emulator) == 1
    emulator.clear_requests()
    for _ in range(2):
        await memory.read(thread_id)
    newest = emulator.messages(platform, thread_id)[-1].id  # type: ignore[arg-type]  # a platform's name
    assert emulator.requests[-1].parameters["after"] == newest
    assert lists(emulator) == 2


async def test_own_writes_are_not_taken_in_twice_and_keep_what_was_written(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    thread_id = seed(emulator, "appbuilder", numbered(30))
    memory, other = memory_of("appbuilder"), memory_of("appbuilder")
    await memory.read(thread_id)
    await memory.say(thread_id, "a question", "another")
    seed(emulator, "appbuilder", ["an answer"], thread_id=thread_id)
    for reader in (memory, other, memory):
        entries = await reader.read(thread_id)
        assert shown(entries) == texts(emulator, "appbuilder", thread_id)
        assert [entry.record is not None for entry in entries[-3:]] == [True, True, False]
        assert entries[-2].message is not None
        assert [entry.key for entry in entries[-3:]] == [
            message.id for message in emulator.messages("appbuilder", thread_id)[-3:]
        ]


async def test_the_first_write_to_a_thread_comes_after_what_was_there(
    emulator: Emulator, memory_of: MakeMemory, platform: str
) -> None:
    thread_id = seed(emulator, platform, numbered(130))
    memory = memory_of(platform)
    await memory.say(thread_id, "mine")
    assert await memory.texts(thread_id) == [*numbered(130), "mine"]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_an_interrupted_import_goes_on_where_it_was(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, platform: str
) -> None:
    thread_id = seed(emulator, platform, numbered(250))
    memory = memory_of(faulty(platform))
    pages = {"minimax": 3, "appbuilder": 14}[platform]
    faults.after(2, "lost")
    with pytest.raises(OutcomeUnknownError):
        await memory.read(thread_id)
    faults.of_all = None
    emulator.clear_requests()
    assert await memory.texts(thread_id) == numbered(250)
    assert len(emulator.requests) <= pages - 1


@pytest.mark.parametrize("platform", ["minimax", "appbuilder", "hunyuan"])
def test_two_that_import_a_thread_at_once_end_with_one_copy(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str, platform: str
) -> None:
    length = 180 if platform == "hunyuan" else 500
    thread_id = seed(emulator, platform, numbered(length))
    together = threading.Barrier(2)
    found: dict[int, list[str]] = {}

    def run(number: int) -> None:
        with Overlay(database) as overlay, ThreadClient(provider_of(platform)) as client:
            memory = ThreadMemory(client=client, overlay=overlay, freshness=0)
            together.wait(5)
            found[number] = shown(memory.read(thread_id))

    running = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(30)
    assert found == {0: numbered(length), 1: numbered(length)}


@pytest.mark.parametrize("limits", [(None, 20), (20, None), (20, 40)])
def test_windows_and_imports_of_different_sizes_at_once_end_with_one_copy(
    emulator: Emulator, provider_of: Callable[..., Provider], file: Path, limits: tuple[Any, ...]
) -> None:
    thread_id = seed(emulator, "minimax", numbered(450))
    together = threading.Barrier(2)
    found: dict[Any, list[str]] = {}
    with Overlay(file) as overlay, ThreadClient(provider_of("minimax")) as client:

        def run(limit: int | None) -> None:
            memory = ThreadMemory(client=client, overlay=overlay, freshness=0, limit=limit)
            together.wait(5)
            found[limit] = shown(memory.read(thread_id))

        running = [threading.Thread(target=run, args=(limit,)) for limit in limits]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(30)
        assert found == {limit: numbered(450)[-(limit or 450) :] for limit in limits}
        assert shown(ThreadMemory(client=client, overlay=overlay).read(thread_id)) == numbered(450)


async def test_an_id_that_comes_again_and_again_in_a_page_loses_nothing(
    emulator: Emulator, memory_of: MakeMemory
) -> None:
    ids = ["same", "other", "same", "same", "last"]
    seeds = [SeedMessage("user", f"m{number}", id=one) for number, one in enumerate(ids)]
    thread_id = emulator.seed("minimax", seeds)
    memory = memory_of("minimax")
    for new in ("new", "newer"):
        assert await memory.texts(thread_id) == texts(emulator, "minimax", thread_id)
        emulator.seed("minimax", [SeedMessage("user", new)], thread_id=thread_id)
    entries = await memory.read(thread_id)
    assert shown(entries) == [*numbered(5), "new", "newer"]
    assert len({entry.key for entry in entries}) == 7


@pytest.mark.parametrize("cursor", ["inclusive", "exclusive"])
@pytest.mark.parametrize("led", [False, True], ids=["syncs between pairs", "syncs inside pairs"])
async def test_a_question_and_an_answer_of_one_id_stay_two(
    emulator: Emulator, memory_of: MakeMemory, cursor: Any, *, led: bool
) -> None:
    emulator.switches = emulator.switches.changed({"minimax_cursor": cursor})
    roles = ("user", "assistant")
    pairs = [SeedMessage(roles[number % 2], f"m{number}", id=f"pair_{number // 2}") for number in range(220)]
    first = 101 if led else 100
    thread_id = emulator.seed("minimax", pairs[:first])
    memory = memory_of("minimax")
    for upto in (first, first + 2, first + 3, first + 4, 219, 220):
        held = len(emulator.messages("minimax", thread_id))
        emulator.seed("minimax", pairs[held:upto], thread_id=thread_id)
        assert await memory.texts(thread_id) == numbered(upto)
    assert len({entry.key for entry in await memory.read(thread_id)}) == 220


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_an_answer_in_the_questions_second_comes_after_it(
    emulator: Emulator, memory_of: MakeMemory, platform: Any
) -> None:
    memory = memory_of(platform)
    thread_id = emulator.seed(platform)
    for turn in range(3):
        pair = [SeedMessage(role, f"{role} {turn}", created_at=1_700_000_000 + turn) for role in ("user", "assistant")]
        emulator.seed(platform, pair, thread_id=thread_id)
        assert await memory.texts(thread_id) == texts(emulator, platform, thread_id)


@pytest.mark.parametrize("limit", [None, 20])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_server_that_ignores_cursor_and_order_is_asked_once_as_well(
    emulator: Emulator, memory_of: MakeMemory, order: Any, limit: int | None
) -> None:
    emulator.switches = emulator.switches.changed({"minimax_cursor": "ignored", "minimax_default_order": order})
    thread_id = seed(emulator, "minimax", numbered(130))
    memory = memory_of("minimax", limit=limit)
    await memory.read(thread_id)
    emulator.clear_requests()
    assert await memory.texts(thread_id) == numbered(130)[-(limit or 130) :]
    assert len(emulator.requests) == 1
    emulator.switches = emulator.switches.changed({"clock_offset": 100})
    seed(emulator, "minimax", ["one", "two"], thread_id=thread_id)
    assert await memory.texts(thread_id) == [*numbered(130), "one", "two"][-(limit or 132) :]
    assert len(emulator.requests) == 2


async def test_older_messages_are_not_fetched_for_what_is_archived(emulator: Emulator, memory_of: MakeMemory) -> None:
    thread_id = seed(emulator, "minimax", numbered(250))
    window, whole = memory_of("minimax", limit=5), memory_of("minimax")
    await window.read(thread_id)
    await window.set_state(thread_id, ("active",), "archived", lambda entries: entries[:2])
    emulator.clear_requests()
    for memory in (window, whole):
        assert await memory.texts(thread_id, states=("archived",)) == ["m245", "m246"]
        assert memory.memory.last_view is not None
        assert memory.memory.last_view.complete
    assert len(emulator.requests) == 2
    assert await whole.texts(thread_id, states=("active", "archived")) == numbered(250)
