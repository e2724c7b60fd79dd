"""What a wrong turn says, as the page has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from provider_threads import ThreadsError

__all__ = ["Rows", "said"]

Rows = list[tuple[str, str]]


def said(wrong: Callable[[], Any], kinds: tuple[type[Exception], ...] = (ThreadsError,)) -> str:
    """The error's class and sentence. Nothing hides it: one traceback is all that is shown."""
    try:
        wrong()
    except kinds as error:
        caught = error
    else:
        raise AssertionError("a wrong turn went through")
    assert caught.__cause__ is None, f"a chain of tracebacks ends in {caught!r}"
    assert caught.__suppress_context__ or caught.__context__ is None, f"a chain of tracebacks ends in {caught!r}"
    told = re.sub(r"request id [A-Za-z0-9-]+", "request id …", str(caught))
    assert "\n" not in told
    return f"`{type(caught).__name__}`: {told}".replace("|", "\\|")
