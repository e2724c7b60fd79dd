"""A call that is cancelled, wherever it waits, leaves no connection behind that nobody will use."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provider_threads import UNLIMITED, AppBuilder, AsyncThreadClient
from tests.wire.conftest import KEY
from tests.wire.sockets import RawServer, http, thread_json

from .stopping import StoppedAt
from .test_certificates import certificate_in

MOST_POINTS = 200


class Counting(RawServer):
    """Answers, and knows which connections have ended."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._answer, tls)
        self.ended: list[socket.socket] = []

    def _serve(self, connection: socket.socket) -> None:
        try:
            super()._serve(connection)
        finally:
            self.ended.append(connection)

    def _answer(self, connection: socket.socket) -> None:
        while self.request_on(connection):
            connection.sendall(http(thread_json()))

    async def open_at_last(self, most: int) -> int:
        """How many connections are open, once it is no more than `most` or for good."""
        for _ in range(500):
            if self.connections - len(self.ended) <= most:
                break
            await asyncio.sleep(0.01)
        return self.connections - len(self.ended)


@pytest.fixture(params=["http", "https"])
def counting(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counting]:
    context = None
    if request.param == "https":
        certificate, key = certificate_in(tmp_path, "IP:127.0.0.1", 2)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
    with Counting(context) as server:
        yield server


def in_pool(client: AsyncThreadClient) -> list[Any]:
    pools = client._transport._pools.by_loop.values()
    return [one for pool in pools for one in pool.pool._transport._pool.connections]  # type: ignore[attr-defined]  # httpx's own


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("kept", [False, True])
async def test_a_cancelled_call_leaves_no_connection_in_the_pool(
    counting: Counting, record_property: Callable[[str, object], None], *, kept: bool, times: int
) -> None:
    points = 0
    for point in range(1, MOST_POINTS):
        client = AsyncThreadClient(AppBuilder(KEY, base_url=counting.base_url), limits=UNLIMITED)
        if kept:
            await client.get_thread("thread_1")
        stopped = StoppedAt(client.get_thread("thread_1"), point, times)
        task = asyncio.ensure_future(_awaited(stopped))
        await asyncio.wait([task], timeout=10)
        assert task.done()
        idle = [one.is_idle() for one in in_pool(client)]
        assert idle in ([], [True]), point
        assert await counting.open_at_last(len(idle)) <= len(idle), point
        assert (await client.get_thread("thread_1")).id == "thread_1"
        await client.aclose()
        if stopped.reached < point:
            assert task.exception() is None
            break
        assert task.cancelled()
        points += 1
    assert points > 5
    assert stopped.reached < point
    assert await counting.open_at_last(0) == 0
    record_property("points", points)


async def _awaited(stopped: StoppedAt[Any]) -> None:
    await stopped
