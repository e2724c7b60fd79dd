"""Work on this machine as a step of a flow, and items that are acted on as they come."""

from __future__ import annotations

from typing import Any

import pytest

from provider_threads.flows.steps import Emit, Flow, Local, Wait, for_each_item, locally, locally_until

from .scripted import Performance


def result_of(flow: Flow[Any, Any], outcome: Any) -> Any:
    """What a flow returns that is sent the outcome of its last step."""
    with pytest.raises(StopIteration) as end:
        flow.send(outcome)
    return end.value.value


def quotient(one: float, *, by: float) -> float:
    return one / by


def test_work_gets_its_arguments_and_its_result_comes_back() -> None:
    flow = locally(quotient, 6, by=3)
    step = next(flow)
    assert isinstance(step, Local)
    assert step.deadline is None
    assert result_of(flow, step.work()) == 2


def test_what_the_work_raises_is_raised_in_the_flow_and_nowhere_else() -> None:
    for flow in (locally(quotient, 1, by=0), locally_until(7.5, quotient, 1, by=0)):
        step = next(flow)
        assert isinstance(step, Local)
        done = step.work()
        with pytest.raises(ZeroDivisionError):
            flow.send(done)


def test_work_with_a_deadline_gives_its_result_or_none_where_there_is_no_more_time() -> None:
    flow = locally_until(7.5, quotient, 6, by=3)
    step = next(flow)
    assert isinstance(step, Local)
    assert step.deadline == 7.5
    assert result_of(flow, step.work()) == 2
    late = locally_until(7.5, quotient, 6, by=3)
    next(late)
    assert result_of(late, None) is None


class Walk:
    """Two items with a pause between them, and how it ended."""

    def __init__(self) -> None:
        self.ended = False
        self.told: list[Any] = []

    def flow(self) -> Flow[str, str]:
        try:
            self.told.append((yield Emit("one")))
            self.told.append((yield Wait(2.5)))
            self.told.append((yield Emit("other")))
            return "the end"
        finally:
            self.ended = True


def test_each_item_is_acted_on_as_it_comes_and_the_walks_own_steps_are_performed() -> None:
    walk, seen = Walk(), []

    def act(item: str) -> Flow[Any, bool]:
        seen.append(item)
        yield Wait(1)
        return True

    flow = for_each_item(walk.flow(), act)
    assert [next(flow), flow.send(None), flow.send("of the pause")] == [Wait(1), Wait(2.5), Wait(1)]
    assert result_of(flow, None) == "the end"
    assert seen == ["one", "other"]
    assert walk.told == [None, "of the pause", None]


def test_who_has_seen_enough_ends_the_walk() -> None:
    walk, performance = Walk(), Performance()

    def act(item: str) -> Flow[Any, bool]:
        yield Wait(1)
        return False

    assert performance.perform(for_each_item(walk.flow(), act), lambda _: pytest.fail("nothing is to be sent")) is None
    assert performance.waits == [1]
    assert walk.ended


def test_a_walk_that_is_given_up_is_ended_too() -> None:
    walk = Walk()

    def act(item: str) -> Flow[Any, bool]:
        yield Wait(1)
        return True

    flow = for_each_item(walk.flow(), act)
    next(flow)
    flow.close()
    assert walk.ended
