"""What two pages, or the messages of one, tell of a list: names, overlaps, directions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from provider_threads.messages import Order, ThreadMessage

__all__ = ["cursor_place", "names_of", "newer", "overlap", "repeats", "rises", "runs", "same_direction"]


def names_of(messages: Sequence[ThreadMessage]) -> list[tuple[str, str]]:
    """What tells messages apart where one id can stand for a question and its answer."""
    return [(message.id, message.provider_role) for message in messages]


def cursor_place(messages: Sequence[ThreadMessage]) -> int:
    """Where in a page the message stands whose id is to be the cursor: the first of its id.

    The page's last id, as a rule. Where ids repeat, the last one may have another message on the next page, and a
    server that looks for the id could step over it; the id before it is sure. What comes twice is overlap.
    """
    ids = [message.id for message in messages]
    at = ids.index(ids[-1])
    return ids.index(ids[at - 1]) if at and len(set(ids)) < len(ids) else at


def overlap(before: Sequence[ThreadMessage], after: Sequence[ThreadMessage]) -> int:
    """How many messages at the head of `after` repeat the tail of `before`."""
    tail, head = names_of(before), names_of(after)
    for length in range(min(len(tail), len(head)), 0, -1):
        if tail[-length:] == head[:length]:
            return length
    return 0


def repeats(fresh: Sequence[ThreadMessage], before: Sequence[ThreadMessage], seen: set[int]) -> bool:
    """Whether `fresh` holds a message seen earlier. An id of the page before may go on with another role."""
    names, ids = set(names_of(before)), {message.id for message in before}
    return any(
        hash(message.id) in seen and (message.id not in ids or (message.id, message.provider_role) in names)
        for message in fresh
    )


def same_direction(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> bool:
    """Whether two lists show the messages that both hold, two at least, in the same order."""
    shared = set(one) & set(other)
    return len(shared) > 1 and [name for name in one if name in shared] == [name for name in other if name in shared]


def newer(one: ThreadMessage, other: ThreadMessage) -> bool:
    """Whether `one` is dated after `other`; newest first, nothing that follows a page is newer than its head."""
    return one.created_at is not None and other.created_at is not None and one.created_at > other.created_at


def rises(messages: Sequence[ThreadMessage]) -> bool:
    """Whether the times of a page prove that it is oldest first: some pair rises, and none falls."""
    times = [message.created_at for message in messages if message.created_at]
    return all(earlier <= later for earlier, later in pairwise(times)) and len(set(times)) > 1


def runs(messages: Sequence[ThreadMessage], order: Order) -> bool:
    """Whether the times of a page let one believe that it is in `order`: some pair runs along it, or none is dated."""
    times = [message.created_at for message in messages if message.created_at]
    along = any(earlier < later if order == "asc" else earlier > later for earlier, later in pairwise(times))
    return along or len(times) < 2
