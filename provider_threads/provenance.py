"""Where a message came from, as plain JSON.

Both adapters put it beside the text of messages that others wrote. A message that the app wrote itself comes back as it
was written; where the platform has it too is kept beside it, not in it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from provider_threads.messages import ThreadMessage

__all__ = ["add_provenance", "keep_origin", "kept_origin", "provenance"]


def provenance(message: ThreadMessage) -> dict[str, Any]:
    """Thread, message and, where the platform gave them, run, assistant, time (ISO 8601), status, metadata and files.

    ``provider_role`` is the role as it came; ``other_parts`` what is not text, as it came.
    """
    known: dict[str, Any] = {}
    add_provenance(known, message)
    return known


def add_provenance(known: dict[str, Any], message: ThreadMessage) -> None:
    """Put the `provenance` of a message behind what is known of it already."""
    known["thread_id"] = message.thread_id
    known["message_id"] = message.id
    known["provider_role"] = message.provider_role
    if message.run_id is not None:
        known["run_id"] = message.run_id
    if message.assistant_id is not None:
        known["assistant_id"] = message.assistant_id
    if message.created_at:
        known["created_at"] = message.created_at.isoformat()
    if message.status is not None:
        known["status"] = message.status
    if message.metadata:
        known["metadata"] = dict(message.metadata)
    if message.file_ids:
        known["file_ids"] = list(message.file_ids)
    for part in message.parts:
        if part.kind != "text":
            known.setdefault("other_parts", []).append(part.raw)


class _Origin(weakref.ref[object]):
    """A framework's message, weakly, and what it is on the platform. A read makes one for each message: it is small."""

    __slots__ = ("identity", "message")

    identity: int
    message: Callable[[], ThreadMessage | None]


_origins: dict[int, _Origin] = {}
"""By the message's identity, for as long as it lives."""


def _forget(origin: _Origin) -> None:
    _origins.pop(origin.identity, None)


def keep_origin(message: object, origin: Callable[[], ThreadMessage | None]) -> None:
    """Keep in mind what a framework's message is on the platform."""
    kept = _Origin(message, _forget)
    kept.identity, kept.message = id(message), origin
    _origins[kept.identity] = kept


def kept_origin(message: object) -> dict[str, Any] | None:
    """The provenance of a message for which `keep_origin` was called; a copy of it has none."""
    kept = _origins.get(id(message))
    origin = kept.message() if kept is not None and kept() is message else None
    return provenance(origin) if origin is not None else None
