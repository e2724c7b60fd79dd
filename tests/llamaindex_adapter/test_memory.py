"""LlamaIndex's Memory over hosted threads: its queue, its archive, and whatever loop or thread it is called from."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field
from llama_index.core.memory import Memory
from llama_index.core.memory.memory import BaseMemoryBlock
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus

from llamaindex_threads import ThreadMemoryStore
from provider_threads import Provider
from provider_threads.emulator import Emulator

from .conversations import OpenMemoryStore, cited_answer, conversation, said, texts, tool_turn

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_event_loop() -> None:
    """LlamaIndex's synchronous calls would make one and leave it open, as in a script."""
    asyncio.set_event_loop(None)


def memory_of(store: AsyncDBChatStore, key: str, **settings: Any) -> Memory:
    """Counts words; holds 24 of them, archives some of the oldest where there are more."""
    wanted: dict[str, Any] = {"token_limit": 24, "chat_history_token_ratio": 1.0, "token_flush_size": 4, **settings}
    return Memory.from_defaults(session_id=key, chat_store=store, tokenizer_fn=str.split, **wanted)


def archived(memory: Memory) -> list[str | None]:
    return said(memory.get_all(status=MessageStatus.ARCHIVED))


def test_it_archives_what_is_too_much_and_keeps_everything(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    memory = memory_of(memory_store_of(platform), emulator.seed(platform, conversation(6)))
    for number in range(6, 20):
        memory.put(ChatMessage(role="assistant" if number % 2 else "user", content=f"message {number}"))
    active = said(memory.get())
    assert 2 <= len(active) <= 12
    assert active == texts(20)[-len(active) :]
    assert archived(memory) == texts(20)[: -len(active)]
    assert said(memory.get_all()) == texts(20)


def test_it_archives_what_others_wrote_on_the_platform_as_well(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    memory = memory_of(memory_store_of(platform, freshness=0), emulator.seed(platform, conversation(30)))
    memory.put(ChatMessage("message 30"))
    active = said(memory.get())
    assert active == texts(31)[-len(active) :]
    assert 1 < len(active) < 10


def test_it_is_set_and_reset(platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(3))
    memory = memory_of(memory_store_of(platform), thread_id, token_limit=1000)
    memory.set(tool_turn())
    assert memory.get() == memory.get_all() == tool_turn()
    memory.put_messages([ChatMessage("more")])
    assert said(memory.get()) == [*said(tool_turn()), "more"]
    memory.reset()
    assert memory.get() == memory.get_all() == []
    memory.put(ChatMessage("new"))
    assert said(memory.get_all()) == ["new"]
    assert [message.text for message in emulator.messages(platform, thread_id)][:3] == texts(3)


def test_it_may_be_given_a_history_at_the_start(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(3))
    memory = memory_of(memory_store_of(platform), thread_id, chat_history=tool_turn(), token_limit=1000)
    assert memory.get() == tool_turn()


def test_citations_of_the_platform_cost_no_tokens_also_once_they_were_set_again(
    memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", [cited_answer(8, "long " * 100)])
    memory = memory_of(memory_store_of("minimax"), thread_id, token_limit=1000)
    (read,) = memory.get()
    assert memory._estimate_token_count(read) < 30
    (elsewhere,) = [message.model_copy(deep=True) for message in memory.get()]
    other = memory_of(memory_store_of("minimax"), emulator.seed("minimax"), token_limit=1000)
    other.set([elsewhere])
    (again,) = other.get()
    assert again == read
    assert memory._estimate_token_count(again) == memory._estimate_token_count(read)


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
    import copy

    store = memory_store_of("minimax", namespace="a")
    key = emulator.seed("minimax", conversation(3))

    async def story() -> None:
        await store.get_messages(key)
        for copied in (store.model_copy(update={"namespace": "b"}), copy.copy(store), copy.deepcopy(store)):
            assert said(await copied.archive_oldest_messages(key, 1)) != []
            copied.close()

    asyncio.run(story())


def test_its_synchronous_calls_work_inside_a_running_loop(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, key = memory_store_of(platform), emulator.seed(platform, conversation(2))
    memory = memory_of(store, key, token_limit=1000)

    async def story(number: int) -> None:
        memory.put(ChatMessage(f"message {number}"))
        await memory.aput(ChatMessage(f"message {number + 1}"))
        assert said(memory.get()) == said(await memory.aget()) == texts(number + 2)

    for number in (2, 4):
        asyncio.run(story(number))
    assert said(memory.get_all()) == texts(6)


def test_eight_threads_put_and_get(platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator) -> None:
    store, key = memory_store_of(platform), emulator.seed(platform)
    memory = memory_of(store, key, token_limit=10_000)
    failed: list[BaseException] = []

    def works(worker: int) -> None:
        try:
            for number in range(3):
                memory.put(ChatMessage(f"{worker}:{number}"))
                assert f"{worker}:{number}" in said(memory.get())
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=works, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(set(said(memory.get()))) == len(memory.get()) == 24


SCRIPT = """
import asyncio, sys, threading
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import Memory
from llamaindex_threads import ThreadMemoryStore
from provider_threads import MiniMax
store = ThreadMemoryStore(MiniMax(base_url=sys.argv[1]), overlay=sys.argv[2], create_threads=True)
memory = Memory.from_defaults(session_id="user-42", chat_store=store)

async def inside(text):
    memory.put(ChatMessage(text + " sync"))
    await memory.aput(ChatMessage(text + " async"))
    memory.get()

memory.put(ChatMessage("script"))
asyncio.run(inside("first"))
asyncio.run(inside("second"))
memory.put(ChatMessage("between"))
thread = threading.Thread(target=memory.put, args=(ChatMessage("thread"),))
thread.start()
thread.join()
print([message.content for message in memory.get()])
"""


def test_a_plain_script_may_mix_all_ways(emulator: Emulator, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, emulator.base_url, str(tmp_path / "threads.db")],
        cwd=ROOT,
        env={**emulator.environment, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    expected = ["script", "first sync", "first async", "second sync", "second async", "between", "thread"]
    assert (done.stdout.strip(), done.stderr) == (str(expected), "")
