"""Going through a thread page by page, where the platform has a cursor.

Two things are left open by the documents and must both work. Whether the message that a cursor names is in the page:
overlap is removed at the page boundary, by comparing, never by position. And whether ``after`` and ``before`` go by
time or by position in the list: oldest first the two agree, newest first the likelier is tried, and a page that
comes back with messages already seen shows that it is the other. Order is the order of the list, never of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from provider_threads.endpoint import CursorParameter, Endpoint, ListMessages, Paging
from provider_threads.errors import IncompleteThreadError, PaginationError
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.collect import collect, number_across_pages
from provider_threads.flows.comparing import cursor_place, names_of, newer, overlap, repeats, runs, same_direction
from provider_threads.flows.steps import Emit, Flow, together
from provider_threads.messages import Order, Page, ThreadMessage
from provider_threads.retry import RetryPolicy

__all__ = ["ThreadPages"]

_OPPOSITE: dict[Order, Order] = {"asc": "desc", "desc": "asc"}
_SPARE_PATIENCE: Final = 4.0
_LEAST_SPARE_S: Final = 2.0
"""What a page may take that a read can do without: so many times the slowest so far, or this if it is more."""


class ThreadPages:
    """The pages of one thread, for one walk at a time.

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
        self.size: int = size or paging.size
        self._max_pages = max_pages
        self.repeated: int = 0
        """How many messages the newest page of a walk had in common with the end of the one before."""
        self._slowest = 0.0

    def to_spare(self) -> ThreadPages:
        """The same thread's pages for a second walk at the same time, which may fail and is not waited for long.

        A page is asked for once, so no retry of the account is spent, and within a few times the seconds that the
        slowest page took here.
        """
        timeouts = self._context.timeouts
        total = min(timeouts.total, max(_SPARE_PATIENCE * self._slowest, _LEAST_SPARE_S))
        context = replace(self._context, retry=RetryPolicy(attempts=1), timeouts=replace(timeouts, total=total))
        return ThreadPages(
            context, self._endpoint, self._paging, self._thread_id, size=self.size, max_pages=self._max_pages
        )

    def walk(self, order: Order, *, whole: bool = False) -> Flow[Sequence[ThreadMessage], None]:
        """Emit the thread in `order`, a page at a time, each message once.

        Args:
            whole: whether all of it will be read: then what is to come anyway is asked for while the order is in doubt.

        Raises:
            PaginationError: a cursor does not move or comes round again, or a page promises more and none comes.
            IncompleteThreadError: `max_pages` was reached.
        """
        first = yield from self.page(order)
        actual = order
        following: Page[ThreadMessage] | None = None
        if not runs(first.items, order):
            ignored, following = yield from self._ignores_order(first, order, whole=whole)
            if ignored:
                actual = _OPPOSITE[order] if runs(first.items, _OPPOSITE[order]) else self._paging.unasked_order
        walk = number_across_pages(self.walk_on(first, actual, following if actual == order else None), actual)
        if actual == order:
            yield from walk
        else:
            everything, _ = yield from collect(walk)
            yield Emit(everything[::-1])

    def walk_on(
        self,
        page: Page[ThreadMessage],
        order: Order,
        following: Page[ThreadMessage] | None = None,
        *,
        repeating: bool = False,
    ) -> Flow[Sequence[ThreadMessage], None]:
        """Emit `page`, the list's first in `order`, and what follows it.

        Args:
            following: what `_after` brought of `page`, where that has been asked for already.
            repeating: whether this platform's pages are known to begin with the message that the cursor names; a page
                that does not is an error then.

        Raises:
            PaginationError, IncompleteThreadError: as `walk`.
        """
        first = page
        # Hashes, not ids: a thread of 100,000 messages is walked in a few MiB.
        seen: set[int] = set()
        parameters = list(self._paging.parameters(order))
        proven = order == "asc"
        asked_again = False
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
            at = cursor_place(page.items)
            if following is None:
                following = yield from self._after(page, order, parameters[0])
            asked, following = following, None
            repeated = self.repeated = overlap(page.items, asked.items)
            fresh = asked.items[repeated:]
            again = repeats(fresh, page.items, seen)
            if fresh and not again and not proven and _tie(fresh[0], block[0]):
                # Times that tie do not tell older messages from such as have arrived since; the list's head does.
                arrived = yield from self._arrived_since(first, order)
                if arrived is None:
                    raise self._stuck("more messages arrive than a page holds")
                again = not arrived.isdisjoint(message.id for message in fresh)
            if fresh and not again and (proven or not newer(fresh[0], block[0])):
                # The reading of the cursor is proven; what it brings counts.
                if repeating and not repeated:
                    raise self._stuck("a page does not go on where the one before it ended")
                proven, parameters = True, parameters[:1]
                page, block = asked, fresh
                pages += 1
                yield Emit(fresh)
                continue
            ended = not fresh and len(asked) <= len(page) - at
            if ended and not page.has_more:
                # A server that sends one message at a time may repeat that one for ever, or look past it.
                alone = first is page and len(block) == 1 and (not proven or bool(asked.items))
                if not alone or (not asked_again and (yield from self._is_whole(first, order))):
                    return
                if not asked_again and len(parameters) == 1:
                    asked_again = True  # what the other end shows may have arrived just now
                    continue
            if len(parameters) > 1:
                parameters.pop(0)
            elif ended or page.has_more:
                raise self._stuck("its cursor does not move")
            elif first is page and (yield from self._is_whole(first, order)):
                return
            else:
                raise self._stuck("its cursor comes round again")

    def _arrived_since(self, first: Page[ThreadMessage], order: Order) -> Flow[Any, set[str] | None]:
        """The ids that stand before the head of `first` by now; None where they are a page or more."""
        ids = [message.id for message in (yield from self.page(order)).items]
        head = first.items[0].id
        return set(ids[: ids.index(head)]) if head in ids else None

    def _ignores_order(
        self, first: Page[ThreadMessage], order: Order, *, whole: bool
    ) -> Flow[Any, tuple[bool, Page[ThreadMessage] | None]]:
        """Whether the opposite order brings the same list; times alone prove nothing, clocks differ.

        And what follows `first`, where it was asked for at the same time.
        """
        opposite, following = self.page(_OPPOSITE[order]), None
        if whole and first.items and first.has_more is not False:
            after = self._after(first, order, self._paging.parameters(order)[0])
            other, following = yield from together(opposite, after)
        else:
            other = yield from opposite
        return same_direction(names_of(first.items), names_of(other.items)), following

    def _is_whole(self, first: Page[ThreadMessage], order: Order) -> Flow[Any, bool]:
        """Whether `first` is the whole thread although the cursor is ignored: the other end shows nothing else."""
        other = yield from self.page(_OPPOSITE[order])
        names, others = names_of(first.items), names_of(other.items)
        if not set(names) <= set(others):
            return False
        if len(names) != self.size or not same_direction(names, others):
            return True
        # The order is ignored too, and the page is as long as was asked for: did that cut it?
        shorter = yield from self.page(order, size=self.size - 1)
        return len(shorter) >= len(names)

    def _after(
        self, page: Page[ThreadMessage], order: Order, parameter: CursorParameter
    ) -> Flow[Any, Page[ThreadMessage]]:
        return self.page(order, parameter, page.items[cursor_place(page.items)].id)

    def page(
        self,
        order: Order,
        parameter: CursorParameter = "after",
        cursor: str | None = None,
        *,
        size: int | None = None,
    ) -> Flow[Any, Page[ThreadMessage]]:
        """One page, as the platform sends it: the list's first in `order`, or what `parameter` says of `cursor`."""
        arguments = ListMessages(
            self._thread_id,
            limit=size or self.size,
            order=order,
            after=cursor if parameter == "after" else None,
            before=cursor if parameter == "before" else None,
        )
        began = self._context.monotonic()
        page = yield from call(self._context, self._endpoint, arguments)
        self._slowest = max(self._slowest, self._context.monotonic() - began)
        return page

    def _stuck(self, what: str) -> PaginationError:
        return PaginationError(
            f"{self._where()}: the list cannot be read to its end: {what}. Nothing was left out silently; read less "
            "with limit=, or report this with the platform's name.",
            provider=self._context.provider.name,
            operation=self._endpoint.operation,
        )

    def _where(self) -> str:
        return f"{self._context.provider.title} {self._endpoint.operation}"


def _tie(one: ThreadMessage, other: ThreadMessage) -> bool:
    return not newer(one, other) and not newer(other, one)
