"""What tells a leak from memory that is kept for the next time."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from .footprint import Footprint, footprint, leaked_blocks

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="sockets and memory are told by /proc")

WARM = Footprint(sockets=0, blocks=500_000, in_use_mib=30.0, resident_mib=120.0)


def grown(before: Footprint, after: Footprint) -> int:
    return after.blocks - before.blocks


def test_what_every_operation_leaves_behind_is_a_leak() -> None:
    kept: list[dict[str, str]] = []
    before = footprint()
    kept += [{f"text {number}": f"of message {number}"} for number in range(30_000)]
    after = footprint()
    # A dict, a key and a text for each; what earlier tests left may go meanwhile.
    assert grown(before, after) >= 75_000
    assert leaked_blocks(before, after, 30_000) > 0
    kept.clear()
    assert leaked_blocks(before, footprint(), 30_000) == 0


@pytest.mark.parametrize(("operations", "blocks"), [(500, 16_384), (60_000, 16_384 + 60_000)])
def test_caches_that_fill_are_no_leak(operations: int, blocks: int) -> None:
    assert leaked_blocks(WARM, replace(WARM, blocks=WARM.blocks + blocks), operations) == 0


def test_memory_that_is_free_for_the_next_time_is_no_leak() -> None:
    assert leaked_blocks(WARM, replace(WARM, resident_mib=300.0), 1_000) == 0


def test_a_large_buffer_is_in_use_until_it_goes() -> None:
    before = footprint()
    if before.in_use_mib is None:
        pytest.skip("this system's allocator does not tell")
    buffer = bytearray(64 * 2**20)
    held = footprint()
    assert held.in_use_mib is not None
    assert held.in_use_mib - before.in_use_mib == pytest.approx(64, abs=2)
    del buffer
    assert footprint().in_use_mib == pytest.approx(before.in_use_mib, abs=2)


def test_open_sockets_are_counted() -> None:
    before = footprint().sockets
    with socket.socket():
        assert footprint().sockets == before + 1
    assert footprint().sockets == before
