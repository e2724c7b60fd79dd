"""The operations of a client as flows: arguments checked, support checked, nothing performed.

`ThreadClient` and `AsyncThreadClient` are two ways to run these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from provider_threads.arguments import (
    check_draft,
    check_files,
    check_id,
    check_limit,
    check_list,
    check_metadata,
    check_text,
)
from provider_threads.endpoint import (
    CreateThread,
    Endpoint,
    ListFiles,
    ListMessages,
    MessageRef,
    ThreadRef,
    UpdateMessage,
    UpdateThread,
)
from provider_threads.errors import ConfigurationError, UnsupportedOperationError
from provider_threads.flows.append import append_drafts
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.read import read_thread, walk_thread
from provider_threads.flows.steps import Flow
from provider_threads.flows.update import update_message
from provider_threads.messages import Draft, Order, Page, Thread, ThreadFile, ThreadMessage, ThreadView

__all__ = ["Operations"]

EndpointT = TypeVar("EndpointT", bound=Endpoint[Any, Any])


class Operations:
    """Each method checks its arguments at once and returns the flow that performs the operation."""

    def __init__(self, context: CallContext) -> None:
        self.context = context
        self._provider = context.provider
        self._endpoints = context.provider.endpoints

    def create_thread(self, metadata: Mapping[str, str] | None) -> Flow[Any, Thread]:
        check_metadata(metadata)
        if metadata and not self._provider.capabilities.thread_metadata:
            raise self._unsupported("create_thread", "the platform keeps no metadata. Leave out metadata=.")
        return call(self.context, self._endpoints.create_thread, CreateThread(metadata))

    def get_thread(self, thread_id: str) -> Flow[Any, Thread]:
        check_id(thread_id, "thread_id")
        return call(self.context, self._endpoints.get_thread, ThreadRef(thread_id))

    def update_thread(self, thread_id: str, metadata: Mapping[str, str]) -> Flow[Any, Thread]:
        endpoint = self._supported(self._endpoints.update_thread, "update_thread")
        check_id(thread_id, "thread_id")
        check_metadata(metadata, required=True)
        return call(self.context, endpoint, UpdateThread(thread_id, dict(metadata)))

    def delete_thread(self, thread_id: str) -> Flow[Any, None]:
        endpoint = self._supported(self._endpoints.delete_thread, "delete_thread")
        check_id(thread_id, "thread_id")
        return call(self.context, endpoint, ThreadRef(thread_id))

    def list_messages(
        self, thread_id: str, limit: int | None, order: Order | None, after: str | None, before: str | None
    ) -> Flow[Any, Page[ThreadMessage]]:
        check_id(thread_id, "thread_id")
        # The order always goes out: MiniMax documents no default, and a page's order must be known.
        arguments = ListMessages(thread_id, limit, order or "desc", after, before)
        check_list(self._provider, arguments)
        return call(self.context, self._endpoints.list_messages, arguments)

    def iter_messages(self, thread_id: str, order: Order, max_pages: int | None) -> Flow[Sequence[ThreadMessage], None]:
        check_id(thread_id, "thread_id")
        check_list(self._provider, ListMessages(thread_id, order=order))
        check_limit(max_pages, "max_pages")
        return walk_thread(self.context, thread_id, order, max_pages=max_pages)

    def read(self, thread_id: str, limit: int | None) -> Flow[Any, ThreadView]:
        check_id(thread_id, "thread_id")
        check_limit(limit)
        return read_thread(self.context, thread_id, limit)

    def get_message(self, thread_id: str, message_id: str) -> Flow[Any, ThreadMessage]:
        check_id(thread_id, "thread_id")
        check_id(message_id, "message_id")
        return call(self.context, self._endpoints.get_message, MessageRef(thread_id, message_id))

    def append(
        self,
        thread_id: str,
        text: str,
        role: str,
        file_ids: Sequence[str],
        metadata: Mapping[str, str] | None,
    ) -> Flow[Any, list[ThreadMessage]]:
        check_files(self._provider, file_ids, "append")  # before tuple() takes a lone string apart
        return self.append_messages(thread_id, [Draft(text, role, tuple(file_ids), metadata)])

    def append_messages(self, thread_id: str, drafts: Sequence[Draft]) -> Flow[Any, list[ThreadMessage]]:
        check_id(thread_id, "thread_id")
        if not isinstance(drafts, Sequence) or isinstance(drafts, str):
            raise ConfigurationError("drafts must be a sequence of Draft, such as [Draft('text')].")
        for draft in drafts:
            check_draft(self._provider, draft)
        endpoint = self._supported(self._endpoints.append, "append")
        return append_drafts(self.context, endpoint, thread_id, tuple(drafts))

    def update_message(
        self, thread_id: str, message_id: str, text: str, file_ids: Sequence[str] | None
    ) -> Flow[Any, ThreadMessage]:
        endpoint = self._supported(self._endpoints.update_message, "update_message")
        check_id(thread_id, "thread_id")
        check_id(message_id, "message_id")
        check_text(text)
        if file_ids is not None:
            check_files(self._provider, file_ids, "update_message")
            file_ids = tuple(file_ids)
        return update_message(self.context, endpoint, UpdateMessage(thread_id, message_id, text, file_ids))

    def list_files(
        self,
        thread_id: str,
        message_id: str,
        limit: int | None,
        order: Order | None,
        after: str | None,
        before: str | None,
    ) -> Flow[Any, Page[ThreadFile]]:
        endpoint = self._supported(self._endpoints.list_files, "list_files")
        check_id(thread_id, "thread_id")
        check_id(message_id, "message_id")
        arguments = ListFiles(thread_id, message_id, limit, order or "desc", after, before)
        check_list(self._provider, arguments)
        return call(self.context, endpoint, arguments)

    def _supported(self, endpoint: EndpointT | None, operation: str) -> EndpointT:
        if endpoint is None:
            raise self._unsupported(operation, "the platform has no such operation.")
        return endpoint

    def _unsupported(self, operation: str, why: str) -> UnsupportedOperationError:
        return UnsupportedOperationError(
            f"{self._provider.title} {operation}: {why}", provider=self._provider.name, operation=operation
        )
