"""Taking the blocks that a walk emits: gathered into one list, or with keys that hold across pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeAlias

from provider_threads.flows.steps import Emit, Flow
from provider_threads.messages import Order, ThreadMessage

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
    a page's last id is held back until the next page shows whether an older message has it, but only where the page
    repeats ids at all.
    """
    counts: Counter[str] = Counter()
    held: list[ThreadMessage] = []
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
            block = list(step.item)
            ids = Counter(message.id for message in block)
            if order == "asc":
                block = [_counted(message, counts[message.id]) for message in block]
                counts = Counter({message_id: count + counts[message_id] for message_id, count in ids.items()})
            else:
                block = [_counted(message, ids[message.id]) for message in held] + block
                held = []
                while len(ids) < sum(ids.values()) and block and block[-1].id == step.item[-1].id:
                    held.insert(0, block.pop())
            if block:
                yield Emit(block)
    if held:
        yield Emit(held)


def _counted(message: ThreadMessage, older: int) -> ThreadMessage:
    """`message`, `older` messages of its id coming before those that its key counts."""
    if not older:
        return message
    number = int(message.key[len(message.id) + 1 :] or 1) + older
    return replace(message, key=f"{message.id}#{number}")
