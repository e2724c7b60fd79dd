"""Cursor pages: which stretch of a thread an ``after``, a ``before``, an order and a limit select.

Every message has a position, a number that grows with each message stored. A page is cut from the window of
positions that the cursors leave open. The documents leave open whether the named message belongs to that
window and whether a cursor speaks of time or of the list; both readings are here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Order = Literal["asc", "desc"]
Item = TypeVar("Item")


class UnknownCursorError(Exception):
    """The cursor names nothing in this list."""


@dataclass(frozen=True)
class Window:
    """A stretch of a thread: positions ``lower`` to ``upper``, included, and open where None.

    It is listed in ``order``, at most ``limit`` items. ``from_end`` fills the page from the end of the
    window: the page just before a positional ``before`` cursor.
    """

    order: Order
    limit: int | None = None
    lower: int | None = None
    upper: int | None = None
    from_end: bool = False


@dataclass(frozen=True)
class Page:
    """What a client asked for and by which rules its cursors are read."""

    order: Order
    limit: int | None = None
    after: str = ""
    before: str = ""
    inclusive: bool = False
    chronological: bool = True
    unknown_cursor: Literal["reject", "empty", "ignore"] = "reject"

    def window(self, positions_of: Callable[[str], Sequence[int]]) -> Window | None:
        """The stretch to list, or None where an unknown cursor is read as "nothing follows".

        ``positions_of`` gives the positions of an id. An id may be repeated: a lower bound then means its
        last occurrence and an upper bound its first, so that a walk always gets past it.

        Raises:
            UnknownCursorError: a cursor is unknown and such cursors are refused.
        """
        # "After" opens the list towards newer messages, except in a descending list read by position.
        after_is_lower = self.chronological or self.order == "asc"
        step = 0 if self.inclusive else 1
        bounds: dict[str, int] = {}
        for cursor, is_lower in ((self.after, after_is_lower), (self.before, not after_is_lower)):
            if not cursor:
                continue
            positions = positions_of(cursor)
            if positions:
                bounds["lower" if is_lower else "upper"] = max(positions) + step if is_lower else min(positions) - step
            elif self.unknown_cursor == "reject":
                raise UnknownCursorError(cursor)
            elif self.unknown_cursor == "empty":
                return None
        from_end = bool(self.before and not self.after and not self.chronological)
        return Window(self.order, self.limit, bounds.get("lower"), bounds.get("upper"), from_end)


def cut(items: Sequence[Item], window: Window) -> tuple[list[Item], bool]:
    """The page of a list held in memory, and whether its window holds more; positions are indexes."""
    inside = [
        item
        for position, item in enumerate(items)
        if (window.lower is None or position >= window.lower) and (window.upper is None or position <= window.upper)
    ]
    if window.order == "desc":
        inside.reverse()
    if window.limit is None or len(inside) <= window.limit:
        return inside, False
    return (inside[-window.limit :] if window.from_end else inside[: window.limit]), True
