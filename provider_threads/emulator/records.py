"""Threads, messages and files as the server holds them, before a protocol puts them into its own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class StoredThread:
    """A thread as the server holds it; times in milliseconds since the epoch."""

    id: str
    created_ms: int
    updated_ms: int
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class StoredFile:
    """A file named by a message; the time, in milliseconds, is when it was attached."""

    id: str
    created_ms: int


@dataclass(frozen=True)
class StoredMessage:
    """A message as the server holds it, with the provider's own role word.

    ``text`` is None for a message without content. ``parts``, where given, are served as they stand in
    place of text and citations; ``fields`` are laid over the served object and the names in ``omit`` taken
    out of it last. ``created_ms`` is in milliseconds since the epoch. ``position`` grows with each message
    stored, 0 before that.
    """

    id: str
    thread_id: str
    role: str
    text: str | None
    created_ms: int
    position: int = 0
    parts: Sequence[Mapping[str, Any]] | None = None
    citations: Sequence[Mapping[str, Any]] = ()
    files: Sequence[StoredFile] = ()
    metadata: Mapping[str, Any] | None = None
    status: str = "completed"
    assistant_id: str = ""
    run_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    omit: Sequence[str] = ()

    @property
    def created_at(self) -> datetime:
        """When the message was stored, in UTC."""
        return datetime.fromtimestamp(self.created_ms / 1000, tz=timezone.utc)

    @property
    def file_ids(self) -> list[str]:
        """The ids of the attached files, in the order they were attached."""
        return [file.id for file in self.files]
