"""Making a list the whole conversation puts away what was known, and never what nobody has seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provider_threads import OutcomeUnknownError, Provider
from provider_threads.emulator import Emulator
from provider_threads.entries import Entry, Record

from .faults import Faults
from .memories import Memory, message, said, seed

MakeMemory = Callable[..., Memory]


def dumped(entry: Entry) -> str:
    """As `message` dumps what the test wrote, and something else for what others wrote."""
    return entry.record.payload if entry.record else f"remote {entry.key}"


def as_read(entries: tuple[Entry, ...]) -> list[Record]:
    """Records that equal the entries, as a framework that gives back what it got."""
    return [
        entry.record or Record("test", "user", entry.as_thread_message("").text, dumped(entry)) for entry in entries
    ]


def records(*texts: str) -> list[Record]:
    return [one.record for one in said(*texts) if one.record]


@pytest.mark.parametrize("freshness", [0, 60])
async def test_what_was_said_on_the_platform_between_reading_and_rewriting_is_shown_after_it(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str, freshness: float
) -> None:
    thread_id = seed(emulator, platform, ["one", "two"])
    memory, other = memory_of(platform, freshness=freshness), memory_of(platform)
    shown = await memory.read(thread_id)
    seed(emulator, platform, ["unseen"], thread_id=thread_id)
    await memory.replace(thread_id, [*as_read(shown[1:]), *records("summary")], dumped, "active")
    for _ in range(2):
        assert await other.texts(thread_id) == ["two", "summary", "unseen"]
    assert await memory.texts(thread_id, refresh=True) == ["two", "summary", "unseen"]


async def test_a_thread_that_was_never_read_is_read_and_replaced(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    thread_id = seed(emulator, platform, [f"m{number}" for number in range(130)])
    memory = memory_of(platform)
    await memory.replace(thread_id, records("the whole of it"), dumped, "active")
    seed(emulator, platform, ["and then"], thread_id=thread_id)
    assert await memory.texts(thread_id) == ["the whole of it", "and then"]


async def test_rewriting_what_is_known_asks_nothing_and_works_while_nobody_answers(
    emulator: Emulator,
    memory_of: MakeMemory,
    faulty: Callable[[str], Provider],
    faults: Faults,
    platform: str,
    way: str,
) -> None:
    thread_id = seed(emulator, platform, ["one"])
    memory = memory_of(faulty(platform))
    await memory.append(thread_id, [message("assistant", "an answer", sent=False)])
    await memory.read(thread_id)
    emulator.clear_requests()
    faults.of_all = "unavailable"
    await memory.replace(thread_id, records("new"), dumped, "active")
    faults.of_all = None
    assert emulator.requests == []
    assert await memory.texts(thread_id) == ["new"]


async def test_a_question_whose_answer_is_awaited_while_the_conversation_is_rewritten_comes_after_it(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    memory = memory_of(faulty("minimax"))
    await memory.read(thread_id)
    faults.of_writes.append("lost")
    with pytest.raises(OutcomeUnknownError):
        await memory.say(thread_id, "asked")
    await memory.replace(thread_id, records("new"), dumped, "active")
    assert await memory.texts(thread_id) == ["new", "asked"]
