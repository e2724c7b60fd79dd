"""Two flows at once, by either driver: both results, or the first error; whatever happens, both have ended."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import FrameType
from typing import Any

import pytest

from provider_threads.driver import AsyncDriver, SyncDriver
from provider_threads.flows.steps import Flow, Local, Step, Until, Wait, locally, together
from provider_threads.transport import AsyncTransport, SyncTransport

NOBODY = "http://127.0.0.1:9"
LONG_S = 60.0
LOOKS = 30_000

Perform = Callable[[Any], Any]


def by_threads(flow: Flow[Any, Any]) -> Any:
    return SyncDriver(SyncTransport(NOBODY)).run(flow)


def by_tasks(flow: Flow[Any, Any]) -> Any:
    async def performed() -> Any:
        result = await AsyncDriver(AsyncTransport(NOBODY)).run(flow)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result

    return asyncio.run(performed())


@pytest.fixture(params=[by_threads, by_tasks], ids=["sync", "async"])
def perform(request: pytest.FixtureRequest) -> Iterator[Perform]:
    before = threading.active_count()
    yield request.param
    if request.param is by_threads:
        assert threading.active_count() <= before


class Told:
    """Flows that tell how they ended."""

    def __init__(self) -> None:
        self.ends: list[str] = []

    def flow(self, name: str, *steps: Step[Any], result: Any = None, error: BaseException | None = None) -> Any:
        try:
            for step in steps:  # noqa: UP028 - a tuple's iterator takes no outcome
                yield step
            if error is not None:
                raise error  # noqa: TRY301 - what is under test
        except GeneratorExit:
            self.ends.append(f"{name} is ended")
            raise
        except BaseException:
            self.ends.append(f"{name} fails")
            raise
        self.ends.append(f"{name} returns")
        return result


def test_both_results_come_in_the_order_of_the_flows(perform: Perform) -> None:
    told = Told()
    flow = together(told.flow("one", Wait(0.02), result=1), told.flow("other", Wait(0), result=2))
    assert [*perform(flow)] == [1, 2]
    assert sorted(told.ends) == ["one returns", "other returns"]


def test_both_are_under_way_at_once(perform: Perform) -> None:
    meeting = threading.Barrier(2)

    def at_the_meeting() -> Flow[Any, int]:
        return (yield from locally(meeting.wait, 20))  # broken, where nobody else comes

    assert sorted(perform(together(at_the_meeting(), at_the_meeting()))) == [0, 1]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("waiting", [Wait(LONG_S), Until(Future(), LONG_S)], ids=["a pause", "a turn"])
def test_an_error_ends_what_the_other_waits_for(perform: Perform, waiting: Step[Any], *, first: bool) -> None:
    told = Told()
    fails = told.flow("one", Wait(0.01), error=LookupError("gone"))
    waits = told.flow("other", waiting, Wait(LONG_S))

    def caught() -> Flow[Any, str]:
        try:
            yield from together(*((fails, waits) if first else (waits, fails)))
        except LookupError as error:
            return str(error)
        return "nothing was raised"

    assert perform(caught()) == "gone"  # in the flow, which may go on
    assert told.ends == ["one fails", "other is ended"]


def test_of_two_errors_one_is_raised(perform: Perform) -> None:
    told = Told()
    with pytest.raises(LookupError):
        perform(together(told.flow("one", error=LookupError()), told.flow("other", error=LookupError())))
    assert "one fails" in told.ends or "other fails" in told.ends


def test_both_see_the_callers_context(perform: Perform) -> None:
    name = contextvars.ContextVar("name", default="nobody's")
    name.set("the caller's")

    def looking() -> Flow[Any, str]:
        yield Wait(0)
        return name.get()

    assert [*perform(together(looking(), looking()))] == ["the caller's"] * 2


def test_an_interrupt_in_either_thread_is_the_callers() -> None:
    for place in (0, 1):
        told = Told()
        flows = [told.flow("other", Wait(LONG_S)), told.flow("other", Wait(LONG_S))]
        flows[place] = told.flow("one", error=KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            by_threads(together(flows[0], flows[1]))
        assert "one fails" in told.ends
        assert "other returns" not in told.ends


@pytest.mark.skipif(os.name != "posix", reason="a signal of another kind")
def test_ctrl_c_while_the_caller_waits_for_the_other_thread_ends_that_too() -> None:
    """Otherwise what they share would be closed under a flow that goes on, and the interrupt lost in that error."""
    caller = threading.main_thread()
    told, driver = Told(), SyncDriver(SyncTransport(NOBODY))

    def interrupt() -> None:
        for _ in range(LOOKS):
            if any(frame.f_code.co_name in ("join", "await_threads") for frame in frames_of(caller)):
                break
            time.sleep(0.001)
        signal.pthread_kill(caller.ident or 0, signal.SIGINT)

    other = told.flow("other", Local(interrupt), Wait(LONG_S))
    # A shell lets what it starts in the background ignore Ctrl-C.
    as_it_was = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            driver.run(together(told.flow("one"), other))
    finally:
        signal.signal(signal.SIGINT, as_it_was)
    assert told.ends == ["one returns", "other is ended"]


def frames_of(thread: threading.Thread) -> Iterator[FrameType]:
    """What a thread does just now, innermost first."""
    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        yield frame
        frame = frame.f_back


def test_where_no_thread_can_be_had_one_flow_follows_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    told = Told()
    assert [*by_threads(together(told.flow("one", Wait(0), result=1), told.flow("other", Wait(0), result=2)))] == [1, 2]
    assert told.ends == ["one returns", "other returns"]


async def test_a_cancellation_ends_both() -> None:
    told = Told()
    driver = AsyncDriver(AsyncTransport(NOBODY))
    flow = together(told.flow("one", Wait(LONG_S)), told.flow("other", Until(Future(), LONG_S)))
    reading = asyncio.ensure_future(driver.run(flow))
    for _ in range(5):
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert sorted(told.ends) == ["one is ended", "other is ended"]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_task_that_is_cancelled_alone_is_no_result() -> None:
    """Otherwise the half of what was asked for would be taken for all of it."""
    told = Told()
    driver = AsyncDriver(AsyncTransport(NOBODY))
    before = asyncio.all_tasks()
    reading = asyncio.ensure_future(
        driver.run(together(told.flow("one", Wait(LONG_S)), told.flow("other", Wait(0.01))))
    )
    for _ in range(5):
        await asyncio.sleep(0)
    inner = [task for task in asyncio.all_tasks() - before if task is not reading]
    assert len(inner) == 2
    for task in inner:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
