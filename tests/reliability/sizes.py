"""How much is tried: a little in the suite, the whole bar where ``RELIABILITY=nightly`` asks for it."""

from __future__ import annotations

import os
from typing import TypeVar

__all__ = ["NIGHTLY", "sized"]

NIGHTLY = os.environ.get("RELIABILITY") == "nightly"

SizeT = TypeVar("SizeT", int, float)


def sized(suite: SizeT, nightly: SizeT) -> SizeT:
    """The size that this run has."""
    return nightly if NIGHTLY else suite
