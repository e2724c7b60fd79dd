"""What goes where: to the platform, into the overlay, to both or nowhere; and what an error says was kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provider_threads import (
    AppBuilder,
    ConfigurationError,
    Draft,
    InvalidRequestError,
    MiniMax,
    OutcomeUnknownError,
    OverlayError,
    Provider,
    RateLimitedError,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator
from provider_threads.entries import Outgoing
from provider_threads.overlay import Overlay

from .faults import Fault, Faults
from .memories import Memory, message, said, seed, shown, texts, written

MakeMemory = Callable[..., Memory]

TURN = [
    message("system", "be brief"),
    message("user", "what is 6 times 7?"),
    message("assistant", "", mark="a tool call"),
    message("tool", "42"),
    message("assistant", "it is 42"),
]
TEXTS = ["be brief", "what is 6 times 7?", "", "42", "it is 42"]

SENT = {"hunyuan": [], "minimax": [TEXTS[1]], "appbuilder": [TEXTS[1]]}
"""What each platform takes of a turn."""


def bare(texts_: list[str]) -> list[Outgoing]:
    return [Outgoing(Draft(text)) for text in texts_]


async def test_split_sends_what_the_platform_takes_and_keeps_all_whole(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(platform)
    await memory.append(thread_id, TURN)
    assert texts(emulator, platform, thread_id) == ["before", *SENT[platform]]
    assert written(emulator) == len(SENT[platform])
    entries = (await memory.read(thread_id))[1:]
    assert [entry.record for entry in entries] == [outgoing.record for outgoing in TURN]
    assert [entry.on_platform for entry in entries] == [text in SENT[platform] for text in TEXTS]
    ids = [stored.id for stored in emulator.messages(platform, thread_id)[1:]]  # type: ignore[arg-type]  # a platform's name
    assert [entry.key for entry in entries if entry.on_platform] == ids
    local = [entry.key for entry in entries if not entry.on_platform]
    assert len(set(local)) == len(local)
    assert all(key.startswith(f"local:{thread_id}:") for key in local)
    again = (await memory_of(platform).read(thread_id))[1:]
    assert [entry.key for entry in again] == [entry.key for entry in entries]


async def test_a_platform_that_takes_answers_is_sent_them_in_order(emulator: Emulator, memory_of: MakeMemory) -> None:
    account = emulator.credentials
    roles = {"user", "assistant"}
    provider = MiniMax(account.minimax_api_key, account.minimax_group_id, emulator.base_url, write_roles=roles)
    thread_id = emulator.seed("minimax")
    memory = memory_of(provider)
    await memory.append(thread_id, TURN)
    assert texts(emulator, "minimax", thread_id) == [TEXTS[1], TEXTS[4]]
    entries = await memory.read(thread_id)
    assert [entry.record for entry in entries] == [outgoing.record for outgoing in TURN]
    assert [entry.on_platform for entry in entries] == [False, True, False, False, True]


async def test_overlay_never_writes_to_the_platform_and_reads_it(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(platform, writes="overlay")
    await memory.append(thread_id, TURN)
    seed(emulator, platform, ["after"], thread_id=thread_id)
    entries = await memory.read(thread_id)
    assert shown(entries) == ["before", *TEXTS, "after"]
    assert not any(entry.on_platform for entry in entries[1:-1])
    assert written(emulator) == 0
    assert texts(emulator, platform, thread_id) == ["before", "after"]


async def test_none_writes_nowhere(emulator: Emulator, memory_of: MakeMemory, platform: str, way: str) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(platform, writes="none")
    await memory.append(thread_id, TURN)
    assert await memory.texts(thread_id) == texts(emulator, platform, thread_id) == ["before"]
    assert written(emulator) == 0


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_provider_sends_all_and_keeps_it_whole(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    thread_id = emulator.seed(platform)  # type: ignore[arg-type]  # a platform's name
    memory = memory_of(platform, writes="provider")
    await memory.append(thread_id, said("one", "two"))
    assert texts(emulator, platform, thread_id) == ["one", "two"]
    assert [entry.record for entry in await memory.read(thread_id)] == [one.record for one in said("one", "two")]


@pytest.mark.parametrize("overlaid", [True, False])
async def test_provider_refuses_a_batch_before_anything_is_sent_or_kept(
    emulator: Emulator, memory_of: MakeMemory, platform: str, *, overlaid: bool
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(platform, writes="provider") if overlaid else memory_of(platform, overlay=None, freshness=None)
    batch = [message("user", "one"), message("tool", "42"), message("user", "two")]
    with pytest.raises(UnsupportedOperationError):
        await memory.append(thread_id, batch)
    assert emulator.requests == []
    assert await memory.texts(thread_id) == texts(emulator, platform, thread_id) == ["before"]


async def test_without_an_overlay_what_is_read_and_written_is_the_platforms(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    thread_id = seed(emulator, "appbuilder", ["before"])
    memory = memory_of("appbuilder", overlay=None, freshness=None)
    await memory.append(thread_id, bare(["one"]))
    assert await memory.texts(thread_id) == texts(emulator, "appbuilder", thread_id) == ["before", "one"]
    silent = memory_of("appbuilder", overlay=None, freshness=None, writes="none")
    await silent.append(thread_id, bare(["two"]))
    assert texts(emulator, "appbuilder", thread_id) == ["before", "one"]
    for call in (memory.keys(), memory.set_state(thread_id, ("active",), "deleted")):
        with pytest.raises(ConfigurationError, match="overlay"):
            await call


async def test_what_a_platform_would_reject_stays_here_in_split(
    emulator: Emulator, memory_of: MakeMemory, platform: str
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    files = tuple(f"file_{number}" for number in range(11))
    odd = [
        Outgoing(Draft("  \n"), message("user", "  \n").record),
        Outgoing(Draft("half \ud800 a pair"), message("user", "half \ud800 a pair").record),
        Outgoing(Draft("eleven files", file_ids=files), message("user", "eleven files").record),
    ]
    memory = memory_of(platform)
    await memory.append(thread_id, odd)
    taken = {"minimax": ["eleven files"]}.get(platform, [])  # no document gives a limit there
    assert texts(emulator, platform, thread_id)[1:] == taken
    entries = (await memory.read(thread_id))[1:]
    assert [entry.record.payload for entry in entries if entry.record] == [
        outgoing.record.payload for outgoing in odd if outgoing.record
    ]


async def test_an_empty_batch_asks_nothing(emulator: Emulator, memory_of: MakeMemory, platform: str) -> None:
    thread_id = seed(emulator, platform, ["before"])
    await memory_of(platform).append(thread_id, [])
    assert emulator.requests == []


async def test_a_turn_costs_one_write_and_its_first_turn_one_look(
    emulator: Emulator, memory_of: MakeMemory, way: str
) -> None:
    thread_id = seed(emulator, "appbuilder", ["before"])
    memory = memory_of("appbuilder", freshness=60)
    await memory.append(thread_id, TURN)
    assert [request.operation for request in emulator.requests] == ["threads/messages/list", "threads/messages"]
    emulator.clear_requests()
    await memory.append(thread_id, TURN)
    await memory.read(thread_id)
    assert [request.operation for request in emulator.requests] == ["threads/messages"]


REFUSALS: list[tuple[Fault, type[ThreadsError]]] = [
    ("refused", InvalidRequestError),
    ("rate limited", RateLimitedError),
]


@pytest.mark.parametrize(("fault", "error"), REFUSALS)
@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_what_was_kept_before_a_refusal_is_counted_and_the_rest_is_nowhere(
    emulator: Emulator,
    memory_of: MakeMemory,
    faulty: Callable[[str], Provider],
    faults: Faults,
    platform: str,
    fault: Fault,
    error: type[ThreadsError],
    way: str,
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(faulty(platform))
    batch = [message("system", "s"), *said("one"), message("tool", "t"), *said("two"), message("tool", "u")]
    faults.of_writes += ["passed", fault]
    with pytest.raises(error) as raised:
        await memory.append(thread_id, batch)
    assert raised.value.appended == 3
    assert await memory.texts(thread_id) == ["before", "s", "one", "t"]
    await memory.append(thread_id, batch[3:])
    assert await memory.texts(thread_id) == ["before", "s", "one", "t", "two", "u"]
    assert texts(emulator, platform, thread_id) == ["before", "one", "two"]


@pytest.mark.parametrize("fault", ["lost", "not applied", "unavailable"])
@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_a_lost_answer_is_found_out_by_the_next_read(
    emulator: Emulator,
    memory_of: MakeMemory,
    faulty: Callable[[str], Provider],
    faults: Faults,
    platform: str,
    fault: Fault,
    way: str,
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(faulty(platform), freshness=60)
    await memory.read(thread_id)
    batch = [message("system", "s"), *said("one"), message("tool", "t")]
    faults.of_writes += [fault]
    with pytest.raises(OutcomeUnknownError) as raised:
        await memory.append(thread_id, batch)
    assert raised.value.appended == 1
    kept = ["one", "t"] if fault == "lost" else []
    for reader in (memory, memory_of(faulty(platform))):
        entries = await reader.read(thread_id)
        assert shown(entries) == ["before", "s", *kept]
        assert [entry.record for entry in entries[1:]] == [outgoing.record for outgoing in batch][: 1 + len(kept)]
    assert texts(emulator, platform, thread_id) == ["before", *kept[:1]]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_a_message_repeated_after_a_lost_answer_is_there_as_often_as_the_platform_has_it(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, platform: str
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(faulty(platform))
    for fault in ("lost", "not applied", "passed"):
        faults.of_writes += [fault]  # type: ignore[list-item]  # a fault
        if fault == "passed":
            await memory.say(thread_id, "again")
        else:
            with pytest.raises(OutcomeUnknownError):
                await memory.say(thread_id, "again")
    for _ in range(2):
        entries = await memory.read(thread_id)
        assert shown(entries) == texts(emulator, platform, thread_id) == ["before", "again", "again"]
        assert all(entry.record for entry in entries[1:])


async def test_a_database_that_fails_in_the_middle_says_how_many_were_kept(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay, way: str
) -> None:
    thread_id = emulator.seed("minimax")
    memory = memory_of("minimax")
    await memory.read(thread_id)
    broken = [message("user", "two"), message("user", "three")]
    with overlay.database._engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON thread_overlay_intents "
            "WHEN NEW.records LIKE '%two%' BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    with pytest.raises(OverlayError) as raised:
        await memory.append(thread_id, [message("system", "s"), message("user", "one"), *broken])
    assert raised.value.appended == 2
    assert await memory.texts(thread_id) == ["s", "one"]
    assert texts(emulator, "minimax", thread_id) == ["one"]


async def test_what_is_not_part_of_the_conversation_stays_here(emulator: Emulator, memory_of: MakeMemory) -> None:
    thread_id = emulator.seed("appbuilder")
    memory = memory_of("appbuilder")
    await memory.append(thread_id, [message("system", "s"), *said("one")], "archived")
    await memory.append(thread_id, said("two"))
    assert await memory.texts(thread_id) == texts(emulator, "appbuilder", thread_id) == ["two"]
    assert await memory.texts(thread_id, states=("archived",)) == ["s", "one"]
    assert await memory.texts(thread_id, states=("archived", "active")) == ["s", "one", "two"]


def test_a_provider_of_another_address_is_no_surprise(emulator: Emulator) -> None:
    provider = AppBuilder(emulator.credentials.appbuilder_token, f"{emulator.base_url}/")
    assert provider.base_url == emulator.base_url
