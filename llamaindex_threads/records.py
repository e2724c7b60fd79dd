"""LlamaIndex messages on their way into an overlay and back: whole, and equal to what was written."""

from __future__ import annotations

import json
import warnings
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock

from llamaindex_threads.messages import CitationsAs, holds_more, role_of, to_draft, to_llamaindex
from llamaindex_threads.payloads import dumped, loaded
from llamaindex_threads.quiet import QuietOriginal
from provider_threads import Draft, ForeignMessageWarning, Provider, ThreadsError
from provider_threads.entries import RESULT_ROLES, Entry, Outgoing, Record
from provider_threads.provenance import keep_origin, kept_origin

__all__ = ["from_entry", "outgoing", "payload_of", "provenance_of", "record_of"]

_FRAMEWORK = "llamaindex"


def outgoing(message: ChatMessage, provider: Provider, *, keep: bool) -> Outgoing:
    """A message for a memory; whole as well, where an overlay is to `keep` it.

    Raises:
        ConfigurationError: it would not come back from the overlay as it is.
    """
    record = record_of(message) if keep else None
    draft: Draft | ThreadsError
    try:
        draft = to_draft(message, provider, whole=not keep)
    except ThreadsError as error:
        draft = error
    return Outgoing(draft, record)


def record_of(message: ChatMessage) -> Record:
    """A message for an overlay.

    Raises:
        ConfigurationError: it would not come back as it is.
    """
    payload = dumped(message)
    role = role_of(message)
    only_text = all(isinstance(block, TextBlock) for block in message.blocks) and len(message.blocks) <= 1
    plain = only_text and role not in RESULT_ROLES and not holds_more(message)
    return Record(_FRAMEWORK, role, message.content or "", payload, plain)


def from_entry(entry: Entry, provider: str, citations: CitationsAs) -> ChatMessage:
    """An entry of a memory as a fresh message; `provider` is the platform's name.

    What LlamaIndex wrote comes back as it was, with the platform's text where that was edited there. What others wrote
    on the platform carries its provenance.

    Warns:
        ForeignMessageWarning: another framework wrote it, and more than role and text.
    """
    record = entry.record
    if record is not None and record.framework != _FRAMEWORK and not record.plain:
        warnings.warn(
            f"a message written through {record.framework} holds more than text: here it is its role and text, and "
            "additional_kwargs['written_by'] holds all of it.",
            ForeignMessageWarning,
            stacklevel=2,
        )
    message = _message(entry, provider, citations)
    if record is not None and (origin := entry.origin) is not None:
        keep_origin(message, origin)
    return message


def payload_of(entry: Entry, provider: str, citations: CitationsAs) -> str:
    """An entry as the payload of the message that `from_entry` makes of it."""
    return dumped(_message(entry, provider, citations))


def provenance_of(message: ChatMessage) -> dict[str, Any] | None:
    """Where a message is on the platform: thread and message id, role as it came, time and more, as plain JSON.

    For messages that a store handed out: of others' messages it stands in ``additional_kwargs["thread"]``, of your own
    it is kept beside the object, so a copy of it has none. None for what the platform does not have.
    """
    kept = kept_origin(message)
    if kept is not None:
        return kept
    thread = message.additional_kwargs.get("thread")
    if not isinstance(thread, dict) or not {"provider", "thread_id", "message_id"} <= thread.keys():
        return None
    return {name: value for name, value in thread.items() if name not in ("provider", "key")}


def _message(entry: Entry, provider: str, citations: CitationsAs) -> ChatMessage:
    record = entry.record
    if record is None:
        theirs = entry.message
        assert theirs is not None  # noqa: S101 - an entry is one or the other
        return to_llamaindex(theirs, provider, citations)
    message = loaded(record.payload) if record.framework == _FRAMEWORK else _foreign(record)
    if entry.edited and (edited := entry.message) is not None:
        message.blocks = [TextBlock(text=edited.text)]
    return message


def _foreign(record: Record) -> ChatMessage:
    written = QuietOriginal(framework=record.framework, message=json.loads(record.payload))
    role = next((known for known in MessageRole if known.value == record.role), MessageRole.USER)
    return ChatMessage(role=role, content=record.text, additional_kwargs={"written_by": written})
