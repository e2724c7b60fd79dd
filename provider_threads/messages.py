"""What a platform's answers become: threads, messages, their parts and files, pages and views."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar, overload

from provider_threads.citations import Citation
from provider_threads.errors import ConfigurationError
from provider_threads.frozen import maker_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "GAP_LINE",
    "Draft",
    "Order",
    "Page",
    "Part",
    "Thread",
    "ThreadFile",
    "ThreadMessage",
    "ThreadView",
    "make_message",
    "make_part",
]

Order = Literal["asc", "desc"]
"""``asc``: oldest first. ``desc``: newest first."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation kept on a platform.

    Attributes:
        id: the platform's id. created_at: aware, UTC, or None where the platform gave none.
        metadata: the pairs stored with the thread; empty on Hunyuan, which keeps none.
        raw: the answer as it came.
    """

    id: str
    created_at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message's content, in the platform's order.

    Attributes:
        kind: ``text``, ``image`` or ``other`` (a kind that no document names).
        text: the text of a text part, else None. file_id: the file of an image part, else None.
        raw: the part as it came.
    """

    kind: Literal["text", "image", "other"]
    text: str | None = field(default=None, repr=False)
    file_id: str | None = None
    raw: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, repr=False)
class ThreadMessage:
    """One message of a thread. Its ``repr`` shows id, role and length, never text.

    Attributes:
        id: the platform's id; what goes on the wire.
        key: the id, or ``id#2``, ``id#3`` … counted from the oldest where one page repeats an id (MiniMax's own
            example does). What this library keys by.
        thread_id: the thread that was asked for.
        role: ``user``, ``assistant``, ``system``, or a role no document names, as it came.
        provider_role: the role as it came (``ai`` on MiniMax).
        text: the text parts joined by a line break. Citation offsets count its code points.
        parts: the content's structure, parts that are not text included.
        citations: what the text refers to, in the platform's order.
        file_ids: files attached to the message.
        created_at: aware, UTC. On Hunyuan it can be eight hours early (see docs/providers.md): order is never
            taken from it.
        status: ``in_progress``, ``completed`` or ``incomplete`` on Hunyuan, None elsewhere.
        run_id, assistant_id: what produced the message, or None.
        metadata: the pairs stored with the message, or None where the platform sent none.
        raw: the message as it came.
    """

    id: str
    key: str
    thread_id: str
    role: str
    provider_role: str
    text: str
    parts: tuple[Part, ...] = ()
    citations: tuple[Citation, ...] = ()
    file_ids: tuple[str, ...] = ()
    created_at: datetime | None = None
    status: str | None = None
    run_id: str | None = None
    assistant_id: str | None = None
    metadata: Mapping[str, Any] | None = field(default=None, hash=False)
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def with_key(self, key: str) -> ThreadMessage:
        """The same message under another key."""
        return self if key == self.key else replace(self, key=key)

    def to_json(self) -> str:
        """The message whole as one line of JSON: the attributes by their names, the time as ISO 8601.

        Nothing in the line ends a line or moves a terminal's cursor or writing direction: it is escaped.
        """
        line = None
        with suppress(ValueError):
            line = _adapter().dump_json(self).decode()
        if line is None or "\ufffd" in line:  # half a surrogate pair: pydantic refuses it, and replaces it in a name
            line = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"), default=_time)
        return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", line)

    @classmethod
    def from_json(cls, line: str | bytes) -> ThreadMessage:
        """The message that `to_json` wrote, equal to what it was. Names that are none of its attributes are ignored.

        Raises:
            ConfigurationError: it is something else.
        """
        try:
            try:
                return _adapter().validate_json(line)
            except ValueError:  # half a surrogate pair, or no message
                return _adapter().validate_python(json.loads(line))
        except (ValueError, RecursionError):
            pass  # raised below, so that what repeats the line is no part of the error's chain
        raise ConfigurationError("the line is no message as ThreadMessage.to_json() writes it.")

    def __repr__(self) -> str:
        return f"ThreadMessage(key={self.key!r}, role={self.role!r}, length={len(self.text)})"

    def _repr_html_(self) -> str | None:
        """The message in a notebook, text and all: there it is asked for by showing the object, never by a log.

        None without the extra ``html``; a notebook then shows the ``repr``.
        """
        return _in_notebook((self,))


_ESCAPED: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What is in no line of JSON as it is: ends of lines, a terminal's controls and directions, half a character."""


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")  # as pydantic writes it


@cache
def _adapter() -> TypeAdapter[ThreadMessage]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - what reads and writes messages is made when it is first needed

    return TypeAdapter(ThreadMessage)


make_part: type[Part] = maker_of(Part)
make_message: type[ThreadMessage] = maker_of(ThreadMessage)
"""As the classes, for the parsers of pages, which make thousands."""


@dataclass(frozen=True, slots=True)
class ThreadFile:
    """A file attached to a message.

    Attributes:
        id: the file's id. message_id: the message it hangs on. created_at: aware, UTC, or None.
        raw: the file's entry as it came.
    """

    id: str
    message_id: str | None = None
    created_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """The answer to one list request.

    Attributes:
        items: in the order that was asked for. has_more: None where the platform does not say (MiniMax).
        first_id, last_id: as the platform gave them, or None. order: what was asked for.
    """

    items: tuple[ItemT, ...]
    has_more: bool | None
    first_id: str | None
    last_id: str | None
    order: Order

    def __iter__(self) -> Iterator[ItemT]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


GAP_LINE: Final = '{"gap":true}'
"""In JSON Lines of a thread the line that stands where messages may be missing; every other line is a message."""


@dataclass(frozen=True, slots=True)
class ThreadView(Sequence[ThreadMessage]):
    """A thread, or its newest part, oldest message first. Itself a sequence of its messages.

    Attributes:
        messages: oldest first.
        reached_start: True where the first message is the thread's first.
        gap_before: index into `messages` before which messages may be missing, or None.
        stale: True where the platform was not asked (only with an overlay).
        limit: how many of the newest messages were asked for, or None for all.
    """

    messages: tuple[ThreadMessage, ...]
    reached_start: bool
    gap_before: int | None = None
    stale: bool = False
    limit: int | None = None

    @classmethod
    def from_jsonl(cls, lines: Iterable[str]) -> ThreadView:
        """A thread from JSON Lines, oldest message first, as ``provider-threads export`` writes them.

        ::

            with open("thread_abc.jsonl", encoding="utf-8") as lines:
                view = ThreadView.from_jsonl(lines)

        Raises:
            ConfigurationError: a line is neither a message nor the mark of a gap; it is named by its number.
        """
        messages: list[ThreadMessage] = []
        gap_before = None
        for number, line in enumerate(lines, 1):
            if line.strip() == GAP_LINE:
                gap_before = len(messages)
            elif line.strip():
                try:
                    messages.append(ThreadMessage.from_json(line))
                except ConfigurationError:
                    raise ConfigurationError(
                        f"line {number} is no message as ThreadMessage.to_json() writes it."
                    ) from None
        return cls(tuple(messages), reached_start=gap_before != 0, gap_before=gap_before)

    def to_jsonl(self) -> Iterator[str]:
        """The thread as `from_jsonl` reads it: a line for each message, and `GAP_LINE` where some may be missing."""
        gap = 0 if self.gap_before is None and not self.reached_start else self.gap_before
        for at, message in enumerate(self.messages):
            if at == gap:
                yield GAP_LINE
            yield message.to_json()
        if gap == len(self.messages):
            yield GAP_LINE

    @property
    def complete(self) -> bool:
        """No gap, and the start was reached or as many messages are here as were asked for."""
        satisfied = self.limit is not None and len(self.messages) >= self.limit
        return self.gap_before is None and (self.reached_start or satisfied)

    @property
    def newest_block(self) -> tuple[ThreadMessage, ...]:
        """The messages after the gap: the newest run in which none is missing."""
        return self.messages[self.gap_before or 0 :]

    def __len__(self) -> int:
        return len(self.messages)

    @overload
    def __getitem__(self, index: int) -> ThreadMessage: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ThreadMessage, ...]: ...

    def __getitem__(self, index: int | slice) -> ThreadMessage | tuple[ThreadMessage, ...]:
        return self.messages[index]

    def _repr_html_(self) -> str | None:
        """The newest 50 messages in a notebook, and how many there are before them; as of a `ThreadMessage`."""
        return _in_notebook(self)


def _in_notebook(messages: Sequence[ThreadMessage]) -> str | None:
    try:
        from provider_threads.html import thread_fragment  # noqa: PLC0415 - an extra, needed by notebooks alone
    except ImportError:
        return None
    return thread_fragment(messages, newest=50)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to append: what goes to the platform, and nothing that the platform would lose.

    Attributes:
        text: not empty. role: ``user`` or ``assistant``. file_ids: uploaded files to attach.
        metadata: pairs to store with the message.
    """

    text: str = field(repr=False)
    role: str = "user"
    file_ids: tuple[str, ...] = ()
    metadata: Mapping[str, str] | None = field(default=None, repr=False, hash=False)
