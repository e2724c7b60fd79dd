"""Reading a response body within a bound, inflated no further than that."""

from __future__ import annotations

import io
import zlib
from typing import Final

__all__ = ["MAX_BODY_BYTES", "BoundedBody", "TooLarge", "UnknownEncoding"]

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""The largest body read, in bytes once inflated."""

_PIECE_BYTES: Final = 64 * 1024
"""Inflated at a time, so that a body that is refused has not been inflated far past the bound."""

ACCEPTED: Final = "gzip, identity"
"""For ``Accept-Encoding``."""


class TooLarge(Exception):  # noqa: N818 - stays between this module and the transport
    """The body goes past `MAX_BODY_BYTES`."""


class UnknownEncoding(Exception):  # noqa: N818 - stays between this module and the transport
    """The body is in an encoding that was not asked for, or is not what it says it is."""


class BoundedBody:
    """Collects the chunks of one body as they come off the wire.

    Args:
        encoding: the ``Content-Encoding`` header.
    """

    def __init__(self, encoding: str) -> None:
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise UnknownEncoding
        # 31: a gzip header and trailer, the largest window.
        self._inflate = zlib.decompressobj(31) if encoding.endswith("gzip") else None
        # One buffer: of a body that comes three bytes at a time, a list of them would take forty times as much.
        self._content = io.BytesIO()
        self._begun = False

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk; raises TooLarge, UnknownEncoding."""
        self._begun = True
        if self._inflate is None:
            self._take(chunk)
            return
        piece = b""
        while chunk or len(piece) == _PIECE_BYTES:
            try:
                piece = self._inflate.decompress(chunk, _PIECE_BYTES)
            except zlib.error:
                broken = True
            else:
                # What follows the end of the stream is no part of the body, and zlib would keep it without a bound.
                broken = bool(self._inflate.unused_data)
            if broken:
                raise UnknownEncoding
            self._take(piece)
            chunk = self._inflate.unconsumed_tail

    def _take(self, piece: bytes) -> None:
        if self._content.tell() + len(piece) > MAX_BODY_BYTES:
            raise TooLarge
        self._content.write(piece)

    def content(self) -> bytes:
        """The whole body; raises UnknownEncoding where a compressed one ends early."""
        if self._inflate is not None and self._begun and not self._inflate.eof:
            raise UnknownEncoding
        return self._content.getvalue()
