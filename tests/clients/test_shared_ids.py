"""A question and its answer may share one id, as in MiniMax's own example: both stay, wherever a page ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provider_threads import MiniMax, Provider, ThreadClient
from provider_threads.emulator import Emulator, SeedMessage, Switches

MakeProvider = Callable[..., Provider]


def pairs(count: int, *, led: bool) -> list[SeedMessage]:
    """`count` messages, two and two under one id; led by a greeting, pages of 100 end inside pairs."""
    roles = ("user", "assistant")
    paired = [SeedMessage(roles[number % 2], f"m{number}", id=f"pair_{number // 2}") for number in range(count)]
    return [SeedMessage("assistant", "hello", id="greeting"), *paired] if led else paired


@pytest.mark.parametrize("cursor", ["inclusive", "exclusive"])
@pytest.mark.parametrize("reading", ["positional", "chronological"])
@pytest.mark.parametrize("led", [False, True], ids=["pages end between pairs", "pages end inside pairs"])
def test_no_message_is_lost_where_a_page_ends_inside_a_pair(
    provider_of: MakeProvider, emulator: Emulator, cursor: str, reading: str, *, led: bool
) -> None:
    emulator.switches = Switches.parse([f"minimax_cursor={cursor}", f"minimax_cursor_reading={reading}"])
    for count in (2, 100, 101, 250):
        thread_id = emulator.seed("minimax", pairs(count, led=led))
        held = [message.text for message in emulator.messages("minimax", thread_id)]
        with ThreadClient(provider_of("minimax")) as threads:
            assert [message.text for message in threads.read(thread_id)] == held
            assert [message.text for message in threads.iter_messages(thread_id, "desc")] == held[::-1]
            for limit in (1, 20, 99, 100, 101, 150):
                assert [message.text for message in threads.read(thread_id, limit)] == held[-limit:]


@pytest.mark.parametrize("led", [False, True], ids=["pages end between pairs", "pages end inside pairs"])
def test_every_message_has_a_key_of_its_own_and_the_same_both_ways(
    provider_of: MakeProvider, emulator: Emulator, *, led: bool
) -> None:
    thread_id = emulator.seed("minimax", pairs(250, led=led))
    with ThreadClient(provider_of("minimax")) as threads:
        keys = {message.text: message.key for message in threads.iter_messages(thread_id)}
        assert len(set(keys.values())) == 250 + led
        assert keys["m99"] == "pair_49#2"
        assert {message.text: message.key for message in threads.iter_messages(thread_id, "desc")} == keys
        assert {message.text: message.key for message in threads.read(thread_id)} == keys


def test_pages_too_short_to_show_that_ids_repeat_leave_no_key_twice(
    provider_of: MakeProvider, emulator: Emulator
) -> None:
    emulator.switches = Switches(minimax_page_cap=2, minimax_cursor="inclusive")
    thread_id = emulator.seed("minimax", pairs(4, led=False))
    with ThreadClient(provider_of("minimax")) as threads:
        messages = threads.read(thread_id, limit=5)
    assert len({message.key for message in messages}) == len(messages)


def test_an_id_that_comes_again_later_in_a_page_loses_nothing(provider_of: MakeProvider, emulator: Emulator) -> None:
    ids = ["same", "other", "same", "same", "last", "same"]
    seeds = [SeedMessage("user", f"m{number}", id=one) for number, one in enumerate(ids)]
    thread_id = emulator.seed("minimax", seeds)
    with ThreadClient(provider_of("minimax")) as threads:
        keys = [message.key for message in threads.iter_messages(thread_id)]
        assert keys == ["same", "other", "same#2", "same#3", "last", "same#4"]
        assert [message.key for message in threads.iter_messages(thread_id, "desc")] == keys[::-1]


@pytest.mark.parametrize("count", [2, 3, 150])
@pytest.mark.parametrize("apart", [0, 1], ids=["in one second", "a second apart"])
def test_the_documented_server_is_read_in_its_own_order(
    provider_of: MakeProvider, emulator: Emulator, count: int, apart: int
) -> None:
    # MiniMax's page documents no order, no limit and no cursor: such a server sends the whole list, oldest first.
    emulator.switches = Switches(minimax_cursor="ignored")
    seeds = [
        SeedMessage(("user", "assistant")[number % 2], f"m{number}", created_at=1_700_000_000 + apart * (number // 2))
        for number in range(count)
    ]
    thread_id = emulator.seed("minimax", seeds)
    held = [f"m{number}" for number in range(count)]
    with ThreadClient(provider_of("minimax")) as threads:
        for limit in (1, 2, 20, None):
            view = threads.read(thread_id, limit)
            assert [message.text for message in view] == held[-(limit or count) :]
            assert view.complete
        assert [message.text for message in threads.iter_messages(thread_id, "desc")] == held[::-1]


def test_a_question_answered_within_a_second_is_shown_before_its_answer(
    provider_of: MakeProvider, emulator: Emulator
) -> None:
    emulator.switches = Switches(minimax_cursor="ignored")
    account = emulator.credentials
    provider = MiniMax(
        account.minimax_api_key, account.minimax_group_id, emulator.base_url, write_roles={"user", "assistant"}
    )
    with ThreadClient(provider) as threads:
        thread_id = threads.create_thread().id
        threads.append(thread_id, "question")
        threads.append(thread_id, "answer", role="assistant")
        assert [message.text for message in threads.read(thread_id, limit=20)] == ["question", "answer"]
