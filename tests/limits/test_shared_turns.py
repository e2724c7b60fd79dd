"""A request's turn among many processes, as Redis tells of it: asked for again, waited for, given back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from provider_threads import Limits, NotSentError, ThreadNotFoundError
from provider_threads.flows.steps import Flow, Local, Send, Step, Wait
from provider_threads.limiter import PACE, limiter_for
from provider_threads.operations import Operations
from provider_threads.redis_traffic import SharedTraffic
from provider_threads.retry import Timeouts
from provider_threads.traffic import LATE_S, Ahead, Pace, TooLate, Unreachable
from tests.flows.scripted import NO_PAUSE, THREADS, Clock, Performance, answer

from .alone import account_name

pytest.importorskip("redis")

TOTAL = 60.0
NOBODY = "redis://127.0.0.1:9"


class Words(SharedTraffic):
    """No server is asked: it says what the test has it say, and what it is asked for and told of is kept."""

    def __init__(self) -> None:
        super().__init__(NOBODY, account_name())
        self.word: Any = None
        self.asked_for: list[tuple[Any, ...]] = []
        self.given_back: list[float | None] = []

    def enter(self, lease: str, *wanted: Any) -> Any:
        self.asked_for.append(wanted)
        return self.word

    def leave(self, lease: str, departed: float | None) -> None:
        self.given_back.append(departed)


class Turn:
    """One request whose words from Redis are the test's."""

    def __init__(self, per_second: float = 20) -> None:
        self.clock = Clock()
        self.ends = self.clock.now + TOTAL
        self.words = Words()
        context = Performance(self.clock).operations("hunyuan", NO_PAUSE, Timeouts(total=TOTAL)).context
        limiter = limiter_for(context.provider, Limits(per_second, 5, name=account_name()))
        assert limiter is not None
        context = replace(context, limiter=replace(limiter, shared=self.words))
        self.flow: Flow[Any, Any] = Operations(context).get_thread("thread_1")
        self.step: Step[Any] = next(self.flow)

    def told(self, word: Any) -> Step[Any]:
        """What the request does next, where Redis says this of its place."""
        assert isinstance(self.step, Local)
        assert self.step.deadline == self.ends
        self.words.word = word
        return self.goes_on(self.step.work())

    def goes_on(self, outcome: Any) -> Step[Any]:
        self.step = self.flow.send(outcome)
        return self.step

    def waited(self) -> Step[Any]:
        assert isinstance(self.step, Wait)
        self.clock.now += self.step.seconds
        return self.goes_on(None)


def comes(condition: Callable[[], bool]) -> bool:
    """Whether it comes, from a thread that nobody waits for."""
    give_up = time.monotonic() + 10
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.001)
    return condition()


@pytest.fixture
def turn() -> Iterator[Turn]:
    begun = Turn()
    yield begun
    begun.flow.close()


def test_a_free_place_is_taken_at_once_and_given_back_with_the_answer(turn: Turn) -> None:
    slot = turn.clock.now
    assert isinstance(turn.told(slot), Send)
    turn.clock.now += 1
    step = turn.goes_on(THREADS["hunyuan"])
    assert isinstance(step, Local)
    assert step.deadline == turn.ends
    with pytest.raises(StopIteration) as end:
        turn.goes_on(step.work())
    assert end.value.value.id == "thread_1"
    assert turn.words.given_back == [slot]
    assert turn.words.asked_for == [(5, Pace(1 / (20 * PACE), 20), turn.ends)]


def test_who_gives_a_place_back_tells_when_the_request_really_left(turn: Turn) -> None:
    step = turn.told(turn.clock.now)
    assert isinstance(step, Send)
    assert step.departs is not None
    turn.clock.now += 0.75  # a new connection
    step.departs()
    left = turn.clock.now
    turn.clock.now += 1
    step = turn.goes_on(THREADS["hunyuan"])
    assert isinstance(step, Local)
    step.work()
    assert turn.words.given_back == [left]


@pytest.mark.parametrize("departs", [False, True])
def test_a_request_that_is_dropped_on_its_way_gives_its_place_back_with_its_departure(
    turn: Turn, departs: bool
) -> None:
    slot = turn.clock.now
    step = turn.told(slot)
    assert isinstance(step, Send)
    turn.clock.now += 0.75
    if departs:
        assert step.departs is not None
        step.departs()
    turn.flow.close()
    assert comes(lambda: turn.words.given_back == [turn.clock.now if departs else slot])


def test_a_slot_is_waited_for_and_one_that_was_missed_is_asked_for_again(turn: Turn) -> None:
    assert turn.told(turn.clock.now + 0.25) == Wait(0.25)
    turn.clock.now += LATE_S + 0.01  # this thread was busy elsewhere
    assert isinstance(turn.waited(), Local)
    assert isinstance(turn.told(turn.clock.now), Send)


@pytest.mark.parametrize(
    ("per_second", "ahead", "pause"),
    [
        (20, 0, 0.5 / (20 * PACE)),
        (20, 3, 2 / (20 * PACE)),
        (20, 100, 0.5),
        (float("inf"), 0, 0.02),
        (float("inf"), 4, 0.1),
        (1_000, 1, 0.04),
    ],
)
def test_who_has_others_ahead_asks_again_when_they_may_have_gone(per_second: float, ahead: int, pause: float) -> None:
    turn = Turn(per_second)
    step = turn.told(Ahead(ahead))
    assert isinstance(step, Wait)
    assert step.seconds == pytest.approx(pause)
    assert isinstance(turn.waited(), Local)
    assert isinstance(turn.told(turn.clock.now), Send)
    turn.flow.close()


def test_who_has_too_many_ahead_for_the_time_left_is_told_at_once(turn: Turn) -> None:
    most = int(TOTAL * 20 * PACE)
    assert isinstance(turn.told(Ahead(most - 1)), Wait)
    assert isinstance(turn.waited(), Local)
    step = turn.told(Ahead(most))
    assert isinstance(step, Local)
    step.work()
    assert turn.words.given_back == [None]
    with pytest.raises(NotSentError, match="under this client's own limits"):
        turn.goes_on((None, None))


def test_a_slot_beyond_the_time_for_the_call_is_not_waited_for(turn: Turn) -> None:
    assert isinstance(turn.told(TooLate()), Local)
    with pytest.raises(NotSentError, match="under this client's own limits"):
        turn.goes_on((None, None))


def test_a_redis_without_an_answer_is_named_and_not_asked_to_take_the_place_back() -> None:
    for word, named in ((Unreachable("ConnectionError"), "ConnectionError"), (None, "TimeoutError")):
        turn = Turn()
        with pytest.raises(NotSentError, match="the Redis that shares this client's limits") as failed:
            turn.goes_on(None) if word is None else turn.told(word)
        assert failed.value.cause_type == named


def test_a_refusal_by_the_platform_gives_the_place_back_too(turn: Turn) -> None:
    turn.told(turn.clock.now)
    refusal = answer({"Response": {"Error": {"Code": "ResourceNotFound", "Message": "no"}, "RequestId": "req-1"}})
    assert isinstance(turn.goes_on(refusal), Local)
    with pytest.raises(ThreadNotFoundError):
        turn.goes_on((None, None))
