"""Batches as adapters give them to a memory: the user's message may go to the platform, the rest stays here."""

from __future__ import annotations

import json

from provider_threads import Draft, UnsupportedOperationError
from provider_threads.entries import Entry, Outgoing, Record

__all__ = ["answer", "mark_of", "outgoing", "said", "turn"]


def outgoing(mark: str, role: str, text: str) -> Outgoing:
    """A message that `mark` tells from every other, also where role and text are the same."""
    record = Record("test", role, text, json.dumps({"mark": mark, "role": role, "text": text}))
    if role == "user":
        return Outgoing(Draft(text), record)
    return Outgoing(UnsupportedOperationError(f"no platform takes the role {role}"), record)


def said(mark: str, text: str) -> list[Outgoing]:
    """What a user says, which goes to the platform."""
    return [outgoing(mark, "user", text)]


def answer(mark: str) -> list[Outgoing]:
    """What a model says, which stays here."""
    return [outgoing(mark, "assistant", f"answer {mark}")]


def turn(mark: str, text: str) -> list[Outgoing]:
    """One turn of an agent with a tool call: four messages, of which the platform takes the first."""
    roles = ("user", "assistant", "tool", "assistant")
    texts = (text, "", f"result {mark}", f"answer {mark}")
    return [
        outgoing(f"{mark}.{number}", role, words)
        for number, (role, words) in enumerate(zip(roles, texts, strict=True), start=1)
    ]


def mark_of(entry: Entry) -> str | None:
    """The mark of an entry; None for a message that came from the platform alone."""
    mark: str | None = None if entry.record is None else json.loads(entry.record.payload)["mark"]
    return mark
