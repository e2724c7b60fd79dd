"""A thread as people read it: what is said of each message, before it is decided how that looks."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from provider_threads.cli.tool_calls import calls_in
from provider_threads.footnotes import CitedText, footnoted
from provider_threads.messages import ThreadMessage, ThreadView

__all__ = ["GAP", "Spoken", "heads_of", "missing_before", "spoken"]

GAP: Final = "Messages may be missing here: the platform does not show them."

_NAMES: Final = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool", "function": "Function"}

_LONGEST: Final = 2000
"""Characters of what is no text; the rest is for programs."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message. Nothing of it is cleaned: that is done where it is printed.

    Attributes:
        role: as the library has it. name: as people write it. time: local, with its offset, or empty. key: its id.
        status: what is to be known of it, or empty. text: with numbers for markers, and where those stand.
        notes: the numbered sources, a line each. beside: attachments and what else is no text, a line each.
    """

    role: str
    name: str
    time: str
    key: str
    status: str
    text: CitedText = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    beside: tuple[str, ...] = field(repr=False)


def spoken(message: ThreadMessage) -> Spoken:
    """What is said of a message."""
    noted = footnoted(message.text, message.citations)
    return Spoken(
        message.role,
        _NAMES.get(message.role) or message.role or "Role not given",
        _local(message),
        message.key,
        (message.status or "").replace("_", " ") if message.status != "completed" else "",
        noted,
        tuple(noted.notes.splitlines()),
        tuple(_beside(message)),
    )


def missing_before(view: ThreadView) -> int | None:
    """The index of the message before which the platform may have more that it does not show, or None.

    A view of the newest messages, as many as were asked for, lacks none of those.
    """
    if view.gap_before is None and not view.complete:
        return 0
    return view.gap_before


def heads_of(view: ThreadView, roles: Collection[str]) -> Iterator[str]:
    """What is to be known before the first message."""
    if view.stale:
        yield "The platform was not asked: newer messages may be missing."
    if view.limit is not None and view.complete and not view.reached_start:
        yield f"The newest {len(view)}; the thread began earlier: --all shows it whole."
    if roles:
        yield f"Only messages of the role {' or '.join(sorted(roles))} are shown."
    if not view:
        yield "There are no messages."


def _local(message: ThreadMessage) -> str:
    if message.created_at is None:
        return ""
    try:
        return message.created_at.astimezone().isoformat(" ", "seconds")
    except (OverflowError, OSError):  # at either end of the calendar
        return message.created_at.isoformat(" ", "seconds")


def _beside(message: ThreadMessage) -> Iterator[str]:
    images = [part.file_id for part in message.parts if part.kind == "image" and part.file_id]
    if files := list(dict.fromkeys([*message.file_ids, *images])):
        yield f"attached: {', '.join(files)}"
    for part in message.parts:
        if part.kind != "other":
            continue
        if calls := calls_in(part.raw):
            yield from calls
        else:
            written = json.dumps(part.raw, ensure_ascii=False, default=str)
            rest = len(written) - _LONGEST
            yield f"not text: {written[:_LONGEST]}" + (f" … ({rest} more characters: --json)" if rest > 0 else "")
