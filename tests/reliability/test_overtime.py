"""How long after its time a call ends, however a server spends it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pytest

from provider_threads import OutcomeUnknownError, RetryPolicy
from tests.clients.ways import Threads
from tests.wire.sockets import RawServer
from tests.wire.test_deadlines import dripping_body, dripping_head, silence

from .sizes import sized

TOTAL_S = sized(0.2, 1.0)
SLACK_S = sized(0.6, 0.25)  # the suite shares its machine

Waste = Callable[[RawServer], Callable[[socket.socket], None]]


@pytest.mark.parametrize("waste", [dripping_body, dripping_head, silence], ids=lambda waste: waste.__name__)
@pytest.mark.parametrize("write", [False, True])
async def test_a_call_ends_with_its_time(
    server: RawServer,
    client_on: Callable[..., Threads],
    waste: Waste,
    record_property: Callable[[str, object], None],
    *,
    write: bool,
) -> None:
    threads = client_on(
        server.handling(waste(server)).base_url, timeout=TOTAL_S, retry=RetryPolicy(1, first_pause=0, longest_pause=0)
    )
    began = time.monotonic()
    with pytest.raises(OutcomeUnknownError) as late:
        await (threads.append("thread_1", "hello") if write else threads.get_thread("thread_1"))
    over = time.monotonic() - began - TOTAL_S
    assert late.value.deadline_exceeded
    assert -0.01 <= over <= SLACK_S
    record_property("overtime_s", round(over, 3))
