"""An app's own keys lead to hosted threads, which are created once however many write at the same time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from provider_threads import (
    ConfigurationError,
    Hunyuan,
    MiniMax,
    OutcomeUnknownError,
    Provider,
    RateLimitedError,
    ThreadClient,
    ThreadNotFoundError,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay, tables
from provider_threads.overlay.threads import Realm, claim_key
from tests.wire.test_forks import in_children

from .faults import Fault, Faults
from .memories import Memory, message, said, seed, shown, texts

MakeMemory = Callable[..., Memory]

CREATES = ("CreateThread", "threads/create", "threads")

# Python 3.12 warns of any fork beside threads; that is what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def created(emulator: Emulator) -> int:
    return sum(request.operation in CREATES for request in emulator.requests)


def rows(overlay: Overlay) -> dict[str, list[Any]]:
    """What is in the overlay's tables."""
    kept = {
        "threads": tables.threads,
        "sessions": tables.sessions,
        "entries": tables.entries,
        "intents": tables.intents,
    }
    return {
        name: overlay.database.read(lambda connection, table=table: [*connection.execute(select(table))])
        for name, table in kept.items()
    }


async def test_a_key_is_the_threads_id_unless_told_otherwise(
    emulator: Emulator, memory_of: MakeMemory, platform: str, overlay: Overlay, way: str
) -> None:
    thread_id = seed(emulator, platform, ["before"])
    memory = memory_of(platform)
    await memory.append(thread_id, [message("system", "s")])
    assert await memory.texts(thread_id) == ["before", "s"]
    assert await memory.keys() == [thread_id]
    assert rows(overlay)["sessions"] == []


async def test_a_key_gets_a_thread_of_its_own_at_the_first_write(
    emulator: Emulator, memory_of: MakeMemory, platform: str, way: str
) -> None:
    memory = memory_of(platform, create_threads=True)
    assert await memory.texts("user-42") == []
    assert await memory.set_state("user-42", ("active",), "deleted") == ()
    await memory.delete("user-42")
    assert emulator.requests == []
    assert await memory.keys() == []
    for text in ("one", "two"):
        await memory.append("user-42", [*said(text), message("tool", "t")])
    await memory.append("user-43", said("other"))
    assert created(emulator) == 2
    again = memory_of(platform, create_threads=True)
    assert await again.texts("user-42") == ["one", "t", "two", "t"]
    assert await again.texts("user-43") == ["other"]
    assert await again.keys() == ["user-42", "user-43"]
    assert created(emulator) == 2
    if platform != "hunyuan":
        thread_id = (await again.read("user-42"))[0].message.thread_id
        assert texts(emulator, platform, thread_id) == ["one", "two"]


async def test_a_new_thread_is_not_read_before_it_is_written(emulator: Emulator, memory_of: MakeMemory) -> None:
    memory = memory_of("minimax", create_threads=True)
    await memory.say("user-42", "one")
    assert [request.operation for request in emulator.requests] == ["threads/create", "threads/messages/add"]


def test_eight_threads_create_one(emulator: Emulator, provider_of: Callable[..., Provider], database: str) -> None:
    together = threading.Barrier(8)
    problems: list[ThreadsError] = []
    with Overlay(database) as overlay, ThreadClient(provider_of("minimax")) as client:

        def run(number: int) -> None:
            memory = ThreadMemory(client=client, overlay=overlay, create_threads=True)
            together.wait(10)
            try:
                memory.append("user-42", said(f"m{number}"))
            except ThreadsError as error:
                problems.append(error)

        running = [threading.Thread(target=run, args=(number,)) for number in range(8)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(30)
        assert problems == []
        found = shown(ThreadMemory(client=client, overlay=overlay, create_threads=True, freshness=0).read("user-42"))
    assert sorted(found) == [f"m{number}" for number in range(8)]
    assert created(emulator) == 1


def test_four_processes_create_one(emulator: Emulator, provider_of: Callable[..., Provider], database: str) -> None:
    provider = provider_of("appbuilder")

    def child(number: int) -> None:
        with Overlay(database) as overlay, ThreadClient(provider) as client:
            ThreadMemory(client=client, overlay=overlay, create_threads=True).append("user-42", said(f"m{number}"))

    assert in_children(child) == [0] * 4
    with Overlay(database) as overlay, ThreadClient(provider) as client:
        found = shown(ThreadMemory(client=client, overlay=overlay, create_threads=True).read("user-42"))
    assert sorted(found) == [f"m{number}" for number in range(4)]
    assert created(emulator) == 1


FAILURES: list[tuple[Fault, type[ThreadsError]]] = [("rate limited", RateLimitedError), ("lost", OutcomeUnknownError)]


@pytest.mark.parametrize(("fault", "error"), FAILURES)
async def test_a_thread_that_could_not_be_created_leaves_no_half_session(
    memory_of: MakeMemory,
    overlay: Overlay,
    faulty: Callable[[str], Provider],
    faults: Faults,
    platform: str,
    fault: Fault,
    error: type[ThreadsError],
    way: str,
) -> None:
    memory = memory_of(faulty(platform), create_threads=True)
    faults.of_all = fault
    with pytest.raises(error) as raised:
        await memory.say("user-42", "one")
    assert raised.value.appended == 0
    assert rows(overlay) == {"threads": [], "sessions": [], "entries": [], "intents": []}
    faults.of_all = None
    began = time.monotonic()
    await memory.say("user-42", "two")
    assert time.monotonic() - began < 5
    assert await memory.texts("user-42") == ["two"]


def realm_of(provider: Provider, namespace: str = "") -> Realm:
    return Realm(provider.name, provider.base_url, namespace)


def test_who_dies_while_creating_is_taken_over_from_after_its_lease(
    emulator: Emulator, overlay: Overlay, provider_of: Callable[..., Provider]
) -> None:
    realm, now = realm_of(provider_of("minimax")), time.time()
    assert overlay.database.write(claim_key, realm, "user-42", now, now + 0.3)
    with ThreadClient(provider_of("minimax")) as client:
        memory = ThreadMemory(client=client, overlay=overlay, create_threads=True)
        assert memory.read("user-42") == ()
        writing = threading.Thread(target=memory.append, args=("user-42", said("one")), daemon=True)
        writing.start()
        writing.join(10)
        assert not writing.is_alive()
        assert time.time() >= now + 0.3
        assert created(emulator) == 1
        assert shown(memory.read("user-42")) == ["one"]


async def test_a_key_leads_where_the_app_says(emulator: Emulator, memory_of: MakeMemory, way: str) -> None:
    one, other = seed(emulator, "minimax", ["one"]), seed(emulator, "minimax", ["other"])
    book = {"user-42": one, "用户 四十三": one, "user-44": other}
    memory = memory_of("minimax", thread_for=book.__getitem__)
    await memory.append("用户 四十三", [message("tool", "t")])
    assert await memory.texts("user-42") == await memory.texts("用户 四十三") == ["one", "t"]
    assert await memory.texts("user-44") == ["other"]
    assert await memory.keys() == sorted(book)
    book["user-44"] = one
    assert await memory.texts("user-44") == ["one", "t"]
    with pytest.raises(KeyError):
        await memory.read("user-45")


@pytest.mark.parametrize("wrong", [None, "", "a b", 7])
async def test_a_thread_id_that_the_app_gives_is_checked(
    emulator: Emulator, memory_of: MakeMemory, wrong: object
) -> None:
    with pytest.raises(ConfigurationError, match="thread_for"):
        await memory_of("minimax", thread_for=lambda key: wrong).read("user-42")
    assert emulator.requests == []


async def test_namespaces_do_not_meet(emulator: Emulator, memory_of: MakeMemory) -> None:
    shop, help_desk = (memory_of("minimax", create_threads=True, namespace=name) for name in ("shop", "help"))
    await shop.say("user-42", "buy")
    assert await help_desk.texts("user-42") == []
    await help_desk.say("user-42", "help")
    assert (await shop.texts("user-42"), await help_desk.texts("user-42")) == (["buy"], ["help"])
    thread_id = seed(emulator, "minimax", ["hosted"])
    for name in ("shop", "help"):
        await memory_of("minimax", namespace=name).append(thread_id, [message("tool", f"{name}'s")])
    assert await memory_of("minimax", namespace="shop").texts(thread_id) == ["hosted", "shop's"]
    assert await help_desk.keys() == sorted(["user-42", thread_id])
    assert await memory_of("minimax").keys() == []


async def test_addresses_do_not_meet(emulator: Emulator, memory_of: MakeMemory) -> None:
    account = emulator.credentials
    here = memory_of("minimax", create_threads=True)
    there = MiniMax(
        account.minimax_api_key, account.minimax_group_id, emulator.base_url.replace("127.0.0.1", "localhost")
    )
    elsewhere = memory_of(there, create_threads=True)
    await here.say("user-42", "here")
    assert await elsewhere.texts("user-42") == []
    assert await elsewhere.keys() == []


async def test_platforms_do_not_meet(memory_of: MakeMemory) -> None:
    await memory_of("minimax", create_threads=True).say("user-42", "MiniMax's")
    assert await memory_of("appbuilder", create_threads=True).keys() == []


async def test_another_credential_finds_everything_again(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay
) -> None:
    memory = memory_of("hunyuan", create_threads=True)
    await memory.append("user-42", [message("user", "one"), message("tool", "t")])
    account = emulator.credentials
    rotated = Hunyuan(
        account.temporary_secret_id,
        account.temporary_secret_key,
        account.temporary_token,
        "ap-guangzhou",
        emulator.base_url + "/",
    )
    emulator.clear_requests()
    assert await memory_of(rotated, create_threads=True).texts("user-42") == ["one", "t"]
    assert len(emulator.requests) == 1
    assert created(emulator) == 0


ODD = [
    "用户 四十二",
    "a b\tc\n",
    "🧵" * 512,
    "x" * 512,
    "../../etc",
    "Robert'); DROP TABLE thread_overlay_entries;--",
    " ",
]


async def test_the_longest_key_fits_with_the_longest_namespace(memory_of: MakeMemory, database: str) -> None:
    # Four bytes each, at random, so that no database can make them much shorter.
    letters = random.Random(1)
    key, namespace = ("".join(chr(letters.randint(0x20000, 0x2A6DF)) for _ in range(most)) for most in (512, 64))
    with Overlay(database) as overlay:
        memory = memory_of("minimax", overlay=overlay, create_threads=True, namespace=namespace)
        await memory.say(key, "one")
        assert await memory.texts(key) == ["one"]
        assert await memory.keys() == [key]


async def test_odd_keys_are_kept_apart(memory_of: MakeMemory, database: str, way: str) -> None:
    with Overlay(database) as overlay:
        memory = memory_of("minimax", overlay=overlay, create_threads=True)
        for number, key in enumerate(ODD):
            await memory.say(key, f"m{number}")
        assert [await memory.texts(key) for key in ODD] == [[f"m{number}"] for number in range(len(ODD))]
        assert await memory.keys() == sorted(ODD)


@pytest.mark.parametrize("settings", [{"create_threads": True}, {"thread_for": str}, {}])
@pytest.mark.parametrize("key", ["", "a\0b", "x" * 513, "half \ud800", None, 42, b"bytes"])
async def test_keys_that_no_database_holds_are_refused_before_anything_is_sent(
    emulator: Emulator, memory_of: MakeMemory, overlay: Overlay, key: Any, settings: dict[str, Any]
) -> None:
    memory = memory_of("minimax", **settings)
    calls = [
        memory.read(key),
        memory.append(key, said("one")),
        memory.set_state(key, ("active",), "deleted"),
        memory.delete(key),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError):
            await call
    assert emulator.requests == []


async def test_a_key_that_is_no_thread_id_is_refused_where_it_would_be_taken_for_one(
    emulator: Emulator, memory_of: MakeMemory
) -> None:
    with pytest.raises(ConfigurationError, match="create_threads"):
        await memory_of("minimax").read("user 42")
    assert emulator.requests == []


async def test_keys_are_those_under_which_there_is_something(emulator: Emulator, memory_of: MakeMemory) -> None:
    memory = memory_of("minimax", create_threads=True)
    empty = emulator.seed("minimax")
    plain = memory_of("minimax")
    await plain.read(empty)
    for key in ("b", "a", "c"):
        await memory.say(key, "one")
    await memory.set_state("a", ("active",), "deleted")
    await memory.set_state("b", ("active",), "archived")
    assert await memory.keys() == await plain.keys() == ["b", "c"]


async def test_deleting_forgets_the_thread_here_and_on_the_platform(
    emulator: Emulator,
    memory_of: MakeMemory,
    overlay: Overlay,
    faulty: Callable[[str], Provider],
    faults: Faults,
    way: str,
) -> None:
    memory = memory_of(faulty("appbuilder"), create_threads=True)
    await memory.append("user-42", [message("user", "one"), message("tool", "t")])
    thread_id = (await memory.read("user-42"))[0].message.thread_id
    faults.of_writes += ["lost"]
    with pytest.raises(OutcomeUnknownError):
        await memory.say("user-42", "lost")
    await memory.delete("user-42")
    with pytest.raises(KeyError):
        emulator.messages("appbuilder", thread_id)
    assert rows(overlay) == {"threads": [], "sessions": [], "entries": [], "intents": []}
    assert (await memory.texts("user-42"), await memory.keys()) == ([], [])
    await memory.say("user-42", "two")
    assert created(emulator) == 2
    assert await memory.texts("user-42") == ["two"]


@pytest.mark.parametrize("platform", ["minimax", "hunyuan"])
async def test_what_a_platform_cannot_delete_is_not_forgotten_here(memory_of: MakeMemory, platform: str) -> None:
    memory = memory_of(platform, create_threads=True)
    await memory.append("user-42", [message("user", "one"), message("tool", "t")])
    with pytest.raises(UnsupportedOperationError):
        await memory.delete("user-42")
    assert await memory.texts("user-42") == ["one", "t"]


async def test_a_deletion_that_failed_can_be_tried_again(
    memory_of: MakeMemory, overlay: Overlay, faulty: Callable[[str], Provider], faults: Faults
) -> None:
    memory = memory_of(faulty("appbuilder"), create_threads=True)
    await memory.say("user-42", "one")
    faults.of_all = "lost"
    with pytest.raises(OutcomeUnknownError):
        await memory.delete("user-42")
    faults.of_all = None
    assert len(rows(overlay)["entries"]) == 1
    await memory.delete("user-42")
    assert rows(overlay) == {"threads": [], "sessions": [], "entries": [], "intents": []}
    await memory.say("user-42", "two")
    assert await memory.texts("user-42") == ["two"]


async def test_deleting_a_thread_that_nobody_knows_is_an_error(memory_of: MakeMemory) -> None:
    with pytest.raises(ThreadNotFoundError):
        await memory_of("appbuilder").delete("thread_unknown")
