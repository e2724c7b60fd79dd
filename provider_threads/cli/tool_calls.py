"""Tool calls in a message as a framework dumped it, in whichever of the usual spellings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["calls_in"]


def calls_in(dumped: Any) -> list[str]:
    """A line for each call, once, and one for the call that a message answers; empty where there is neither."""
    lines: dict[str, str] = {}
    for value in _objects(dumped):
        if (call := _call(value)) is not None:
            name, arguments, call_id = call
            written = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
            lines.setdefault(f"{call_id or name + written}", f"calls {name}({written})")
        elif isinstance(answered := value.get("tool_call_id"), str) and answered:
            lines.setdefault(f"answers {answered}", f"answers the call {answered}")
    return list(lines.values())


def _call(value: dict[str, Any]) -> tuple[str, Any, object] | None:
    """Name, arguments and id, where `value` is a call."""
    function = value.get("function")
    spellings: tuple[tuple[Any, str, str, str], ...] = (
        (value, "name", "args", "id"),  # LangChain's tool_calls
        (value, "tool_name", "tool_kwargs", "tool_call_id"),  # LlamaIndex's blocks
        (value, "name", "input", "id"),  # Anthropic's content
    )
    for holder, name, arguments, call_id in spellings:
        if isinstance(holder.get(name), str) and arguments in holder:
            return holder[name], holder[arguments], holder.get(call_id)
    if isinstance(function, dict) and isinstance(function.get("name"), str) and "arguments" in function:  # OpenAI's
        return function["name"], function["arguments"], value.get("id")
    return None


def _objects(dumped: Any) -> Iterator[dict[str, Any]]:
    """Every JSON object in `dumped`, outer ones first; what a call holds is its arguments, and not looked into."""
    waiting = [dumped]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            if _call(value) is None:
                waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
