"""Keys of an app beside ids of threads: neither hides the other, and no slip sticks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import ConfigurationError, Provider, ThreadClient, ThreadsError
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.entries import Outgoing, Record
from provider_threads.memory import ThreadMemory
from provider_threads.messages import Draft
from provider_threads.overlay import Overlay

from .faults import Faults

MakeProvider = Callable[..., Provider]


def said(text: str, role: str = "user") -> Outgoing:
    return Outgoing(Draft(text, role), Record("tests", role, text, f'"{text}"'))


def texts(memory: ThreadMemory, key: str) -> list[str]:
    return [entry.as_thread_message("").text for entry in memory.read(key)]


def test_forgetting_create_threads_once_does_not_stick(
    emulator: Emulator, provider_of: MakeProvider, platform: str, overlay: Overlay
) -> None:
    provider = provider_of(platform)
    plain = ThreadMemory(provider=provider, overlay=overlay)
    with pytest.raises(ThreadsError):
        plain.read("user-42")
    with pytest.raises(ThreadsError):
        plain.append("user-42", [said("hello")])
    creating = ThreadMemory(provider=provider, overlay=overlay, create_threads=True)
    assert texts(creating, "user-42") == []
    creating.append("user-42", [said("hello")])
    assert texts(creating, "user-42") == ["hello"]
    assert texts(plain, "user-42") == ["hello"]  # what the key leads to is recorded now


def test_a_thread_id_means_its_thread_with_create_threads_too(
    emulator: Emulator, provider_of: MakeProvider, platform: str, overlay: Overlay
) -> None:
    provider = provider_of(platform)
    thread_id = emulator.seed(platform, [SeedMessage("user", "old question")])
    creating = ThreadMemory(provider=provider, overlay=overlay, create_threads=True)
    assert texts(creating, thread_id) == ["old question"]
    creating.append(thread_id, [said("new answer", "assistant")])
    assert texts(creating, thread_id) == ["old question", "new answer"]
    assert creating.thread_id(thread_id) == thread_id


def test_a_key_that_only_looks_like_an_id_gets_a_thread(
    emulator: Emulator, provider_of: MakeProvider, platform: str, overlay: Overlay
) -> None:
    creating = ThreadMemory(provider=provider_of(platform), overlay=overlay, create_threads=True)
    assert texts(creating, "thread_of_nobody") == []
    creating.append("thread_of_nobody", [said("hello")])
    assert texts(creating, "thread_of_nobody") == ["hello"]
    assert creating.thread_id("thread_of_nobody") not in (None, "thread_of_nobody")


async def test_the_hosted_threads_id_is_told_for_a_key(
    emulator: Emulator, provider_of: MakeProvider, platform: str, overlay: Overlay
) -> None:
    provider = provider_of(platform)
    creating = ThreadMemory(provider=provider, overlay=overlay, create_threads=True)
    assert creating.thread_id("用户 42") is None
    creating.append("用户 42", [said("hello")])
    found = await creating.athread_id("用户 42")
    assert found is not None
    with ThreadClient(provider) as threads:
        assert threads.get_thread(found).id == found
    await creating.aclose()


async def test_a_first_write_that_is_cancelled_leaves_the_key_free(
    faults: Faults, faulty: Callable[[str], Provider], overlay: Overlay
) -> None:
    memory = ThreadMemory(provider=faulty("minimax"), overlay=overlay, create_threads=True)
    with faults.holding_an_answer() as held:
        writing = asyncio.create_task(memory.aappend("user-42", [said("hello")]))
        assert await asyncio.to_thread(held.wait, 5)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    began = time.monotonic()
    await memory.aappend("user-42", [said("again")])
    assert time.monotonic() - began < 5
    assert [entry.as_thread_message("").text for entry in await memory.aread("user-42")] == ["again"]
    await memory.aclose()


def test_old_messages_come_in_under_a_key_without_being_sent(
    emulator: Emulator, provider_of: MakeProvider, platform: str, overlay: Overlay
) -> None:
    provider = provider_of(platform)
    moving = ThreadMemory(provider=provider, overlay=overlay, create_threads=True, writes="overlay")
    moving.append("user-42", [said("old"), said("answer", "assistant")])
    assert texts(moving, "user-42") == ["old", "answer"]
    with ThreadClient(provider) as threads:
        assert len(threads.read(str(moving.thread_id("user-42")))) == 0


@pytest.mark.parametrize("ids", ["file-1", ["../file"], [7]])
def test_malformed_file_ids_are_an_error_with_an_overlay_too(
    emulator: Emulator, provider_of: MakeProvider, overlay: Overlay, ids: Any
) -> None:
    memory = ThreadMemory(provider=provider_of("appbuilder"), overlay=overlay, create_threads=True)
    draft: Any = ConfigurationError("file_ids") if isinstance(ids, str) else Draft("text", "user", tuple(ids))
    with pytest.raises(ConfigurationError):
        memory.append("user-42", [Outgoing(draft, Record("tests", "user", "text", '"text"'))])
    assert emulator.requests == []


def test_a_whole_conversation_is_not_replaced_through_a_window(
    emulator: Emulator, provider_of: MakeProvider, overlay: Overlay
) -> None:
    thread_id = emulator.seed("minimax", [SeedMessage("user", f"m{index}") for index in range(9)])
    window = ThreadMemory(provider=provider_of("minimax"), overlay=overlay, limit=3)
    with pytest.raises(ConfigurationError, match="limit="):
        window.replace(thread_id, [], lambda entry: "", "active")
    whole = ThreadMemory(provider=provider_of("minimax"), overlay=overlay)
    assert len(whole.read(thread_id)) == 9
