"""A call may be cancelled wherever it waits: it ends, holds nothing, doubles nothing, and the next call works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langchain_threads import ThreadChatMessageHistory
from provider_threads import UNLIMITED, AsyncThreadClient, OutcomeUnknownError, Provider
from provider_threads.emulator import Emulator, SeedMessage, Switches
from provider_threads.emulator.identifiers import Provider as Platform
from provider_threads.overlay import Overlay

from .sizes import sized
from .stopping import StoppedAt

MOST_POINTS = 200
STRIDE = sized(5, 1)
"""At every how many-th point a call is cancelled."""
HELD = [f"m{number}" for number in range(12)]


@dataclass
class Thread:
    """A thread of the emulator, and the ways to it."""

    platform: Platform
    thread_id: str
    client: AsyncThreadClient
    history: ThreadChatMessageHistory
    written: list[str] = field(default_factory=list)

    def next_text(self) -> str:
        self.written.append(f"written {len(self.written)}")
        return self.written[-1]


async def read(thread: Thread) -> None:
    assert [message.text for message in await thread.client.read(thread.thread_id)] == HELD


async def iterate(thread: Thread) -> None:
    assert [message.text async for message in thread.client.iter_messages(thread.thread_id)] == HELD


async def append(thread: Thread) -> None:
    await thread.client.append(thread.thread_id, thread.next_text())


async def read_history(thread: Thread) -> None:
    assert len(await thread.history.arefresh()) >= len(HELD)


async def write_history(thread: Thread) -> None:
    await thread.history.aadd_messages([HumanMessage(thread.next_text()), AIMessage("an answer that stays here")])


Operation = Callable[[Thread], Coroutine[Any, Any, None]]
OPERATIONS: tuple[Operation, ...] = (read, iterate, append, read_history, write_history)


@pytest.fixture
async def open_thread(
    emulator: Emulator, provider_of: Callable[..., Provider], overlay: Overlay
) -> AsyncIterator[Callable[[Platform], Thread]]:
    opened: list[AsyncThreadClient] = []
    emulator.switches = Switches(appbuilder_page_cap=7, minimax_page_cap=7)

    def make(platform: Platform) -> Thread:
        client = AsyncThreadClient(provider_of(platform), limits=UNLIMITED)
        opened.append(client)
        thread_id = emulator.seed(platform, [SeedMessage("user", text) for text in HELD])
        history = ThreadChatMessageHistory(thread_id, client=client, overlay=overlay, freshness=0)
        return Thread(platform, thread_id, client, history)

    yield make
    for client in opened:
        await client.aclose()


def connections(client: AsyncThreadClient) -> list[Any]:
    pools = client._transport._pools.by_loop.values()
    return [one for pool in pools for one in pool.pool._transport._pool.connections]  # type: ignore[attr-defined]  # httpx's own


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_a_call_cancelled_at_any_point_leaves_everything_usable(
    platform: Platform,
    open_thread: Callable[[Platform], Thread],
    emulator: Emulator,
    caplog: pytest.LogCaptureFixture,
    record_property: Callable[[str, object], None],
    operation: Operation,
) -> None:
    points = 0
    for point in range(1, MOST_POINTS, STRIDE):
        thread = open_thread(platform)
        caplog.clear()
        stopped = StoppedAt(operation(thread), point)
        task = asyncio.ensure_future(_awaited(stopped))
        await asyncio.wait([task], timeout=10)
        assert task.done()
        if stopped.reached < point:
            assert task.exception() is None
            break
        assert task.cancelled()
        if operation is write_history:
            assert isinstance(thread.history.last_error, OutcomeUnknownError)
            assert [(one.name, one.levelno) for one in caplog.records] == [("langchain_threads.history", logging.ERROR)]
        await _is_whole(thread, emulator)
        await thread.client.aclose()
        assert connections(thread.client) == []
        points += 1
    assert points >= 8 // STRIDE
    assert stopped.reached < point
    record_property("points", points)


async def _awaited(stopped: StoppedAt[Any]) -> None:
    await stopped


async def _is_whole(thread: Thread, emulator: Emulator) -> None:
    """What was there is there, what was being written is there once or not at all, and the next write arrives."""
    in_doubt = list(thread.written)
    await thread.client.append(thread.thread_id, "afterwards")
    held = [message.text for message in emulator.messages(thread.platform, thread.thread_id)]
    assert [text for text in held if text not in in_doubt] == [*HELD, "afterwards"]
    assert len(held) == len(set(held))
    shown = [str(message.content) for message in await thread.history.arefresh()]
    assert [text for text in shown if text in held] == held
    assert len([text for text in shown if text in in_doubt]) <= len(in_doubt)
