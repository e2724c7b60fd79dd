"""The two transports: one request out, one answer in.

`SyncTransport` and `AsyncTransport` know nothing of platforms, retries or JSON. Each makes its connection pool when
first used and anew after a fork; the asynchronous one keeps a pool for every event loop.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import weakref
from contextlib import aclosing, closing
from functools import partial
from typing import Final

import httpx

from provider_threads.cancellation import to_its_end
from provider_threads.endpoint import Answer
from provider_threads.errors import ConfigurationError
from provider_threads.flows.steps import Failure, Send
from provider_threads.loop_pools import LoopPools
from provider_threads.transport.exchange import answer, body_of, read_already, request_for, traced, traced_async
from provider_threads.transport.failures import late, outcome_of, with_head
from provider_threads.transport.http_pool import close_idle, new_pool
from provider_threads.transport.sync_deadline import sockets_until
from provider_threads.transport.way import Way

__all__ = ["AsyncTransport", "SyncTransport"]


class SyncTransport:
    """Sends requests to one origin, from any thread.

    Args:
        base_url: the origin. http_client: the user's own, never closed here; None makes one.
    """

    def __init__(self, base_url: str, http_client: httpx.Client | None = None) -> None:
        self._base_url = base_url
        self._given = http_client
        self._pid = os.getpid()
        self._closed = False
        self._start_afresh()
        _transports.add(self)

    def leave_pools_to_parent(self) -> None:
        """Drop, after a fork, what belongs to the parent, without closing it."""
        if self._end is not None:
            _inherited.append(self._end.detach())
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pool: httpx.Client | None = None
        # Closes the pool when the transport is dropped without `close`, and at exit.
        self._end: weakref.finalize[[], SyncTransport] | None = None
        self._lock = threading.Lock()

    def send(self, step: Send) -> Answer | Failure:
        """Send one request; the answer, or why there is none."""
        if step.deadline <= time.monotonic():
            return late(sent=False)
        client = self._client()
        response: httpx.Response | None = None
        try:
            request = request_for(client, self._base_url, step, traced(step), given=self._given is not None)
            with (
                sockets_until(step.deadline),
                closing(client.send(request, stream=True, auth=None, follow_redirects=False)) as response,
            ):
                body = body_of(response)
                for chunk in read_already(response) or response.iter_raw():
                    body.feed(chunk)
                    if time.monotonic() > step.deadline:
                        return with_head(late(sent=True), response)
                whole = answer(response, body)
        except Exception as error:
            outcome = outcome_of(error, step, response, given=self._given is not None)
            if outcome is not None:
                return outcome
            if not (isinstance(error, RuntimeError) and client.is_closed):
                raise
        except BaseException:  # an interrupt
            if self._given is None:
                close_idle(client)
            raise
        else:
            if client.is_closed and self._given is None:  # while this connection came about: its pool forgot it
                response.extensions["network_stream"].close()
            return whole
        raise ConfigurationError(_CLOSED)

    def close(self) -> None:
        """Close the pool that was made here; again is harmless."""
        with self._lock:
            self._closed = True
            self._pool, end, self._end = None, self._end, None
        if end is not None:
            end()

    def _client(self) -> httpx.Client:
        if self._given is not None:
            _check_open(self._closed)
            _check_given(self._given, self._pid)
            return self._given
        with self._lock:
            _check_open(self._closed)
            if self._pool is None:
                self._pool = pool = new_pool(httpx.Client, self._base_url)
                self._end = weakref.finalize(self, pool.close)
            return self._pool


class AsyncTransport:
    """Sends requests to one origin, from any event loop; asyncio only.

    Args:
        base_url: the origin.
        http_client: the user's own, bound to the loop that first uses it and never closed here; None makes one a loop.
    """

    def __init__(self, base_url: str, http_client: httpx.AsyncClient | None = None) -> None:
        self._base_url = base_url
        self._given = http_client
        self._given_loop: weakref.ref[asyncio.AbstractEventLoop] | None = None
        self._pid = os.getpid()
        self._closed = False
        self._start_afresh()
        _transports.add(self)

    def leave_pools_to_parent(self) -> None:
        """Drop, after a fork, what belongs to the parent, without closing it."""
        _inherited.append(self._end.detach())
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pools = LoopPools(partial(new_pool, httpx.AsyncClient, self._base_url))
        # Closes what is open when the transport is dropped without `aclose`; at exit no loop is left to do it.
        self._end = weakref.finalize(self, self._pools.close_soon)
        self._end.atexit = False

    async def send(self, step: Send) -> Answer | Failure:
        """Send one request; the answer, or why there is none."""
        remaining = step.deadline - time.monotonic()
        if remaining <= 0:
            return late(sent=False)
        way = Way()
        outcome = await to_its_end(partial(self._exchange, step, await self._client(), way), remaining)
        return with_head(late(sent=not way.only_begun), way.response) if outcome is None else outcome

    async def _exchange(self, step: Send, client: httpx.AsyncClient, way: Way) -> Answer | Failure:
        way.begin()
        try:
            request = request_for(client, self._base_url, step, traced_async(step), given=self._given is not None)
            async with aclosing(await client.send(request, stream=True, auth=None, follow_redirects=False)) as response:
                way.response = response
                body = body_of(response)
                for chunk in read_already(response):
                    body.feed(chunk)
                if not response.is_stream_consumed:
                    async for chunk in response.aiter_raw():
                        body.feed(chunk)
                whole = answer(response, body)
        except Exception as error:
            outcome = outcome_of(error, step, way.response, given=self._given is not None)
            if outcome is not None:
                return outcome
            if not (isinstance(error, RuntimeError) and client.is_closed):
                raise
        else:
            if client.is_closed and self._given is None:  # as in `SyncTransport.send`
                await response.extensions["network_stream"].aclose()
            return whole
        raise ConfigurationError(_CLOSED)

    async def aclose(self) -> None:
        """Close this loop's pool; pools of other loops close when those loops are shut down. Again is harmless."""
        self._closed = True
        await to_its_end(self._pools.close_here)

    async def _client(self) -> httpx.AsyncClient:
        _check_open(self._closed)
        if self._given is None:
            return await self._pools.here()
        _check_given(self._given, self._pid)
        self._check_same_loop()
        return self._given

    def _check_same_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._given_loop is None:
            self._given_loop = weakref.ref(loop)
        elif self._given_loop() is not loop:
            raise ConfigurationError(
                "the http_client belongs to another event loop. Make one in the loop that uses it, or leave "
                "http_client= out: a pool is then kept for every loop."
            )


_transports: weakref.WeakSet[SyncTransport | AsyncTransport] = weakref.WeakSet()
_inherited: list[object] = []
"""Pools of a parent process. Their sockets are the parent's: not used, not closed and not collected here."""


def _start_afresh_after_fork() -> None:
    for transport in list(_transports):
        transport.leave_pools_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh_after_fork)

_CLOSED: Final = "this client is closed. Make a new one."


def _check_open(closed: bool) -> None:
    if closed:
        raise ConfigurationError(_CLOSED)


def _check_given(http_client: httpx.Client | httpx.AsyncClient, pid: int) -> None:
    if http_client.is_closed:
        raise ConfigurationError("the http_client is closed. Pass an open one, or leave http_client= out.")
    if pid != os.getpid():
        raise ConfigurationError(
            "the http_client was made before this process was forked and would mix up its answers with the parent's. "
            "Make it in the process that uses it."
        )
