"""A memory with an overlay as thread messages: what frameworks wrote beyond role and text comes along."""

from __future__ import annotations

import json
from dataclasses import replace

from provider_threads.entries import Entry, Reading
from provider_threads.messages import Part, ThreadMessage, ThreadView

__all__ = ["view_of"]


def view_of(reading: Reading) -> ThreadView:
    """What was read as a view of the thread.

    A message that a framework wrote has its dump in ``raw``, under ``written_by``. Where that says more than role and
    text (a tool's call or result, an image), it is the last of the message's parts, too, of kind ``other``.
    """
    messages = tuple(_message(entry, reading.thread_id) for entry in reading.entries)
    found = reading.extent
    return ThreadView(messages, found.reached_start, found.gap_before, found.outage is not None, found.limit)


def _message(entry: Entry, thread_id: str) -> ThreadMessage:
    message = entry.as_thread_message(thread_id)
    record = entry.record
    if record is None:
        return message
    written = {"framework": record.framework, "message": json.loads(record.payload)}
    parts = message.parts
    if not entry.on_platform and message.text:
        parts = (Part("text", message.text),)
    if not record.plain:
        parts = (*parts, Part("other", raw={"written_by": written}))
    return replace(message, parts=parts, raw={**message.raw, "written_by": written})
