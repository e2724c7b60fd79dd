"""Which addresses a page may link to, and where they stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

__all__ = ["host_of", "is_web_address", "with_addresses"]

# Nothing that a browser drops or rewrites before it reads an address: controls, spaces, backslashes.
_WEB = re.compile(r"https?://[^\s\\\x00-\x1f\x7f-\x9f]+", re.IGNORECASE)


def is_web_address(address: str) -> bool:
    """Whether it is a whole ``http`` or ``https`` address with a host; nothing relative, no other scheme."""
    return bool(_WEB.fullmatch(address) and host_of(address))


def host_of(address: str) -> str:
    """The host that a browser would ask, without name, password and port; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


# ASCII only: in Chinese a sentence goes on right behind an address.
_BARE = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")


def with_addresses(text: str) -> Iterator[tuple[str, bool]]:
    """`text` in pieces, and of each whether it is an address; the punctuation behind one is not part of it."""
    read = 0
    for found in _BARE.finditer(text):
        address = found[0].rstrip(".,;:!?'*")
        surplus = address.count(")") - address.count("(")
        while surplus > 0 and address.endswith(")"):  # (as here: https://example.com)
            address, surplus = address[:-1], surplus - 1
        if is_web_address(address):
            yield text[read : found.start()], False
            yield address, True
            read = found.start() + len(address)
    yield text[read:], False
