"""Processes that are forked, and threads that share a client or a store, each get what is theirs."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from llama_index.core.llms import ChatMessage

from llamaindex_threads import ThreadChatStore
from provider_threads import UNLIMITED, AppBuilder, AsyncThreadClient, Provider, RetryPolicy, ThreadClient
from provider_threads.overlay import Overlay
from tests.wire.conftest import KEY
from tests.wire.sockets import RawServer
from tests.wire.test_forks import echo

from .row import Property
from .sizes import sized

CHILDREN, READS, RUNS = 4, 60, sized(1, 10)
THREADS, CALLS = 8, sized(10, 100)

__all__ = ["echo"]


# Python 3.12 warns of any fork beside threads; that is what is tried here.
pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


def wrong_in_children(wrong: Callable[[int], int]) -> int:
    """How many wrong answers forked processes got, all at once; each tells its own by its exit code."""
    pids = []
    for number in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            code = READS
            signal.alarm(60)
            try:
                code = wrong(number)
            finally:
                os._exit(code)
        pids.append(pid)
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
    assert all(code >= 0 for code in codes), codes
    return sum(codes)


@pytest.mark.parametrize("shared", [False, True])
def test_no_answer_reaches_another_process(echo: RawServer, record_property: Property, *, shared: bool) -> None:
    with echo as server:
        make = ThreadClient.shared if shared else ThreadClient
        with make(AppBuilder(KEY, base_url=server.base_url), limits=UNLIMITED) as threads:

            def wrong(who: int) -> int:
                asked = [f"t_{who}_{number}" for number in range(READS)]
                return sum(threads.get_thread(thread_id).id != thread_id for thread_id in asked)

            for _ in range(RUNS):
                assert wrong(99) == 0
                assert wrong_in_children(wrong) == 0
    record_property("reads_in_children", RUNS * CHILDREN * READS)


def test_no_answer_reaches_another_processs_loop(echo: RawServer, record_property: Property) -> None:
    with echo as server:
        threads = AsyncThreadClient(AppBuilder(KEY, base_url=server.base_url), limits=UNLIMITED)

        async def wrong_of(who: int) -> int:
            asked = [f"t_{who}_{number}" for number in range(READS)]
            return sum([(await threads.get_thread(thread_id)).id != thread_id for thread_id in asked])

        def wrong(who: int) -> int:
            return asyncio.run(wrong_of(who))

        for _ in range(RUNS):
            assert wrong(99) == 0
            assert wrong_in_children(wrong) == 0
    record_property("reads_in_children", RUNS * CHILDREN * READS)


def test_eight_threads_that_share_a_client_get_their_own_answers(echo: RawServer, record_property: Property) -> None:
    with echo as server, ThreadClient(AppBuilder(KEY, base_url=server.base_url), limits=UNLIMITED) as threads:

        def right(who: int) -> int:
            asked = [f"t_{who}_{number}" for number in range(CALLS)]
            return sum(threads.get_thread(thread_id).id == thread_id for thread_id in asked)

        with ThreadPoolExecutor(THREADS) as readers:
            assert sum(readers.map(right, range(THREADS))) == THREADS * CALLS
    record_property("reads_in_threads", THREADS * CALLS)


@pytest.fixture
def store(provider_of: Callable[..., Provider], overlay: Overlay) -> Iterator[ThreadChatStore]:
    retry = RetryPolicy(first_pause=0, longest_pause=0)
    with ThreadClient(provider_of("minimax"), retry=retry, limits=UNLIMITED) as client:
        yield ThreadChatStore(client=client, overlay=overlay, create_threads=True)


def test_eight_threads_that_share_a_store_write_and_read_each_their_own(
    store: ThreadChatStore, record_property: Property
) -> None:
    def kept(who: int) -> list[str]:
        for number in range(CALLS):
            role = ("user", "assistant")[number % 2]
            store.add_message(f"key-{who}", ChatMessage(f"{who}/{number}", role=role))
        return [message.content or "" for message in store.get_messages(f"key-{who}")]

    with ThreadPoolExecutor(THREADS) as writers:
        found = list(writers.map(kept, range(THREADS)))
    assert found == [[f"{who}/{number}" for number in range(CALLS)] for who in range(THREADS)]
    record_property("writes_in_threads", THREADS * CALLS)
