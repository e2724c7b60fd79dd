"""Reading a Hunyuan thread, which has no cursor: the newest 100 and the oldest 100, joined only where they overlap.

Up to 199 messages the two lists share at least one and the join is proven. With 200 or more they share none, and
nothing tells 200 from 2,000: the result then says where messages may be missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from provider_threads.endpoint import Endpoint, ListMessages
from provider_threads.errors import IncompleteThreadError, PaginationError
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.steps import Emit, Flow
from provider_threads.messages import Order, Page, ThreadMessage, ThreadView

__all__ = ["read_two_ends", "walk_two_ends"]

_ListEndpoint = Endpoint[ListMessages, Page[ThreadMessage]]


def read_two_ends(
    context: CallContext, endpoint: _ListEndpoint, thread_id: str, *, limit: int | None
) -> Flow[None, ThreadView]:
    """The newest `limit` messages, or all, oldest first; a gap is marked, never closed."""
    most = context.provider.capabilities.max_limit
    asked = most if limit is None else min(limit, most)
    newest = yield from call(context, endpoint, ListMessages(thread_id, limit=asked, order="desc"))
    block = newest.items[::-1]
    if newest.has_more is False:
        return ThreadView(block, reached_start=True, limit=limit)
    if limit is not None and len(block) >= limit:
        return ThreadView(block, reached_start=False, limit=limit)
    oldest = yield from call(context, endpoint, ListMessages(thread_id, limit=most, order="asc"))
    joined = _join(oldest.items, block, context, endpoint)
    if joined is not None:
        messages = joined if limit is None else joined[-limit:]
        return ThreadView(messages, reached_start=len(messages) == len(joined), limit=limit)
    if limit is not None:
        return ThreadView(block, reached_start=False, gap_before=0, limit=limit)
    return ThreadView(oldest.items + block, reached_start=True, gap_before=len(oldest.items))


def walk_two_ends(
    context: CallContext, endpoint: _ListEndpoint, thread_id: str, order: Order
) -> Flow[Sequence[ThreadMessage], None]:
    """Emit the thread in `order`; IncompleteThreadError where messages may be missing."""
    most = context.provider.capabilities.max_limit
    near = yield from call(context, endpoint, ListMessages(thread_id, limit=most, order=order))
    if near.items:
        yield Emit(near.items)
    if near.has_more is False:
        return
    opposite: Order = "desc" if order == "asc" else "asc"
    far = yield from call(context, endpoint, ListMessages(thread_id, limit=most, order=opposite))
    joined = _join(near.items, far.items[::-1], context, endpoint)
    if joined is None:
        raise IncompleteThreadError(
            f"{context.provider.title} {endpoint.operation}: the thread has 200 messages or more, and the platform "
            "shows only the oldest 100 and the newest 100. read() returns both, with the gap marked.",
            provider=context.provider.name,
            operation=endpoint.operation,
        )
    if more := joined[len(near.items) :]:
        yield Emit(more)


def _join(
    first: tuple[ThreadMessage, ...],
    second: tuple[ThreadMessage, ...],
    context: CallContext,
    endpoint: _ListEndpoint,
) -> tuple[ThreadMessage, ...] | None:
    """`first` continued by `second`, which repeats some of its end; None where they share no message."""
    ids, rest = [message.id for message in first], [message.id for message in second]
    if not set(ids) & set(rest):
        return None
    start = ids.index(rest[0]) if rest[0] in ids else 0
    shared = len(ids) - start
    if ids[start:] != rest[:shared] or set(ids) & set(rest[shared:]):
        raise PaginationError(
            f"{context.provider.title} {endpoint.operation}: the oldest and the newest messages contradict each "
            "other; the thread may have changed while it was read. Read it again.",
            provider=context.provider.name,
            operation=endpoint.operation,
        )
    return first + second[shared:]
