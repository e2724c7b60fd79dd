"""Replacing a message's text without losing its files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from provider_threads.endpoint import Endpoint, MessageRef, UpdateMessage
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.steps import Flow
from provider_threads.messages import ThreadMessage

__all__ = ["update_message"]


def update_message(
    context: CallContext, endpoint: Endpoint[UpdateMessage, ThreadMessage], arguments: UpdateMessage
) -> Flow[Any, ThreadMessage]:
    """Replace the text, and the files unless `arguments.file_ids` is None.

    No document of AppBuilder says whether a request without ``file_ids`` leaves the files alone or clears them, and
    its SDK always sends the field. So files to be left alone are read first and sent along.
    """
    if arguments.file_ids is None:
        reference = MessageRef(arguments.thread_id, arguments.message_id)
        current = yield from call(context, context.provider.endpoints.get_message, reference)
        arguments = replace(arguments, file_ids=current.file_ids or None)
    return (yield from call(context, endpoint, arguments))
