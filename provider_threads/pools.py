"""Transports shared by all who use one account: frameworks make a history for every call, and drop it.

A holder takes a `Lease`. Releasing the last one closes the transport. A lease that is dropped without being released
leaves the transport warm for the next holder, up to `MOST_IDLE` of them; what is left closes itself at exit,
asynchronous pools with their loop.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Final, Generic, TypeVar

from provider_threads.providers.base import Provider
from provider_threads.transport import AsyncTransport, SyncTransport

__all__ = ["ASYNC_POOLS", "MOST_IDLE", "SYNC_POOLS", "Lease", "Pools"]

MOST_IDLE: Final = 16
"""Transports that stay warm without a holder; else a server of many accounts keeps a socket for each until exit."""

TransportT = TypeVar("TransportT", bound="SyncTransport | AsyncTransport")


class Lease(Generic[TransportT]):
    """A hold on a shared transport.

    Args:
        let_go: told once that this hold ends; with True where it was given up, not just dropped.
    """

    def __init__(self, transport: TransportT, let_go: Callable[[bool], TransportT | None]) -> None:
        self.transport = transport
        self._let_go = let_go
        self._dropped = weakref.finalize(self, let_go, False)
        self._dropped.atexit = False

    def release(self) -> TransportT | None:
        """Give the hold up; the transport to close where this was the last, else None. Again is harmless."""
        return self._let_go(True) if self._dropped.detach() else None


@dataclass
class _Shared(Generic[TransportT]):
    transport: TransportT
    holders: int = 0


class Pools(Generic[TransportT]):
    """The shared transports of one kind, one for each provider, address and credentials."""

    def __init__(self, make: Callable[[str], TransportT]) -> None:
        self._make = make
        self._by_account: OrderedDict[Hashable, _Shared[TransportT]] = OrderedDict()
        """Least recently used first."""
        # Re-entrant: a lease may be collected, and so let go, while this thread holds the lock.
        self._lock = threading.RLock()

    def lease(self, provider: Provider) -> Lease[TransportT]:
        """Take a hold on the transport of this account, made when first needed."""
        key = provider.identity
        with self._lock:
            shared = self._by_account.get(key) or _Shared(self._make(provider.base_url))
            shared.holders += 1  # from here on it cannot go; had it just gone, the next line brings it back
            self._by_account[key] = shared
            self._by_account.move_to_end(key)
        return Lease(shared.transport, partial(self._let_go, key, shared))

    def _let_go(self, key: Hashable, shared: _Shared[TransportT], last_closes: bool) -> TransportT | None:
        """One holder less; hands out the transport for closing where it was the last and that is wanted."""
        with self._lock:
            shared.holders -= 1
            if shared.holders == 0 and last_closes:
                self._by_account.pop(key, None)
                return shared.transport
            self._by_account.move_to_end(key)
            self._drop_idle()
        return None

    def _drop_idle(self) -> None:
        """Drop the transports without a holder beyond `MOST_IDLE`, least recently used first.

        Nobody closes them: an iteration may go on after its client is gone. They close as nothing refers to them.
        """
        idle = [key for key, shared in list(self._by_account.items()) if shared.holders == 0]
        for key in idle[:-MOST_IDLE]:
            self._by_account.pop(key, None)

    def unlock_after_fork(self) -> None:
        """Another thread may have held the lock when the process was forked; it does not exist here."""
        self._lock = threading.RLock()


SYNC_POOLS: Pools[SyncTransport] = Pools(SyncTransport)
ASYNC_POOLS: Pools[AsyncTransport] = Pools(AsyncTransport)

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SYNC_POOLS.unlock_after_fork)
    os.register_at_fork(after_in_child=ASYNC_POOLS.unlock_after_fork)
