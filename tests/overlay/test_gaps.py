"""Hunyuan shows 100 messages from either end: a thread read often enough stays whole, another says where it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provider_threads import IncompleteThreadError, IncompleteThreadWarning
from provider_threads.emulator import Emulator
from provider_threads.entries import Entry

from .hosted import Hosted, read_often
from .memories import Memory, message, shown

MakeMemory = Callable[..., Memory]


@pytest.mark.parametrize(("length", "new"), [(300, 1), (300, 99), (1_000, 99)])
async def test_at_most_99_messages_between_two_reads_leave_the_thread_whole(
    emulator: Emulator, memory_of: MakeMemory, length: int, new: int
) -> None:
    hosted, memory = Hosted(emulator), memory_of("hunyuan", on_gap="error")
    await read_often(memory, hosted, length, 99)
    hosted.grow(new)
    emulator.clear_requests()
    assert await memory.texts(hosted.thread_id) == hosted.texts
    assert len(emulator.requests) == 1
    assert memory.memory.last_view is not None
    assert (memory.memory.last_view.complete, len(memory.memory.last_view)) == (True, length + new)


@pytest.mark.parametrize(("length", "new"), [(100, 100), (300, 100), (300, 101), (1_000, 100)])
async def test_100_or_more_between_two_reads_are_a_gap_that_every_later_read_reports(
    emulator: Emulator, memory_of: MakeMemory, length: int, new: int
) -> None:
    hosted, memory = Hosted(emulator), memory_of("hunyuan")
    await read_often(memory, hosted, length, 99)
    hosted.grow(new)
    for _ in range(3):
        with pytest.warns(IncompleteThreadWarning, match=f"only the newest {len(hosted.texts[length + new - 100 :])} "):
            assert await memory.texts(hosted.thread_id) == hosted.texts[length + new - 100 :]
        view = memory.memory.last_view
        assert view is not None
        assert [entry.text for entry in view] == hosted.texts[:length] + hosted.texts[length + new - 100 :]
        assert (view.gap_before, view.complete, len(view.newest_block)) == (
            length,
            False,
            len(hosted.texts) - length - new + 100,
        )
        with pytest.raises(IncompleteThreadError):
            await memory_of("hunyuan", on_gap="error").read(hosted.thread_id)
        hosted.grow(30)


@pytest.mark.parametrize("known", [1, 50, 100])
@pytest.mark.parametrize("total", [101, 150, 199])
async def test_fewer_than_200_in_all_are_always_whole(
    emulator: Emulator, memory_of: MakeMemory, known: int, total: int
) -> None:
    hosted, memory = Hosted(emulator, known), memory_of("hunyuan", on_gap="error")
    await memory.read(hosted.thread_id)
    hosted.grow(total - known)
    assert await memory.texts(hosted.thread_id) == hosted.texts


async def test_a_thread_first_read_at_200_has_a_gap_and_at_199_none(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    memory = memory_of("hunyuan")
    whole, cut = Hosted(emulator, 199), Hosted(emulator, 200)
    assert await memory.texts(whole.thread_id) == whole.texts
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(cut.thread_id) == cut.texts[100:]


async def test_a_window_that_the_newest_block_fills_has_no_gap(emulator: Emulator, memory_of: MakeMemory) -> None:
    hosted = Hosted(emulator, 500)
    assert await memory_of("hunyuan", limit=100, on_gap="error").texts(hosted.thread_id) == hosted.texts[-100:]
    with pytest.warns(IncompleteThreadWarning):
        assert await memory_of("hunyuan", limit=101).texts(hosted.thread_id) == hosted.texts[-100:]


async def test_two_gaps_are_both_known_and_the_newest_block_is_shown(emulator: Emulator, memory_of: MakeMemory) -> None:
    hosted, memory = Hosted(emulator, 300), memory_of("hunyuan")
    for _ in range(2):
        with pytest.warns(IncompleteThreadWarning):
            assert await memory.texts(hosted.thread_id) == hosted.texts[-100:]
        hosted.grow(150)
    with pytest.warns(IncompleteThreadWarning):
        entries = await memory.read(hosted.thread_id)
    assert shown(entries) == hosted.texts[-100:]
    assert memory.memory.last_view is not None
    assert len(memory.memory.last_view) == 400


async def test_clearing_after_a_gap_ends_it(emulator: Emulator, memory_of: MakeMemory, way: str) -> None:
    hosted, memory = Hosted(emulator, 300), memory_of("hunyuan")
    with pytest.warns(IncompleteThreadWarning):
        await memory.read(hosted.thread_id)
    await memory.set_state(hosted.thread_id, ("active", "archived"), "deleted")
    assert await memory.texts(hosted.thread_id) == []
    hosted.grow(3)
    assert await memory.texts(hosted.thread_id) == hosted.texts[-3:]
    assert memory.memory.last_view is not None
    assert memory.memory.last_view.complete


def first(number: int) -> Callable[[tuple[Entry, ...]], tuple[Entry, ...]]:
    return lambda entries: entries[:number]


@pytest.mark.parametrize("state", ["deleted", "archived"])
@pytest.mark.parametrize("number", [1, 10, 99])
async def test_a_gap_stays_when_the_messages_after_it_go(
    emulator: Emulator, memory_of: MakeMemory, state: str, number: int
) -> None:
    hosted, memory = Hosted(emulator, 300), memory_of("hunyuan")
    with pytest.warns(IncompleteThreadWarning):
        await memory.read(hosted.thread_id)
    taken = await memory.set_state(hosted.thread_id, ("active",), state, first(number))
    assert [entry.key for entry in taken] == [
        stored.id for stored in emulator.messages("hunyuan", hosted.thread_id)[200 : 200 + number]
    ]
    for _ in range(2):
        with pytest.warns(IncompleteThreadWarning):
            assert await memory.texts(hosted.thread_id) == hosted.texts[200 + number :]


@pytest.mark.parametrize("state", ["deleted", "archived"])
async def test_what_is_before_a_gap_is_not_shown_when_all_after_it_went(
    emulator: Emulator, memory_of: MakeMemory, state: str
) -> None:
    hosted, memory = Hosted(emulator, 300), memory_of("hunyuan")
    with pytest.warns(IncompleteThreadWarning):
        await memory.read(hosted.thread_id)
    await memory.set_state(hosted.thread_id, ("active",), state, first(100))
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(hosted.thread_id) == []
    hosted.grow(2)
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(hosted.thread_id) == hosted.texts[-2:]


@pytest.mark.parametrize("state", ["deleted", "archived"])
@pytest.mark.parametrize("number", [20, 100])
async def test_a_gap_after_clearing_stays_when_the_messages_after_it_go(
    emulator: Emulator, memory_of: MakeMemory, state: str, number: int
) -> None:
    hosted, memory = Hosted(emulator, 100), memory_of("hunyuan")
    await memory.set_state(hosted.thread_id, ("active", "archived"), "deleted")
    hosted.grow(150)
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(hosted.thread_id) == hosted.texts[-100:]
    await memory.set_state(hosted.thread_id, ("active",), state, first(number))
    hosted.grow(1)
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(hosted.thread_id) == hosted.texts[150 + number :]


async def test_what_was_archived_before_a_gap_is_still_found(emulator: Emulator, memory_of: MakeMemory) -> None:
    hosted, memory = Hosted(emulator, 150), memory_of("hunyuan")
    await memory.set_state(hosted.thread_id, ("active",), "archived", first(10))
    hosted.grow(150)
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(hosted.thread_id) == hosted.texts[-100:]
    assert await memory.texts(hosted.thread_id, states=("archived",)) == hosted.texts[:10]


async def test_what_is_written_beside_a_gap_stays_in_its_place(emulator: Emulator, memory_of: MakeMemory) -> None:
    hosted, memory = Hosted(emulator, 150), memory_of("hunyuan")
    await memory.read(hosted.thread_id)
    await memory.append(hosted.thread_id, [message("assistant", "mine")])
    hosted.grow(120)
    with pytest.warns(IncompleteThreadWarning):
        assert await memory.texts(hosted.thread_id) == hosted.texts[-100:]
    view = memory.memory.last_view
    assert view is not None
    assert [one.text for one in view.messages[:152]] == [*hosted.texts[:150], "mine", hosted.texts[170]]
    assert view.gap_before == 151
