"""Clients of one account share a pool: the last to close closes it, one that is dropped leaves it warm."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from provider_threads import AppBuilder, AsyncThreadClient, ConfigurationError, Provider, RetryPolicy, ThreadClient
from provider_threads.pools import ASYNC_POOLS, SYNC_POOLS

from .conftest import KEY
from .sockets import RawServer, http, thread_json


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().answering(http(thread_json())) as running:
        yield running


def provider_on(server: RawServer, key: str = KEY) -> Provider:
    return AppBuilder(key, base_url=server.base_url)


def connections_of_shared(server: RawServer, *clients: ThreadClient) -> int:
    for client in clients:
        client.get_thread("thread_1")
    return server.connections


def test_shared_clients_of_one_account_use_one_pool(server: RawServer) -> None:
    with ThreadClient.shared(provider_on(server)) as one, ThreadClient.shared(provider_on(server)) as other:
        assert connections_of_shared(server, one, other, one) == 1


def test_other_credentials_or_another_address_share_nothing(server: RawServer) -> None:
    with (
        RawServer().answering(http(thread_json())) as elsewhere,
        ThreadClient.shared(provider_on(server)) as one,
        ThreadClient.shared(provider_on(server, "another-key")) as other,
        ThreadClient.shared(provider_on(elsewhere)) as third,
    ):
        assert connections_of_shared(server, one, other, third) == 2
        assert elsewhere.connections == 1
    assert {b"bearer " + key for key in (KEY.encode(), b"another-key")} == {
        line.partition(b": ")[2]
        for request in server.requests
        for line in request.lower().split(b"\r\n")
        if line.startswith(b"authorization")
    }


def test_the_last_close_closes_the_shared_pool(server: RawServer) -> None:
    one, other = ThreadClient.shared(provider_on(server)), ThreadClient.shared(provider_on(server))
    transport = one._lease.transport  # type: ignore[union-attr]  # it is shared
    one.get_thread("thread_1")
    one.close()
    one.close()
    with pytest.raises(ConfigurationError, match="closed"):
        one.get_thread("thread_1")
    other.get_thread("thread_1")
    assert server.connections == 1
    assert transport._pool is not None
    other.close()
    assert transport._pool is None
    with ThreadClient.shared(provider_on(server)) as third:
        third.get_thread("thread_1")
    assert server.connections == 2


def test_a_shared_client_that_is_dropped_leaves_the_pool_warm(server: RawServer) -> None:
    for _ in range(3):
        ThreadClient.shared(provider_on(server)).get_thread("thread_1")
        gc.collect()
    assert server.connections == 1
    with ThreadClient.shared(provider_on(server)) as last:
        last.get_thread("thread_1")
        assert server.connections == 1
    with ThreadClient.shared(provider_on(server)) as anew:
        anew.get_thread("thread_1")
    assert server.connections == 2


async def test_async_shared_clients_do_the_same(server: RawServer) -> None:
    one, other = AsyncThreadClient.shared(provider_on(server)), AsyncThreadClient.shared(provider_on(server))
    await one.get_thread("thread_1")
    await one.aclose()
    with pytest.raises(ConfigurationError, match="closed"):
        await one.get_thread("thread_1")
    await other.get_thread("thread_1")
    assert server.connections == 1
    await other.aclose()
    await other.aclose()
    async with AsyncThreadClient.shared(provider_on(server)) as third:
        await third.get_thread("thread_1")
    assert server.connections == 2


def test_no_shared_pool_is_left_behind_by_these_tests(server: RawServer) -> None:
    for pools in (SYNC_POOLS, ASYNC_POOLS):
        assert all(holders == 0 for _, holders in pools._holders.values())


@pytest.mark.parametrize("kind", [ThreadClient, AsyncThreadClient])
def test_a_shared_client_takes_settings_but_no_client_of_the_callers(
    server: RawServer, kind: type[ThreadClient | AsyncThreadClient]
) -> None:
    shared = kind.shared(provider_on(server), retry=RetryPolicy(attempts=1), timeout=3)
    assert shared._operations.context.timeouts.total == 3
    with pytest.raises(ConfigurationError, match="http_client"):
        kind.shared(provider_on(server), http_client=None)
