"""JSON as it comes in and goes out, the same for all protocols."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response


class MalformedBodyError(ValueError):
    """The body is not a JSON object of Unicode text."""


@dataclass(frozen=True)
class Answer:
    """A protocol's answer and what is recorded about it.

    ``error`` is the provider's error code; ``faults`` are the kinds of fault that the request met.
    """

    operation: str
    parameters: Mapping[str, Any]
    response: Response
    error: str | None = None
    faults: tuple[str, ...] = ()


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty body counts as an empty object.

    Raises:
        MalformedBodyError: anything else, NaN and lone surrogates included.
    """
    if not body.strip():
        return {}
    try:
        value = json.loads(body, parse_constant=_refuse)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()  # an escape can smuggle in half a character
    except (ValueError, RecursionError):
        raise MalformedBodyError("the body is not valid JSON") from None
    if not isinstance(value, dict):
        raise MalformedBodyError("the body is not a JSON object")
    return value


def json_response(payload: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer whose Content-Type is exactly ``application/json``.

    Tencent's SDK looks for an error only under that exact value (with a charset behind it, it sees success).
    """
    try:
        body = json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character was seeded: JSON can carry it as an escape only
        body = json.dumps(payload).encode()
    return Response(body, status, {**(headers or {}), "content-type": "application/json"})


def is_string_map(value: object) -> bool:
    """Whether the value is an object of strings, as all metadata are."""
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def is_string_list(value: object) -> bool:
    """Whether the value is a list of strings that are not empty, as all file ids are."""
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _refuse(constant: str) -> float:
    raise ValueError(constant)
