"""Flows performed step by step, so that several of them can be interleaved, and one left standing as by a crash."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Generic

from provider_threads import Provider, RetryPolicy, ThreadClient
from provider_threads.driver import SyncDriver
from provider_threads.entries import Entry, Outgoing, Reading, State
from provider_threads.flows.steps import Failure, Flow, Local, ResultT, Send, Step, Together
from provider_threads.memory import ThreadMemory
from provider_threads.memory_operations import MemoryOperations
from provider_threads.overlay import Overlay
from provider_threads.transport import SyncTransport

__all__ = ["Process", "Running", "name_of"]

STATES: tuple[State, ...] = ("active", "archived", "deleted")

_APPENDS = ("/v1/threads/messages/add", "/v2/threads/messages")


def name_of(step: Step[Any]) -> str:
    """The name of a transaction, ``append`` or ``list`` for a request, or else the kind of step."""
    if isinstance(step, Send):
        return "append" if step.request.path in _APPENDS else "list"
    if isinstance(step, Local):
        work: Any = step.work
        while isinstance(work, partial):
            # Of a query the database is told in the first argument.
            work = work.args[0] if work.args and callable(work.args[0]) else work.func
        return str(work.__name__)
    return type(step).__name__


class Running(Generic[ResultT]):
    """A flow that stands before its next step.

    Attributes:
        ended: whether it returned or raised. error: what it raised.
    """

    def __init__(self, flow: Flow[Any, ResultT], transport: SyncTransport) -> None:
        self._flow = flow
        self._transport = transport
        self._step: Step[Any] | None = None
        self._result: list[ResultT] = []
        self.error: Exception | None = None
        self._go_on(None)

    @property
    def ended(self) -> bool:
        return self._step is None

    @property
    def result(self) -> ResultT:
        """What it returned."""
        if self.error is not None:
            raise self.error
        return self._result[0]

    @property
    def before(self) -> str:
        """The name of the next step; empty when it ended."""
        return "" if self._step is None else name_of(self._step)

    @property
    def request(self) -> Callable[[], Any]:
        """Sends the request of the next step, outside of the flow."""
        step = self._step
        assert isinstance(step, Send)
        return lambda: self._transport.send(step)

    def advance(self) -> None:
        """Perform the next step."""
        step = self._step
        assert step is not None
        try:
            outcome = self._transport.send(step) if isinstance(step, Send) else None
            outcome = step.work() if isinstance(step, Local) else outcome
            if isinstance(step, Together):
                outcome = [SyncDriver(self._transport).run(flow) for flow in step.flows], None
        except Exception as error:  # noqa: BLE001 - told to whoever asks for the result
            self._step, self.error = None, error
            self._flow.close()
        else:
            self._go_on(outcome)

    def fail(self, *, sent: bool) -> None:
        """Let the next step, a request, end without a usable answer."""
        assert isinstance(self._step, Send)
        self._go_on(Failure(sent, "ReadTimeout" if sent else "ConnectTimeout"))

    def run(self, until: str = "") -> None:
        """Go on until the next step is the one named `until`, or to the end."""
        for _ in range(1_000):
            if self.ended or self.before == until:
                return
            self.advance()
        raise AssertionError("the flow does not end")

    def _go_on(self, outcome: Any) -> None:
        try:
            self._step = self._flow.send(outcome)
        except StopIteration as end:
            self._step = None
            self._result.append(end.value)
        except Exception as error:  # noqa: BLE001
            self._step, self.error = None, error


class Process:
    """What one process has of an overlay: its own connections, and its own idea of what is fresh."""

    def __init__(
        self,
        database: str,
        provider: Provider,
        *,
        freshness: float = 0.0,
        limit: int | None = None,
    ) -> None:
        self.overlay = Overlay(database)
        self._client = ThreadClient(provider, retry=RetryPolicy(attempts=1))
        memory = ThreadMemory(client=self._client, overlay=self.overlay, freshness=freshness, limit=limit)
        self._operations = MemoryOperations(self._client._operations, memory.settings)
        self._transport = self._client._transport

    def append(self, thread_id: str, batch: list[Outgoing]) -> Running[None]:
        flow = self._operations.append(thread_id, batch, "active")
        return Running(flow, self._transport)

    def read(self, thread_id: str, *, refresh: bool = False) -> Running[Reading]:
        """Everything, or the newest `limit`, the deleted included."""
        flow = self._operations.read(thread_id, STATES, refresh=refresh)
        return Running(flow, self._transport)

    def clear(self, thread_id: str, states: tuple[State, ...] = ("active", "archived")) -> Running[tuple[Entry, ...]]:
        """Delete all that is in `states`."""
        return Running(self._operations.set_state(thread_id, states, "deleted", None), self._transport)

    def close(self) -> None:
        self._client.close()
        self.overlay.close()
