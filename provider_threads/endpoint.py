"""One remote operation as data: how its request is built, how its answer is parsed, whether it may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from urllib.parse import urlencode

from provider_threads.messages import Draft, Order, Page, Thread, ThreadFile, ThreadMessage

__all__ = [
    "Answer",
    "AppendMessage",
    "CreateThread",
    "CursorParameter",
    "Endpoint",
    "Endpoints",
    "JsonObject",
    "ListFiles",
    "ListMessages",
    "MessageRef",
    "Paging",
    "Request",
    "ThreadRef",
    "UpdateMessage",
    "UpdateThread",
]

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request to the platform's origin. Its ``repr`` shows method and path: headers hold credentials."""

    method: Literal["GET", "POST"]
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def target(self) -> str:
        """Path and query as they stand in the request line."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer from the platform: header names in lower case, the body inflated."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


# What an operation is called with. Text is kept out of every repr.


@dataclass(frozen=True, slots=True)
class CreateThread:
    """Create a thread."""

    metadata: Mapping[str, str] | None = field(default=None, repr=False)

    thread_id = None


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """One thread: get or delete it."""

    thread_id: str


@dataclass(frozen=True, slots=True)
class UpdateThread:
    """Replace a thread's metadata."""

    thread_id: str
    metadata: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListMessages:
    """List one page of a thread's messages; None leaves a parameter to the platform's default."""

    thread_id: str
    limit: int | None = None
    order: Order | None = None
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class MessageRef:
    """One message of a thread."""

    thread_id: str
    message_id: str


@dataclass(frozen=True, slots=True)
class AppendMessage:
    """Append one message to a thread."""

    thread_id: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class UpdateMessage:
    """Replace a message's text, and its files unless `file_ids` is None."""

    thread_id: str
    message_id: str
    text: str = field(repr=False)
    file_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ListFiles:
    """List one page of a message's files."""

    thread_id: str
    message_id: str
    limit: int | None = None
    order: Order | None = None
    after: str | None = None
    before: str | None = None


CursorParameter: TypeAlias = Literal["after", "before"]


@dataclass(frozen=True, slots=True)
class Paging:
    """How a list endpoint pages.

    Attributes:
        size: messages to ask for at a time.
        descending: the cursor parameter that goes on from the last message of a newest-first page, likeliest
            reading first. Read by time, older messages are ``before`` it; read by position, as OpenAI's lists are,
            they come ``after`` it. Oldest first, both readings agree on ``after``.
        unasked_order: the order that the documents show where none is asked for; what a server sends that ignores it.
    """

    size: int
    descending: tuple[CursorParameter, ...]
    unasked_order: Order

    def parameters(self, order: Order) -> tuple[CursorParameter, ...]:
        """The cursor parameters to try for `order`, likeliest first."""
        return ("after",) if order == "asc" else self.descending


ArgumentsT = TypeVar("ArgumentsT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[ArgumentsT, ResultT]):
    """One remote operation.

    Attributes:
        operation: this library's name for it, as errors give it.
        idempotent: whether repeating it is harmless. Neither method nor path tells: Tencent and Baidu POST their reads.
        build: the unsigned request for given arguments.
        parse: the result from the unwrapped payload and the arguments; raises Unreadable.
        paging: how a list is gone through; None where there is no cursor.
    """

    operation: str
    idempotent: bool
    build: Callable[[ArgumentsT], Request]
    parse: Callable[[JsonObject, ArgumentsT], ResultT]
    paging: Paging | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The operations of one platform; None where it has none."""

    create_thread: Endpoint[CreateThread, Thread]
    get_thread: Endpoint[ThreadRef, Thread]
    list_messages: Endpoint[ListMessages, Page[ThreadMessage]]
    get_message: Endpoint[MessageRef, ThreadMessage]
    update_thread: Endpoint[UpdateThread, Thread] | None = None
    delete_thread: Endpoint[ThreadRef, None] | None = None
    append: Endpoint[AppendMessage, ThreadMessage] | None = None
    update_message: Endpoint[UpdateMessage, ThreadMessage] | None = None
    list_files: Endpoint[ListFiles, Page[ThreadFile]] | None = None
