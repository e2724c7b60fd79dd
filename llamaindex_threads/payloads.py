"""LlamaIndex messages as JSON text that comes back as equal messages.

LlamaIndex's own dump does not: bytes come back as text, paths and URLs too where a field takes both, validators run
again over what they have already changed, and a block is refused once the file that it names has gone.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, Final, cast

from llama_index.core.base.llms import types
from llama_index.core.base.llms.types import BaseContentBlock, ChatMessage, MessageRole
from llama_index.core.bridge.pydantic import AnyUrl, BaseModel
from pydantic_core import from_json

from llamaindex_threads.quiet import QuietCitations, QuietOriginal, QuietProvenance
from provider_threads import ConfigurationError

__all__ = ["dumped", "loaded"]

_KIND: Final = "$type"
"""The key that tells what a JSON object stands for; a dict of the app's own that has it is wrapped."""

_MODELS: Final[dict[str, type[BaseContentBlock]]] = {
    name: kind for name, kind in vars(types).items() if isinstance(kind, type) and issubclass(kind, BaseContentBlock)
}
"""Messages, blocks and what they are made of, by name: those of the LlamaIndex that is installed."""

_BLANKS: Final[dict[str, dict[str, Any]]] = {
    name: {field: None if info.is_required() else info.default for field, info in kind.model_fields.items()}
    for name, kind in _MODELS.items()
}
"""The fields of each, in their order, with the defaults that are the same for all."""

_FRESH: Final[dict[str, list[tuple[str, Callable[[], Any]]]]] = {
    name: [
        (field, cast("Callable[[], Any]", info.default_factory))
        for field, info in kind.model_fields.items()
        if info.default_factory is not None
    ]
    for name, kind in _MODELS.items()
}
"""What makes the defaults that are each message's own, such as an empty dict."""

_DEEPEST: Final = 150
"""Values in values, as a message may hold them: far from where Python, and what it runs meanwhile, would give up."""

_QUIET: Final = {kind.__name__: kind for kind in (QuietCitations, QuietOriginal, QuietProvenance)}

_ROLES: Final = {role.value: role for role in MessageRole}

_LOADERS: Final[dict[str, Callable[[Any], Any]]] = {
    "ascii": lambda value: value.encode(),
    "bytes": base64.b64decode,
    "dict": lambda value: value,
    "path": Path,
    "url": AnyUrl,
    **_QUIET,
}


def dumped(message: ChatMessage) -> str:
    """The whole message as JSON text.

    Objects of pydantic classes in ``additional_kwargs``, such as the OpenAI integration's tool calls, become dicts, as
    in LlamaIndex's own stores.

    Raises:
        ConfigurationError: part of it would not come back as it is.
    """
    if type(message) is not ChatMessage:
        raise ConfigurationError(
            f"a {type(message).__name__} cannot be stored: it is a class of its own, and would come back as "
            "ChatMessage. Store a ChatMessage."
        )
    payload: str | None = None
    try:
        kept = message.model_copy(update={"additional_kwargs": _without_objects(message.additional_kwargs)})
        payload = _as_text(_encoded(kept, ()))
    except ConfigurationError:
        raise
    except (ValueError, RecursionError):  # a number of thousands of digits, or a dict that holds itself
        pass  # raised below: an object's own error may repeat what it holds, and would be in the chain
    if payload is None:
        raise _not_storable("it")
    again = loaded(payload)
    if again != kept:
        changed = (name for name in ChatMessage.model_fields if getattr(again, name) != getattr(kept, name))
        raise _not_storable(next(changed, "it"))
    return payload


def loaded(payload: str) -> ChatMessage:
    """A fresh message from what `dumped` returned.

    Raises:
        ConfigurationError: it holds a block that the LlamaIndex installed here does not know.
    """
    try:
        parsed = from_json(payload)
    except ValueError:  # half a surrogate pair
        parsed = json.loads(payload)
    message = _decoded(parsed)
    assert isinstance(message, ChatMessage)  # noqa: S101 - nothing else is dumped
    return message


Place = tuple[str, ...]
"""Where in a message a value stands: ``("blocks", "[1]", ".image")``."""


def _encoded(value: Any, place: Place) -> Any:
    if len(place) > _DEEPEST:
        raise _not_storable("it")
    if value is None or isinstance(value, (str, int)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, bytes):
        if value.isascii():  # images and files are, in base64: encoding them again would cost a third more
            return {_KIND: "ascii", "value": value.decode()}
        return {_KIND: "bytes", "value": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return {_KIND: "path", "value": str(value)}
    if type(value) is AnyUrl:
        return {_KIND: "url", "value": str(value)}
    if isinstance(value, list):
        items = [_encoded(item, (*place, f"[{index}]")) for index, item in enumerate(value)]
        return {_KIND: type(value).__name__, "value": items} if type(value) in _QUIET.values() else items
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return _encoded_dict(value, place)
    if _MODELS.get(type(value).__name__) is type(value):
        return {_KIND: type(value).__name__, **_encoded_fields(value, place)}
    raise _not_storable(_named(place), type(value).__name__)


def _encoded_dict(value: dict[str, Any], place: Place) -> dict[str, Any]:
    items = {key: _encoded(item, (*place, f"[{key!r}]")) for key, item in value.items()}
    if type(value) in _QUIET.values():
        return {_KIND: type(value).__name__, "value": items}
    return {_KIND: "dict", "value": items} if _KIND in items else items


def _encoded_fields(block: BaseContentBlock, place: Place) -> dict[str, Any]:
    """A message's or block's fields; those that are empty, as they are in most, are filled in again by themselves."""
    encoded = {}
    for name, field in type(block).model_fields.items():
        value = getattr(block, name)
        empty = (value is None and field.default is None) or (value == {} and field.default_factory is dict)
        if not empty and name != "block_type":
            encoded[name] = _encoded(value, (*place, f".{name}"))
    return encoded


def _decoded(value: Any) -> Any:
    if type(value) is list:
        return [_decoded(item) for item in value]
    if type(value) is not dict:
        return value
    if _KIND not in value:
        return {key: _decoded(item) for key, item in value.items()}
    kind = value[_KIND]
    if kind in _MODELS:
        return _made(kind, value)
    if kind not in _LOADERS:
        raise ConfigurationError(
            f"a stored message holds a {kind}, which the installed llama-index-core does not know. Update it."
        )
    inner = value["value"]
    items = {key: _decoded(item) for key, item in inner.items()} if isinstance(inner, dict) else _decoded(inner)
    return _LOADERS[kind](items)


def _made(kind: str, written: dict[str, Any]) -> BaseContentBlock:
    """A message or block from its fields as they were written.

    Not validated again: what was written is what comes back, also where a file that it names has gone. Put together as
    pydantic's own `model_construct` does, which takes three times as long: a conversation is read at every turn.
    """
    fields = {**_BLANKS[kind]}
    for name, fresh in _FRESH[kind]:
        fields[name] = fresh()
    for name, value in written.items():
        if name in fields:
            fields[name] = value if type(value) is str else _decoded(value)
    if kind == "ChatMessage":
        fields["role"] = _ROLES.get(fields["role"], MessageRole.USER)
    made = object.__new__(_MODELS[kind])
    object.__setattr__(made, "__dict__", fields)
    object.__setattr__(made, "__pydantic_fields_set__", {*fields})
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def _without_objects(value: Any, depth: int = 0) -> Any:
    """`value` with objects of pydantic classes as dicts."""
    if depth > _DEEPEST:
        raise _not_storable("it")
    if isinstance(value, BaseModel) and type(value) not in _MODELS.values():
        return _without_objects(value.model_dump(warnings=False), depth)  # they would repeat values
    if type(value) is list:
        return [_without_objects(item, depth + 1) for item in value]
    if type(value) is dict:
        return {key: _without_objects(item, depth + 1) for key, item in value.items()}
    return value


def _as_text(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON holds only escaped
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text


def _named(place: Place) -> str:
    """The field and what is directly in it; what is deeper may be the conversation's own."""
    return "".join(place[:3] if place[0] == ".blocks" else place[:2]).removeprefix(".")


def _not_storable(what: str, kind: str | None = None) -> ConfigurationError:
    holds = f"a {kind}" if kind else "a value"
    return ConfigurationError(
        f"a ChatMessage cannot be stored: {what} holds {holds} that would not come back as it is (such as a time, a "
        "tuple, a set, NaN or an open file). Turn it into text, numbers, bytes, lists and dicts with text keys."
    )
