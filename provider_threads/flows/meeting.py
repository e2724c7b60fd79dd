"""Reading a whole thread from both of its ends at once, until they meet: in about half the time.

The walk from the oldest message goes on as if it were alone. A second one, from the newest message back, runs beside it
and can only end it early: where the end of what the one has brought is the beginning of what the other has, the rest is
there already. Wherever that is in doubt, the second is given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, TypeAlias

from provider_threads.errors import ThreadsError
from provider_threads.flows.comparing import runs
from provider_threads.flows.paging import ThreadPages
from provider_threads.flows.steps import Emit, Flow, Step, together
from provider_threads.messages import ThreadMessage

__all__ = ["walk_from_both_ends"]

Block: TypeAlias = "Sequence[ThreadMessage]"
Identity: TypeAlias = "tuple[str, str, datetime | None]"
"""What makes a message of the one end the same message of the other: id, role and time."""


def walk_from_both_ends(pages: ThreadPages) -> Flow[Block, None]:
    """Emit the whole thread, oldest first, a page at a time, each message once.

    The second end begins where the first two pages have brought something and more follows: a short thread takes the
    requests that it takes from one end. A thread that grows meanwhile is read as it was at some moment of the read.

    Raises:
        PaginationError: as `ThreadPages.walk`, oldest first.
    """
    near = _Side(pages.walk("asc", whole=True))
    with closing(near):
        begun: list[Block] = []
        while len(begun) < 2 and (block := (yield from near.block())) is not None:
            begun.append(block)
            yield Emit(block)
        # A page that is shorter than the first is the last, and one message alone shows no order.
        if len(begun) == 2 and runs(begun[0], "asc") and 1 < len(begun[0]) <= len(begun[1]) + pages.repeated:
            # Pages of its own: both walks are under way at once, perhaps in two threads.
            far = _Side(_newest_first(pages.to_spare(), repeating=pages.repeated > 0))
            with closing(far):
                yield from _until_they_meet(near, far, _Ends(begun))
        yield from near.rest()


def _until_they_meet(near: _Side, far: _Side, ends: _Ends) -> Flow[Block, None]:
    """Emit what both bring until they have met, and end `near` then; else it goes on where this returns."""
    while near.goes_on() and not ends.one_is_enough:
        back: Block | None = ()
        if ends.are_a_page_apart():
            block = yield from near.block()
        else:
            block, back = yield from together(near.block(), _quietly(far))
        if block is None:
            return
        yield Emit(block)
        if back is None:
            return
        rest = ends.joined(block, back)
        for older in rest:
            yield Emit(older)
        if rest:
            near.close()
            return


def _newest_first(pages: ThreadPages, *, repeating: bool) -> Flow[Block, None]:
    """The walk from the second end; `repeating` as in `ThreadPages.walk_on`: its pages are to overlap, too."""
    newest = yield from pages.page("desc")
    if runs(newest.items, "desc"):
        yield from pages.walk_on(newest, "desc", repeating=repeating)


def _quietly(far: _Side) -> Flow[Any, Block | None]:
    """The next block of the second end; None where it fails: the first end tells whether the platform does."""
    try:
        return (yield from far.block())
    except ThreadsError:
        return None


class _Side:
    """A walk that is performed a block at a time, and tells beforehand whether it goes on."""

    def __init__(self, walk: Flow[Block, None]) -> None:
        self._walk = walk
        self._step: Step[Block] | None = None

    def goes_on(self) -> bool:
        """Whether there is anything more to do; it is not done yet."""
        if self._step is None:
            self._advance(None)
        return self._step is not None

    def block(self) -> Flow[Any, Block | None]:
        """What the walk emits next; None where it has come to its end."""
        while self.goes_on() and (step := self._step) is not None:
            self._step = None
            if isinstance(step, Emit):
                block: Block = step.item
                return block
            self._advance((yield step))
        return None

    def rest(self) -> Flow[Block, None]:
        """All that the walk still emits."""
        while (block := (yield from self.block())) is not None:
            yield Emit(block)

    def close(self) -> None:
        """End the walk where it is: nothing more comes."""
        self._walk.close()
        self._step = None

    def _advance(self, outcome: Any) -> None:
        try:
            self._step = self._walk.send(outcome)
        except StopIteration:
            self._step = None


class _Ends:
    """What both ends have brought so far.

    Attributes:
        one_is_enough: whether nothing will be joined: the two contradict each other, ids repeat, or the first has all.
    """

    def __init__(self, begun: Sequence[Block]) -> None:
        self.one_is_enough = False
        # Nothing more of what the first has emitted: who keeps it elsewhere need not hold it in memory.
        self._near: list[Identity] = []
        self._places: dict[str, int] = {}
        self._far: list[Block] = []
        self._far_ids: set[str] = set()
        self._page = 0
        self._saved_one = False
        for block in begun:
            self._take(block, ())

    def joined(self, block: Block, back: Block) -> list[Block]:
        """The rest of the thread, oldest first, where these two show that the ends have met; else nothing.

        Args:
            block: what follows on the first end. back: what follows on the second, newest first.
        """
        ids = {message.id for message in back}
        met = not self._places.keys().isdisjoint(ids)
        self._take(block, back)
        met = met or not self._far_ids.isdisjoint(message.id for message in block)
        if not met or self.one_is_enough:
            return []
        shared = self._shared()
        rest = self._beyond(shared) if shared else []
        self.one_is_enough = not rest
        return rest

    def are_a_page_apart(self) -> bool:
        """Whether, by the times, the first end's next page reaches the second: that asks for no page in vain.

        Times are a hint here and prove nothing, so they are heeded once.
        """
        start, end = self._near[0][-1], self._near[-1][-1]
        there = self._far[-1][-1].created_at if self._far else None
        if self._saved_one or start is None or end is None or there is None:
            return False
        self._saved_one = (there - end) * len(self._near) <= (end - start) * self._page
        return self._saved_one

    def _take(self, block: Block, back: Block) -> None:
        for message in block:
            self.one_is_enough = self.one_is_enough or message.id in self._places
            self._places[message.id] = len(self._near)
            self._near.append(_identity(message))
        for message in back:
            self.one_is_enough = self.one_is_enough or message.id in self._far_ids
            self._far_ids.add(message.id)
        if back:
            self._far.append(back)
        self._page = len(block)

    def _shared(self) -> int:
        """How many messages at the end of the one are the beginning of the other; 0 where they share any others."""
        place = self._places.get(self._far[-1][-1].id)
        if place is None:
            return 0
        tail = self._near[place:]
        head = [message for back in reversed(self._far) for message in reversed(back)][: len(tail)]
        if len(tail) > len(head) or tail != [*map(_identity, head)]:
            return 0
        elsewhere = self._far_ids - {message.id for message in head}
        return len(head) if elsewhere.isdisjoint(self._places) else 0

    def _beyond(self, shared: int) -> list[Block]:
        """The second end's blocks, oldest first, without so many messages."""
        rest = []
        for back in reversed(self._far):
            if fresh := back[::-1][shared:]:
                rest.append(fresh)
            shared = max(shared - len(back), 0)
        return rest


def _identity(message: ThreadMessage) -> Identity:
    return message.id, message.provider_role, message.created_at
