"""Stored threads, messages and files in AppBuilder's spelling; all times in milliseconds.

Its examples are uneven and so is this: ``metadata`` only in lists, ``annotations`` only on user messages
and not in the answer to create, ``content_type`` only on assistant messages.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from provider_threads.emulator.records import StoredFile, StoredMessage, StoredThread
from provider_threads.emulator.switches import Switches

_PLACEHOLDER_THREAD = "thread_00000000000000000000000000000000"


def served_thread(thread: StoredThread) -> dict[str, Any]:
    """The thread as create, query and update show it."""
    return {
        "id": thread.id,
        "object": "thread",
        "created_at": thread.created_ms,
        "metadata": dict(thread.metadata),
    }


def served_message(
    message: StoredMessage, switches: Switches, call: Literal["create", "query", "list"]
) -> dict[str, Any]:
    """The message as a call shows it; update shows what query does."""
    placeholder = switches.echoed_thread_ids == "placeholder"
    served = {
        "id": message.id,
        "object": "thread.message",
        "role": message.role,
        "content": _content(message, call),
        **({"metadata": message.metadata or {}} if call == "list" else {}),
        "created_at": message.created_ms,
        "thread_id": _PLACEHOLDER_THREAD if placeholder else message.thread_id,
        **({"content_type": "text"} if message.role == "assistant" else {}),
        "assistant_id": message.assistant_id,
        "run_id": message.run_id,
        "file_ids": message.file_ids,
        **message.fields,
    }
    return {name: value for name, value in served.items() if name not in message.omit}


def served_file(file: StoredFile, message_id: str) -> dict[str, Any]:
    """A file of a message."""
    return {
        "id": file.id,
        "object": "thread.message.file",
        "created_at": file.created_ms,
        "message_id": message_id,
    }


def _content(message: StoredMessage, call: str) -> Sequence[Mapping[str, Any]] | None:
    if message.parts is not None or message.text is None:
        return message.parts
    text: dict[str, Any] = {"value": message.text}
    if message.role == "user" and call != "create":
        text = {"annotations": [], **text}
    return [{"type": "text", "text": text}]
