"""When a request leaves: after its connection has come about, and before the answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from provider_threads import Provider
from provider_threads.emulator import Emulator
from provider_threads.endpoint import Answer, ThreadRef
from provider_threads.flows.steps import Failure, Send
from provider_threads.retry import Timeouts
from provider_threads.transport import AsyncTransport, SyncTransport
from tests.clients.ways import WAYS, Way
from tests.wire.sockets import unused_address


async def sent(way: Way, provider: Provider, base_url: str, departs: Callable[[], None]) -> Answer | Failure:
    request = provider.sign(provider.endpoints.get_thread.build(ThreadRef("thread_1")), time.time())
    step = Send(request, Timeouts(), time.monotonic() + 10, departs)
    if way == "sync":
        transport = SyncTransport(base_url)
        try:
            return transport.send(step)
        finally:
            transport.close()
    pool = AsyncTransport(base_url)
    try:
        return await pool.send(step)
    finally:
        await pool.aclose()


@pytest.mark.parametrize("way", WAYS)
async def test_a_request_tells_once_when_it_leaves(
    way: Way, emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    seen: list[int] = []
    answer = await sent(way, provider_of("hunyuan"), emulator.base_url, lambda: seen.append(len(emulator.requests)))
    assert isinstance(answer, Answer)
    assert seen == [0]
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_a_request_that_finds_no_connection_does_not_leave(
    way: Way, provider_of: Callable[..., Provider]
) -> None:
    seen: list[bool] = []
    failure = await sent(way, provider_of("hunyuan"), unused_address(), lambda: seen.append(True))
    assert isinstance(failure, Failure)
    assert not failure.sent
    assert seen == []
