"""A message that would not come back equal is refused: by the field's name, not its value, before anything is sent."""

from __future__ import annotations

import enum
import uuid
import warnings
from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from provider_threads import ConfigurationError
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import SECRET_TEXT, Adding, OpenHistory, add_by, said, told_by


@dataclass
class Place:
    name: str


class Colour(enum.Enum):
    RED = SECRET_TEXT


Pair = namedtuple("Pair", "left right")  # noqa: PYI024 - what an app may hold


def circle() -> dict[str, Any]:
    inner: dict[str, Any] = {"text": SECRET_TEXT}
    inner["itself"] = inner
    return inner


def nested(depth: int) -> Any:
    value: Any = SECRET_TEXT
    for _ in range(depth):
        value = [value]
    return value


VALUES: dict[str, Any] = {
    "time": datetime(2026, 1, 2, tzinfo=timezone.utc),
    "bytes": SECRET_TEXT.encode(),
    "tuple": (SECRET_TEXT,),
    "named tuple": Pair(SECRET_TEXT, 1),
    "set": {SECRET_TEXT},
    "NaN": float("nan"),
    "infinity": float("-inf"),
    "half of a pair beside NaN": ["\ud83d" + SECRET_TEXT, float("nan")],
    "decimal": Decimal("1.5"),
    "uuid": uuid.UUID(int=7),
    "path": Path(SECRET_TEXT),
    "enumeration": Colour.RED,
    "number as key": {1: SECRET_TEXT},
    "None as key": {None: SECRET_TEXT},
    "tuple as key": {(SECRET_TEXT,): 1},
    "object": object(),
    "dataclass": Place(SECRET_TEXT),
    "function": len,
    "generator": (letter for letter in SECRET_TEXT),
    "a dict that holds itself": circle(),
    "lists in lists in lists": nested(100_000),
    "number of thousands of digits": 10**5_000,
}

FIELDS: dict[str, Callable[[Any], BaseMessage]] = {
    "additional_kwargs": lambda value: HumanMessage("你好", additional_kwargs={"k": [value]}),
    "response_metadata": lambda value: AIMessage("你好", response_metadata={"k": {"deep": value}}),
    "artifact": lambda value: ToolMessage("你好", tool_call_id="call_1", artifact=value),
    "note": lambda value: SystemMessage("你好", note=value),
    "content": lambda value: HumanMessage(
        [{"type": "text", "text": "你好"}, {"type": "image", "extras": {"k": value}}]
    ),
    "tool_calls": lambda value: AIMessage("", tool_calls=[{"name": "f", "args": {"k": value}, "id": "call_1"}]),
}


class Question(HumanMessage):
    """A class of an app's own, under LangChain's name."""


class Note(BaseMessage):
    """A class of an app's own, under a name of its own."""

    type: Literal["note"] = "note"


def assert_refused(
    history: Any, message: BaseMessage, named: str, emulator: Emulator, add: Adding, caplog: pytest.LogCaptureFixture
) -> None:
    emulator.clear_requests()
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        with pytest.raises(ConfigurationError) as caught:
            add(history, [HumanMessage("first"), message])
    assert shown == []
    assert named in str(caught.value)
    assert history.last_error is caught.value
    assert emulator.requests == []
    for told in (told_by(caught.value), caplog.text):
        assert SECRET_TEXT not in told
        assert SECRET_TEXT.encode("unicode_escape").decode() not in told
        assert "你好" not in told
    assert said(history.messages) == []


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_that_json_does_not_keep_is_refused(
    kind: str, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    history = history_of("minimax", overlay=overlay)
    for field, make in FIELDS.items():
        assert_refused(history, make(VALUES[kind]), f": {field} holds", emulator, add_by("sync"), caplog)


@pytest.mark.parametrize("writes", ["split", "overlay"])
def test_it_is_refused_on_every_platform_in_every_way(
    platform: str,
    writes: str,
    history_of: OpenHistory,
    emulator: Emulator,
    overlay: Overlay,
    add: Adding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    history = history_of(platform, overlay=overlay, writes=writes)
    message = HumanMessage("你好", additional_kwargs={"when": VALUES["time"]})
    assert_refused(history, message, "a HumanMessage cannot be stored: additional_kwargs holds", emulator, add, caplog)


@pytest.mark.parametrize(
    "message",
    [
        Question(SECRET_TEXT),
        Note(SECRET_TEXT),
        BaseMessage(SECRET_TEXT, type="human"),
        BaseMessage(SECRET_TEXT, type="memo"),
        RemoveMessage(SECRET_TEXT),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_class_that_would_come_back_as_another_is_refused(
    message: BaseMessage,
    history_of: OpenHistory,
    emulator: Emulator,
    overlay: Overlay,
    add: Adding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    history = history_of("minimax", overlay=overlay)
    named = f"a {type(message).__name__} cannot be stored: it would not come back as one."
    assert_refused(history, message, named, emulator, add, caplog)


@pytest.mark.parametrize("content", [None, (SECRET_TEXT,), [(SECRET_TEXT,)], {"type": "text", "text": SECRET_TEXT}, 7])
def test_content_that_was_taken_away_or_replaced_is_refused(
    content: Any,
    history_of: OpenHistory,
    emulator: Emulator,
    overlay: Overlay,
    add: Adding,
    caplog: pytest.LogCaptureFixture,
) -> None:
    message: Any = AIMessageChunk(content=SECRET_TEXT)
    message.content = content
    assert_refused(history_of("minimax", overlay=overlay), message, "its content", emulator, add, caplog)
    assert_refused(history_of("minimax"), message, "its content", emulator, add, caplog)
