"""The store for LlamaIndex's Memory: every call on every platform, answered as by LlamaIndex's own store."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, TextBlock
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore

from llamaindex_threads import ThreadMemoryStore
from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    ThreadClient,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import OpenMemoryStore, conversation, said, texts, tool_turn

ACTIVE, ARCHIVED = MessageStatus.ACTIVE, MessageStatus.ARCHIVED


def sent(emulator: Emulator, platform: Any, thread_id: str) -> list[str | None]:
    return [message.text for message in emulator.messages(platform, thread_id)]


amounts = st.integers(0, 5)
batches = st.lists(st.sampled_from(tool_turn()), max_size=4)
statuses = st.sampled_from([ACTIVE, ARCHIVED])
any_status = st.sampled_from([ACTIVE, ARCHIVED, None])
steps = st.one_of(
    st.tuples(st.just("get_messages"), any_status, st.one_of(st.none(), amounts), st.one_of(st.none(), amounts)),
    st.tuples(st.just("count_messages"), any_status),
    st.tuples(st.just("add_message"), st.sampled_from(tool_turn()), statuses),
    st.tuples(st.just("add_messages"), batches.filter(bool), statuses),
    st.tuples(st.just("set_messages"), batches, statuses),
    st.tuples(st.just("delete_messages"), any_status),
    st.tuples(st.just("delete_oldest_messages"), amounts),
    st.tuples(st.just("archive_oldest_messages"), amounts),
)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a dozen steps say enough; making them fewer would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(taken=st.lists(steps, min_size=4, max_size=12))
def test_it_answers_as_llamaindexs_own_store_does(
    platform: Any, taken: list[Any], memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    key = emulator.seed(platform)

    async def story() -> None:
        store = memory_store_of(platform)
        reference = SQLAlchemyChatStore(table_name="chats", async_database_uri="sqlite+aiosqlite:///:memory:")
        for name, *arguments in taken:
            expected = await getattr(reference, name)(key, *arguments)
            assert await getattr(store, name)(key, *arguments) == expected, (name, *arguments)
        for status in (ACTIVE, ARCHIVED, None):
            assert await store.get_messages(key, status) == await reference.get_messages(key, status)
        assert (key in await store.get_keys()) == (key in await reference.get_keys())
        await reference._async_engine.dispose()  # type: ignore[union-attr]  # made by the first call

    asyncio.run(story())


async def test_messages_of_the_platform_and_of_the_app_are_one_queue(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform, conversation(3))
    await store.add_messages(thread_id, tool_turn())
    everything = [*texts(3), *said(tool_turn())]
    assert said(await store.get_messages(thread_id)) == everything
    assert await store.count_messages(thread_id) == 7
    assert said(await store.archive_oldest_messages(thread_id, 4)) == everything[:4]
    assert said(await store.get_messages(thread_id)) == everything[4:]
    assert said(await store.get_messages(thread_id, ARCHIVED)) == everything[:4]
    assert said(await store.get_messages(thread_id, None)) == everything
    assert said(await store.get_messages(thread_id, None, limit=2, offset=3)) == everything[3:5]
    assert said(await store.delete_oldest_messages(thread_id, 2)) == everything[4:6]
    await store.delete_messages(thread_id, ARCHIVED)
    assert said(await store.get_messages(thread_id, None)) == everything[6:]
    assert await store.get_keys() == [thread_id]
    await store.delete_messages(thread_id)
    assert (await store.get_messages(thread_id, None), await store.get_keys()) == ([], [])
    assert sent(emulator, platform, thread_id)[:3] == texts(3)


async def test_only_active_messages_are_sent(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform)
    await store.add_message(thread_id, ChatMessage("old"), ARCHIVED)
    await store.add_messages(thread_id, [ChatMessage("older"), ChatMessage("oldest")], ARCHIVED)
    assert sent(emulator, platform, thread_id) == []
    await store.add_message(thread_id, ChatMessage("new"))
    assert sent(emulator, platform, thread_id) == ([] if platform == "hunyuan" else ["new"])
    assert said(await store.get_messages(thread_id)) == ["new"]
    assert said(await store.get_messages(thread_id, ARCHIVED)) == ["old", "older", "oldest"]


async def test_what_is_archived_is_kept_here_also_where_all_else_is_sent(
    memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of("minimax", writes="provider"), emulator.seed("minimax")
    await store.add_messages(thread_id, tool_turn(), ARCHIVED)
    assert await store.get_messages(thread_id, ARCHIVED) == tool_turn()
    assert sent(emulator, "minimax", thread_id) == []
    with pytest.raises(UnsupportedOperationError):
        await store.add_messages(thread_id, tool_turn())


async def test_set_messages_replaces_archived_ones_too_and_sends_nothing(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform, conversation(3))
    await store.archive_oldest_messages(thread_id, 2)
    await store.set_messages(thread_id, tool_turn())
    assert await store.get_messages(thread_id, None) == tool_turn()
    await store.set_messages(thread_id, tool_turn()[:1], ARCHIVED)
    assert await store.get_messages(thread_id) == []
    assert await store.get_messages(thread_id, ARCHIVED) == tool_turn()[:1]
    assert sent(emulator, platform, thread_id) == texts(3)


async def test_delete_message_takes_an_index_of_the_active_messages(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform, conversation(4))
    await store.archive_oldest_messages(thread_id, 1)
    assert said([await store.delete_message(thread_id, 0)]) == ["message 1"]
    assert said([await store.delete_message(thread_id, -1)]) == ["message 3"]
    for idx in (1, 99, -2):
        assert await store.delete_message(thread_id, idx) is None
    assert said(await store.get_messages(thread_id, None)) == ["message 0", "message 2"]


async def test_adding_nothing_does_nothing(platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator) -> None:
    store = memory_store_of(platform, create_threads=True)
    await store.add_messages("user-42", [])
    assert (emulator.requests, await store.get_keys()) == ([], [])


@pytest.mark.parametrize("n", [0, -1, -5])
async def test_no_oldest_messages_are_none(
    platform: Any, n: int, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform, conversation(3))
    for read in (False, True):
        if read:
            await store.get_messages(thread_id)
        assert await store.archive_oldest_messages(thread_id, n) == []
        assert await store.delete_oldest_messages(thread_id, n) == []
    assert await store.count_messages(thread_id) == 3


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_messages", ("gone",)),
        ("get_messages", (ACTIVE, -1)),
        ("get_messages", (ACTIVE, None, -1)),
        ("get_messages", (ACTIVE, True)),
        ("add_message", (ChatMessage("a"), None)),
        ("add_messages", ([ChatMessage("a")], "gone")),
        ("add_messages", (ChatMessage("a"),)),
        ("add_messages", ("a",)),
        ("set_messages", (["a"],)),
        ("set_messages", ([ChatMessage("a")], None)),
        ("delete_messages", ("gone",)),
    ],
)
async def test_an_argument_that_makes_no_sense_is_an_error_before_anything_is_sent(
    name: str, arguments: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    with pytest.raises(ConfigurationError, match=r"must be"):
        await getattr(memory_store_of("minimax"), name)("thread_1", *arguments)
    assert emulator.requests == []


async def test_a_status_may_be_named_by_its_text(memory_store_of: OpenMemoryStore, emulator: Emulator) -> None:
    store, thread_id = memory_store_of("minimax"), emulator.seed("minimax")
    await store.add_message(thread_id, ChatMessage("a"), "archived")  # type: ignore[arg-type]  # an enum of texts
    assert said(await store.get_messages(thread_id, "archived")) == ["a"]  # type: ignore[arg-type]


async def test_what_was_kept_before_an_error_is_told(memory_store_of: OpenMemoryStore, emulator: Emulator) -> None:
    from provider_threads.emulator import Switches

    emulator.switches = Switches(minimax_assistant_writes="reject")
    store, thread_id = memory_store_of("minimax", write_roles={"user", "assistant"}), emulator.seed("minimax")
    with pytest.raises(ThreadsError) as caught:
        await store.add_messages(thread_id, tool_turn())
    assert caught.value.appended == 3
    assert await store.get_messages(thread_id) == tool_turn()[:3]


async def test_changing_what_was_given_or_read_never_changes_the_store(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of(platform), emulator.seed(platform, conversation(2))

    def spoil(messages: list[ChatMessage]) -> None:
        for message in messages:
            message.blocks.append(TextBlock(text="spoilt"))
            message.additional_kwargs["session_id"] = "spoilt"
        messages.clear()

    async def spoilt_under_way(writing: Any, given: list[ChatMessage]) -> None:
        """Spoils what was given once the call has begun, before a worker thread can look at it."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        go_on = threading.Event()
        waiting = asyncio.create_task(asyncio.to_thread(go_on.wait, 10))
        await asyncio.sleep(0)
        written = asyncio.create_task(writing)
        await asyncio.sleep(0)
        spoil(given)
        go_on.set()
        await asyncio.gather(waiting, written)

    given = tool_turn()
    await spoilt_under_way(store.add_messages(thread_id, given), given)
    expected = await store.get_messages(thread_id)
    assert expected[2:] == tool_turn()
    spoil(await store.get_messages(thread_id))
    assert await store.get_messages(thread_id) == expected
    spoil(await store.archive_oldest_messages(thread_id, 1))
    given = await store.get_messages(thread_id, None)
    await spoilt_under_way(store.set_messages(thread_id, given), given)
    assert await store.get_messages(thread_id) == expected


def test_it_is_made_of_a_provider_or_a_client_and_an_overlay(provider_of: Any, overlay: Overlay) -> None:
    provider = provider_of("minimax")
    with pytest.raises(ConfigurationError, match=r"overlay= is needed, such as overlay='threads\.db'"):
        ThreadMemoryStore(provider)
    with pytest.raises(ConfigurationError, match=r"limit= is a setting of ThreadChatStore"):
        ThreadMemoryStore(provider, overlay=overlay, limit=3)
    with pytest.raises(ConfigurationError, match="either provider= or client="):
        ThreadMemoryStore(overlay=overlay)
    with pytest.raises(ConfigurationError, match="client must be a ThreadClient"):
        ThreadMemoryStore(client=AsyncThreadClient(provider), overlay=overlay)  # type: ignore[arg-type]  # the slip
    with pytest.raises(ConfigurationError, match="overlay"):
        ThreadMemoryStore(provider, overlay=overlay).model_copy(update={"overlay": None})


async def test_a_given_client_is_used_and_never_closed(
    platform: Any, provider_of: Any, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    with ThreadClient(provider_of(platform)) as client:
        store = ThreadMemoryStore(client=client, overlay=overlay)
        assert said(await store.get_messages(thread_id)) == texts(2)
        await store.aclose()
        assert len(client.read(thread_id)) == 2


def test_construction_asks_nothing_and_makes_no_file(
    platform: Any, provider_of: Any, emulator: Emulator, tmp_path: Any
) -> None:
    with Overlay(tmp_path / "none.db") as overlay:
        ThreadMemoryStore(provider_of(platform), overlay=overlay, create_threads=True).close()
    assert (emulator.requests, list(tmp_path.iterdir())) == ([], [])


def test_the_class_is_what_memory_takes() -> None:
    assert issubclass(ThreadMemoryStore, AsyncDBChatStore)
    assert ThreadMemoryStore.class_name() == "ThreadMemoryStore"
