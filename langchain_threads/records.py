"""LangChain messages on their way into an overlay and back: whole, and equal to what was written."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage, messages_from_dict
from pydantic_core import from_json

from langchain_threads.citations import model_provider
from langchain_threads.messages import message_of_role, role_of, to_draft, to_langchain
from provider_threads import ConfigurationError, Draft, ForeignMessageWarning, Provider, ThreadsError
from provider_threads.entries import Entry, Outgoing, Record
from provider_threads.provenance import keep_origin, kept_origin

__all__ = ["from_entry", "outgoing", "provenance_of", "without_cut_off_results"]

_FRAMEWORK = "langchain"


def outgoing(message: BaseMessage, provider: Provider, *, keep: bool) -> Outgoing:
    """A message for a memory; whole as well, where an overlay is to `keep` it.

    Raises:
        ConfigurationError: it would not come back from the overlay as it is.
    """
    draft: Draft | ThreadsError
    try:
        draft = to_draft(message, provider, whole=not keep)
    except ThreadsError as error:
        draft = error
    return Outgoing(draft, _record(message) if keep else None)


def from_entry(entry: Entry, provider: str) -> BaseMessage:
    """An entry of a memory as a fresh message; `provider` is the platform's name.

    What LangChain wrote comes back as it was, with the entry's key where it had no id, and with the platform's text
    where that was edited there. What others wrote on the platform carries its provenance.
    """
    record = entry.record
    if record is None:
        assert entry.message is not None  # noqa: S101 - an entry is one or the other
        return to_langchain(entry.message, provider)
    if record.framework != _FRAMEWORK:
        return _foreign(entry, record)
    message = _loaded(record.payload)
    if message.id is None:
        message.id = entry.key
    if entry.edited and entry.message is not None:
        message.content = entry.message.text
    if entry.on_platform:
        keep_origin(message, lambda: entry.message)
    return message


def provenance_of(message: BaseMessage) -> dict[str, Any] | None:
    """Where a message is on the platform: thread and message id, role as it came, time and more, as plain JSON.

    For messages that a history handed out: of others' messages it stands in ``response_metadata``, of your own it is
    kept beside the object, so a copy of it has none. None for what the platform does not have.
    """
    metadata = message.response_metadata
    name = metadata.get("model_provider")
    if isinstance(name, str) and name.endswith(model_provider("")) and "message_id" in metadata:
        return {key: value for key, value in metadata.items() if key != "model_provider"}
    return kept_origin(message)


def without_cut_off_results(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """`messages` from the first that is no tool's result on: models refuse a result without the call before it."""
    start = next((at for at, message in enumerate(messages) if not isinstance(message, ToolMessage)), len(messages))
    return [*messages[start:]]


def _record(message: BaseMessage) -> Record:
    # Without what every message has by default: half as long, and faster to read.
    dumped = {"type": message.type, "data": message.model_dump(exclude_defaults=True)}
    payload = _as_json(dumped, type(message).__name__)
    _check_comes_back(message, payload)
    calls = isinstance(message, AIMessage) and bool(message.tool_calls or message.invalid_tool_calls)
    plain = isinstance(message.content, str) and not calls and not isinstance(message, ToolMessage)
    return Record(_FRAMEWORK, role_of(message), str(message.text), payload, plain)


def _as_json(dumped: dict[str, Any], kind: str) -> str:
    try:
        return _dumps(dumped)
    except (TypeError, ValueError):
        pass
    for name, value in dumped["data"].items():
        try:
            _dumps(value)
        except (TypeError, ValueError):
            raise _not_storable(kind, name) from None
    raise _not_storable(kind, "it")


def _dumps(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON holds only escaped
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def _loaded(payload: str) -> BaseMessage:
    try:
        dumped = from_json(payload)
    except ValueError:  # half a surrogate pair
        dumped = json.loads(payload)
    (message,) = messages_from_dict([dumped])
    return message


def _check_comes_back(message: BaseMessage, payload: str) -> None:
    """JSON changes some values without a word: tuples become lists, numbers as keys become texts."""
    kind = type(message).__name__
    try:
        loaded = _loaded(payload)
    except (ValueError, TypeError):
        raise _not_storable(kind, "it") from None
    if type(loaded) is not type(message):
        raise ConfigurationError(
            f"a {kind} cannot be stored: it is a class of its own, and would come back as {type(loaded).__name__}. "
            "Store one of LangChain's own message classes."
        )
    if loaded != message:
        names = {**message.__dict__, **(message.model_extra or {})}
        changed = next((name for name, value in names.items() if getattr(loaded, name, None) != value), "it")
        raise _not_storable(kind, changed)


def _not_storable(kind: str, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"a {kind} cannot be stored: {what} holds a value that JSON does not keep as it is (such as a time, bytes, a "
        "tuple, NaN or an object of a class). Turn it into text, numbers, lists and dicts with text keys."
    )


def _foreign(entry: Entry, record: Record) -> BaseMessage:
    if not record.plain:
        warnings.warn(
            f"a message written through {record.framework} holds more than text: here it is its role and text, and "
            "response_metadata['written_by'] holds all of it.",
            ForeignMessageWarning,
            stacklevel=2,
        )
    text = entry.message.text if entry.edited and entry.message is not None else record.text
    written = {"framework": record.framework, "message": json.loads(record.payload)}
    message = message_of_role(record.role, content=text, id=entry.key, response_metadata={"written_by": written})
    if entry.on_platform:
        keep_origin(message, lambda: entry.message)
    return message
