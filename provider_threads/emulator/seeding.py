"""Conversations put straight into the emulator's storage, without the limits that its protocols keep."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any, Literal

from provider_threads.emulator.identifiers import Provider, new_id, new_message_id
from provider_threads.emulator.records import StoredFile, StoredMessage, StoredThread
from provider_threads.emulator.state import EmulatorState


@dataclass(frozen=True)
class SeedCitation:
    """A source quoted in a message, marked in its text; MiniMax serves it as an annotation.

    ``start`` and ``end`` bound the marker in the text, half-open. Left out they are counted by the server,
    in the units of the switch ``minimax_offsets``; given, they are served as they stand. A web citation
    without ``url`` is what MiniMax's own example shows.
    """

    marker: str
    quote: str
    kind: Literal["web", "file"] = "web"
    url: str | None = None
    file_id: str | None = None
    start: int | None = None
    end: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("web", "file"):
            raise ValueError(f"a citation is of kind web or file, not {self.kind!r}")
        if (self.kind == "file") != (self.file_id is not None):
            raise ValueError("a file citation, and no other, names a file_id")
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end of a citation are given together")


@dataclass(frozen=True)
class SeedMessage:
    """A message to store.

    Role words are the provider's own, except that ``assistant`` becomes MiniMax's ``ai``.

    ``text`` None is a message without content. ``parts`` replace text and citations on the wire, in the
    provider's own spelling. ``fields`` are laid over the served object and the names in ``omit`` taken out
    of it, which makes every odd answer of the platforms reproducible. An ``id`` given twice is stored
    twice: MiniMax's own example does that. ``created_at`` is an aware datetime or seconds since the epoch.
    """

    role: str
    text: str | None = ""
    citations: Sequence[SeedCitation] = ()
    file_ids: Sequence[str] = ()
    metadata: Mapping[str, Any] | None = None
    created_at: datetime | float | None = None
    status: Literal["completed", "in_progress", "incomplete"] = "completed"
    id: str | None = None
    assistant_id: str | None = None
    run_id: str | None = None
    parts: Sequence[Mapping[str, Any]] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    omit: Sequence[str] = ()

    def __post_init__(self) -> None:
        if isinstance(self.created_at, datetime) and self.created_at.tzinfo is None:
            raise ValueError("created_at needs a time zone")
        if self.status not in ("completed", "in_progress", "incomplete"):
            raise ValueError(f"a message is completed, in_progress or incomplete, not {self.status!r}")
        if self.citations and self.parts is not None:
            raise ValueError("citations mark the text: give them or parts, not both")
        for citation in self.citations:
            if citation.start is None and citation.marker not in (self.text or ""):
                raise ValueError("the text does not contain the citation's marker; give start and end, or correct it")


_JSON_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "role": str,
    "text": (str, NoneType),
    "citations": list,
    "file_ids": list,
    "metadata": (dict, NoneType),
    "created_at": (int, float, NoneType),
    "id": (str, NoneType),
    "assistant_id": (str, NoneType),
    "run_id": (str, NoneType),
    "parts": (list, NoneType),
    "fields": dict,
    "omit": list,
}


def seed_from_json(payload: Mapping[str, Any]) -> SeedMessage:
    """A seed message from its JSON form, whose keys are the names of :class:`SeedMessage`.

    Raises:
        ValueError: an unknown key, or a value that no message can have.
    """
    for name, value in payload.items():
        if not isinstance(value, _JSON_TYPES.get(name, object)):
            raise ValueError(f"not a seed message: {name} cannot be {type(value).__name__}")  # noqa: TRY004  # not a slip of ours
    try:
        citations = [SeedCitation(**citation) for citation in payload.get("citations", ())]
        return SeedMessage(**{**payload, "citations": citations})
    except TypeError as error:
        raise ValueError(f"not a seed message: {error}") from None


def stored_messages(
    provider: Provider, thread_id: str, seeds: Iterable[SeedMessage], *, start_ms: int
) -> list[StoredMessage]:
    """The messages to store, with ids, times, run and assistant ids as the platform's documents show them.

    A user message begins a run. Times count up from ``start_ms`` by one second a message, except on
    Hunyuan, whose examples give question and answer one time. On AppBuilder only assistant messages name
    run and assistant.

    Raises:
        ValueError: citations for a platform whose documents show none.
    """
    assistant_id = "" if provider == "hunyuan" else new_id(provider, "asst")
    run_id = new_id(provider, "run")
    run_ms = start_ms
    stored: list[StoredMessage] = []
    for index, seed in enumerate(seeds):
        if seed.citations and provider != "minimax":
            raise ValueError(f"{provider} documents no citations; seed them with parts= if you need their shape")
        time_ms = start_ms + index * 1000
        if seed.role == "user" and index > 0:
            run_id, run_ms = new_id(provider, "run"), time_ms
        belongs = provider != "appbuilder" or seed.role == "assistant"
        stored.append(
            StoredMessage(
                id=seed.id if seed.id is not None else new_message_id(provider, seed.role),
                thread_id=thread_id,
                role="ai" if provider == "minimax" and seed.role == "assistant" else seed.role,
                text=seed.text,
                created_ms=_milliseconds(seed.created_at, run_ms if provider == "hunyuan" else time_ms),
                parts=seed.parts,
                citations=[citation.__dict__ for citation in seed.citations],
                files=attached(seed.file_ids, time_ms),
                metadata=seed.metadata,
                status=seed.status,
                assistant_id=_first(seed.assistant_id, assistant_id if belongs else ""),
                run_id=_first(seed.run_id, run_id if belongs else ""),
                fields=seed.fields,
                omit=seed.omit,
            )
        )
    return stored


def attached(file_ids: Sequence[str], time_ms: int) -> list[StoredFile]:
    """Files attached at a time, each a millisecond after the one before, so that order is age."""
    return [StoredFile(file_id, time_ms + index) for index, file_id in enumerate(file_ids)]


def _first(given: str | None, otherwise: str) -> str:
    return otherwise if given is None else given


def _milliseconds(given: datetime | float | None, otherwise: int) -> int:
    if given is None:
        return otherwise
    seconds = given.timestamp() if isinstance(given, datetime) else given
    if not math.isfinite(seconds):
        raise ValueError("created_at is not a time")
    return round(seconds * 1000)


def seed_thread(
    state: EmulatorState,
    provider: Provider,
    messages: Iterable[SeedMessage] = (),
    *,
    thread_id: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> str:
    """Store a thread with its messages in one transaction, and give its id; an existing thread is added to.

    Raises:
        ValueError: what :func:`stored_messages` raises, or metadata for an existing thread.
    """
    seeds = list(messages)
    now_ms = state.now_ms()
    start_ms = now_ms - len(seeds) * 1000
    chosen = thread_id or new_id(provider, "thread")
    stored = stored_messages(provider, chosen, seeds, start_ms=start_ms)
    if state.storage.thread(provider, chosen) is None:
        state.storage.add_thread(provider, StoredThread(chosen, start_ms, start_ms, metadata or {}), stored)
    elif metadata is not None:
        raise ValueError("metadata belong to a new thread, and this one exists")
    else:
        state.storage.add_messages(provider, stored)
    return chosen
