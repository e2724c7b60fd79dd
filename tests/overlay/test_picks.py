"""What is archived or deleted by place or number, counted or found by id, is what a reader of the whole would find."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from provider_threads import Draft, IncompleteThreadError, IncompleteThreadWarning, Provider
from provider_threads.emulator import Emulator
from provider_threads.entries import Outgoing, Record, State
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay

from .memories import message, said, seed, shown

PARTS = [
    slice(0, 3),
    slice(2, 5),
    slice(0, 0),
    slice(4, 2),
    slice(5, None),
    slice(-1, None),
    slice(-3, -2),
    slice(-200, -199),
    slice(-200, -2),
    slice(200, 201),
    slice(2**70, 2**70 + 1),
    slice(-(2**70), -(2**70) + 1),
    slice(2, -2),
    slice(-3, 0),
    slice(-200, 3),
    slice(None, 2),
    slice(None, -2),
    slice(1, 6, 2),
    slice(None, None, -1),
]

STATES: list[tuple[State, ...]] = [("active",), ("archived",), ("active", "archived")]


@pytest.fixture
def conversation(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str, known: str
) -> Iterator[Callable[..., tuple[ThreadMemory, str]]]:
    """Makes a conversation of both sides, with archived and deleted messages, on Hunyuan after a gap.

    Where a window was read first, all of these are among the older messages that were put in front of it.
    """
    overlays = []

    def make(**settings: Any) -> tuple[ThreadMemory, str]:
        overlay = Overlay(database)
        overlays.append(overlay)
        platform = "hunyuan" if known == "gap" else "minimax"
        memory = ThreadMemory(provider=provider_of(platform), overlay=overlay)
        key = seed(emulator, platform, [f"m{number}" for number in range(200 if known == "gap" else 12)])
        if known == "windowed":
            window = memory.changed(limit=3)
            assert shown(window.read(key)) == ["m9", "m10", "m11"]
            window.close()
            assert len(memory.read(key)) == 12
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", IncompleteThreadWarning)
            memory.set_state(key, ("active",), "archived", lambda entries: entries[3:5])
            memory.set_state(key, ("active",), "deleted", lambda entries: entries[5:6])
            memory.append(key, [message("tool", "t0"), message("tool", "t1")])
        changed = memory.changed(**settings)
        memory.close()
        return changed, key

    yield make
    for overlay in overlays:
        overlay.close()


however_known = pytest.mark.parametrize("known", ["whole", "gap", "windowed"])


@however_known
@pytest.mark.filterwarnings("ignore::provider_threads.IncompleteThreadWarning")
def test_a_part_by_place_or_number_is_what_a_reader_of_all_would_take(
    conversation: Callable[..., tuple[ThreadMemory, str]],
) -> None:
    for settings in ({}, {"limit": 7}):
        memory, key = conversation(**settings)
        with closing(memory):
            for part in PARTS:
                there = memory.read(key)
                taken = memory.set_state(key, ("active",), "archived", part)
                assert shown(taken) == shown(there[part]), part
                numbers = [entry.number for entry in taken if entry.number is not None]
                memory.set_state(key, ("archived",), "active", numbers)
                assert shown(memory.read(key)) == shown(there)
            strangers = [entry.number for entry in memory.read(key, states=("archived",)) if entry.number is not None]
            some = [entry.number for entry in memory.read(key)[2:4] if entry.number is not None]
            assert len(some) == 2
            assert strangers
            taken = memory.set_state(key, ("active",), "archived", frozenset([*strangers, *some]))
            assert [entry.number for entry in taken] == some
            assert memory.set_state(key, ("active",), "archived", some) == ()


@however_known
@pytest.mark.filterwarnings("ignore::provider_threads.IncompleteThreadWarning")
def test_a_count_is_the_length_of_what_is_read(conversation: Callable[..., tuple[ThreadMemory, str]]) -> None:
    for limit in (None, 5, 101, 500):
        memory, key = conversation(limit=limit)
        with closing(memory):
            counts = [memory.count(key, states=states) for states in STATES]
            assert counts == [len(memory.read(key, states=states)) for states in STATES]
            assert all(counts)


@pytest.mark.parametrize("known", ["gap"])
def test_a_count_says_what_is_missing_as_a_read_does(
    conversation: Callable[..., tuple[ThreadMemory, str]], emulator: Emulator
) -> None:
    memory, key = conversation()
    strict = memory.changed(on_gap="error")
    with closing(memory), closing(strict):
        with pytest.warns(IncompleteThreadWarning, match="only the newest 99 messages"):
            assert memory.count(key) == 99
        with pytest.raises(IncompleteThreadError):
            strict.count(key)


def test_without_an_overlay_a_count_is_of_the_platforms_messages(
    emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    key = seed(emulator, "minimax", ["one", "two", "three"])
    memory = ThreadMemory(provider=provider_of("minimax"))
    with closing(memory):
        memory.append(key, said("four"))
        assert memory.count(key) == 4


def test_messages_are_found_by_the_ids_of_their_framework_while_they_are_active(
    emulator: Emulator, provider_of: Callable[..., Provider], database: str
) -> None:
    odd = ["nul\0", "half \ud800", "x" * 256, "x" * 10_000]
    with (
        Overlay(database) as overlay,
        closing(ThreadMemory(provider=provider_of("minimax"), overlay=overlay)) as memory,
    ):
        key, other = (seed(emulator, "minimax", ["one"]) for _ in range(2))
        assert memory.find(key, ["id-1"]) == ()
        ids = ["id-1", "", "x" * 255, *odd, None]
        for thread, amount in ((key, len(ids)), (other, 1)):
            memory.append(
                thread,
                [
                    Outgoing(Draft(f"m{at}"), Record("test", "user", f"m{at}", "{}", message_id=name))
                    for at, name in enumerate(ids[:amount])
                ],
            )
        many = [f"other-{number}" for number in range(1_200)]
        assert shown(memory.find(key, [*many, "id-1", *many, "x" * 255, "", *odd])) == ["m0", "m1", "m2"]
        assert shown(memory.read(key)) == ["one", *(f"m{at}" for at in range(len(ids)))]
        memory.set_state(key, ("active",), "deleted", slice(1, 2))
        memory.set_state(key, ("active",), "archived", slice(1, 2))
        assert shown(memory.find(key, ["id-1", "", "x" * 255])) == ["m2"]
        assert shown(memory.find(other, ["id-1"])) == ["m0"]
