"""Lists that are told wrong, and a clock that is: what the platforms' protocols then serve."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from provider_threads.emulator import Emulator, Fault, SeedMessage
from provider_threads.emulator.faults_lists import ADDED_TEXT
from provider_threads.emulator.identifiers import Provider

from .wire import Wire


def listed(wire: Wire, thread: str, **asked: Any) -> list[str]:
    """The texts of a page of MiniMax's."""
    page = wire.minimax("GET", "messages/list", thread_id=thread, order="asc", limit=2, **asked)["data"]
    return [message["content"][0]["text"]["value"] for message in page]


@pytest.fixture
def minimax_thread(emulator: Emulator) -> str:
    return emulator.seed("minimax", [SeedMessage("user", f"m{number}") for number in range(5)])


def ids(emulator: Emulator, thread: str) -> list[str]:
    return [message.id for message in emulator.messages("minimax", thread)]


def test_a_stuck_cursor_gives_the_first_page_again(emulator: Emulator, wire: Wire, minimax_thread: str) -> None:
    emulator.faults = [Fault("stuck_cursor")]
    for cursor in ("", ids(emulator, minimax_thread)[1], ids(emulator, minimax_thread)[4]):
        assert listed(wire, minimax_thread, after=cursor) == ["m0", "m1"]


def test_a_looping_cursor_begins_again_behind_the_end(emulator: Emulator, wire: Wire, minimax_thread: str) -> None:
    emulator.faults = [Fault("looping_cursor")]
    cursors = ["", *(ids(emulator, minimax_thread)[last] for last in (1, 3, 4))]
    seen = [listed(wire, minimax_thread, after=cursor) for cursor in cursors]
    assert seen == [["m0", "m1"], ["m2", "m3"], ["m4"], ["m0", "m1"]]


def test_a_looping_cursor_always_says_that_there_is_more(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("appbuilder", [SeedMessage("user", f"m{number}") for number in range(5)])
    emulator.faults = [Fault("looping_cursor")]
    last = emulator.messages("appbuilder", thread)[-1].id
    for cursor in ("", last):
        page = wire.appbuilder("threads/messages/list", {"thread_id": thread, "order": "asc", "after": cursor})
        assert (len(page["data"]), page["has_more"]) == (5, True)


def test_a_list_grows_at_its_end_while_it_is_read(emulator: Emulator, wire: Wire, minimax_thread: str) -> None:
    emulator.faults = [Fault("growing_list", times=2)]
    assert listed(wire, minimax_thread, after=ids(emulator, minimax_thread)[3]) == ["m4", ADDED_TEXT]
    assert listed(wire, minimax_thread) == ["m0", "m1"]
    assert listed(wire, minimax_thread) == ["m0", "m1"]
    added = emulator.messages("minimax", minimax_thread)[5:]
    assert [message.text for message in added] == [ADDED_TEXT, ADDED_TEXT]


@pytest.mark.parametrize("alone", [True, False])
def test_another_threads_messages_are_shown(emulator: Emulator, wire: Wire, platform: Provider, alone: bool) -> None:
    thread = emulator.seed(platform, [SeedMessage("user", "mine")])
    other = "" if alone else emulator.seed(platform, [SeedMessage("user", "theirs")])
    emulator.faults = [Fault("foreign_messages")]
    shown = json.dumps(_whole(wire, platform, thread))
    assert (f'"{thread}"' in shown, "mine" in shown) == (False, False)
    assert alone or (other in shown and "theirs" in shown)
    assert emulator.injected == {"foreign_messages": 1}


def _whole(wire: Wire, platform: Provider, thread: str) -> object:
    if platform == "hunyuan":
        return wire.tencent("GetThreadMessageList", {"ThreadID": thread})
    if platform == "minimax":
        return wire.minimax("GET", "messages/list", thread_id=thread)
    return wire.appbuilder("threads/messages/list", {"thread_id": thread})


def test_hunyuan_has_no_cursor_to_go_wrong(emulator: Emulator, wire: Wire) -> None:
    emulator.faults = [Fault("stuck_cursor"), Fault("looping_cursor")]
    thread = emulator.seed("hunyuan", [SeedMessage("user", "m")])
    assert len(wire.tencent("GetThreadMessageList", {"ThreadID": thread})["Data"]) == 1
    assert emulator.injected == {}


@pytest.mark.parametrize("seconds", [-86_400, -600, 600, 86_400])
def test_a_clock_that_is_off_refuses_true_signatures_and_tells_its_time(
    emulator: Emulator, wire: Wire, seconds: int
) -> None:
    emulator.faults = [Fault("clock_off", seconds=seconds)]
    assert wire.tencent_error("CreateThread") == "AuthFailure.SignatureExpire"
    assert wire.tencent("CreateThread", timestamp=int(time.time()) + seconds)["ID"]
    told = parsedate_to_datetime(wire.appbuilder_answer("threads").headers["date"]).timestamp()
    assert told - time.time() == pytest.approx(seconds, abs=5)
    emulator.faults = []
    told = parsedate_to_datetime(wire.appbuilder_answer("threads").headers["date"]).timestamp()
    assert told - time.time() == pytest.approx(0, abs=5)
