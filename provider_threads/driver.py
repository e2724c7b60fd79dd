"""Two thin drivers that perform flows: one sends and sleeps, the other awaits both."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent import futures
from contextlib import closing, suppress
from functools import partial
from typing import Any

import anyio
import anyio.to_thread

from provider_threads.cancellation import to_its_end
from provider_threads.flows.steps import (
    Emit,
    EmittedT,
    Flow,
    Local,
    ResultT,
    Send,
    Step,
    Together,
    Until,
    Wait,
)
from provider_threads.transport import AsyncTransport, SyncTransport

__all__ = ["AsyncDriver", "SyncDriver"]


class _EndedEarly(Exception):  # noqa: N818 - no error: nobody wants the rest of this flow
    """Another flow, performed at the same time, has failed."""


class SyncDriver:
    """Performs flows over a `SyncTransport`.

    Args:
        ended: done where nobody wants the rest of what is performed: no step follows, and what waits is given up.
    """

    def __init__(self, transport: SyncTransport, ended: futures.Future[None] | None = None) -> None:
        self._transport = transport
        self._ended = ended

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
        self._check_wanted()
        if isinstance(step, Send):
            return self._transport.send(step)
        if isinstance(step, Local):
            return step.work() if step.deadline is None else self._work_until(step.deadline, step.work)
        if isinstance(step, Until):
            self._wait(step.seconds, step.event)
            return step.event.done()
        if isinstance(step, Wait):
            self._wait(step.seconds)
        if isinstance(step, Together):
            return self._together(step.flows)
        return None

    def _work_until(self, deadline: float, work: Callable[[], Any]) -> Any:
        """What `work` returns, from a thread that is left to itself when `deadline` comes or nobody wants the rest."""
        done: futures.Future[None] = futures.Future()
        results: list[Any] = []

        def perform() -> None:
            try:
                results.append(work())
            finally:
                done.set_result(None)

        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(perform,), name="provider-threads", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # as for `Together`
            return work()
        self._wait(max(deadline - time.monotonic(), 0), done)
        return results[0] if results else None

    def _wait(self, seconds: float, *events: futures.Future[None]) -> None:
        if self._ended is not None:
            events = (*events, self._ended)
        if events:
            futures.wait(events, seconds, futures.FIRST_COMPLETED)
            self._check_wanted()
        else:
            time.sleep(seconds)

    def _check_wanted(self) -> None:
        if self._ended is not None and self._ended.done():
            raise _EndedEarly

    def _together(self, flows: Sequence[Flow[Any, Any]]) -> tuple[list[Any], Exception | None]:
        """The first flow in this thread, each other one in a thread of its own; all have ended when this returns."""
        ended: futures.Future[None] = futures.Future()
        driver = SyncDriver(self._transport, ended)
        results: list[Any] = [None] * len(flows)
        problems: list[BaseException] = []
        over: list[futures.Future[None]] = [futures.Future() for _ in flows]

        def perform(place: int) -> None:
            try:
                results[place] = driver.run(flows[place])
            except _EndedEarly:
                pass
            except BaseException as error:  # noqa: BLE001 - raised by the caller, an interrupt too
                problems.append(error)
                end()
            finally:
                over[place].set_result(None)

        def end() -> None:
            with suppress(futures.InvalidStateError):  # both may fail
                ended.set_result(None)

        def await_threads() -> None:
            # Not by `join` alone: before Python 3.13 one that was interrupted takes its thread for ended.
            futures.wait([over[place] for place, thread in enumerate(threads, 1) if thread.ident is not None])
            for thread in threads:
                if thread.is_alive():
                    thread.join()

        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(perform, place), name="provider-threads")
            for place in range(1, len(flows))
        ]
        in_turn = [0]
        try:
            for place, thread in enumerate(threads, 1):
                try:
                    thread.start()
                except RuntimeError:  # no more threads on this machine, or the interpreter is on its way out
                    in_turn.append(place)
            for place in in_turn:
                perform(place)
            await_threads()
        except BaseException:  # an interrupt between two steps, or while the other thread is waited for
            end()
            await_threads()
            raise
        problem = problems[0] if problems else None
        if problem is not None and not isinstance(problem, Exception):
            raise problem
        return results, problem


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
            if step.deadline is None:
                return await to_its_end(partial(anyio.to_thread.run_sync, step.work))
            abandoned = partial(anyio.to_thread.run_sync, step.work, abandon_on_cancel=True)
            return await to_its_end(abandoned, step.deadline - time.monotonic())
        if isinstance(step, Until):
            done, _ = await asyncio.wait([asyncio.wrap_future(step.event)], timeout=step.seconds)
            return bool(done)
        if isinstance(step, Wait):
            await anyio.sleep(step.seconds)
        if isinstance(step, Together):
            return await self._together(step.flows)
        return None

    async def _together(self, flows: Sequence[Flow[Any, Any]]) -> tuple[list[Any], Exception | None]:
        """Each flow in a task of its own; all have ended when this returns, by a cancellation too."""
        results: dict[int, Any] = {}
        problems: list[Exception] = []

        async def perform(place: int) -> None:
            try:
                results[place] = await self.run(flows[place])
            except Exception as error:  # noqa: BLE001 - raised where the flow waits for it
                problems.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for place in range(len(flows)):
                group.start_soon(perform, place)
        if len(results) < len(flows) and not problems:
            raise asyncio.CancelledError  # somebody cancelled one of the tasks alone; its group takes that for its end
        return [results.get(place) for place in range(len(flows))], problems[0] if problems else None
