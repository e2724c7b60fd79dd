"""The second end of a whole read is there to help: it hides nothing of its own, and costs the first end nothing."""

from __future__ import annotations

import gc
from collections.abc import Generator
from dataclasses import replace
from itertools import chain, repeat
from typing import Any

import pytest

from provider_threads.accounts import Account
from provider_threads.endpoint import Answer, Request
from provider_threads.flows.read import walk_whole_thread
from provider_threads.flows.steps import Emit, Failure, Send, Together
from provider_threads.messages import ThreadMessage
from provider_threads.operations import Operations
from provider_threads.retry import Timeouts
from provider_threads.retry_budget import CAPACITY

from .hosted_list import HostedList
from .scripted import Performance, answer, message, page, parameters_of

PAGE = 10
COUNT = 12 * PAGE
MOST_STEPS = 200
DOWN = answer(b"", 503)
SLOW = Failure(sent=True, cause_type="ReadTimeout", timed_out=True)


class FirstEndBetween(Performance):
    """Performs the first end's part of a round between the second and the third request of the other's."""

    def _together(self, step: Together, server: Any) -> Generator[None, None, tuple[list[Any], Exception | None]]:
        under_way = [self._performed(flow, server) for flow in step.flows]
        results: dict[int, Any] = {}
        for place in chain((1, 1), repeat(0, MOST_STEPS), repeat(1, MOST_STEPS)):
            if place in results:
                continue
            try:
                next(under_way[place])
            except StopIteration as end:
                results[place] = end.value
            yield
        return [results[0], results[1]], None


def with_a_hole(request: Request) -> Answer:
    """Pages begin with the cursor's message, but for one of the second end's, which leaves out the next one, too.

    That page's first message has no time, so the second end looks at the head of the list before it goes on.
    """
    asked = parameters_of(request)
    numbers = list(range(COUNT))
    if asked["order"] == "desc":
        numbers.reverse()
        if "before" in asked:
            named = int(asked["before"].removeprefix("msg_"))
            numbers = [n for n in numbers if (n < named - 1 if named == COUNT - PAGE else n <= named)]
    elif "after" in asked:
        numbers = numbers[int(asked["after"].removeprefix("msg_")) :]
    undated = COUNT - PAGE - 2
    messages = [message("appbuilder", f"msg_{n}", at=0 if n == undated else 1_700_000_000 + n) for n in numbers[:PAGE]]
    return page("appbuilder", messages, len(numbers) > PAGE)


@pytest.mark.parametrize("kind", [Performance, FirstEndBetween], ids=["step by step", "in between"])
def test_a_hole_on_the_second_end_shows_whatever_the_first_brings_meanwhile(kind: type[Performance]) -> None:
    performance = kind()
    view = performance.perform(performance.operations("appbuilder").read("thread_1", None), with_a_hole)
    assert [one.id for one in view] == [f"msg_{n}" for n in range(COUNT)]
    assert sum("before" in parameters_of(one.request) for one in performance.sent) == 1  # given up at the hole


class OneEnded:
    """A list that answers all requests for the newest first alike, and the others right after `oldest_first`."""

    def __init__(self, newest_first: Answer | Failure, *oldest_first: Answer | Failure) -> None:
        self._right = HostedList("appbuilder", COUNT, cap=PAGE)
        self._newest_first = newest_first
        self.first = list(oldest_first)
        self.asked_newest_first = 0

    def __call__(self, request: Request) -> Answer | Failure:
        if parameters_of(request)["order"] == "desc":
            self.asked_newest_first += 1
            return self._newest_first
        return self.first.pop(0) if self.first else self._right(request)


@pytest.mark.parametrize("outcome", [DOWN, SLOW], ids=["503", "timeout"])
def test_a_second_end_that_fails_is_asked_once_and_leaves_the_retries_to_others(outcome: Answer | Failure) -> None:
    account = Account()
    performance = Performance()
    operations = Operations(replace(performance.operations("appbuilder").context, account=account))
    server = OneEnded(outcome)
    reads = CAPACITY
    for _ in range(reads):
        assert len(performance.perform(operations.read("thread_1", None), server)) == COUNT
        assert account.budget.left == CAPACITY
    assert server.asked_newest_first == reads
    assert performance.waits == []
    server.first = [DOWN, DOWN]
    assert len(performance.perform(operations.read("thread_1", None), server)) == COUNT


@pytest.mark.parametrize(
    ("page_takes", "total", "granted"), [(0.0, 60.0, 2.0), (1.5, 60.0, 6.0), (0.0, 1.0, 1.0), (20.0, 60.0, 60.0)]
)
def test_a_page_of_the_second_end_is_waited_for_a_few_times_as_long_as_the_first_pages_took(
    page_takes: float, total: float, granted: float
) -> None:
    performance = Performance()
    right = HostedList("appbuilder", COUNT, cap=PAGE)
    given: dict[str, set[float]] = {"asc": set(), "desc": set()}

    def server(request: Request) -> Answer:
        # Steps are performed one at a time here: when a request goes out, its call has just begun.
        step = performance.sent[-1]
        assert step.deadline - performance.clock() == pytest.approx(step.timeouts.total)
        given[parameters_of(request)["order"]].add(step.timeouts.total)
        performance.clock.now += page_takes
        return right(request)

    operations = performance.operations("appbuilder", timeouts=Timeouts(total=total))
    view = performance.perform(operations.read("thread_1", None), server)
    assert [one.id for one in view] == right.ids()
    assert given == {"asc": {total}, "desc": {granted}}


def test_what_the_first_end_has_brought_is_not_held_until_the_second_meets_it() -> None:
    server = HostedList("appbuilder", 20 * PAGE, cap=PAGE)
    performance = Performance()
    flow = walk_whole_thread(performance.operations("appbuilder").context, "thread_1")
    # Three pages: what came last, what the cursor is taken from, and what is under way.
    most = server.count // 2 + 2 * PAGE + 3 * PAGE
    before = messages_held()
    held: list[int] = []
    outcome: Any = None
    for _ in range(MOST_STEPS):
        try:
            step = flow.send(outcome)
        except StopIteration:
            break
        outcome = None
        if isinstance(step, Together):
            outcome = [performance.perform(one, server) for one in step.flows], None
        elif isinstance(step, Send):
            outcome = server(step.request)
        else:
            assert isinstance(step, Emit)
            held.append(messages_held() - before)
    assert len(held) == 20
    assert PAGE < max(held) <= most


def messages_held() -> int:
    gc.collect()
    return sum(isinstance(one, ThreadMessage) for one in gc.get_objects())
