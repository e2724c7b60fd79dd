"""Taking the blocks that a walk emits: gathered into one list, or with keys that hold across pages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import takewhile
from typing import Any, TypeAlias

from provider_threads.flows.steps import Emit, Flow
from provider_threads.messages import Order, ThreadMessage
from provider_threads.providers.wire import number_repeated_ids

__all__ = ["collect", "number_across_pages"]

Walk: TypeAlias = "Flow[Sequence[ThreadMessage], None]"


def collect(walk: Walk, limit: int | None = None) -> Flow[Any, tuple[list[ThreadMessage], bool]]:
    """What `walk` emits until there are `limit` messages or more, and whether it came to its end."""
    messages: list[ThreadMessage] = []
    with closing(walk):
        outcome = None
        while limit is None or len(messages) < limit:
            try:
                step = walk.send(outcome)
            except StopIteration:
                return messages, True
            outcome = None
            if isinstance(step, Emit):
                messages += step.item
            else:
                outcome = yield step
    return messages, False


def number_across_pages(walk: Walk, order: Order) -> Walk:
    """Emit what `walk` emits, with keys that count an id's messages from the oldest across a page boundary too.

    A question and its answer may share one id (MiniMax's own example), and a page may end between them. Newest first,
    a page's last id is held back until the next page shows whether an older message has it, but only where ids are
    seen to repeat at all.
    """
    last: list[ThreadMessage] = []  # the last id's messages: oldest first emitted already, newest first held back
    with closing(walk):
        outcome = None
        while True:
            try:
                step = walk.send(outcome)
            except StopIteration:
                break
            outcome = None
            if not isinstance(step, Emit):
                outcome = yield step
                continue
            joined = number_repeated_ids([*last, *step.item], order)
            start, last = len(last), _tail(joined)
            if order == "asc":
                yield Emit(joined[start:])
            elif len({message.id for message in joined}) == len(joined):
                last = []
                yield Emit(joined)
            elif len(last) < len(joined):
                yield Emit(joined[: -len(last)])
    if order == "desc" and last:
        yield Emit(last)


def _tail(messages: Sequence[ThreadMessage]) -> list[ThreadMessage]:
    """The messages at the end that share the last one's id."""
    return [*takewhile(lambda message: message.id == messages[-1].id, reversed(messages))][::-1]
