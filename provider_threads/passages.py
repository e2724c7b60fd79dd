"""Threads cut into passages: pieces of text with an id, as documents that are searched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from typing_extensions import TypedDict, Unpack

from provider_threads.errors import ConfigurationError
from provider_threads.footnotes import without_markers
from provider_threads.messages import ThreadMessage

__all__ = ["ROLES", "Granularity", "Passage", "PassageSettings", "Passages", "apassages_of", "passages_of"]

Granularity = Literal["message", "turn", "thread"]
"""What makes one passage.

``message``: a message. ``turn``: a user's message with all that follows it up to the user's next one; what comes before
the first is a turn of its own, and of several user messages in a row each begins one, so that only a thread's last turn
can still grow. ``thread``: the whole thread.
"""

ROLES = ("user", "assistant")
"""Whose messages are in a passage, unless others are asked for."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a thread.

    Attributes:
        id: ``provider:thread id:message key``, of a turn with its first message's key; of a thread without one. It
            stays the same while the piece grows.
        text: of one message its text; else each message's, with its role before it.
        metadata: text and numbers only, nothing that changes while the text does not. ``source`` (``provider:thread
            id``), ``provider``, ``thread_id``, ``granularity`` and ``citations``, a count; where known ``created_at``
            of its first message (ISO 8601, UTC), ``status`` of the first that is not ``completed``, ``run_id`` and
            ``assistant_id`` where its messages name just one, and ``file_ids``, comma-separated. Of a message
            ``message_id`` and ``role``; of a turn ``message_ids``, comma-separated; of turn and thread ``messages``,
            how many.
    """

    id: str
    text: str = field(repr=False)
    metadata: dict[str, str | int] = field(hash=False)


class PassageSettings(TypedDict, total=False):
    """How a thread is cut.

    Attributes:
        granularity: see `Granularity`; ``turn`` unless it is given.
        roles: whose messages are taken: the user's and the assistant's unless given; None for all.
        markers: whether citations' markers, such as ``【1†source】``, stay in the text. Unless False they do; to an
            embedding they are noise.
    """

    granularity: Granularity
    roles: Collection[str] | None
    markers: bool


class Passages:
    """Takes one thread's messages, oldest first and one at a time, and gives each passage as soon as it is whole.

    Messages without text are left out, and so are those whose role is not asked for; both still begin turns. A turn
    or thread in which nothing is left makes no passage.

    Args:
        provider: the platform's name, such as ``"minimax"``.
        granularity, roles, markers: see `PassageSettings`.

    Raises:
        ConfigurationError: an argument makes no sense.
    """

    def __init__(
        self,
        provider: str,
        granularity: Granularity = "turn",
        roles: Collection[str] | None = ROLES,
        markers: bool = True,
    ) -> None:
        if granularity not in get_args(Granularity):
            raise ConfigurationError("granularity must be 'message', 'turn' or 'thread'.")
        if roles is not None and (isinstance(roles, str) or not isinstance(roles, Collection) or not roles):
            raise ConfigurationError("roles must be a collection of roles, such as ('user', 'assistant'), or None.")
        if not isinstance(markers, bool):
            raise ConfigurationError("markers must be True or False.")
        self._provider = provider
        self._granularity = granularity
        self._roles = None if roles is None else frozenset(roles)
        self._markers = markers
        self._first: ThreadMessage | None = None
        self._taken: list[tuple[ThreadMessage, str]] = []

    def take(self, message: ThreadMessage) -> Passage | None:
        """Take the next message; the passage that ended before it, if one did."""
        ended = None
        if self._granularity == "message" or (self._granularity == "turn" and message.role == "user"):
            ended = self.end()
        if self._first is None:
            self._first = message
        if self._roles is None or message.role in self._roles:
            text = message.text if self._markers else without_markers(message.text, message.citations).text
            if text.strip():
                self._taken.append((message, text))
        return ended

    def end(self) -> Passage | None:
        """The passage that the last messages make, if there is one."""
        first, taken = self._first, self._taken
        self._first, self._taken = None, []
        return self._passage(first, taken) if first is not None and taken else None

    def _passage(self, first: ThreadMessage, said: list[tuple[ThreadMessage, str]]) -> Passage:
        source = f"{self._provider}:{first.thread_id}"
        taken = [message for message, _ in said]
        if self._granularity == "message":
            text = said[0][1]
        else:
            text = "\n\n".join(f"{message.role}: {text}" for message, text in said)
        known = {
            "source": source,
            "provider": self._provider,
            "thread_id": first.thread_id,
            "granularity": self._granularity,
            **self._names(taken),
            "created_at": next((message.created_at.isoformat() for message in taken if message.created_at), None),
            "status": _status(message.status for message in taken),
            "run_id": _only(message.run_id for message in taken),
            "assistant_id": _only(message.assistant_id for message in taken),
            "file_ids": ",".join(name for message in taken for name in message.file_ids) or None,
            "citations": sum(len(message.citations) for message in taken),
        }
        metadata = {name: value for name, value in known.items() if value is not None}
        return Passage(source if self._granularity == "thread" else f"{source}:{first.key}", text, metadata)

    def _names(self, taken: list[ThreadMessage]) -> dict[str, str | int]:
        if self._granularity == "message":
            return {"message_id": taken[0].id, "role": taken[0].role}
        if self._granularity == "turn":
            return {"message_ids": ",".join(message.id for message in taken), "messages": len(taken)}
        return {"messages": len(taken)}  # a long thread's ids would be longer than what a vector store takes


def _status(statuses: Iterable[str | None]) -> str | None:
    """``completed`` only where nothing is unfinished; None where the platform tells none."""
    given = [status for status in statuses if status]
    return next((status for status in given if status != "completed"), given[0] if given else None)


def _only(values: Iterable[str | None]) -> str | None:
    """The value, where there is just one."""
    given = {value for value in values if value}
    return given.pop() if len(given) == 1 else None


def passages_of(
    messages: Iterable[ThreadMessage], provider: str, **settings: Unpack[PassageSettings]
) -> Iterator[Passage]:
    """One thread's messages, oldest first, as passages; taken as passages are asked for.

    ::

        with ThreadClient(MiniMax()) as threads:
            for passage in passages_of(threads.iter_messages(thread_id), "minimax"):
                print(passage.id, passage.text)
    """
    passages = Passages(provider, **settings)
    for message in messages:
        if ended := passages.take(message):
            yield ended
    if last := passages.end():
        yield last


async def apassages_of(
    messages: AsyncIterator[ThreadMessage], provider: str, **settings: Unpack[PassageSettings]
) -> AsyncIterator[Passage]:
    """`passages_of`, of messages that are awaited."""
    passages = Passages(provider, **settings)
    async for message in messages:
        if ended := passages.take(message):
            yield ended
    if last := passages.end():
        yield last
