"""Names of files for threads: safe on every file system, different for different threads, and mapped back.

Small letters, digits, ``_``, ``-`` and ``.`` stand for themselves, everything else for its UTF-8 as ``%`` and two hex
digits, capital letters too: where a file system takes ``a`` and ``A`` for one, the names of two threads still differ.
So ``urllib.parse.unquote`` of a name without its extension is the thread. Only names of more than 200 characters are
cut, and end in ``~`` and a digest; the manifest beside the files knows them all.
"""

from __future__ import annotations

import hashlib
from typing import Final

__all__ = ["file_name"]

_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-.")
_RESERVED: Final = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
"""What Windows takes for a device, whatever extension follows."""

_LONGEST: Final = 200
"""Most file systems hold 255 bytes, extension and temporary's included."""

_DIGEST: Final = 32
"""Hex digits."""


def file_name(thread: str, extension: str) -> str:
    """The name for `thread` in a directory; never that of a hidden file, an option or a device."""
    stem = "".join(letter if letter in _PLAIN else _escaped(letter) for letter in thread)
    if stem[0] in ".-" or stem.partition(".")[0] in _RESERVED:
        stem = _escaped(stem[0]) + stem[1:]
    if len(stem) > _LONGEST:
        digest = hashlib.sha256(thread.encode()).hexdigest()[:_DIGEST]
        stem = f"{stem[: _LONGEST - _DIGEST - 1]}~{digest}"
    return f"{stem}.{extension}"


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode())
