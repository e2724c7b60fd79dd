"""Citations by their marker, so that tests need not count letters."""

from __future__ import annotations

from typing import Any

from provider_threads import Citation

__all__ = ["at"]


def at(text: str, marker: str, occurrence: int = 0, **fields: Any) -> Citation:
    """A citation that stands on an occurrence of `marker`, counted from 0; a web citation unless told."""
    start = -1
    for _ in range(occurrence + 1):
        start = text.index(marker, start + 1)
    return Citation(fields.pop("kind", "web"), marker=marker, start=start, end=start + len(marker), **fields)
