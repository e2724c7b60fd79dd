"""Two thin drivers that perform flows: one sends and sleeps, the other awaits both."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent import futures
from contextlib import closing
from functools import partial
from typing import Any

import anyio
import anyio.to_thread

from provider_threads.cancellation import to_its_end
from provider_threads.flows.steps import Emit, EmittedT, Flow, Local, ResultT, Send, Step, Until, Wait
from provider_threads.transport import AsyncTransport, SyncTransport

__all__ = ["AsyncDriver", "SyncDriver"]


class SyncDriver:
    """Performs flows over a `SyncTransport`."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def run(self, flow: Flow[Any, ResultT]) -> ResultT:
        """Perform a flow and return its result."""
        outcome: Any = None
        with closing(flow):
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as end:
                    result: ResultT = end.value
                    return result
                outcome = self._perform(step)

    def iterate(self, flow: Flow[EmittedT, None]) -> Iterator[EmittedT]:
        """Perform a flow as far as its items are asked for."""
        outcome: Any = None
        with closing(flow):
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration:
                    return
                outcome = self._perform(step)
                if isinstance(step, Emit):
                    yield step.item

    def _perform(self, step: Step[Any]) -> Any:
        if isinstance(step, Send):
            return self._transport.send(step)
        if isinstance(step, Local):
            return step.work()
        if isinstance(step, Until):
            return bool(futures.wait([step.event], step.seconds).done)
        if isinstance(step, Wait):
            time.sleep(step.seconds)
        return None


class AsyncDriver:
    """Performs flows over an `AsyncTransport`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def run(self, flow: Flow[Any, ResultT]) -> ResultT:
        """Perform a flow and return its result."""
        outcome: Any = None
        with closing(flow):
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as end:
                    result: ResultT = end.value
                    return result
                outcome = await self._perform(step)

    async def iterate(self, flow: Flow[EmittedT, None]) -> AsyncIterator[EmittedT]:
        """Perform a flow as far as its items are asked for."""
        outcome: Any = None
        with closing(flow):
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration:
                    return
                outcome = await self._perform(step)
                if isinstance(step, Emit):
                    yield step.item

    async def _perform(self, step: Step[Any]) -> Any:
        if isinstance(step, Send):
            return await self._transport.send(step)
        if isinstance(step, Local):
            # What was begun is committed or rolled back before a cancellation is seen; anyio shields a thread at work,
            # not the waiting for one.
            return await to_its_end(partial(anyio.to_thread.run_sync, step.work))
        if isinstance(step, Until):
            done, _ = await asyncio.wait([asyncio.wrap_future(step.event)], timeout=step.seconds)
            return bool(done)
        if isinstance(step, Wait):
            await anyio.sleep(step.seconds)
        return None
