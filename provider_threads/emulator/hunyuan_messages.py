"""Stored threads and messages in Hunyuan's spelling, with the oddities of its examples.

``InCompleteDetails`` is there on completed messages too, ``AssistantID`` is empty rather than null,
``Attachments`` null rather than empty, ``Metadata`` is in every example and in no schema, and
``CompletedAt`` is eight hours after ``CreatedAt``. The schema calls ``Content`` a string where every
example shows a list of parts: a switch.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from provider_threads.emulator.records import StoredMessage, StoredThread
from provider_threads.emulator.switches import Switches

EIGHT_HOURS = 8 * 3600


def served_thread(thread: StoredThread, late: int = 0) -> dict[str, Any]:
    """The thread; ``late`` is added to its time, both in seconds."""
    created_at = thread.created_ms // 1000 + late
    return {"ID": thread.id, "Object": "thread", "CreatedAt": created_at, "ToolResources": None}


def served_message(message: StoredMessage, switches: Switches) -> dict[str, Any]:
    """The message as GetThreadMessage and GetThreadMessageList show it; times in seconds since the epoch."""
    created_at = message.created_ms // 1000
    ended_at = created_at + (EIGHT_HOURS if switches.hunyuan_timestamps == "shifted" else 0)
    served = {
        "ID": message.id,
        "Object": "thread.message",
        "CreatedAt": created_at,
        "ThreadID": message.thread_id,
        "Status": message.status,
        "InCompleteDetails": {"Reason": "max_tokens" if message.status == "incomplete" else ""},
        "CompletedAt": ended_at if message.status == "completed" else None,
        "InCompleteAt": ended_at if message.status == "incomplete" else None,
        "Role": message.role,
        "Content": _content(message, switches),
        "AssistantID": message.assistant_id,
        "RunID": message.run_id,
        "Attachments": [{"FileID": file_id} for file_id in message.file_ids] or None,
        "Metadata": message.metadata or {},
        **message.fields,
    }
    return {name: value for name, value in served.items() if name not in message.omit}


def text_part(text: str, index: int = 0) -> dict[str, Any]:
    """A part of text, as messages and stream deltas show it."""
    return {"Index": index, "Type": "text", "Text": {"Value": text}}


def _content(message: StoredMessage, switches: Switches) -> Sequence[Mapping[str, Any]] | str | None:
    parts = message.parts
    if parts is None:
        if message.text is None or switches.hunyuan_content == "string":
            return message.text
        return [text_part(message.text)]
    if switches.hunyuan_content == "string":
        return "\n".join(part["Text"]["Value"] for part in parts if isinstance(part.get("Text"), Mapping))
    return parts
