"""One test body for both ways of calling a memory, and messages as an adapter hands them to it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from provider_threads import AsyncThreadClient, Draft, Provider, RetryPolicy, ThreadClient, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.emulator.identifiers import Provider as Platform
from provider_threads.entries import Entry, Outgoing, Record
from provider_threads.memory import ThreadMemory
from tests.clients.ways import Way

__all__ = ["Memory", "lists", "message", "said", "seed", "shown", "texts", "written"]

LISTS = ("GetThreadMessageList", "threads/messages/list")
WRITES = ("threads/messages/add", "threads/messages")


class Memory:
    """A memory over a client of its own, with its operations as coroutines, whichever way they are performed."""

    def __init__(self, way: Way, provider: Provider, **settings: Any) -> None:
        retry = RetryPolicy(attempts=1)
        self.client: ThreadClient | AsyncThreadClient = (
            ThreadClient(provider, retry=retry) if way == "sync" else AsyncThreadClient(provider, retry=retry)
        )
        self.memory = ThreadMemory(client=self.client, **settings)
        self._prefix = "" if way == "sync" else "a"

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        perform = getattr(self.memory, self._prefix + operation)

        async def performed(*arguments: Any, **settings: Any) -> Any:
            result = perform(*arguments, **settings)
            return await result if inspect.isawaitable(result) else result

        return performed

    async def texts(self, key: str, **settings: Any) -> list[str]:
        """The texts that a read shows."""
        return shown(await self.read(key, **settings))

    async def say(self, key: str, *texts: str, **settings: Any) -> None:
        """Append messages of the user."""
        await self.append(key, said(*texts), **settings)

    async def shut(self) -> None:
        """Close the client."""
        if isinstance(self.client, ThreadClient):
            self.client.close()
        else:
            await self.client.aclose()


def message(role: str, text: str, *, mark: str = "", sent: bool = True, framework: str = "test") -> Outgoing:
    """A message as an adapter makes one: only users' messages have a draft, and that only where `sent`."""
    payload = json.dumps({"role": role, "text": text, "mark": mark})
    record = Record(framework, role, text, payload)
    if role in ("user", "assistant") and sent:
        return Outgoing(Draft(text, role), record)
    return Outgoing(UnsupportedOperationError(f"it is a {role} message"), record)


def said(*texts: str) -> list[Outgoing]:
    """Messages of the user."""
    return [message("user", text) for text in texts]


def shown(entries: Sequence[Entry]) -> list[str]:
    """The text of each entry: as it was written here, else as the platform has it."""
    return [
        entry.record.text if entry.record else entry.message.text if entry.message else "(nothing)" for entry in entries
    ]


def seed(emulator: Emulator, platform: str, texts: Sequence[str], **settings: Any) -> str:
    """A thread of questions and answers in turn; with `thread_id`, added to it."""
    roles = ("user", "assistant")
    messages = [SeedMessage(roles[number % 2], text) for number, text in enumerate(texts)]
    return emulator.seed(cast("Platform", platform), messages, **settings)


def texts(emulator: Emulator, platform: str, thread_id: str) -> list[str]:
    """What the platform holds, oldest first."""
    return [stored.text or "" for stored in emulator.messages(cast("Platform", platform), thread_id)]


def lists(emulator: Emulator) -> int:
    """How many list requests were made."""
    return sum(request.operation in LISTS for request in emulator.requests)


def written(emulator: Emulator) -> int:
    """How many requests appended a message."""
    return sum(request.operation in WRITES for request in emulator.requests)
