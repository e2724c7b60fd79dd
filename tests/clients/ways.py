"""One test body for both clients: every operation is awaited, whichever client performs it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from provider_threads import AsyncThreadClient, Provider, ThreadClient, ThreadMessage, ThreadsError

Way = Literal["sync", "async"]
WAYS: tuple[Way, ...] = ("sync", "async")


class Threads:
    """A client of either kind with its operations as coroutines; an iteration is collected."""

    def __init__(self, client: ThreadClient | AsyncThreadClient) -> None:
        self.client = client

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        perform = getattr(self.client, operation)

        async def performed(*arguments: Any, **settings: Any) -> Any:
            result = perform(*arguments, **settings)
            return await result if inspect.isawaitable(result) else result

        return performed

    async def walk(self, *arguments: Any, **settings: Any) -> list[ThreadMessage]:
        """The messages of `iter_messages`."""
        taken, error = await self.walk_as_far_as_it_goes(*arguments, **settings)
        if error is not None:
            raise error
        return taken

    async def walk_as_far_as_it_goes(
        self, *arguments: Any, **settings: Any
    ) -> tuple[list[ThreadMessage], ThreadsError | None]:
        """The messages of `iter_messages`, and the error that ended it."""
        messages: Any = self.client.iter_messages(*arguments, **settings)
        taken: list[ThreadMessage] = []
        try:
            if isinstance(self.client, ThreadClient):
                for message in messages:
                    taken.append(message)  # noqa: PERF402 - what came before an error is kept
            else:
                async for message in messages:
                    taken.append(message)  # noqa: PERF401 - what came before an error is kept
        except ThreadsError as error:
            return taken, error
        return taken, None

    async def shut(self) -> None:
        """Close the client, by the name that closing has on it."""
        if isinstance(self.client, ThreadClient):
            self.client.close()
        else:
            await self.client.aclose()


def threads_of(way: Way, provider: Provider, **settings: Any) -> Threads:
    """A client of the way asked for."""
    kind = ThreadClient if way == "sync" else AsyncThreadClient
    return Threads(kind(provider, **settings))
