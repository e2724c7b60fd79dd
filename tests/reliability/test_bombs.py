"""An answer that inflates to a gibibyte costs no more memory than one that may be read."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from provider_threads import OutcomeUnknownError, ResponseTooLargeError
from tests.clients.ways import Threads
from tests.wire.sockets import RawServer, http, thread_json

from .row import Property
from .sizes import NIGHTLY

MIB = 1024 * 1024
MEBIBYTES = (50, 1024) if NIGHTLY else (50,)


def bomb_of(mebibytes: int) -> bytes:
    """About a kilobyte for each mebibyte; every one of them is the same bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(b" " * MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + packed * mebibytes


@pytest.mark.parametrize("mebibytes", MEBIBYTES)
async def test_a_bomb_is_refused_at_a_bounded_peak(
    server: RawServer, client_on: Callable[..., Threads], mebibytes: int, record_property: Property
) -> None:
    bomb = http(bomb_of(mebibytes), headers={"Content-Encoding": "gzip"})
    threads = client_on(server.answering(http(thread_json()), bomb).base_url)
    await threads.get_thread("thread_1")
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLargeError):
            await threads.get_thread("thread_1")
        with pytest.raises(OutcomeUnknownError):
            await threads.append("thread_1", "hello")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= 16 * MIB
    assert len(server.requests) == 3
    record_property("peak_mib", round(peak / MIB, 1))
