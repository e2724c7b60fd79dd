"""Construction, sharing and closing; event loops and threads."""

from __future__ import annotations

import asyncio
import gc
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer

from llamaindex_threads import ThreadChatStore
from provider_threads import AsyncThreadClient, ConfigurationError, MiniMax, ThreadClient
from provider_threads.emulator import Emulator
from tests.reliability.row import Property

from .conversations import OpenStore, conversation, said, texts


def open_sockets() -> set[socket.socket]:
    return {thing for thing in gc.get_objects() if isinstance(thing, socket.socket) and thing.fileno() >= 0}


def test_construction_opens_no_socket_and_asks_nothing(platform: str, store_of: OpenStore, emulator: Emulator) -> None:
    before = open_sockets()
    stores = [store_of(platform) for _ in range(20)]
    ChatMemoryBuffer.from_defaults(chat_store=stores[0], chat_store_key="thread_1")
    assert (open_sockets() - before, emulator.requests) == (set(), [])


def test_stores_of_one_account_share_a_connection(
    platform: Any, store_of: OpenStore, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses: list[Any] = []
    connect = socket.socket.connect

    def counted(self: socket.socket, address: Any) -> Any:
        addresses.append(address)
        return connect(self, address)

    thread_id = emulator.seed(platform, conversation(2))
    monkeypatch.setattr(socket.socket, "connect", counted)
    for _ in range(5):
        assert said(store_of(platform).get_messages(thread_id)) == texts(2)
    assert len(addresses) == 1


def test_a_store_is_closed_at_the_end_of_its_block(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    with store_of(platform) as store:
        assert said(store.get_messages(thread_id)) == texts(2)
    with pytest.raises(ConfigurationError, match="closed"):
        store.get_messages(thread_id)

    async def in_a_block() -> None:
        async with store_of(platform) as store:
            assert said(await store.aget_messages(thread_id)) == texts(2)
        with pytest.raises(ConfigurationError, match="closed"):
            await store.aget_messages(thread_id)

    asyncio.run(in_a_block())


def test_closing_one_store_leaves_the_other_working(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    first, second = store_of(platform), store_of(platform)
    thread_id = emulator.seed(platform, conversation(2))
    assert len(first.get_messages(thread_id)) == 2

    async def closed_twice() -> None:
        await first.aclose()
        await first.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            await first.aget_messages(thread_id)
        assert len(await second.aget_messages(thread_id)) == 2

    first.close()
    asyncio.run(closed_twice())
    assert len(second.get_messages(thread_id)) == 2
    with pytest.raises(ConfigurationError, match="closed"):
        first.get_messages(thread_id)


def test_a_given_client_is_never_closed(platform: Any, emulator: Emulator, provider_of: Any) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    with ThreadClient(provider_of(platform)) as client:
        store = ThreadChatStore(client=client)
        assert said(store.get_messages(thread_id)) == texts(2)
        assert said(asyncio.run(store.aget_messages(thread_id))) == texts(2)
        store.close()
        asyncio.run(store.aclose())
        assert len(client.read(thread_id)) == 2


def test_a_given_client_serves_asynchronous_writes_from_a_worker_thread(emulator: Emulator, provider_of: Any) -> None:
    thread_id = emulator.seed("minimax")
    with ThreadClient(provider_of("minimax")) as client:
        store = ThreadChatStore(client=client)
        asyncio.run(store.async_add_message(thread_id, ChatMessage("a")))
        assert said(store.get_messages(thread_id)) == ["a"]


def test_a_given_asynchronous_client_serves_asynchronous_calls_only(emulator: Emulator, provider_of: Any) -> None:
    thread_id = emulator.seed("minimax", conversation(2))

    async def story() -> None:
        async with AsyncThreadClient(provider_of("minimax")) as client:
            store = ThreadChatStore(client=client)
            await store.async_add_message(thread_id, ChatMessage("message 2"))
            assert said(await store.aget_messages(thread_id)) == texts(3)
            with pytest.raises(ConfigurationError, match="asynchronous calls only"):
                store.get_messages(thread_id)
            with pytest.raises(ConfigurationError, match="asynchronous calls only"):
                store.add_message(thread_id, ChatMessage("a"))
            await store.aclose()
            assert len(await store.aget_messages(thread_id)) == 3

    asyncio.run(story())


def test_a_provider_or_a_client_and_not_both(provider_of: Any) -> None:
    provider = provider_of("minimax")
    with ThreadClient(provider) as client:
        for given in ({}, {"provider": provider, "client": client}):
            with pytest.raises(ConfigurationError, match="either provider= or client="):
                ThreadChatStore(**given)
    for wrong in ("minimax", MiniMax):
        with pytest.raises(ConfigurationError, match=r"a platform and an account.* MiniMax\(\)"):
            ThreadChatStore(wrong)  # type: ignore[arg-type]  # the slip under test


@pytest.mark.parametrize(
    "slip", [{"writes": "all"}, {"citations": "text"}, {"on_gap": "ignore"}, {"limit": 0}, {"limit": True}]
)
def test_a_setting_that_makes_no_sense_is_an_error_at_once(slip: dict[str, Any], provider_of: Any) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(slip))):
        ThreadChatStore(provider_of("minimax"), **slip)


def test_one_store_serves_one_event_loop_after_another(
    platform: Any, store_of: OpenStore, emulator: Emulator, record_property: Property
) -> None:
    store, thread_id = store_of(platform), emulator.seed(platform, conversation(3))
    memory = ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=thread_id)
    for _ in range(3):
        assert said(asyncio.run(store.aget_messages(thread_id))) == texts(3)
        assert said(asyncio.run(memory.aget())) == texts(3)
        record_property("loops", 2)
        record_property("calls_in_loops", 2)


def test_the_synchronous_calls_work_inside_a_running_loop(
    platform: Any, store_of: OpenStore, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform), emulator.seed(platform, conversation(3))
    memory = ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=thread_id)

    async def story() -> None:
        assert said(store.get_messages(thread_id)) == texts(3)
        assert said(memory.get()) == said(await memory.aget()) == texts(3)
        assert said(await store.aget_messages(thread_id)) == texts(3)

    for _ in range(2):
        asyncio.run(story())


def test_one_store_serves_many_readers_in_a_loop(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    store, thread_id = store_of(platform), emulator.seed(platform, conversation(25))

    async def readers() -> list[list[ChatMessage]]:
        return await asyncio.gather(*(store.aget_messages(thread_id) for _ in range(20)))

    assert [said(read) for read in asyncio.run(readers())] == [texts(25)] * 20


def test_one_store_serves_eight_threads_both_ways(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    store = store_of(platform)
    ids = [emulator.seed(platform, conversation(number + 1)) for number in range(8)]

    def reads(number: int) -> list[Any]:
        key = ids[number]
        return [
            said(asyncio.run(store.aget_messages(key)) if (number + turn) % 2 else store.get_messages(key))
            for turn in range(6)
        ]

    with ThreadPoolExecutor(8) as workers:
        assert list(workers.map(reads, range(8))) == [[texts(number + 1)] * 6 for number in range(8)]
