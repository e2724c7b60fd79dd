"""Construction, sharing and closing; event loops, threads and cancellation."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from langchain_threads import ThreadChatMessageHistory
from provider_threads import (
    AsyncThreadClient,
    AuthenticationError,
    ConfigurationError,
    MiniMax,
    OutcomeUnknownError,
    Provider,
    ThreadClient,
)
from provider_threads.emulator import Emulator
from provider_threads.transport import SyncTransport
from tests.reliability.row import Property

from .conversations import OpenHistory, conversation, said, texts


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that is connected to."""
    seen: list[Any] = []
    connect = socket.socket.connect

    def counted(self: socket.socket, address: Any) -> Any:
        seen.append(address)
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", counted)
    return seen


def open_sockets() -> set[socket.socket]:
    return {thing for thing in gc.get_objects() if isinstance(thing, socket.socket) and thing.fileno() >= 0}


def connected_to(port: int) -> int:
    """Open sockets of this process whose far end is `port`."""
    count = 0
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and thing.fileno() >= 0:
            with contextlib.suppress(OSError):
                count += thing.getpeername()[1:2] == (port,)
    return count


def test_construction_opens_no_socket_and_asks_nothing(
    platform: str, history_of: OpenHistory, emulator: Emulator, connections: list[Any]
) -> None:
    before = open_sockets()
    histories = [history_of(platform) for _ in range(20)]
    assert (open_sockets() - before, connections, emulator.requests) == (set(), [], [])
    assert len(histories) == 20


def test_histories_of_one_account_share_a_pool_and_a_connection(
    platform: str, history_of: OpenHistory, connections: list[Any]
) -> None:
    histories = [history_of(platform, conversation(2)) for _ in range(5)]
    for history in histories:
        assert said(history.messages) == texts(2)
    assert len(connections) == 1


def test_histories_of_one_account_share_a_connection_within_a_loop(
    platform: str, history_of: OpenHistory, connections: list[Any]
) -> None:
    histories = [history_of(platform, conversation(2)) for _ in range(5)]

    async def one_after_another() -> list[list[Any]]:
        return [said(await history.aget_messages()) for history in histories]

    assert asyncio.run(one_after_another()) == [texts(2)] * 5
    assert len(connections) == 1


def test_another_account_has_another_pool(history_of: OpenHistory, emulator: Emulator, connections: list[Any]) -> None:
    other = MiniMax("another-key", emulator.credentials.minimax_group_id, base_url=emulator.base_url)
    assert history_of("minimax").messages == []
    with pytest.raises(AuthenticationError):
        _ = history_of("minimax", provider=other).messages
    assert len(connections) == 2


def test_closing_one_history_leaves_the_other_working(platform: str, history_of: OpenHistory) -> None:
    first, second = history_of(platform, conversation(2)), history_of(platform, conversation(3))
    assert len(first.messages) == 2
    first.close()
    first.close()
    assert len(second.messages) == 3
    with pytest.raises(ConfigurationError, match="closed"):
        _ = first.messages


def test_closing_one_history_leaves_the_other_working_in_a_loop(platform: str, history_of: OpenHistory) -> None:
    first, second = history_of(platform, conversation(2)), history_of(platform, conversation(3))

    async def story() -> None:
        assert len(await first.aget_messages()) == 2
        await first.aclose()
        await first.aclose()
        assert len(await second.aget_messages()) == 3
        with pytest.raises(ConfigurationError, match="closed"):
            await first.aget_messages()

    asyncio.run(story())


def test_the_last_to_close_closes_the_pools(platform: str, emulator: Emulator, provider_of: Any) -> None:
    thread_id = emulator.seed(platform, conversation(2))  # type: ignore[arg-type]  # one of three
    port = int(emulator.base_url.rpartition(":")[2])

    async def story() -> None:
        async with ThreadChatMessageHistory(thread_id, provider=provider_of(platform)) as history:
            assert len(history.messages) == len(await history.aget_messages()) == 2
            assert connected_to(port) == 2
        await asyncio.sleep(0)
        assert connected_to(port) == 0

    asyncio.run(story())


def test_a_given_client_is_never_closed(platform: str, emulator: Emulator, provider_of: Any) -> None:
    thread_id = emulator.seed(platform, conversation(2))  # type: ignore[arg-type]  # one of three
    with ThreadClient(provider_of(platform)) as client:
        with ThreadChatMessageHistory(thread_id, client=client) as history:
            assert said(history.messages) == texts(2)
        asyncio.run(history.aclose())
        assert len(client.read(thread_id)) == 2


def test_a_given_client_serves_asynchronous_calls_from_a_worker_thread(
    emulator: Emulator, provider_of: Any, history_of: OpenHistory
) -> None:
    with ThreadClient(provider_of("appbuilder")) as client:
        history = history_of("appbuilder", conversation(2), client=client)

        async def story() -> None:
            assert said(await history.aget_messages()) == texts(2)
            await history.aadd_messages([])
            history.add_user_message("message 2")
            assert said(await history.aget_messages()) == texts(3)
            await history.aclear(remote=True)

        asyncio.run(story())
        with pytest.raises(KeyError):
            emulator.messages("appbuilder", history.thread_id)


def test_a_given_asynchronous_client_serves_asynchronous_calls_only(
    emulator: Emulator, provider_of: Any, history_of: OpenHistory
) -> None:
    async def story() -> None:
        async with AsyncThreadClient(provider_of("minimax")) as client:
            history = history_of("minimax", conversation(2), client=client)
            await history.aadd_messages([HumanMessage("message 2")])
            assert said(await history.aget_messages()) == texts(3)
            asked = len(emulator.requests)
            with pytest.raises(ConfigurationError, match="asynchronous calls only"):
                _ = history.messages
            with pytest.raises(ConfigurationError, match="asynchronous calls only"):
                history.add_user_message("a")
            await history.aclose()
            assert len(emulator.requests) == asked
            assert len(await history.aget_messages()) == 3

    asyncio.run(story())


def test_a_provider_or_a_client_and_not_both(emulator: Emulator, provider_of: Any) -> None:
    provider = provider_of("minimax")
    with ThreadClient(provider) as client:
        for given in ({}, {"provider": provider, "client": client}):
            with pytest.raises(ConfigurationError, match="either provider= or client="):
                ThreadChatMessageHistory("thread_1", **given)
    for wrong in ("minimax", MiniMax, object()):
        with pytest.raises(ConfigurationError, match=r"a platform and an account.* MiniMax\(\)"):
            ThreadChatMessageHistory("thread_1", provider=wrong)  # type: ignore[arg-type]  # the slip under test
        with pytest.raises(ConfigurationError, match="must be a ThreadClient or an AsyncThreadClient"):
            ThreadChatMessageHistory("thread_1", client=wrong)  # type: ignore[arg-type]  # the slip under test


@pytest.mark.parametrize(
    "slip",
    [
        {"writes": "all"},
        {"writes": ""},
        {"on_gap": "ignore"},
        {"limit": 0},
        {"limit": -1},
        {"limit": True},
        {"limit": "10"},
        {"limit": 2.5},
        {"thread_id": ""},
        {"thread_id": "../v1"},
        {"thread_id": None},
    ],
)
def test_a_setting_that_makes_no_sense_is_an_error_at_once(
    slip: dict[str, Any], provider_of: Callable[..., Provider], emulator: Emulator
) -> None:
    name = next(iter(slip))
    with pytest.raises(ConfigurationError, match=name):
        ThreadChatMessageHistory(**{"thread_id": "thread_1", "provider": provider_of("minimax"), **slip})
    assert emulator.requests == []


def test_one_history_serves_one_event_loop_after_another(
    platform: str, history_of: OpenHistory, record_property: Property
) -> None:
    history = history_of(platform, conversation(3))
    for _ in range(3):
        assert said(asyncio.run(history.aget_messages())) == texts(3)
        record_property("loops", 1)
        record_property("calls_in_loops", 1)


def test_one_history_serves_many_readers_in_a_loop(platform: str, history_of: OpenHistory) -> None:
    history = history_of(platform, conversation(25))

    async def readers() -> list[list[Any]]:
        return await asyncio.gather(*(history.aget_messages() for _ in range(20)))

    assert [said(read) for read in asyncio.run(readers())] == [texts(25)] * 20


def test_synchronous_calls_work_inside_a_running_loop(platform: str, history_of: OpenHistory) -> None:
    history = history_of(platform, conversation(2))

    async def story() -> list[Any]:
        return said(history.messages)

    assert asyncio.run(story()) == texts(2)


def test_one_history_serves_eight_threads_both_ways(platform: str, history_of: OpenHistory) -> None:
    history = history_of(platform, conversation(5))

    def reads(number: int) -> list[list[Any]]:
        return [
            said(asyncio.run(history.aget_messages()) if (number + turn) % 2 else history.messages) for turn in range(6)
        ]

    with ThreadPoolExecutor(8) as workers:
        assert list(workers.map(reads, range(8))) == [[texts(5)] * 6] * 8


def test_eight_threads_write_each_message_once(history_of: OpenHistory) -> None:
    history = history_of("minimax")

    def writes(number: int) -> None:
        for turn in range(5):
            history.add_user_message(f"{number}-{turn}")

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(writes, range(8)))
    assert sorted(said(history.messages)) == [f"{number}-{turn}" for number in range(8) for turn in range(5)]


def test_a_cancelled_read_leaves_the_history_working(platform: str, history_of: OpenHistory) -> None:
    history = history_of(platform, conversation(30))

    async def story() -> int:
        cancelled = 0
        for step in range(40):
            reading = asyncio.ensure_future(history.aget_messages())
            for _ in range(step):
                await asyncio.sleep(0)
            reading.cancel()
            try:
                await reading
            except asyncio.CancelledError:
                cancelled += 1
        assert said(await history.aget_messages()) == texts(30)
        return cancelled

    assert asyncio.run(story()) >= 5


@pytest.mark.parametrize("clearing", [False, True])
async def test_a_cancelled_write_is_seen_and_stays_cancelled(
    clearing: bool, history_of: OpenHistory, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[Exception] = []
    history = history_of("appbuilder", on_error=errors.append)
    writing = asyncio.ensure_future(
        history.aclear(remote=True) if clearing else history.aadd_messages([HumanMessage("山雨欲来")])
    )
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert errors == [history.last_error]
    (error,) = errors
    assert isinstance(error, OutcomeUnknownError)
    assert (error.provider, error.operation) == ("appbuilder", "delete_thread" if clearing else "append")
    assert error.cause_type == "CancelledError"
    assert [(record.name, record.levelname) for record in caplog.records] == [("langchain_threads.history", "ERROR")]
    assert "may have been applied" in caplog.text
    assert "山雨" not in caplog.text


async def test_what_on_error_raises_takes_no_cancellations_place(history_of: OpenHistory) -> None:
    def failing(error: Exception) -> None:
        raise RuntimeError("the user's own")

    history = history_of("minimax", on_error=failing)
    writing = asyncio.ensure_future(history.aadd_messages([HumanMessage("a")]))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert isinstance(history.last_error, OutcomeUnknownError)


def test_an_interrupted_write_is_seen(history_of: OpenHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: SyncTransport, step: object) -> None:
        raise KeyboardInterrupt

    errors: list[Exception] = []
    history = history_of("minimax", on_error=errors.append)
    monkeypatch.setattr(SyncTransport, "send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        history.add_user_message("a")
    assert errors == [history.last_error]
    assert isinstance(history.last_error, OutcomeUnknownError)
