"""A program that never closes anything ends without a warning."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.reliability.row import Property

from .sockets import RawServer, http, thread_json

NEVER_CLOSED = """
import asyncio, gc, sys
from provider_threads import AppBuilder, AsyncThreadClient, ThreadClient

provider = AppBuilder("some-key", base_url=sys.argv[1])
kept = ThreadClient(provider)
kept.get_thread("thread_1")
ThreadClient(provider).get_thread("thread_1")
ThreadClient.shared(provider).get_thread("thread_1")
held = ThreadClient.shared(provider)
held.get_thread("thread_1")

async def main():
    await kept_async.get_thread("thread_1")
    await AsyncThreadClient(provider).get_thread("thread_1")
    await AsyncThreadClient.shared(provider).get_thread("thread_1")
    gc.collect()

kept_async = AsyncThreadClient(provider)
asyncio.run(main())
asyncio.run(main())
gc.collect()
print("done")
"""


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer().answering(http(thread_json())) as running:
        yield running


def test_clients_that_are_never_closed_leave_no_warning(server: RawServer, record_property: Property) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", NEVER_CLOSED, server.base_url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    record_property("never_closed", NEVER_CLOSED.count("ThreadClient") - 2)  # the import's two
    record_property("warnings", ended.stderr.count("Warning"))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "done\n", "")
    assert len(server.requests) == 10
