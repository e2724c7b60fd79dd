"""Reading a thread, whole or its newest part, and walking through it, on any platform."""

from __future__ import annotations

from collections.abc import Sequence

from provider_threads.flows.call import CallContext
from provider_threads.flows.collect import collect
from provider_threads.flows.meeting import walk_from_both_ends
from provider_threads.flows.paging import ThreadPages
from provider_threads.flows.steps import Flow
from provider_threads.flows.two_ends import read_two_ends, walk_two_ends
from provider_threads.messages import Order, ThreadMessage, ThreadView
from provider_threads.providers.wire import number_repeated_ids

__all__ = ["read_thread", "walk_thread", "walk_whole_thread"]


def walk_thread(
    context: CallContext, thread_id: str, order: Order, *, max_pages: int | None = None
) -> Flow[Sequence[ThreadMessage], None]:
    """Emit a thread's messages in `order`, a page at a time, fetched as they are wanted."""
    endpoint = context.provider.endpoints.list_messages
    if endpoint.paging is None:
        return walk_two_ends(context, endpoint, thread_id, order)
    return ThreadPages(context, endpoint, endpoint.paging, thread_id, max_pages=max_pages).walk(order)


def walk_whole_thread(context: CallContext, thread_id: str) -> Flow[Sequence[ThreadMessage], None]:
    """Emit a thread's messages, oldest first, as fast as they come: for those who want them all."""
    endpoint = context.provider.endpoints.list_messages
    if endpoint.paging is None:
        return walk_two_ends(context, endpoint, thread_id, "asc")
    return walk_from_both_ends(ThreadPages(context, endpoint, endpoint.paging, thread_id))


def read_thread(context: CallContext, thread_id: str, limit: int | None) -> Flow[None, ThreadView]:
    """The newest `limit` messages, or all of them, oldest first."""
    endpoint = context.provider.endpoints.list_messages
    if endpoint.paging is None:
        return (yield from read_two_ends(context, endpoint, thread_id, limit=limit))
    if limit is None:
        messages, reached_start = yield from collect(walk_whole_thread(context, thread_id))
        return ThreadView(_with_keys_of_their_own(messages), reached_start=reached_start)
    # Two at least: only then does a list that comes oldest first, whatever was asked, give itself away.
    size = min(endpoint.paging.size, max(limit, 2))
    pages = ThreadPages(context, endpoint, endpoint.paging, thread_id, size=size)
    messages, reached_start = yield from collect(pages.walk("desc"), limit)
    newest = messages[:limit][::-1]
    reached_start = reached_start and len(newest) == len(messages)
    return ThreadView(_with_keys_of_their_own(newest), reached_start=reached_start, limit=limit)


def _with_keys_of_their_own(oldest_first: list[ThreadMessage]) -> tuple[ThreadMessage, ...]:
    """The walk numbers repeated ids, but a page too short to show that ids repeat may hide one from it."""
    if len({message.key for message in oldest_first}) == len(oldest_first):
        return tuple(oldest_first)
    return number_repeated_ids(oldest_first, "asc")
