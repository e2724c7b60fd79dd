"""What is promised of each operation on each platform, as data: a part of ``docs/reliability.md``.

How often a call is tried follows from the endpoint, as it does in the library; `test_promises` counts the requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider, RetryPolicy, ThreadClient
from provider_threads.endpoint import Endpoint

__all__ = ["OPERATIONS", "PLATFORMS", "Operation", "promises", "tries"]

PLATFORMS: tuple[type[Provider], ...] = (Hunyuan, MiniMax, AppBuilder)


@dataclass(frozen=True)
class Operation:
    """A call of the clients.

    Attributes:
        name: the method. endpoint: the operation of the platform that it makes first.
        perform: calls it on a thread and a message.
    """

    name: str
    endpoint: str
    perform: Callable[[ThreadClient, str, str], Any]


_ATTEMPTS = RetryPolicy().attempts

OPERATIONS = (
    Operation("read", "list_messages", lambda client, thread, _: client.read(thread)),
    Operation("iter_messages", "list_messages", lambda client, thread, _: list(client.iter_messages(thread))),
    Operation("list_messages", "list_messages", lambda client, thread, _: client.list_messages(thread)),
    Operation("get_message", "get_message", lambda client, thread, message: client.get_message(thread, message)),
    Operation("list_files", "list_files", lambda client, thread, message: client.list_files(thread, message)),
    Operation("get_thread", "get_thread", lambda client, thread, _: client.get_thread(thread)),
    Operation("create_thread", "create_thread", lambda client, _, __: client.create_thread()),
    Operation("append", "append", lambda client, thread, _: client.append(thread, "a text")),
    Operation(
        "update_message",
        "update_message",
        lambda client, thread, message: client.update_message(thread, message, "a text", file_ids=[]),
    ),
    Operation("update_thread", "update_thread", lambda client, thread, _: client.update_thread(thread, {"a": "b"})),
    Operation("delete_thread", "delete_thread", lambda client, thread, _: client.delete_thread(thread)),
)

_CELLS = {0: "refused", 1: "sent once", _ATTEMPTS: f"up to {_ATTEMPTS} tries"}

_HEAD = """
## What is promised, call by call

| Call | Tencent Hunyuan | MiniMax | Baidu AppBuilder |
|---|---|---|---|
"""

_MEANINGS = """
* **up to 3 tries**: it changes nothing, so a passing failure is tried again, each time signed anew, within the 60 s
  that each request has with its tries, and within the [budget](limits.md) of retries.
* **sent once**: it changes something. It fails as `NotSentError` (nothing has happened), as a refusal by the platform,
  or as `OutcomeUnknownError` (look before you write again); it is never sent again by itself. The one exception is an
  answer that says that nothing was done: Tencent's word that this machine's clock is off. A batch that fails says in
  `appended` how many messages were confirmed before.
* **refused**: the platform has no such call. `UnsupportedOperationError` comes before anything is sent.

Histories, chat stores and memories are made of these calls and promise the same. With an overlay, a turn is written
down here before it is sent: where the outcome of a write is unknown, the next read finds out, and shows the turn once
and whole if the platform has it. Who sends it again without reading first may have it twice. What the platform cannot
take is kept; while the platform is down, what is known is shown and, with `on_outage="stale"`, said to be stale.
"""


def tries(platform: type[Provider], operation: Operation) -> int:
    """How many requests a call makes where each fails and may be tried again; 0 where the platform has none."""
    endpoint: Endpoint[Any, Any] | None = getattr(platform.endpoints, operation.endpoint)
    if endpoint is None:
        return 0
    return _ATTEMPTS if endpoint.idempotent else 1


def promises() -> str:
    """The section of the page."""
    rows = [
        f"| `{operation.name}` | " + " | ".join(_CELLS[tries(platform, operation)] for platform in PLATFORMS) + " |"
        for operation in OPERATIONS
    ]
    return _HEAD + "\n".join(rows) + "\n" + _MEANINGS
