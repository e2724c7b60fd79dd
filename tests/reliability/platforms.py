"""The emulator's account on each platform, at any address, with a client that does not wait long."""

from __future__ import annotations

from provider_threads import UNLIMITED, Hunyuan, Provider, RetryPolicy, Timeouts
from provider_threads.emulator.credentials import Credentials
from provider_threads.emulator.identifiers import Provider as Platform
from tests.clients.ways import Threads, Way, threads_of
from tests.overlay.accounts import provider_at

__all__ = ["client_at", "provider_on"]

_RETRY = RetryPolicy(first_pause=0.002, longest_pause=0.01)
_TIMEOUTS = Timeouts(read=2, total=5)


def provider_on(platform: Platform, base_url: str) -> Provider:
    """The provider for a platform at an address of the emulator."""
    if platform == "hunyuan":
        account = Credentials()
        return Hunyuan(account.secret_id, account.secret_key, base_url=base_url)
    return provider_at(platform, base_url)


def client_at(base_url: str, platform: Platform, way: Way, *, attempts: int = 3) -> Threads:
    """A client that tries reads again soon, and takes another thread's messages for an error everywhere."""
    retry = RetryPolicy(attempts, _RETRY.first_pause, _RETRY.longest_pause)
    return threads_of(
        way,
        provider_on(platform, base_url),
        timeout=_TIMEOUTS,
        retry=retry,
        limits=UNLIMITED,
        strict_thread_ids=True,
    )
