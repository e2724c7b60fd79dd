"""A server that closes idle connections turns no write past that moment into one of unknown outcome."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Iterator

import pytest

from provider_threads import UNLIMITED, AppBuilder, AsyncThreadClient, OutcomeUnknownError
from provider_threads.emulator import Emulator
from provider_threads.transport.http_pool import _KEEPALIVE_S
from tests.wire.conftest import KEY
from tests.wire.sockets import RawServer, http, thread_json

from .sizes import sized

IDLE_S = 0.1
WRITERS = 10
WRITES = sized(30, 200)

Property = Callable[[str, object], None]


class Impatient(RawServer):
    """Closes a connection on which nothing comes for a tenth of a second, and counts how many it closed."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self.closed = 0

    def _answer(self, connection: socket.socket) -> None:
        connection.settimeout(IDLE_S)
        try:
            while self.request_on(connection):
                connection.sendall(http(thread_json(id="msg_1", object="thread.message", role="user", content="x")))
        finally:
            connection.close()
            self.closed += 1


@pytest.fixture
def impatient() -> Iterator[Impatient]:
    with Impatient() as server:
        yield server


async def unknown_of(server: Impatient, pause: Callable[[], Awaitable[None]]) -> int:
    """How many of the writes had no usable answer; each writer's come one after another with a pause between."""
    clients = [AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url), limits=UNLIMITED) for _ in range(WRITERS)]
    unknown = 0
    for _ in range(WRITES // WRITERS):
        ends = await asyncio.gather(*(client.append("thread_1", "x") for client in clients), return_exceptions=True)
        failed = [end for end in ends if isinstance(end, BaseException)]
        assert all(isinstance(end, OutcomeUnknownError) for end in failed)
        unknown += len(failed)
        await pause()
    for client in clients:
        await client.aclose()
    return unknown


@pytest.mark.filterwarnings("ignore::provider_threads.ForeignThreadWarning")
async def test_past_the_close_no_write_is_in_doubt(impatient: Impatient, record_property: Property) -> None:
    async def past_the_close() -> None:
        await asyncio.sleep(IDLE_S * 1.5)
        for _ in range(500):
            if impatient.closed == impatient.connections:
                return
            await asyncio.sleep(0.01)

    assert await unknown_of(impatient, past_the_close) == 0
    assert len(impatient.requests) == WRITES == impatient.connections
    record_property("past_the_close", WRITES)


@pytest.mark.filterwarnings("ignore::provider_threads.ForeignThreadWarning")
async def test_at_the_close_a_write_is_sent_once_and_what_is_in_doubt_says_so(
    impatient: Impatient, record_property: Property
) -> None:
    chance = random.Random(35)
    unknown = await unknown_of(impatient, lambda: asyncio.sleep(IDLE_S + chance.uniform(-0.002, 0.002)))
    # What is in doubt here was not sent twice; whatever else was written came through.
    assert WRITES - unknown <= len(impatient.requests) <= WRITES
    record_property("at_the_close", WRITES)
    record_property("in_doubt", unknown)


def test_idle_connections_go_before_servers_drop_theirs(emulator: Emulator) -> None:
    assert _KEEPALIVE_S <= 5
    assert emulator._current().server.config.timeout_keep_alive > _KEEPALIVE_S


async def test_a_connection_that_was_idle_for_too_long_is_not_written_on(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provider_threads.transport.http_pool._KEEPALIVE_S", 0.05)
    server.answering(http(thread_json()))
    async with AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url)) as client:
        await client.get_thread("thread_1")
        await asyncio.sleep(0.1)
        await client.get_thread("thread_1")
    assert server.connections == 2
