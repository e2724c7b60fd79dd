"""Bringing the journal of a thread up to what the platform has, with as few requests as that takes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

from pydantic_core import from_json

from provider_threads.endpoint import ListMessages, MessageRef
from provider_threads.errors import InvalidRequestError, ThreadNotFoundError
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.following import Following, walk_after
from provider_threads.flows.paging import ThreadPages
from provider_threads.flows.read import read_thread, walk_thread, walk_whole_thread
from provider_threads.flows.steps import Flow, ResultT, Send, for_each_item, locally
from provider_threads.flows.two_ends import read_two_ends
from provider_threads.messages import ThreadMessage
from provider_threads.overlay.columns import is_settled
from provider_threads.overlay.database import Database
from provider_threads.overlay.intake import (
    end_first_read,
    first_known,
    take_again,
    take_following,
    take_from_start,
    take_older,
    take_shown,
    take_window,
)
from provider_threads.overlay.intents import give_up
from provider_threads.overlay.mirror import Mirrored, mirrored
from provider_threads.overlay.threads import Thread
from provider_threads.providers.base import Provider

__all__ = ["read_older", "sync_thread", "thread_message"]


def sync_thread(
    context: CallContext, database: Database, thread: Thread, limit: int | None, *, refresh: bool
) -> Flow[Any, bool]:
    """Take what is new on the platform into the journal, everything anew with `refresh`.

    Of a thread that was never read, only the newest `limit` messages where the platform has a cursor;
    `read_older` reads the rest.

    Returns whether the platform has finished all its messages; where it has not, the next read asks for them again.
    """
    known = yield from locally(database.read, mirrored, thread.number, context.clock())
    if context.provider.endpoints.list_messages.paging is None:
        listed = yield from _by_the_newest(context, database, thread, known, refresh=refresh)
        return (yield from _finish(context, database, thread, known.unsettled, listed))
    if known.whole is None and not known.tail and limit is not None and not refresh:
        done = yield from _the_newest(context, database, thread, limit)
    elif known.tail and not refresh and (yield from _by_the_cursor(context, database, thread, known)):
        # A first read that was interrupted has come to the end now.
        done = known.whole is not None or (yield from locally(database.write, end_first_read, thread.number))
    else:
        if known.whole is False:
            yield from read_older(context, database, thread)
        done = yield from _from_the_start(context, database, thread, cut=known.cut, refresh=refresh)
    if not done:
        # Another process read another part of the thread at the same time: what it took in is gone on from.
        return (yield from sync_thread(context, database, thread, limit, refresh=refresh))
    if known.over:
        yield from locally(database.write, give_up, known.over)
    return True


def read_older(context: CallContext, database: Database, thread: Thread) -> Flow[Any, None]:
    """Take in what is older than all that is known: the thread is whole then."""
    older: list[ThreadMessage] = []

    def keep(block: Sequence[ThreadMessage]) -> Flow[Any, bool]:
        known = yield from locally(database.read, first_known, thread.number, block)
        older.extend(block[:known])
        return known is None

    yield from for_each_item(walk_thread(context, thread.thread_id, "asc"), keep)
    yield from locally(database.write, take_older, thread.number, older)


def thread_message(provider: Provider, thread_id: str, key: str, message_id: str, remote: str) -> ThreadMessage:
    """A message from the journal, read as when it came."""
    parse = provider.endpoints.get_message.parse
    message = parse(from_json(remote), MessageRef(thread_id, message_id))
    return message.with_key(key)


def _the_newest(context: CallContext, database: Database, thread: Thread, limit: int) -> Flow[Any, bool]:
    """The first look at a thread of which a window is wanted; False where another has had one meanwhile."""
    view, requests = yield from _counted(read_thread(context, thread.thread_id, limit))
    # What came in one answer shows how much the platform sends at once.
    take = partial(take_window, whole=view.reached_start, page=len(view) if requests == 1 else 0)
    return (yield from locally(database.write, take, thread.number, view.messages))


def _counted(flow: Flow[Any, ResultT]) -> Flow[Any, tuple[ResultT, int]]:
    """What `flow` returns, and how many requests that took."""
    requests = 0
    with closing(flow):
        outcome: Any = None
        while True:
            try:
                step = flow.send(outcome)
            except StopIteration as end:
                return end.value, requests
            requests += isinstance(step, Send)
            outcome = yield step


def _from_the_start(
    context: CallContext, database: Database, thread: Thread, *, cut: bool, refresh: bool
) -> Flow[Any, bool]:
    """Page by page, each kept as it comes: what was read stays read if this is interrupted.

    With `cut`, from the first message on that is known. False where another process has begun in the middle meanwhile.
    """
    paging = context.provider.endpoints.list_messages.paging
    assert paging is not None  # noqa: S101 - the caller has looked
    most = paging.size
    goes_on = True

    def keep(block: Sequence[ThreadMessage]) -> Flow[Any, bool]:
        nonlocal goes_on, cut
        page = min(len(block), most)
        if cut:
            first = yield from locally(database.read, first_known, thread.number, block)
            if first is None:
                return True
            cut, block = False, block[first:]
        take = partial(take_from_start, refresh=refresh, page=page)
        goes_on = yield from locally(database.write, take, thread.number, block)
        return goes_on

    yield from for_each_item(walk_whole_thread(context, thread.thread_id), keep)
    return goes_on and (yield from locally(database.write, end_first_read, thread.number))


def _by_the_cursor(context: CallContext, database: Database, thread: Thread, known: Mirrored) -> Flow[Any, bool]:
    """What follows the newest message that was met; False where the server's list does not go on from there."""
    endpoint = context.provider.endpoints.list_messages
    assert endpoint.paging is not None  # noqa: S101 - the caller has looked
    pages = ThreadPages(context, endpoint, endpoint.paging, thread.thread_id)
    tail = [ThreadMessage(message_id, key, thread.thread_id, role, role, "") for key, message_id, role in known.tail]

    def keep(following: Following) -> Flow[Any, bool]:
        messages, page = following
        take = partial(take_following, following=known.next_seen, page=page)
        return (yield from locally(database.write, take, thread.number, messages))

    try:
        return bool((yield from for_each_item(walk_after(pages, tail, known.largest_page), keep)))
    except (InvalidRequestError, ThreadNotFoundError):
        # The cursor's message may be gone. If it is the thread, a walk from its start says so too.
        return False


def _by_the_newest(
    context: CallContext, database: Database, thread: Thread, known: Mirrored, *, refresh: bool
) -> Flow[Any, Sequence[ThreadMessage]]:
    """No cursor: the newest messages, which go on from what is known if they overlap with it."""
    endpoint = context.provider.endpoints.list_messages
    most = context.provider.capabilities.max_limit
    take = partial(take_shown, refresh=refresh)
    if known.tail and not refresh:
        newest = yield from call(context, endpoint, ListMessages(thread.thread_id, limit=most, order="desc"))
        _, *last = known.tail[-1]
        if newest.has_more is False or any([message.id, message.provider_role] == last for message in newest):
            yield from locally(database.write, take, thread.number, newest.items[::-1])
            return newest.items
    view = yield from read_two_ends(context, endpoint, thread.thread_id, limit=None)
    if view.gap_before is None:
        yield from locally(database.write, take, thread.number, view.messages)
    else:
        yield from locally(database.write, take, thread.number, view.messages[: view.gap_before])
        yield from locally(database.write, take, thread.number, view.newest_block, gap=True)
    return view.messages


def _finish(
    context: CallContext,
    database: Database,
    thread: Thread,
    unsettled: Sequence[str],
    listed: Sequence[ThreadMessage],
) -> Flow[Any, bool]:
    """Ask one by one for messages that were unfinished and are older than those listed; whether all are finished."""
    ids = {message.id for message in listed}
    finished = all(map(is_settled, listed))
    for message_id in unsettled:
        if message_id in ids:
            continue
        reference = MessageRef(thread.thread_id, message_id)
        try:
            message = yield from call(context, context.provider.endpoints.get_message, reference)
        except (InvalidRequestError, ThreadNotFoundError):
            continue  # it is gone, or Hunyuan knows it no more: it stays as it was last seen
        finished = finished and is_settled(message)
        yield from locally(database.write, take_again, thread.number, message)
    return finished
