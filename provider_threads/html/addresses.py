"""Which addresses a page may link to."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["host_of", "is_web_address"]

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
