"""LlamaIndex's Memory over hosted threads: its queue, its archive, and whatever loop or thread it is called from."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage

from provider_threads.emulator import Emulator

from .conversations import OpenMemoryStore, archived, cited_answer, conversation, memory_of, said, texts, tool_turn

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_event_loop() -> None:
    """LlamaIndex's synchronous calls would make one and leave it open, as in a script."""
    asyncio.set_event_loop(None)


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
