"""Clients of one account share a pool: the last to close closes it, one that is dropped leaves it warm."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from provider_threads import (
    AppBuilder,
    AsyncThreadClient,
    ConfigurationError,
    Provider,
    RetryPolicy,
    ThreadClient,
    client,
)
from provider_threads.driver import SyncDriver
from provider_threads.pools import ASYNC_POOLS, MOST_IDLE, SYNC_POOLS, Pools
from provider_threads.transport import AsyncTransport, SyncTransport

from .conftest import KEY
from .sockets import RawServer, http, thread_json


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().answering(http(thread_json())) as running:
        yield running


def provider_on(server: RawServer, key: str = KEY) -> Provider:
    return AppBuilder(key, base_url=server.base_url)


def connections_of_shared(server: RawServer, *clients: ThreadClient) -> int:
    for one in clients:
        one.get_thread("thread_1")
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
        assert all(shared.holders == 0 for shared in pools._by_account.values())


@pytest.mark.parametrize("kind", [ThreadClient, AsyncThreadClient])
def test_a_shared_client_takes_settings_but_no_client_of_the_callers(
    server: RawServer, kind: type[ThreadClient | AsyncThreadClient]
) -> None:
    shared = kind.shared(provider_on(server), retry=RetryPolicy(attempts=1), timeout=3)
    assert shared._operations.context.timeouts.total == 3
    with pytest.raises(ConfigurationError, match="http_client"):
        kind.shared(provider_on(server), http_client=None)


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_of_many_accounts_dropped_only_the_latest_stay_warm(server: RawServer, monkeypatch: pytest.MonkeyPatch) -> None:
    pools = Pools(SyncTransport)
    monkeypatch.setattr(client, "SYNC_POOLS", pools)
    before = open_files()
    held = ThreadClient.shared(provider_on(server, "held"))
    held.get_thread("thread_1")
    kept = held._lease.transport._pool  # type: ignore[union-attr]  # it is shared
    for number in range(60):
        ThreadClient.shared(provider_on(server, f"account-{number}")).get_thread("thread_1")
    gc.collect()
    assert len(pools._by_account) == MOST_IDLE + 1
    # A socket for each warm account, at both of its ends in this process.
    assert open_files() - before <= 2 * (MOST_IDLE + 1) + 4
    assert kept is not None
    assert not kept.is_closed
    connections = server.connections
    held.get_thread("thread_1")
    ThreadClient.shared(provider_on(server, "account-59")).get_thread("thread_1")  # among the latest: still warm
    assert server.connections == connections
    ThreadClient.shared(provider_on(server, "account-0")).get_thread("thread_1")  # long gone
    assert server.connections == connections + 1
    held.close()
    for shared in pools._by_account.values():
        shared.transport.close()


def test_an_account_that_is_used_again_is_not_the_next_to_go(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = Pools(SyncTransport)
    monkeypatch.setattr(client, "SYNC_POOLS", pools)
    names = [f"account-{number}" for number in range(MOST_IDLE)]
    for name in [*names, names[0], "one-more"]:
        ThreadClient.shared(provider_on(server, name))
    gc.collect()
    warm = set(pools._by_account)
    assert provider_on(server, names[0]).identity in warm
    assert provider_on(server, names[1]).identity not in warm
    assert len(warm) == MOST_IDLE


async def test_of_many_accounts_dropped_the_sockets_close_in_their_loop(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = Pools(AsyncTransport)
    monkeypatch.setattr(client, "ASYNC_POOLS", pools)
    before = open_files()
    async with AsyncThreadClient.shared(provider_on(server, "held")) as held:
        await held.get_thread("thread_1")
        for number in range(60):
            await AsyncThreadClient.shared(provider_on(server, f"account-{number}")).get_thread("thread_1")
        gc.collect()
        assert len(pools._by_account) == MOST_IDLE + 1
        for _ in range(100):
            if open_files() - before <= 2 * (MOST_IDLE + 1) + 4:
                break
            await asyncio.sleep(0.01)
        assert open_files() - before <= 2 * (MOST_IDLE + 1) + 4
        connections = server.connections
        await held.get_thread("thread_1")
        assert server.connections == connections
    for shared in list(pools._by_account.values()):
        await shared.transport.aclose()


def test_a_transport_that_goes_is_not_closed_under_a_call_on_it(server: RawServer) -> None:
    pools = Pools(SyncTransport)
    driver = SyncDriver(pools.lease(provider_on(server)).transport)  # as an iteration outlives its client
    gc.collect()
    for number in range(MOST_IDLE):
        pools.lease(provider_on(server, f"account-{number}"))
    gc.collect()
    assert provider_on(server).identity not in pools._by_account
    client_of_this = ThreadClient(provider_on(server))
    assert driver.run(client_of_this._operations.get_thread("thread_1")).id == "thread_1"
