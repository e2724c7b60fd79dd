"""What a memory holds: messages as the platform has them, as a framework wrote them, or both.

An entry knows its place in the conversation and nothing of a framework: what a framework wrote is kept as it is dumped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from provider_threads.errors import ThreadsError
from provider_threads.messages import Draft, ThreadMessage, ThreadView

__all__ = [
    "RESULT_ROLES",
    "Entry",
    "Extent",
    "Outgoing",
    "Pick",
    "Reading",
    "Record",
    "State",
    "without_cut_off_results",
]

RESULT_ROLES: Final = ("tool", "function")
"""Roles of what a tool returned."""

State = Literal["active", "archived", "deleted"]
"""``active``: part of the conversation. ``archived``: kept, but not shown to a model. ``deleted``: a tombstone."""


@dataclass(slots=True)  # not frozen, which takes four times as long to make: a read makes one for each message
class Record:
    """A message as a framework wrote it.

    Attributes:
        framework: whose message it is: ``langchain`` or ``llamaindex``. payload: the message dumped to JSON text.
        role: ``user``, ``assistant``, ``system``, ``tool`` or another. text: its plain text. plain: whether role and
            text are all that is said in it. These are for readers of another framework.
        message_id: the id that its framework knows it by, where it has one.
    """

    framework: str
    role: str
    text: str = field(repr=False)
    payload: str = field(repr=False)
    plain: bool = True
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way into a memory.

    Attributes:
        draft: what the platform would be sent, or the error that says why it cannot take the message.
        record: the message whole, for the overlay; None where there is no overlay.
    """

    draft: Draft | ThreadsError
    record: Record | None = None


class Entry:
    """One message of a conversation.

    Attributes:
        key: the platform's key of the message, or ``local:…`` where the platform has none; never changes.
        record: as a framework wrote it, or None for a message that others wrote.
        edited: whether the platform's text was changed after it was written here.
        state: see `State`. number: what the journal knows it by, or None without an overlay.
    """

    __slots__ = ("_message", "_parse", "edited", "key", "number", "record", "state")

    def __init__(
        self,
        key: str,
        *,
        message: ThreadMessage | None = None,
        parse: Callable[[], ThreadMessage] | None = None,
        record: Record | None = None,
        edited: bool = False,
        state: State = "active",
        number: int | None = None,
    ) -> None:
        self.key: str = key
        self.record: Record | None = record
        self.edited: bool = edited
        self.state: State = state
        self.number: int | None = number
        self._message = message
        self._parse = parse

    @property
    def on_platform(self) -> bool:
        """Whether the platform has the message too."""
        return self._message is not None or self._parse is not None

    @property
    def message(self) -> ThreadMessage | None:
        """The message as the platform has it, or None where it is only here. Read from the journal at each access.

        Not kept: of a long thread that would be a second copy of all of it, which Python's collector goes through.
        """
        return self._message if self._parse is None else self._parse()

    @property
    def origin(self) -> Callable[[], ThreadMessage] | None:
        """What reads the message as the platform has it, or None where it is only here; it holds nothing else."""
        if self._parse is None and (message := self._message) is not None:
            return lambda: message
        return self._parse

    @property
    def role(self) -> str:
        """The role as it was written, or as the platform's was read."""
        if self.record is not None:
            return self.record.role
        message = self.message
        return message.role if message is not None else ""

    def as_thread_message(self, thread_id: str) -> ThreadMessage:
        """The message as the platform has it; one that is only here in the same shape, with its key for an id."""
        message = self.message
        if message is not None:
            return message
        role, text = (self.record.role, self.record.text) if self.record else ("", "")
        return ThreadMessage(self.key, self.key, thread_id, role, role, text)

    def __repr__(self) -> str:
        return f"Entry(key={self.key!r}, state={self.state!r})"


def without_cut_off_results(entries: Sequence[Entry]) -> Sequence[Entry]:
    """`entries` from the first that is no tool's result on: models refuse a result without the call before it."""
    start = next((at for at, entry in enumerate(entries) if entry.role not in RESULT_ROLES), len(entries))
    return entries[start:]


Pick: TypeAlias = "slice | Collection[int] | Callable[[Sequence[Entry]], Sequence[Entry]]"
"""Which of the entries that are shown: a part of them in their order, those of these numbers, or what a function takes.

Only a function needs to be shown them all. A slice is one as of a list; one whose ends are counted from the same end
of it is looked up by itself.
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a memory found when it looked.

    Attributes:
        amount: of entries, with those before a gap.
        reached_start, gap_before, limit: as of a `ThreadView`; a gap may also be after the last entry, where all that
            followed it was deleted or archived.
        outage: why the platform could not be asked, where what was known had to do.
    """

    amount: int
    reached_start: bool
    gap_before: int | None = None
    limit: int | None = None
    outage: ThreadsError | None = None

    @property
    def complete(self) -> bool:
        """As of a `ThreadView`."""
        satisfied = self.limit is not None and self.amount >= self.limit
        return self.gap_before is None and (self.reached_start or satisfied)

    @property
    def newest_block(self) -> int:
        """How many entries there are in the newest run in which none is missing."""
        return self.amount - (self.gap_before or 0)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a memory found when it was read.

    Attributes:
        thread_id: the hosted thread, or "" where none was created yet. entries: oldest first. extent: how much that is.
    """

    thread_id: str
    entries: tuple[Entry, ...]
    extent: Extent

    @classmethod
    def of_view(cls, thread_id: str, view: ThreadView) -> Reading:
        """What was read from the platform alone."""
        entries = tuple(Entry(message.key, message=message) for message in view)
        return cls(thread_id, entries, Extent(len(entries), view.reached_start, view.gap_before, view.limit))

    @property
    def newest_block(self) -> tuple[Entry, ...]:
        """The newest run of entries in which none is missing."""
        return self.entries[self.extent.gap_before or 0 :]

    def as_view(self) -> ThreadView:
        """The same as thread messages; what is only here in the shape of the others."""
        messages = tuple(entry.as_thread_message(self.thread_id) for entry in self.entries)
        found = self.extent
        return ThreadView(messages, found.reached_start, found.gap_before, found.outage is not None, found.limit)
