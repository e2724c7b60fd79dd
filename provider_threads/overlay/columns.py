"""Messages as columns of an entry: as the platform has them, and as a framework wrote them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from provider_threads.entries import Record, State
from provider_threads.messages import ThreadMessage

__all__ = [
    "RECORD",
    "digest_of",
    "free_key",
    "is_findable",
    "is_settled",
    "local_columns",
    "record_columns",
    "remote_columns",
]


RECORD: Final = ("framework", "role", "text", "payload", "plain", "message_id")

_LONGEST_ID: Final = 255
"""Characters of a message's id that an index takes in; one with a longer id is not found by it."""

_LONGEST_RUN: Final = timedelta(days=1)
"""A run takes minutes; but what Hunyuan says of a message's time can be eight hours early."""


def remote_columns(message: ThreadMessage, key: str) -> dict[str, Any]:
    """What the platform's side of an entry is for `message` under `key`."""
    return {
        "remote_key": key,
        "remote_id": message.id,
        "remote_role": message.provider_role,
        "digest": digest_of(message.role, message.text),
        "remote": json.dumps(message.raw, ensure_ascii=False, separators=(",", ":")),
        "settled": is_settled(message),
    }


def record_columns(record: Record | None) -> dict[str, Any]:
    """What the framework's side of an entry is for `record`."""
    if record is None:
        return dict.fromkeys(RECORD)
    return {
        "framework": record.framework,
        "role": _storable(record.role),
        "text": _storable(record.text),
        "payload": record.payload,
        "plain": record.plain,
        "message_id": record.message_id if is_findable(record.message_id) else None,
    }


def is_findable(message_id: str | None) -> bool:
    """Whether a message can be found by its framework's id: every database can hold it, and an index take it in."""
    return isinstance(message_id, str) and len(message_id) <= _LONGEST_ID and _storable(message_id) == message_id


def local_columns(record: Record | None, state: State) -> dict[str, Any]:
    """An entry that is only here, in all columns but its thread and position; what is not is put over it."""
    nothing = dict.fromkeys(("remote_key", "remote_id", "remote_role", "digest", "remote", "seen", "intent"))
    flags = {"settled": True, "confirmed": False, "edited": False}
    return {"state": state, **nothing, **flags, **record_columns(record)}


def digest_of(role: str, text: str) -> str:
    """What tells one role and text from another; space around a text, which a platform may cut, does not count."""
    return hashlib.sha256(f"{role}\0{text.strip()}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def is_settled(message: ThreadMessage) -> bool:
    """Whether the platform is done with a message, or has had so long that nobody waits for the rest."""
    if message.status != "in_progress":
        return True
    return message.created_at is not None and datetime.now(timezone.utc) - message.created_at > _LONGEST_RUN


def free_key(message: ThreadMessage, taken: Collection[str | None]) -> str:
    """The message's key; the next number of its id where that stands for another message."""
    key, number = message.key, 1
    while key in taken:
        number += 1
        key = f"{message.id}#{number}"
    return key


def _storable(text: str) -> str:
    """Text that every database can hold: without NUL and half surrogate pairs, which the payload keeps."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
