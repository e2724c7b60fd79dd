"""Where a message came from, as plain JSON: what both adapters put beside its text."""

from __future__ import annotations

from typing import Any

from provider_threads.messages import ThreadMessage

__all__ = ["provenance"]


def provenance(message: ThreadMessage) -> dict[str, Any]:
    """Thread, message and, where the platform gave them, run, assistant, time (ISO 8601), status, metadata and files.

    ``provider_role`` is the role as it came; ``other_parts`` what is not text, as it came.
    """
    known = {
        "run_id": message.run_id,
        "assistant_id": message.assistant_id,
        "created_at": message.created_at.isoformat() if message.created_at else None,
        "status": message.status,
        "metadata": dict(message.metadata) if message.metadata else None,
        "file_ids": list(message.file_ids) or None,
        "other_parts": [part.raw for part in message.parts if part.kind != "text"] or None,
    }
    return {
        "thread_id": message.thread_id,
        "message_id": message.id,
        "provider_role": message.provider_role,
        **{name: value for name, value in known.items() if value is not None},
    }
