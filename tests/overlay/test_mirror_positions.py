"""Import, own writes, others' messages and incremental reads give the platform's list, wherever the switches stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from provider_threads import ForeignThreadWarning
from provider_threads.emulator import Emulator, SeedMessage, Switches
from tests.clients.test_whole_reads import CAP, PAGE, POSITIONS

from .memories import Memory, shown, texts

MakeMemory = Callable[..., Memory]


def listing_positions() -> Iterator[Any]:
    for position in POSITIONS:
        platform, switches = position.values
        ignored = switches.get("minimax_cursor") == "ignored"
        if switches.get("minimax_parameters", "both") != "both":
            continue
        if ignored and switches["minimax_page_cap"]:
            continue  # whoever ignores the cursor sends everything
        if switches.get("minimax_default_order") == "desc" and not ignored:
            continue  # an order is always asked for
        yield position
    for switch, other in (("parameters", "body"), ("parameters", "query"), ("default_order", "desc")):
        yield pytest.param("minimax", {f"minimax_{switch}": other}, id=f"minimax-{switch} {other}")
    for platform in ("minimax", "appbuilder"):
        yield pytest.param(platform, {f"{platform}_over_limit": "reject"}, id=f"{platform}-over limit rejected")
        for unknown in ("empty", "ignore"):
            yield pytest.param(platform, {"unknown_cursor": unknown}, id=f"{platform}-unknown cursor {unknown}")


ALL = [*listing_positions()]
UNCAPPED = [position for position in ALL if not position.values[1].get(f"{position.values[0]}_page_cap")]


class Others:
    """Whoever else writes to a thread, at a time that goes on, or all in one second."""

    def __init__(self, emulator: Emulator, platform: str, *, tied: bool = False) -> None:
        self._emulator = emulator
        self._platform: Any = platform
        self._moment = {"created_at": 1_700_000_000} if tied else {}
        self._names = map("m{}".format, count())
        self.thread_id = emulator.seed(self._platform)

    def write(self, number: int) -> None:
        now = self._emulator.switches.clock_offset + 100
        self._emulator.switches = self._emulator.switches.changed({"clock_offset": now})
        messages = [SeedMessage("user", next(self._names), **self._moment) for _ in range(number)]  # type: ignore[arg-type]  # a time
        self._emulator.seed(self._platform, messages, thread_id=self.thread_id)


@pytest.mark.parametrize(("platform", "position"), ALL)
async def test_reads_and_writes_give_exactly_the_platforms_list(
    emulator: Emulator, memory_of: MakeMemory, platform: str, position: dict[str, Any]
) -> None:
    emulator.switches = Switches(**position)
    memory = memory_of(platform)
    for start in (0, 2 * PAGE + 1):
        others = Others(emulator, platform)
        thread_id = others.thread_id
        others.write(start)
        for step, new in enumerate((0, 1, PAGE + CAP)):
            others.write(new)
            assert await memory.texts(thread_id) == texts(emulator, platform, thread_id)
            await memory.say(thread_id, *(f"own {step}.{number}" for number in range(step)))
        entries = await memory.read(thread_id)
        assert shown(entries) == texts(emulator, platform, thread_id)
        assert [entry.record.text for entry in entries if entry.record] == ["own 1.0", "own 2.0", "own 2.1"]


@pytest.mark.parametrize(("platform", "position"), UNCAPPED)
async def test_messages_of_one_second_stay_in_the_platforms_order(
    emulator: Emulator, memory_of: MakeMemory, platform: str, position: dict[str, Any]
) -> None:
    emulator.switches = Switches(**position)
    memory = memory_of(platform)
    others = Others(emulator, platform, tied=True)
    # Without cursor, order or times nothing tells a list from the same list turned round.
    unknowable = position.get("minimax_cursor") == "ignored" and position["minimax_default_order"] == "desc"
    for new in (2, 1, PAGE + CAP, 3):
        others.write(new)
        read, held = await memory.texts(others.thread_id), texts(emulator, platform, others.thread_id)
        assert sorted(read) == sorted(held)
        assert read == held or unknowable


@pytest.mark.parametrize(("platform", "position"), UNCAPPED)
async def test_a_window_grows_into_the_whole_thread(
    emulator: Emulator, memory_of: MakeMemory, platform: str, position: dict[str, Any]
) -> None:
    emulator.switches = Switches(**position)
    window, whole = memory_of(platform, limit=5), memory_of(platform)
    for start in (4, 2 * PAGE + 1):
        others = Others(emulator, platform)
        thread_id = others.thread_id
        others.write(start)
        assert await window.texts(thread_id) == texts(emulator, platform, thread_id)[-5:]
        await window.say(thread_id, "own")
        others.write(2)
        assert await window.texts(thread_id) == texts(emulator, platform, thread_id)[-5:]
        assert await whole.texts(thread_id) == texts(emulator, platform, thread_id)
        others.write(CAP)
        assert await whole.texts(thread_id) == texts(emulator, platform, thread_id)


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_answers_that_name_another_thread_are_kept_under_the_one_asked_for(
    emulator: Emulator, memory_of: MakeMemory, platform: str
) -> None:
    emulator.switches = Switches(echoed_thread_ids="placeholder")
    memory = memory_of(platform)
    others = Others(emulator, platform)
    for new in (3, 2):
        others.write(new)
        with pytest.warns(ForeignThreadWarning):
            entries = await memory.read(others.thread_id)
        assert shown(entries) == texts(emulator, platform, others.thread_id)
        assert {entry.message.thread_id for entry in entries if entry.message} == {others.thread_id}
