"""Reading fields out of decoded JSON: present and of the documented type, or `Unreadable` with the field's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from provider_threads.endpoint import JsonObject
from provider_threads.messages import Order, ThreadMessage

__all__ = [
    "Unreadable",
    "flag",
    "identifier",
    "listed",
    "moment",
    "number_repeated_ids",
    "object_of",
    "objects_of",
    "optional_text",
    "pairs",
    "string_list",
    "text_of",
]


class Unreadable(Exception):  # noqa: N818 - never leaves the library; it becomes a ProtocolError
    """A field is missing or of another type than documented. `what` names it and holds no value."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def object_of(value: object, field: str) -> JsonObject:
    """`value` as a JSON object."""
    if not isinstance(value, dict):
        raise Unreadable(f"{field} is not an object")
    return value


def objects_of(holder: JsonObject, field: str) -> list[JsonObject]:
    """A list of objects; null and absent read as none."""
    value = holder.get(field)
    if value is None:
        return []
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, dict):
                break
        else:
            return value
    raise Unreadable(f"{field} is not a list of objects")


def listed(holder: JsonObject, field: str) -> list[JsonObject]:
    """What a list answers with: null reads as none, but without the field it is no list and so no empty thread."""
    if field not in holder:
        raise Unreadable(f"{field} is missing")
    return objects_of(holder, field)


def text_of(holder: JsonObject, field: str) -> str:
    """A string that must be there; it may be empty."""
    value = holder.get(field)
    if not isinstance(value, str):
        raise Unreadable(f"{field} is not a string")
    return value


def identifier(holder: JsonObject, field: str) -> str:
    """A string that must be there and not be empty."""
    value = holder.get(field)
    if isinstance(value, str) and value:
        return value
    raise Unreadable(f"{field} is empty" if value == "" else f"{field} is not a string")


def optional_text(holder: JsonObject, field: str) -> str | None:
    """A string, or None for null, absent and the empty string, which the platforms use alike."""
    value = holder.get(field)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable(f"{field} is not a string")
    return value or None


def flag(holder: JsonObject, field: str) -> bool | None:
    """A boolean, or None for null and absent."""
    value = holder.get(field)
    if value is not None and not isinstance(value, bool):
        raise Unreadable(f"{field} is not a boolean")
    return value


def string_list(holder: JsonObject, field: str) -> tuple[str, ...]:
    """A list of strings; null and absent read as none."""
    value = holder.get(field)
    if value is None:
        return ()
    if not isinstance(value, list) or (value and not all(isinstance(item, str) for item in value)):
        raise Unreadable(f"{field} is not a list of strings")
    return tuple(value)


def pairs(holder: JsonObject, field: str) -> Mapping[str, Any] | None:
    """An object, or None for null and absent."""
    value = holder.get(field)
    return None if value is None else object_of(value, field)


def moment(holder: JsonObject, field: str, *, per_second: int = 1) -> datetime | None:
    """A Unix time in units of 1/`per_second` second as an aware UTC datetime; null, absent and 0 read as none."""
    value = holder.get(field)
    if value is None or value == 0:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"{field} is not a whole number")
    try:
        # By position, which it takes in half the time.
        return datetime.fromtimestamp(value / per_second, timezone.utc)
    except (OverflowError, ValueError, OSError):
        pass
    raise Unreadable(f"{field} is no time")


def number_repeated_ids(messages: Sequence[ThreadMessage], order: Order) -> tuple[ThreadMessage, ...]:
    """Give messages that repeat an id the keys ``id``, ``id#2`` … counted from the oldest.

    MiniMax's own example answers a question and its answer under one id; both must stay.
    """
    if len({message.id for message in messages}) == len(messages):
        return tuple(messages)
    counts: dict[str, int] = {}
    numbered = []
    for message in messages if order == "asc" else reversed(messages):
        counts[message.id] = count = counts.get(message.id, 0) + 1
        key = message.id if count == 1 else f"{message.id}#{count}"
        numbered.append(message.with_key(key))
    return tuple(numbered if order == "asc" else reversed(numbered))
