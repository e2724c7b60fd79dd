"""Stored threads and messages in MiniMax's spelling.

A message's object is plain ``message``, the role of answers is ``ai``, ``file_ids`` is null when there are
none, ``assistant_id`` and ``run_id`` are always strings, and citations are annotations of the text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from provider_threads.emulator.records import StoredMessage, StoredThread
from provider_threads.emulator.switches import Switches

_PLACEHOLDER_THREAD = "thread_id"


def served_thread(thread: StoredThread) -> dict[str, Any]:
    """The thread; times in seconds since the epoch."""
    return {
        "id": thread.id,
        "object": "thread",
        "created_at": thread.created_ms // 1000,
        "updated_at": thread.updated_ms // 1000,
        "metadata": dict(thread.metadata),
    }


def served_message(message: StoredMessage, switches: Switches) -> dict[str, Any]:
    """The message as add, retrieve and list show it; the time in seconds since the epoch."""
    placeholder = switches.echoed_thread_ids == "placeholder"
    served = {
        "id": message.id,
        "object": "message",
        "created_at": message.created_ms // 1000,
        "thread_id": _PLACEHOLDER_THREAD if placeholder else message.thread_id,
        "role": message.role,
        "content": _content(message, switches),
        "file_ids": message.file_ids or None,
        "assistant_id": message.assistant_id,
        "run_id": message.run_id,
        "metadata": message.metadata,
        **message.fields,
    }
    return {name: value for name, value in served.items() if name not in message.omit}


def _content(message: StoredMessage, switches: Switches) -> Sequence[Mapping[str, Any]] | None:
    if message.parts is not None or message.text is None:
        return message.parts
    annotations = _annotations(message.text, message.citations, switches)
    return [{"type": "text", "text": {"value": message.text, "annotations": annotations}}]


def _annotations(text: str, citations: Sequence[Mapping[str, Any]], switches: Switches) -> list[dict[str, Any]]:
    searched: dict[str, int] = {}  # where to look on for a marker that occurs more than once
    annotations = []
    for citation in citations:
        marker, start, end = citation["marker"], citation["start"], citation["end"]
        if start is None:
            start = text.find(marker, searched.get(marker, 0))
            start = text.rfind(marker) if start < 0 else start
            end = start + len(marker)
            searched[marker] = end
            if switches.minimax_offsets == "utf16":
                start, end = _utf16_units(text[:start]), _utf16_units(text[:end])
        source = {"quote": citation["quote"]}
        if citation["kind"] == "file":
            source = {"file_id": citation["file_id"], **source}
        elif citation["url"] is not None:
            source["url"] = citation["url"]
        kind = f"{citation['kind']}_citation"
        annotations.append({"type": kind, "text": marker, "start_index": start, "end_index": end, kind: source})
    return annotations


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
