"""Archiving by several tasks at once, and which messages are the oldest."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field
from llama_index.core.memory.memory import BaseMemoryBlock
from llama_index.core.storage.chat_store.base_db import MessageStatus

from llamaindex_threads import ThreadMemoryStore
from provider_threads import Provider
from provider_threads.emulator import Emulator

from .conversations import OpenMemoryStore, archived, conversation, memory_of, said, texts, tool_turn


@pytest.fixture(autouse=True)
def no_event_loop() -> None:
    """LlamaIndex's synchronous calls would make one and leave it open, as in a script."""
    asyncio.set_event_loop(None)


class Kept(BaseMemoryBlock[str]):
    """A memory block that keeps what the queue lets go."""

    texts: list[str] = Field(default_factory=list)

    async def _aget(self, messages: list[ChatMessage] | None = None, **kwargs: Any) -> str:
        return " ".join(self.texts)

    async def _aput(self, messages: list[ChatMessage]) -> None:
        self.texts.extend(message.content or "" for message in messages)


class SlowStore(ThreadMemoryStore):
    """Answers late, so that what is done at once overlaps for certain."""

    async def get_messages(self, *arguments: Any, **named: Any) -> list[ChatMessage]:
        messages = await super().get_messages(*arguments, **named)
        await asyncio.sleep(0.05)
        return messages


@pytest.fixture
def slow_store(provider_of: Any, overlay: Any) -> Iterator[SlowStore]:
    provider: Provider = provider_of("minimax")
    store = SlowStore(provider, overlay=overlay)
    yield store
    store.close()


@pytest.mark.parametrize("writers", [2, 5])
def test_two_puts_at_once_do_not_archive_twice(writers: int, slow_store: SlowStore, emulator: Emulator) -> None:
    """Memory reads, counts and archives by number, with no lock: as many archive calls would empty the queue."""
    thread_id = emulator.seed("minimax", conversation(8))
    block = Kept(name="kept")
    memory = memory_of(slow_store, thread_id, memory_blocks=[block])

    async def puts() -> None:
        await asyncio.gather(*(memory.aput(ChatMessage(f"message {8 + number}")) for number in range(writers)))

    asyncio.run(puts())
    active = said(memory.get_all(status=MessageStatus.ACTIVE))
    gone = archived(memory)
    assert len(active) + len(gone) == 8 + writers
    assert sorted(active[-writers:]) == sorted(texts(8 + writers, start=8))  # type: ignore[type-var]  # all have text
    assert len(gone) in (4, 6)  # what one of them alone would archive: whole turns, until few enough are left
    assert gone == texts(8)[: len(gone)]
    assert set(gone) == set(block.texts)  # and nothing is gone that no block was given


class TwoReaders:
    """Lets nobody go on before both have come."""

    def __init__(self) -> None:
        self.here, self.both = 0, asyncio.Event()

    async def wait(self) -> None:
        self.here += 1
        if self.here == 2:
            self.both.set()
        await self.both.wait()


async def test_archiving_counts_from_what_the_task_has_read(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, key = memory_store_of(platform), emulator.seed(platform, conversation(8))

    async def reads_and_archives(n: int, both_read: TwoReaders) -> list[str | None]:
        await store.get_messages(key)
        await both_read.wait()
        return said(await store.archive_oldest_messages(key, n))

    barrier = TwoReaders()
    first, second = await asyncio.gather(reads_and_archives(3, barrier), reads_and_archives(4, barrier))
    assert sorted([*first, *second]) == texts(4)  # type: ignore[type-var]  # all have text
    # This task has read nothing: the oldest are the oldest.
    assert said(await store.archive_oldest_messages(key, 1)) == ["message 4"]


async def test_a_task_archives_step_by_step_what_it_read(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, key = memory_store_of(platform), emulator.seed(platform, conversation(6))
    await store.get_messages(key)

    async def by_another() -> None:
        assert said(await store.archive_oldest_messages(key, 3)) == texts(3)

    await asyncio.create_task(by_another())  # a task of its own, which has read nothing itself
    assert await store.archive_oldest_messages(key, 2) == []  # of the two oldest that this task read, none is left
    assert said(await store.archive_oldest_messages(key, 2)) == ["message 3"]
    assert said(await store.archive_oldest_messages(key, 1)) == ["message 4"]


async def test_what_a_task_changed_otherwise_it_has_not_read(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store = memory_store_of(platform)

    async def archived_after(change: Any) -> list[str | None]:
        key = emulator.seed(platform, conversation(2))
        await store.get_messages(key)
        await change(key)
        return said(await store.archive_oldest_messages(key, 9))

    assert await archived_after(lambda key: store.add_message(key, ChatMessage("new"))) == [*texts(2), "new"]
    assert await archived_after(lambda key: store.set_messages(key, tool_turn())) == said(tool_turn())
    assert await archived_after(lambda key: store.delete_message(key, 0)) == ["message 1"]
    assert await archived_after(lambda key: store.delete_oldest_messages(key, 1)) == ["message 1"]
    assert await archived_after(store.delete_messages) == []


async def test_a_part_of_the_queue_is_archived_from_the_queues_start(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, key = memory_store_of(platform), emulator.seed(platform, conversation(6))
    for part in ({"offset": 4}, {"limit": 1}, {"limit": 0}, {"status": None}, {"status": MessageStatus.ARCHIVED}):
        await store.get_messages(key, **part)  # type: ignore[arg-type]  # one of its arguments
        assert len(await store.archive_oldest_messages(key, 1)) == 1
    assert said(await store.get_messages(key, MessageStatus.ARCHIVED)) == texts(5)


def test_a_copy_of_a_store_has_read_nothing(memory_store_of: OpenMemoryStore, emulator: Emulator) -> None:
    store = memory_store_of("minimax", namespace="a")
    key = emulator.seed("minimax", conversation(3))

    async def story() -> None:
        await store.get_messages(key)
        for copied in (store.model_copy(update={"namespace": "b"}), copy.copy(store), copy.deepcopy(store)):
            assert said(await copied.archive_oldest_messages(key, 1)) != []
            copied.close()

    asyncio.run(story())
