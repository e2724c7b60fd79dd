"""How far the platform's list is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select

from provider_threads.overlay.intents import over
from provider_threads.overlay.tables import entries, threads

__all__ = ["Mirrored", "mirrored"]

_TAIL: Final = 5
"""Messages kept in mind to go on from: one, and some before it where ids repeat."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """How far the platform's list is known.

    Attributes:
        tail: key, id and role of the newest messages met there, oldest first; empty before the first read.
        next_seen: what the next message to be met will be numbered.
        largest_page: most messages that the platform ever sent at once.
        whole: whether its first message is known; False where only the newest were read, None until the first read
            came to the end.
        cut: whether what is older than all that is known was forgotten unread.
        unsettled: ids of messages that the platform had not finished.
        over: intents whose requests were over by then.
    """

    tail: tuple[tuple[str, str, str], ...]
    next_seen: int
    largest_page: int
    whole: bool | None
    cut: bool
    unsettled: tuple[str, ...]
    over: tuple[int, ...]


def mirrored(connection: Connection, thread: int, now: float) -> Mirrored:
    """How far the platform's list of a thread is known at Unix time `now`."""
    place = connection.execute(_PLACE, {"of": thread}).one_or_none()
    if place is None:
        return Mirrored((), 1, 0, None, cut=False, unsettled=(), over=())
    tail = [(key, message_id, role) for key, message_id, role in connection.execute(_LAST, {"of": thread})]
    unsettled = tuple(connection.execute(_UNSETTLED, {"of": thread}).scalars())
    return Mirrored(
        tuple(tail[::-1]),
        place.next_seen,
        place.largest_page,
        place.whole,
        place.cut,
        unsettled,
        over(connection, thread, now),
    )


_PLACE: Final = select(threads).where(threads.c.number == bindparam("of"))
_LAST: Final = (
    select(entries.c.remote_key, entries.c.remote_id, entries.c.remote_role)
    .where(entries.c.thread == bindparam("of"), entries.c.seen.is_not(None))
    .order_by(entries.c.seen.desc())
    .limit(_TAIL)
)
_UNSETTLED: Final = select(entries.c.remote_id).where(entries.c.thread == bindparam("of"), entries.c.settled.is_(False))
