"""Going through a thread page by page, where the platform has a cursor.

Two things are left open by the documents and must both work. Whether the message that a cursor names is in the page:
overlap is removed at the page boundary, by comparing, never by position. And whether ``after`` and ``before`` go by
time or by position in the list: oldest first the two agree, newest first the likelier is tried, and a page that
comes back with messages already seen shows that it is the other. Order is the order of the list, never of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from provider_threads.endpoint import CursorParameter, Endpoint, ListMessages, Paging
from provider_threads.errors import IncompleteThreadError, PaginationError
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.collect import collect, number_across_pages
from provider_threads.flows.steps import Emit, Flow
from provider_threads.messages import Order, Page, ThreadMessage

__all__ = ["ThreadPages"]

_OPPOSITE: dict[Order, Order] = {"asc": "desc", "desc": "asc"}


class ThreadPages:
    """The pages of one thread.

    Args:
        size: messages to ask for at a time; the platform may send fewer.
        max_pages: IncompleteThreadError once this many pages are read and more may follow; None for no ceiling.
    """

    def __init__(
        self,
        context: CallContext,
        endpoint: Endpoint[ListMessages, Page[ThreadMessage]],
        paging: Paging,
        thread_id: str,
        *,
        size: int | None = None,
        max_pages: int | None = None,
    ) -> None:
        self._context = context
        self._endpoint = endpoint
        self._paging = paging
        self._thread_id = thread_id
        self._size = size or paging.size
        self._max_pages = max_pages

    def walk(self, order: Order) -> Flow[Sequence[ThreadMessage], None]:
        """Emit the thread in `order`, a page at a time, each message once.

        Raises:
            PaginationError: a cursor does not move or comes round again, or a page promises more and none comes.
            IncompleteThreadError: `max_pages` was reached.
        """
        first = yield from self._page(order)
        actual = order
        if not _runs(first.items, order) and (yield from self._ignores_order(first, order)):
            actual = _OPPOSITE[order] if _runs(first.items, _OPPOSITE[order]) else self._paging.unasked_order
        walk = number_across_pages(self._walk_on(first, actual), actual)
        if actual == order:
            yield from walk
        else:
            everything, _ = yield from collect(walk)
            yield Emit(everything[::-1])

    def walk_after(self, tail: Sequence[ThreadMessage], largest: int) -> Flow[Page[ThreadMessage], bool]:
        """Emit what follows the last of `tail`, oldest first, as pages of which the overlap is removed.

        Ends after one request where nothing follows. A page shorter than `largest`, the most that this platform ever
        sent at once, is the last one where the platform does not say.

        Args:
            tail: the newest messages known, oldest first; one at least.

        Returns:
            False where the answers are no continuation, as from a server that ignores cursor or order: read it whole.
        """
        known = tail
        while True:
            at = _cursor(known)
            page = yield from self._page("asc", "after", known[at].id)
            turned = page.items[::-1]
            end, length = _repeated_run(known, page.items)
            turned_end, turned_length = _repeated_run(known, turned)
            if turned_length > max(length, 1) and _rises(turned):
                # The order is ignored, and so is the cursor: the newest are here, and what is known is among them.
                if fresh := turned[turned_end:]:
                    yield Emit(replace(page, items=fresh))
                return True
            fresh = page.items[end:]
            if not fresh:
                return not page.has_more
            if not length and not _runs(fresh, "asc") and (yield from self._ignores_order(page, "asc")):
                return False
            yield Emit(replace(page, items=fresh))
            if page.has_more is False or (page.has_more is None and len(page) < largest):
                return True
            known = page.items

    def _walk_on(self, page: Page[ThreadMessage], order: Order) -> Flow[Sequence[ThreadMessage], None]:
        first = page
        # Hashes, not ids: a thread of 100,000 messages is walked in a few MiB.
        seen: set[int] = set()
        parameters = list(self._paging.parameters(order))
        proven = order == "asc"
        block: Sequence[ThreadMessage] = page.items
        pages = 1
        if block:
            yield Emit(block)
        while page.has_more is not False:
            if not block:
                if page.has_more:
                    raise self._stuck("it promises more messages and sends none")
                return
            if self._max_pages is not None and pages >= self._max_pages:
                raise IncompleteThreadError(
                    f"{self._where()}: max_pages={self._max_pages} was reached and more messages may follow.",
                    provider=self._context.provider.name,
                    operation=self._endpoint.operation,
                )
            seen.update(hash(message.id) for message in block)
            at = _cursor(page.items)
            following = yield from self._page(order, parameters[0], page.items[at].id)
            fresh = following.items[_overlap(page.items, following.items) :]
            repeats = _repeats(fresh, page.items, seen)
            if fresh and not repeats and (proven or not _newer(fresh[0], block[0])):
                # The reading of the cursor is proven; what it brings counts.
                proven, parameters = True, parameters[:1]
                page, block = following, fresh
                pages += 1
                yield Emit(fresh)
                continue
            ended = not fresh and len(following) <= len(page) - at
            if ended and not page.has_more:
                # A server that sends one message at a time may repeat that one for ever, or look past it.
                alone = first is page and len(block) == 1 and (not proven or bool(following.items))
                if not alone or (yield from self._is_whole(first, order)):
                    return
            if len(parameters) > 1:
                parameters.pop(0)
            elif ended or page.has_more:
                raise self._stuck("its cursor does not move")
            elif first is page and (yield from self._is_whole(first, order)):
                return
            else:
                raise self._stuck("its cursor comes round again")

    def _ignores_order(self, first: Page[ThreadMessage], order: Order) -> Flow[Any, bool]:
        """Whether the opposite order brings the same list; times alone prove nothing, clocks differ."""
        other = yield from self._page(_OPPOSITE[order])
        return _same_direction(_names(first.items), _names(other.items))

    def _is_whole(self, first: Page[ThreadMessage], order: Order) -> Flow[Any, bool]:
        """Whether `first` is the whole thread although the cursor is ignored: the other end shows nothing else."""
        other = yield from self._page(_OPPOSITE[order])
        names, others = _names(first.items), _names(other.items)
        if not set(names) <= set(others):
            return False
        if len(names) != self._size or not _same_direction(names, others):
            return True
        # The order is ignored too, and the page is as long as was asked for: did that cut it?
        shorter = yield from self._page(order, size=self._size - 1)
        return len(shorter) >= len(names)

    def _page(
        self,
        order: Order,
        parameter: CursorParameter = "after",
        cursor: str | None = None,
        *,
        size: int | None = None,
    ) -> Flow[Any, Page[ThreadMessage]]:
        arguments = ListMessages(
            self._thread_id,
            limit=size or self._size,
            order=order,
            after=cursor if parameter == "after" else None,
            before=cursor if parameter == "before" else None,
        )
        return (yield from call(self._context, self._endpoint, arguments))

    def _stuck(self, what: str) -> PaginationError:
        return PaginationError(
            f"{self._where()}: the list cannot be read to its end: {what}. Nothing was left out silently; read less "
            "with limit=, or report this with the platform's name.",
            provider=self._context.provider.name,
            operation=self._endpoint.operation,
        )

    def _where(self) -> str:
        return f"{self._context.provider.title} {self._endpoint.operation}"


def _names(messages: Sequence[ThreadMessage]) -> list[tuple[str, str]]:
    """What tells messages apart where one id can stand for a question and its answer."""
    return [(message.id, message.provider_role) for message in messages]


def _cursor(messages: Sequence[ThreadMessage]) -> int:
    """Where in a page the message stands whose id is to be the cursor: the first of its id.

    The page's last id, as a rule. Where ids repeat, the last one may have another message on the next page, and a
    server that looks for the id could step over it; the id before it is sure. What comes twice is overlap.
    """
    ids = [message.id for message in messages]
    at = ids.index(ids[-1])
    return ids.index(ids[at - 1]) if at and len(set(ids)) < len(ids) else at


def _repeats(fresh: Sequence[ThreadMessage], before: Sequence[ThreadMessage], seen: set[int]) -> bool:
    """Whether `fresh` holds a message seen earlier. An id of the page before may go on with another role."""
    names, ids = set(_names(before)), {message.id for message in before}
    return any(
        hash(message.id) in seen and (message.id not in ids or (message.id, message.provider_role) in names)
        for message in fresh
    )


def _overlap(before: Sequence[ThreadMessage], after: Sequence[ThreadMessage]) -> int:
    """How many messages at the head of `after` repeat the tail of `before`."""
    tail, head = _names(before), _names(after)
    for length in range(min(len(tail), len(head)), 0, -1):
        if tail[-length:] == head[:length]:
            return length
    return 0


def _repeated_run(before: Sequence[ThreadMessage], after: Sequence[ThreadMessage]) -> tuple[int, int]:
    """Where in `after` the run ends that repeats the tail of `before`, and how long it is; 0, 0 without one.

    At the head, as where the cursor's message is in the page; or further on, as where the cursor is ignored, if it is
    two messages at least and times leave no doubt of the order: in a list turned round, what is new comes first.
    """
    tail, names = _names(before), _names(after)
    rises = _rises(after)
    for end in range(len(names) if rises else min(len(tail), len(names)), 0, -1):
        length = min(len(tail), end)
        if names[end - length : end] == tail[-length:] and (length == end or (rises and length > 1)):
            return end, length
    return 0, 0


def _same_direction(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> bool:
    """Whether two lists show the messages that both hold, two at least, in the same order."""
    shared = set(one) & set(other)
    return len(shared) > 1 and [name for name in one if name in shared] == [name for name in other if name in shared]


def _newer(one: ThreadMessage, other: ThreadMessage) -> bool:
    """Whether `one` is dated after `other`; newest first, nothing that follows a page is newer than its head."""
    return one.created_at is not None and other.created_at is not None and one.created_at > other.created_at


def _rises(messages: Sequence[ThreadMessage]) -> bool:
    """Whether the times of a page prove that it is oldest first: some pair rises, and none falls."""
    times = [message.created_at for message in messages if message.created_at]
    return all(earlier <= later for earlier, later in pairwise(times)) and len(set(times)) > 1


def _runs(messages: Sequence[ThreadMessage], order: Order) -> bool:
    """Whether the times of a page let one believe that it is in `order`: some pair runs along it, or none is dated."""
    times = [message.created_at for message in messages if message.created_at]
    along = any(earlier < later if order == "asc" else earlier > later for earlier, later in pairwise(times))
    return along or len(times) < 2
