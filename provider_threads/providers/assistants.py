"""Threads and messages in the shape of OpenAI's Assistants, which MiniMax and AppBuilder share.

Neither platform says so; their documents' examples and SDKs have the same fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from provider_threads.endpoint import AppendMessage, JsonObject, ListMessages, MessageRef, UpdateMessage
from provider_threads.messages import Page, Thread, ThreadMessage, make_message
from provider_threads.providers.base import named_strings
from provider_threads.providers.content import ContentFields, read_content
from provider_threads.providers.wire import (
    flag,
    identifier,
    listed,
    moment,
    number_repeated_ids,
    objects_of,
    optional_text,
    pairs,
    string_list,
)
from provider_threads.roles import neutral_role

__all__ = ["AssistantsShape"]

_CONTENT = ContentFields()


@dataclass(frozen=True, slots=True)
class AssistantsShape:
    """Parses of this shape, as endpoints want them; each raises Unreadable.

    Attributes:
        per_second: units of ``created_at`` in a second: 1, or 1000 where it counts milliseconds.
        says_more: whether ``has_more`` of a page is documented. Where it is not, it is not trusted if it comes.
    """

    per_second: int
    says_more: bool

    def thread(self, payload: JsonObject, arguments: object) -> Thread:
        """A thread."""
        return Thread(
            identifier(payload, "id"),
            created_at=moment(payload, "created_at", per_second=self.per_second),
            metadata=pairs(payload, "metadata") or {},
            raw=payload,
        )

    def message(
        self, payload: JsonObject, arguments: ListMessages | MessageRef | AppendMessage | UpdateMessage
    ) -> ThreadMessage:
        """A message. Its thread is the one that was asked for: the documents' own examples echo others."""
        message_id = identifier(payload, "id")
        role = identifier(payload, "role")
        text, parts, citations = read_content(payload.get("content"), _CONTENT)
        key, status = message_id, None
        # By position, in the order of the class: a list makes thousands.
        return make_message(
            message_id,
            key,
            arguments.thread_id,
            neutral_role(role),
            role,
            text,
            parts,
            citations,
            string_list(payload, "file_ids"),
            moment(payload, "created_at", per_second=self.per_second),
            status,
            optional_text(payload, "run_id"),
            optional_text(payload, "assistant_id"),
            pairs(payload, "metadata"),
            payload,
        )

    def messages(self, payload: JsonObject, arguments: ListMessages) -> Page[ThreadMessage]:
        """A page of messages."""
        order = arguments.order or "desc"
        messages = [self.message(item, arguments) for item in listed(payload, "data")]
        return Page(
            number_repeated_ids(messages, order),
            has_more=flag(payload, "has_more") if self.says_more else None,
            first_id=optional_text(payload, "first_id"),
            last_id=optional_text(payload, "last_id"),
            order=order,
        )

    def echoed_thread_ids(self, payload: JsonObject) -> set[str]:
        """The thread ids that a thread, a message, or the messages of a page name."""
        if payload.get("object") == "thread":
            return named_strings([payload], "id")
        return named_strings([payload, *objects_of(payload, "data")], "thread_id")
