"""A server that ignores cursors and cuts its list: what it sends is never taken for what it is not."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from provider_threads import PaginationError
from provider_threads.emulator import Emulator, SeedMessage

from .memories import Memory, seed, texts

MakeMemory = Callable[..., Memory]


def numbered(start: int, end: int) -> list[str]:
    return [f"m{number}" for number in range(start, end)]


def ignore_cursors(emulator: Emulator, heeds: Any) -> None:
    switches = {"minimax_cursor": "ignored", "minimax_without_cursor": heeds}
    # Whatever is said later is said at a later time.
    emulator.switches = emulator.switches.changed({**switches, "clock_offset": 1_000})


@pytest.mark.parametrize("heeds", ["limit", "limit_and_order"])
@pytest.mark.parametrize("held", [3, 40, 98])
async def test_a_list_that_one_page_shows_is_kept_up_with(
    emulator: Emulator, memory_of: MakeMemory, heeds: str, held: int
) -> None:
    thread_id = seed(emulator, "minimax", numbered(0, held))
    ignore_cursors(emulator, heeds)
    memory = memory_of("minimax")
    for _ in range(2):
        assert await memory.texts(thread_id) == texts(emulator, "minimax", thread_id)
        emulator.seed("minimax", [SeedMessage("user", "new")], thread_id=thread_id)


@pytest.mark.parametrize(
    ("heeds", "most", "new"),
    [
        *product(["limit", "limit_and_order"], [100], [0, 1, 120]),
        ("limit_and_order", 50, 1),  # a page shorter than was sent before, which looks like the last one
    ],
)
async def test_the_oldest_messages_are_not_taken_for_news(
    emulator: Emulator, memory_of: MakeMemory, heeds: str, most: int, new: int
) -> None:
    thread_id = seed(emulator, "minimax", numbered(0, 250))
    memory = memory_of("minimax")
    await memory.read(thread_id)
    seed(emulator, "minimax", numbered(250, 250 + new), thread_id=thread_id)
    ignore_cursors(emulator, heeds)
    emulator.switches = emulator.switches.changed({"minimax_max_limit": most})
    for _ in range(2):
        with pytest.raises(PaginationError):
            await memory.read(thread_id)
    emulator.switches = emulator.switches.changed({"minimax_cursor": "exclusive"})
    assert await memory.texts(thread_id) == numbered(0, 250 + new)


@pytest.mark.parametrize("new", [0, 1, 60, 120])
async def test_a_window_is_not_followed_by_what_is_before_it(
    emulator: Emulator, memory_of: MakeMemory, new: int
) -> None:
    thread_id = seed(emulator, "minimax", numbered(0, 250))
    window = memory_of("minimax", limit=20)
    assert await window.texts(thread_id) == numbered(230, 250)
    ignore_cursors(emulator, "limit_and_order")
    seed(emulator, "minimax", numbered(250, 250 + new), thread_id=thread_id)
    with pytest.raises(PaginationError):
        await window.read(thread_id)
    emulator.switches = emulator.switches.changed({"minimax_cursor": "exclusive"})
    assert await window.texts(thread_id) == numbered(230 + new, 250 + new)
    assert await memory_of("minimax").texts(thread_id) == numbered(0, 250 + new)
