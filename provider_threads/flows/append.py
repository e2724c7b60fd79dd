"""Appending messages: one request each, in order, none repeated."""

from __future__ import annotations

from collections.abc import Sequence

from provider_threads.endpoint import AppendMessage, Endpoint
from provider_threads.errors import ThreadsError
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.steps import Flow
from provider_threads.messages import Draft, ThreadMessage

__all__ = ["append_drafts"]


def append_drafts(
    context: CallContext,
    endpoint: Endpoint[AppendMessage, ThreadMessage],
    thread_id: str,
    drafts: Sequence[Draft],
) -> Flow[None, list[ThreadMessage]]:
    """Append `drafts` one after the other. Not atomic: an error's `appended` says how many were confirmed."""
    stored: list[ThreadMessage] = []
    for draft in drafts:
        try:
            stored.append((yield from call(context, endpoint, AppendMessage(thread_id, draft))))
        except ThreadsError as error:
            error.appended = len(stored)
            raise
    return stored
