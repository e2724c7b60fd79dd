"""Flows performed without I/O: a function answers each request, a clock of its own passes the pauses."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider, RetryPolicy
from provider_threads.endpoint import Answer, Request
from provider_threads.flows.call import CallContext
from provider_threads.flows.steps import Emit, Failure, Flow, Send, Together, Wait
from provider_threads.operations import Operations
from provider_threads.retry import Timeouts

Server = Callable[[Request], "Answer | Failure"]

MOST_REQUESTS: Final = 10_000
NO_PAUSE: Final = RetryPolicy(first_pause=0, longest_pause=0)
KEY: Final = "key-that-nobody-sees"


def provider_named(name: str) -> Provider:
    if name == "hunyuan":
        return Hunyuan("AKIDexample", KEY, base_url="http://127.0.0.1")
    if name == "minimax":
        return MiniMax(KEY, "17", base_url="http://127.0.0.1")
    return AppBuilder(KEY, base_url="http://127.0.0.1")


class Clock:
    """Seconds that pass only when a flow waits, or when a server takes its time."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class Performance:
    """One flow's steps, in order, as far as it gets."""

    clock: Clock = field(default_factory=Clock)
    sent: list[Send] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    emitted: list[Any] = field(default_factory=list)

    def operations(
        self, name: str, retry: RetryPolicy = NO_PAUSE, timeouts: Timeouts | None = None, *, strict: bool = False
    ) -> Operations:
        """Operations of a platform on this clock."""
        return Operations(
            CallContext(
                provider_named(name),
                timeouts or Timeouts(),
                retry,
                strict_thread_ids=strict,
                clock=self.clock,
                monotonic=self.clock,
            )
        )

    def perform(self, flow: Flow[Any, Any], server: Server) -> Any:
        """Run the flow to its end; its result. Errors come out as they are."""
        performed = self._performed(flow, server)
        try:
            while len(self.sent) < MOST_REQUESTS:
                next(performed)
        except StopIteration as end:
            return end.value
        finally:
            performed.close()
        raise AssertionError("the flow asks without end")

    def _performed(self, flow: Flow[Any, Any], server: Server) -> Generator[None, None, Any]:
        """The flow, performed a step at a time."""
        outcome: Any = None
        with closing(flow):
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as end:
                    return end.value
                outcome = None
                if isinstance(step, Send):
                    self.sent.append(step)
                    outcome = server(step.request)
                elif isinstance(step, Wait):
                    self.waits.append(step.seconds)
                    self.clock.now += step.seconds
                elif isinstance(step, Emit):
                    self.emitted += step.item
                elif isinstance(step, Together):
                    outcome = yield from self._together(step, server)
                yield

    def _together(self, step: Together, server: Server) -> Generator[None, None, tuple[list[Any], Exception | None]]:
        """The flows in turn, a step each."""
        results: list[Any] = [None] * len(step.flows)
        under_way = {place: self._performed(flow, server) for place, flow in enumerate(step.flows)}
        try:
            while under_way:
                for place, performed in list(under_way.items()):
                    try:
                        next(performed)
                    except StopIteration as end:
                        results[place] = end.value
                        del under_way[place]
                    except Exception as error:  # noqa: BLE001 - a driver hands it to the flow
                        return results, error
                yield
        finally:
            for performed in under_way.values():
                performed.close()
        return results, None


def in_turn(*outcomes: Answer | Failure) -> Server:
    """Answers in turn; the last one again and again."""
    script = list(outcomes)
    return lambda request: script.pop(0) if len(script) > 1 else script[0]


def answer(payload: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Answer(status, headers or {}, body)


def parameters_of(request: Request) -> dict[str, Any]:
    """What a request asks for, by the names of its platform."""
    asked: dict[str, Any] = json.loads(request.body)
    return asked


def message(name: str, message_id: str, *, role: str = "user", at: int = 0, thread_id: str = "thread_1") -> Any:
    """A message as the platform writes it; `at` in seconds, 0 for no time."""
    if name == "hunyuan":
        return {"ID": message_id, "ThreadID": thread_id, "Role": role, "CreatedAt": at, "Content": message_id}
    return {
        "id": message_id,
        "object": "thread.message",
        "thread_id": thread_id,
        "role": role,
        "created_at": at * 1000 if name == "appbuilder" else at,
        "content": message_id,
    }


def page(name: str, messages: Sequence[Any], more: bool | None = None, **extra: Any) -> Answer:
    """A page of messages as the platform writes it; `more` None leaves its flag out."""
    if name == "hunyuan":
        listed: dict[str, Any] = {"Data": list(messages), **({} if more is None else {"HasMore": more})}
        return answer({"Response": {**listed, "RequestId": "req-1", **extra}})
    listed = {"object": "list", "data": list(messages), **extra}
    if name == "minimax":
        listed["base_resp"] = {"status_code": 0}
    elif more is not None:
        listed["has_more"] = more
    return answer(listed)


THREADS: Final = {
    "hunyuan": answer({"Response": {"ID": "thread_1", "CreatedAt": 1, "RequestId": "req-1"}}),
    "minimax": answer({"id": "thread_1", "object": "thread", "base_resp": {"status_code": 0}}),
    "appbuilder": answer({"id": "thread_1", "object": "thread"}),
}
"""A thread as each platform answers `get_thread`."""
