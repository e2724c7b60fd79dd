"""What the terminal can do, by the variables that say so."""

from __future__ import annotations

import os

__all__ = ["has_colours", "is_dumb"]


def is_dumb() -> bool:
    """Whether it can do no more than print lines, as an editor's shell: a pager would ask there to press keys."""
    return os.environ.get("TERM", "" if os.name == "posix" else "any") in ("", "dumb", "unknown")


def has_colours() -> bool:
    """Whether colours are shown and wanted (https://no-color.org)."""
    return not is_dumb() and not os.environ.get("NO_COLOR")
