"""What this process holds at a quiet moment: sockets, Python's objects, and memory, in use or kept for later.

The resident memory alone tells no leak from a heap with holes: what C's allocator was given back it keeps for the next
time, the more so the more threads there are. So what is in use is counted beside it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Footprint", "footprint", "leaked_blocks", "resident_mib"]

_SPARE_BLOCKS = 20_000
_SPARE_BLOCKS_PER_OPERATION = 1.0


@dataclass(frozen=True)
class Footprint:
    """What a process holds.

    Attributes:
        sockets: open ones. blocks: of memory that Python's objects take, by number.
        in_use_mib: what C's allocator has given out, SQLite's and other libraries' memory among it; None where it does
            not tell. resident_mib: all that the system has given, what is free for the next time included.
    """

    sockets: int
    blocks: int
    in_use_mib: float | None
    resident_mib: float

    def as_json(self) -> dict[str, Any]:
        """By name."""
        return asdict(self)


def footprint() -> Footprint:
    """What this process holds once garbage is collected. Only where there is a /proc."""
    for generation in range(3):
        gc.collect(generation)
    return Footprint(_open_sockets(), sys.getallocatedblocks(), _in_use_mib(), resident_mib())


def leaked_blocks(warm: Footprint, end: Footprint, operations: int) -> int:
    """By how many blocks a process has grown beyond what caches with a bound take, after so many operations.

    pydantic keeps 16,384 short strings, an overlay the last look at each of 10,000 threads. An object that is left
    behind by every operation takes several blocks each time.
    """
    allowed = _SPARE_BLOCKS + operations * _SPARE_BLOCKS_PER_OPERATION
    return max(0, round(end.blocks - warm.blocks - allowed))


def resident_mib(process: int | str = "self") -> float:
    """The resident memory of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


class _Mallinfo(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = [(f"_{number}", ctypes.c_size_t) for number in range(4)] + [
        ("mapped", ctypes.c_size_t),
        ("_5", ctypes.c_size_t),
        ("_6", ctypes.c_size_t),
        ("given_out", ctypes.c_size_t),
        ("_8", ctypes.c_size_t),
        ("_9", ctypes.c_size_t),
    ]


def _in_use_mib() -> float | None:
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        return None
    mallinfo.restype = _Mallinfo
    told = mallinfo()
    return float(round((told.given_out + told.mapped) / 2**20, 1))


def _open_sockets() -> int:
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += str(entry.readlink()).startswith("socket:")
        except OSError:  # the listing's own
            continue
    return found
