"""LangChain messages on their way into an overlay and back: whole, and equal to what was written."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache, partial
from typing import Any, Final

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
)
from pydantic import BaseModel
from pydantic_core import from_json

from langchain_threads.content_blocks import model_provider
from langchain_threads.messages import message_of_role, role_of, to_draft, to_langchain
from provider_threads import ConfigurationError, Draft, ForeignMessageWarning, Provider, ThreadsError
from provider_threads.entries import RESULT_ROLES, Entry, Outgoing, Record
from provider_threads.provenance import keep_origin, kept_origin

__all__ = ["from_entry", "outgoing", "provenance_of"]

_FRAMEWORK: Final = "langchain"

_DEEPEST: Final = 150
"""Values in values in which pydantic objects are looked for."""

_CLASSES: Final[Mapping[str, type[BaseMessage]]] = {
    kind.model_fields["type"].default: kind
    for kind in (
        AIMessage,
        AIMessageChunk,
        ChatMessage,
        ChatMessageChunk,
        FunctionMessage,
        FunctionMessageChunk,
        HumanMessage,
        HumanMessageChunk,
        SystemMessage,
        SystemMessageChunk,
        ToolMessage,
        ToolMessageChunk,
    )
}
"""What can be stored, by the name that stands in its dump."""


def outgoing(message: BaseMessage, provider: Provider, *, keep: bool) -> Outgoing:
    """A message for a memory; whole as well, where an overlay is to `keep` it.

    Raises:
        ConfigurationError: it has no content, or would not come back from the overlay as it is.
    """
    if not _has_content(message):
        kind = type(message).__name__
        raise ConfigurationError(f"a {kind} cannot be stored: its content is neither text nor a list of blocks.")
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
        theirs = entry.message
        assert theirs is not None  # noqa: S101 - an entry is one or the other
        return to_langchain(theirs, provider)
    message = _loaded(record.payload) if record.framework == _FRAMEWORK else None
    if message is None:
        return _foreign(entry, record)
    if message.id is None:
        message.id = entry.key
    if entry.edited and (edited := entry.message) is not None:
        message.content = edited.text
    if (origin := entry.origin) is not None:
        keep_origin(message, origin)
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


def _record(message: BaseMessage) -> Record:
    kind = type(message).__name__
    if _CLASSES.get(message.type) is not type(message):
        raise ConfigurationError(
            f"a {kind} cannot be stored: it would not come back as one. Store one of LangChain's own message classes, "
            "such as HumanMessage or AIMessage."
        )
    given = _without_defaults(message)
    data = {name: _with_models_dumped(value) for name, value in given.items()}
    if any(data[name] is not given[name] for name in given):
        message = message.model_copy(update=data)
    payload = _as_json({"type": message.type, "data": data})
    if payload is None:
        raise _not_storable(kind, next((name for name, value in data.items() if _as_json(value) is None), "it"))
    loaded = _loaded(payload)
    if loaded != message:
        # JSON changes some values without a word: tuples become lists, numbers as keys become texts.
        again = _without_defaults(loaded) if loaded is not None else {}
        raise _not_storable(kind, next((name for name, value in data.items() if again.get(name) != value), "it"))
    return Record(_FRAMEWORK, role_of(message), str(message.text), payload, _is_plain(message), message.id)


def _with_models_dumped(value: object) -> object:
    """`value` with the pydantic objects in it as dicts: a chat model puts what it parsed beside its answer.

    The same object where there are none.
    """
    try:
        return _copied(value) if _holds_models(value) else value
    except (RecursionError, TypeError, ValueError):
        return value  # no JSON either


def _holds_models(value: object, depth: int = 0) -> bool:
    if depth > _DEEPEST:
        raise ValueError  # a value that holds itself; Python would give up only after a thousand calls
    if isinstance(value, (dict, list)):
        return any(_holds_models(item, depth + 1) for item in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, BaseModel)


def _copied(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", warnings=False)  # which would repeat values
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) is list:
        return [_copied(item) for item in value]
    return value


def _is_plain(message: BaseMessage) -> bool:
    """Whether role and text are all that a message says."""
    if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
        return False
    more = any(value for key, value in message.additional_kwargs.items() if key != "file_ids")
    return isinstance(message.content, str) and not more and role_of(message) not in RESULT_ROLES


def _has_content(message: BaseMessage) -> bool:
    """Content may have been taken away, or replaced, after a message was made: LangChain does not look again."""
    content: object = message.content
    return isinstance(content, str) or (
        isinstance(content, list) and all(isinstance(block, (str, dict)) for block in content)
    )


def _without_defaults(message: BaseMessage) -> dict[str, Any]:
    """The fields and extra fields of a message, without what every message of its class has."""
    fields = {**vars(message), **(message.model_extra or {})}
    usual = _defaults_of(type(message))
    return {
        name: value
        for name, value in fields.items()
        if name not in usual or type(value) is not type(usual[name]) or value != usual[name]
    }


@cache
def _defaults_of(kind: type[BaseMessage]) -> dict[str, Any]:
    fields = kind.model_fields.items()
    return {name: field.get_default(call_default_factory=True) for name, field in fields if not field.is_required()}


def _as_json(value: object) -> str | None:
    """`value` as JSON text, or None where it is not JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return None
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON holds only escaped
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def _loaded(payload: str) -> BaseMessage | None:
    """A fresh message; None where this version of LangChain has no such class."""
    try:
        dumped = from_json(payload)
    except ValueError:  # half a surrogate pair
        dumped = json.loads(payload)
    kind, data = _CLASSES.get(dumped["type"]), dumped["data"]
    if kind is None:
        return None
    fields = {**_plain_defaults_of(kind), **{name: make() for name, make in _made_defaults_of(kind).items()}}
    known = kind.model_fields
    fields.update((name, value) for name, value in data.items() if name in known)
    # Not validated again: some classes change what they are given, such as the tool calls of a chunk.
    message = kind.model_construct({name for name in data if name in known}, **fields)
    if message.model_extra is not None:
        message.model_extra.update({name: value for name, value in data.items() if name not in known})
    return message


# Given, each of its own: pydantic would look for them, for every message, which takes fifty times as long as the rest.
@cache
def _plain_defaults_of(kind: type[BaseMessage]) -> dict[str, Any]:
    made = _made_defaults_of(kind)
    return {name: default for name, default in _defaults_of(kind).items() if name not in made}


@cache
def _made_defaults_of(kind: type[BaseMessage]) -> dict[str, Callable[[], Any]]:
    """What makes a fresh list or dict for each message; some versions of LangChain have one for all."""
    mutable = {name: default for name, default in _defaults_of(kind).items() if isinstance(default, (list, dict))}
    return {name: partial(deepcopy, default) if default else type(default) for name, default in mutable.items()}


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
    edited = entry.message if entry.edited else None
    text = edited.text if edited is not None else record.text
    written = {"framework": record.framework, "message": json.loads(record.payload)}
    message = message_of_role(record.role, content=text, id=entry.key, response_metadata={"written_by": written})
    if (origin := entry.origin) is not None:
        keep_origin(message, origin)
    return message
