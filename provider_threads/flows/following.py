"""What follows the messages that are known, where the platform has a cursor: one request where nothing is in doubt.

Whether a server heeds cursor and order, and whether a page is its last, shows in the page as a rule. Where it does not,
the list's newest page settles all three: what it shows after the known messages is what follows them, to the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from provider_threads.flows.comparing import cursor_place, names_of, rises, runs, same_direction
from provider_threads.flows.paging import ThreadPages
from provider_threads.flows.steps import Emit, Flow
from provider_threads.messages import Page, ThreadMessage

__all__ = ["Following", "walk_after"]

Following = tuple[Sequence[ThreadMessage], int]
"""Messages that follow, oldest first, and how many the platform sent at once to show them."""


def walk_after(pages: ThreadPages, tail: Sequence[ThreadMessage], largest: int) -> Flow[Following, bool]:
    """Emit what follows the last of `tail`, each message once.

    Ends after one request where nothing follows. A page shorter than `largest`, the most that this platform ever sent
    at once, is the last one where the platform does not say.

    Args:
        tail: the newest messages known, oldest first; one at least.

    Returns:
        False where the answers are no continuation, as from a server that ignores cursor or order: read it whole.
    """
    known = tail
    settled = False
    while True:
        at = cursor_place(known)
        page = yield from pages.page("asc", "after", known[at].id)
        end, length = _repeated_run(known, page.items)
        turned = page.items[::-1]
        turned_end, turned_length = _repeated_run(known, turned)
        if turned_length > max(length, 1) and rises(turned):
            # The order is ignored, and so is the cursor: the newest are here, and what is known is among them.
            if turned[turned_end:]:
                yield Emit((turned[turned_end:], len(page)))
            return True
        fresh = page.items[end:]
        # Whoever heeds the cursor shows nothing of what is before its message.
        goes_back = end > len(known) - at
        cut = page.has_more is not False and largest <= len(page) <= pages.size
        if not fresh and not (goes_back and cut):
            return not page.has_more
        if settled and goes_back and cut:
            return False
        turns = not length and not runs(fresh, "asc")
        if not settled and (turns or (cut and (goes_back or page.has_more is None))):
            newest = yield from pages.page("desc")
            if same_direction(names_of(page.items), names_of(newest.items)):
                # The order is ignored, which leaves the list's head, and says nothing of its end.
                if turns or (len(page) == pages.size if goes_back else _begin_alike(page, newest)):
                    return False
            else:
                place = _end_of(known, newest.items[::-1])
                if place is not None:
                    rest = newest.items[::-1][place:]
                    if names_of(rest[: len(fresh)]) != names_of(fresh):
                        return False
                    yield Emit(([*fresh, *rest[len(fresh) :]], max(len(page), len(newest))))
                    return True
                if _begin_alike(page, (yield from pages.page("asc"))):
                    return False
        elif not settled and page.has_more and not length and _begin_alike(page, (yield from pages.page("asc"))):
            return False
        settled = True
        if fresh:
            yield Emit((fresh, len(page)))
        if goes_back or page.has_more is False or (page.has_more is None and len(page) < largest):
            return True
        known = page.items


def _begin_alike(one: Page[ThreadMessage], other: Page[ThreadMessage]) -> bool:
    """Whether two pages begin with the same message: what follows a cursor is not where the list begins."""
    return names_of(one.items[:1]) == names_of(other.items[:1])


def _end_of(tail: Sequence[ThreadMessage], messages: Sequence[ThreadMessage]) -> int | None:
    """Where in `messages`, oldest first, the last run ends that repeats `tail`, of which the head may be cut off."""
    names, wanted = names_of(messages), names_of(tail)
    for end in range(len(names), 0, -1):
        length = min(len(wanted), end)
        if names[end - length : end] == wanted[-length:]:
            return end
    return None


def _repeated_run(before: Sequence[ThreadMessage], after: Sequence[ThreadMessage]) -> tuple[int, int]:
    """Where in `after` the run ends that repeats the tail of `before`, and how long it is; 0, 0 without one.

    At the head, as where the cursor's message is in the page; or further on, as where the cursor is ignored, if it is
    two messages at least and times leave no doubt of the order: in a list turned round, what is new comes first.
    """
    tail, names = names_of(before), names_of(after)
    rising = rises(after)
    for end in range(len(names) if rising else min(len(tail), len(names)), 0, -1):
        length = min(len(tail), end)
        if names[end - length : end] == tail[-length:] and (length == end or (rising and length > 1)):
            return end, length
    return 0, 0
