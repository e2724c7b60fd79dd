"""`ThreadClient` and `AsyncThreadClient`: the same operations, performed two ways."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self, Unpack

from provider_threads.arguments import check_http_client
from provider_threads.calls import OnCall
from provider_threads.client_base import RETRY, TIMEOUTS, Client, ClientSettings
from provider_threads.driver import AsyncDriver, SyncDriver
from provider_threads.errors import ConfigurationError
from provider_threads.flows.steps import Flow, ResultT
from provider_threads.limits import Limits
from provider_threads.messages import Draft, Order, Page, Thread, ThreadFile, ThreadMessage, ThreadView
from provider_threads.operations import Operations
from provider_threads.pools import ASYNC_POOLS, SYNC_POOLS, Lease
from provider_threads.providers.base import Provider
from provider_threads.retry import RetryPolicy, Timeouts
from provider_threads.transport import AsyncTransport, SyncTransport

if TYPE_CHECKING:
    import httpx

__all__ = ["AsyncThreadClient", "ThreadClient"]


class ThreadClient(Client):
    """Threads of one platform. Usable from several threads at once; a context manager.

    Args:
        provider: ``Hunyuan()``, ``MiniMax()`` or ``AppBuilder()``.
        http_client: your own `httpx.Client`, never closed here; None makes a pool.
        timeout: `Timeouts`, or the seconds for one whole call.
        retry: how often reads are tried; writes are sent once.
        limits: `Limits` that this account's clients share; None for the platform's documented ones.
        on_call: a function that is told of every try, as a `CallRecord`; what it raises is logged.
        strict_thread_ids: an answer that names another thread is an error, not a warning.
        allow_insecure: allow http to other machines.

    Raises:
        ConfigurationError: the address is http to another machine, or a setting makes no sense.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        http_client: httpx.Client | None = None,
        timeout: Timeouts | float = TIMEOUTS,
        retry: RetryPolicy = RETRY,
        limits: Limits | None = None,
        on_call: OnCall | None = None,
        strict_thread_ids: bool = False,
        allow_insecure: bool = False,
    ) -> None:
        super().__init__(
            provider,
            timeout=timeout,
            retry=retry,
            limits=limits,
            on_call=on_call,
            strict_thread_ids=strict_thread_ids,
            allow_insecure=allow_insecure,
        )
        check_http_client(http_client, "Client")
        self._lease: Lease[SyncTransport] | None = None
        self._transport = SyncTransport(provider.base_url, http_client)
        self._driver = SyncDriver(self._transport)

    @classmethod
    def shared(cls, provider: Provider, **settings: Unpack[ClientSettings]) -> Self:
        """A client on the pool that all shared clients of this account use.

        Takes the constructor's settings except `http_client`. `close` gives up the hold; the last one closes the pool.
        """
        if "http_client" in settings:
            raise ConfigurationError("shared() makes the pool itself; http_client= goes to the constructor.")
        client = cls(provider, **settings)
        client._lease = SYNC_POOLS.lease(provider)
        client._driver = SyncDriver(client._lease.transport)
        return client

    def create_thread(self, metadata: Mapping[str, str] | None = None) -> Thread:
        """Create an empty thread, with metadata where the platform keeps any."""
        return self._driver.run(self._operations.create_thread(metadata))

    def get_thread(self, thread_id: str) -> Thread:
        """One thread: its time and metadata, not its messages."""
        return self._driver.run(self._operations.get_thread(thread_id))

    def update_thread(self, thread_id: str, metadata: Mapping[str, str]) -> Thread:
        """Replace a thread's metadata."""
        return self._driver.run(self._operations.update_thread(thread_id, metadata))

    def delete_thread(self, thread_id: str) -> None:
        """Delete a thread with its messages, for good."""
        self._driver.run(self._operations.delete_thread(thread_id))

    def list_messages(
        self,
        thread_id: str,
        limit: int | None = None,
        order: Order | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Page[ThreadMessage]:
        """One page of a thread's messages, newest first unless asked otherwise: exactly one request.

        What a cursor means differs between platforms (docs/providers.md); `iter_messages` and `read` see to that.
        """
        return self._driver.run(self._operations.list_messages(thread_id, limit, order, after, before))

    def iter_messages(
        self, thread_id: str, order: Order = "asc", max_pages: int | None = None
    ) -> Iterator[ThreadMessage]:
        """A thread's messages in `order`, fetched a page at a time as they are wanted, each once.

        Raises:
            IncompleteThreadError: at a gap that the platform does not let us see into (Hunyuan, 200 messages or more),
                or where `max_pages` pages were read and more may follow.
            PaginationError: a cursor does not move, or comes round again.
        """
        blocks = self._driver.iterate(self._operations.iter_messages(thread_id, order, max_pages))
        return (message for block in blocks for message in block)

    def read(self, thread_id: str, limit: int | None = None) -> ThreadView:
        """The newest `limit` messages, or all of them, oldest first.

        The view says whether it is complete: see `ThreadView.complete` and `ThreadView.gap_before`.
        """
        return self._driver.run(self._operations.read(thread_id, limit))

    def get_message(self, thread_id: str, message_id: str) -> ThreadMessage:
        """One message by its id."""
        return self._driver.run(self._operations.get_message(thread_id, message_id))

    def append(
        self,
        thread_id: str,
        text: str,
        role: str = "user",
        file_ids: Sequence[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> ThreadMessage:
        """Append one message. Sent once: an OutcomeUnknownError leaves open whether it arrived.

        Raises:
            UnsupportedOperationError: the platform cannot store this role, files or metadata; nothing was sent.
        """
        return self._driver.run(self._operations.append(thread_id, text, role, file_ids, metadata))[0]

    def append_messages(self, thread_id: str, drafts: Sequence[Draft]) -> list[ThreadMessage]:
        """Append several messages, all checked first, then sent in order. Not atomic.

        An error's `appended` says how many were confirmed before it.
        """
        return self._driver.run(self._operations.append_messages(thread_id, drafts))

    def update_message(
        self, thread_id: str, message_id: str, text: str, file_ids: Sequence[str] | None = None
    ) -> ThreadMessage:
        """Replace a user message's text; its files too, unless `file_ids` is None. An empty sequence clears them.

        Files to be left alone are read first and sent along: no document says what leaving them out would do.
        """
        return self._driver.run(self._operations.update_message(thread_id, message_id, text, file_ids))

    def list_files(
        self,
        thread_id: str,
        message_id: str,
        limit: int | None = None,
        order: Order | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Page[ThreadFile]:
        """One page of a message's files, newest first unless asked otherwise: exactly one request."""
        return self._driver.run(self._operations.list_files(thread_id, message_id, limit, order, after, before))

    def perform(self, describe: Callable[[Operations], Flow[Any, ResultT]]) -> ResultT:
        """Perform the flow that `describe` makes of this client's operations, over its connections."""
        return self._driver.run(describe(self._operations))

    def close(self) -> None:
        """Close the pool made here, or give up the hold on a shared one; a given http_client stays open."""
        if self._lease is not None:
            last = self._lease.release()
            if last is not None:
                last.close()
            self._driver = SyncDriver(self._transport)
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncThreadClient(Client):
    """`ThreadClient`, awaited: the same operations, arguments and errors, over asyncio.

    It may be used in several event loops, one after another or at once; each has a pool of its own, which closes with
    it. A given `http_client` (`httpx.AsyncClient`) stays with the loop that first uses it.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        http_client: httpx.AsyncClient | None = None,
        timeout: Timeouts | float = TIMEOUTS,
        retry: RetryPolicy = RETRY,
        limits: Limits | None = None,
        on_call: OnCall | None = None,
        strict_thread_ids: bool = False,
        allow_insecure: bool = False,
    ) -> None:
        super().__init__(
            provider,
            timeout=timeout,
            retry=retry,
            limits=limits,
            on_call=on_call,
            strict_thread_ids=strict_thread_ids,
            allow_insecure=allow_insecure,
        )
        check_http_client(http_client, "AsyncClient")
        self._lease: Lease[AsyncTransport] | None = None
        self._transport = AsyncTransport(provider.base_url, http_client)
        self._driver = AsyncDriver(self._transport)

    @classmethod
    def shared(cls, provider: Provider, **settings: Unpack[ClientSettings]) -> Self:
        """See `ThreadClient.shared`."""
        if "http_client" in settings:
            raise ConfigurationError("shared() makes the pool itself; http_client= goes to the constructor.")
        client = cls(provider, **settings)
        client._lease = ASYNC_POOLS.lease(provider)
        client._driver = AsyncDriver(client._lease.transport)
        return client

    async def create_thread(self, metadata: Mapping[str, str] | None = None) -> Thread:
        """See `ThreadClient.create_thread`."""
        return await self._driver.run(self._operations.create_thread(metadata))

    async def get_thread(self, thread_id: str) -> Thread:
        """See `ThreadClient.get_thread`."""
        return await self._driver.run(self._operations.get_thread(thread_id))

    async def update_thread(self, thread_id: str, metadata: Mapping[str, str]) -> Thread:
        """See `ThreadClient.update_thread`."""
        return await self._driver.run(self._operations.update_thread(thread_id, metadata))

    async def delete_thread(self, thread_id: str) -> None:
        """See `ThreadClient.delete_thread`."""
        await self._driver.run(self._operations.delete_thread(thread_id))

    async def list_messages(
        self,
        thread_id: str,
        limit: int | None = None,
        order: Order | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Page[ThreadMessage]:
        """See `ThreadClient.list_messages`."""
        return await self._driver.run(self._operations.list_messages(thread_id, limit, order, after, before))

    def iter_messages(
        self, thread_id: str, order: Order = "asc", max_pages: int | None = None
    ) -> AsyncIterator[ThreadMessage]:
        """See `ThreadClient.iter_messages`."""
        blocks = self._driver.iterate(self._operations.iter_messages(thread_id, order, max_pages))
        return (message async for block in blocks for message in block)

    async def read(self, thread_id: str, limit: int | None = None) -> ThreadView:
        """See `ThreadClient.read`."""
        return await self._driver.run(self._operations.read(thread_id, limit))

    async def get_message(self, thread_id: str, message_id: str) -> ThreadMessage:
        """See `ThreadClient.get_message`."""
        return await self._driver.run(self._operations.get_message(thread_id, message_id))

    async def append(
        self,
        thread_id: str,
        text: str,
        role: str = "user",
        file_ids: Sequence[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> ThreadMessage:
        """See `ThreadClient.append`."""
        return (await self._driver.run(self._operations.append(thread_id, text, role, file_ids, metadata)))[0]

    async def append_messages(self, thread_id: str, drafts: Sequence[Draft]) -> list[ThreadMessage]:
        """See `ThreadClient.append_messages`."""
        return await self._driver.run(self._operations.append_messages(thread_id, drafts))

    async def update_message(
        self, thread_id: str, message_id: str, text: str, file_ids: Sequence[str] | None = None
    ) -> ThreadMessage:
        """See `ThreadClient.update_message`."""
        return await self._driver.run(self._operations.update_message(thread_id, message_id, text, file_ids))

    async def list_files(
        self,
        thread_id: str,
        message_id: str,
        limit: int | None = None,
        order: Order | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Page[ThreadFile]:
        """See `ThreadClient.list_files`."""
        return await self._driver.run(self._operations.list_files(thread_id, message_id, limit, order, after, before))

    async def perform(self, describe: Callable[[Operations], Flow[Any, ResultT]]) -> ResultT:
        """See `ThreadClient.perform`."""
        return await self._driver.run(describe(self._operations))

    async def aclose(self) -> None:
        """See `ThreadClient.close`."""
        if self._lease is not None:
            last = self._lease.release()
            if last is not None:
                await last.aclose()
            self._driver = AsyncDriver(self._transport)
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
