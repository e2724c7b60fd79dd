"""What a memory remembers of its last read is small: the rows that it found, and no message made of them."""

from __future__ import annotations

import gc
from collections.abc import Callable

from provider_threads.emulator import Emulator
from provider_threads.messages import ThreadMessage

from .memories import Memory, seed, shown

MakeMemory = Callable[..., Memory]


def alive() -> int:
    """Messages that something holds."""
    gc.collect()
    return sum(isinstance(thing, ThreadMessage) for thing in gc.get_objects())


async def test_messages_made_for_a_reader_do_not_outlive_it(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    names = [f"m{number}" for number in range(150)]
    thread_id, memory = seed(emulator, "minimax", names), memory_of("minimax")
    await memory.read(thread_id)
    before = alive()
    entries = await memory.read(thread_id)
    assert shown(entries) == names
    made = [entry.message for entry in entries]
    assert alive() >= before + len(names)
    made.clear()
    assert alive() == before
    view = memory.memory.last_view
    assert view is not None
    assert [message.text for message in view] == names
