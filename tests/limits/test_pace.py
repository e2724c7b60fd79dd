"""How fast an account's requests leave: evenly, below the limit, and what waits too long is not sent."""

from __future__ import annotations

import itertools
import math

import pytest

from provider_threads import Limits, NotSentError, ProviderUnavailableError, RetryPolicy
from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Send, Wait
from provider_threads.limiter import PACE
from provider_threads.traffic import APART_S, LATE_S
from tests.flows.scripted import THREADS, Performance, answer, in_turn
from tests.reliability.row import Property

from .alone import account_name, request, waiting

THREAD = THREADS["hunyuan"]
SPACING = 1 / (20 * PACE)


def limits(per_second: float = 20, in_flight: float = 5) -> Limits:
    return Limits(per_second, in_flight, name=account_name())


def test_a_request_that_need_not_wait_is_sent_at_once() -> None:
    assert isinstance(next(request(Performance(), limits())), Send)


@pytest.mark.parametrize("per_second", [0.5, 1, 20, 333.3])
def test_requests_leave_evenly_and_never_more_in_a_second_than_allowed(per_second: float) -> None:
    performance, given, left = Performance(), limits(per_second), []
    for _ in range(400):
        performance.perform(request(performance, given), in_turn(THREAD))
        left.append(performance.clock.now)
    gaps = [after - before for before, after in itertools.pairwise(left)]
    assert gaps == pytest.approx([1 / (per_second * PACE)] * 399, rel=1e-3)
    second = math.ceil(per_second)
    spread = [after - before for before, after in zip(left, left[second:], strict=False)]
    assert min(spread) > 1 + LATE_S  # with room for one that leaves late and one that the network holds up


def test_time_that_nobody_used_is_not_saved_up() -> None:
    performance, given = Performance(), limits()
    performance.perform(request(performance, given), in_turn(THREAD))
    performance.clock.now += 3600
    for _ in range(3):
        performance.perform(request(performance, given), in_turn(THREAD))
    assert performance.waits == pytest.approx([SPACING] * 2, rel=1e-3)


def test_clients_of_one_account_share_its_rate_and_others_do_not() -> None:
    performance, shared = Performance(), limits()
    for given in (shared, Limits(20, 5, name=shared.name), limits()):
        performance.perform(request(performance, given), in_turn(THREAD))
    assert len(performance.waits) == 1


def test_one_name_on_two_platforms_is_two_accounts() -> None:
    performance, given = Performance(), limits()
    for platform in ("hunyuan", "minimax"):
        performance.perform(request(performance, given, platform=platform), in_turn(THREADS[platform]))
    assert performance.waits == []


def test_a_turn_after_the_deadline_is_refused_at_once_and_nothing_is_sent() -> None:
    performance, given = Performance(), limits(per_second=0.1)
    performance.perform(request(performance, given), in_turn(THREAD))
    before = performance.clock.now
    with pytest.raises(NotSentError, match=r"own limits.*nothing was sent.*limits=") as refused:
        performance.perform(request(performance, given, total=10), in_turn(THREAD))
    assert (performance.clock.now, len(performance.sent)) == (before, 1)
    assert (refused.value.operation, refused.value.cause_type) == ("get_thread", "LimitReached")
    performance.perform(request(performance, given, total=11), in_turn(THREAD))  # it took no slot


def test_who_cannot_have_a_turn_in_time_does_not_even_queue() -> None:
    performance, given = Performance(), limits(per_second=1, in_flight=1)
    flows = waiting(given, performance, 4)
    with pytest.raises(NotSentError):
        next(request(performance, given, total=2))
    for flow in flows:
        flow.close()


def test_without_any_time_left_it_is_the_time_that_is_told_of() -> None:
    assert isinstance(next(request(Performance(), limits(), total=1e-9)), Send)  # which the transport refuses


def test_every_try_takes_a_slot() -> None:
    performance = Performance()
    performance.perform(request(performance, limits()), in_turn(answer(b"", 503), answer(b"", 503), THREAD))
    assert [wait for wait in performance.waits if wait] == pytest.approx([SPACING] * 2, rel=1e-3)


def test_where_another_try_would_come_too_late_the_platforms_own_word_is_told() -> None:
    performance = Performance()
    with pytest.raises(ProviderUnavailableError):
        performance.perform(request(performance, limits(0.1), total=5), in_turn(answer(b"", 503)))
    assert len(performance.sent) == 1


def test_a_request_is_signed_when_it_leaves(record_property: Property) -> None:
    performance, given = Performance(), limits(per_second=0.1)
    for _ in range(3):
        performance.perform(request(performance, given), in_turn(THREAD))
        signed_at = int(performance.sent[-1].request.headers["X-TC-Timestamp"])
        record_property("signature_age_s", round(performance.clock.now - signed_at, 2))
        assert signed_at == int(performance.clock.now)
    signatures = [step.request.headers["Authorization"] for step in performance.sent]
    record_property("signed_tries", len(signatures))
    record_property("signatures", len(set(signatures)))


def test_a_slot_that_was_missed_is_not_made_up_for() -> None:
    """A thread or an event loop that was busy for a second does not send all that has gathered at once."""
    performance, given = Performance(), limits()
    flows = waiting(given, performance, 5)
    performance.clock.now += 1
    steps = [flow.send(None) for flow in flows[1:]]
    assert isinstance(steps[0], Send)
    assert [step.seconds for step in steps[1:] if isinstance(step, Wait)] == pytest.approx(
        [SPACING, 2 * SPACING, 3 * SPACING], rel=1e-3
    )
    for flow in flows:
        flow.close()


@pytest.mark.parametrize("late", [0.0, 0.01, 0.15, 0.6, 3.0])
def test_what_follows_a_request_that_left_late_does_not_catch_up_with_it(late: float) -> None:
    """New connections take their time; those that follow on open ones must not arrive in the same second as well."""
    performance, given, left = Performance(), limits(), []

    def serve(send: Send) -> Answer:
        performance.clock.now += late if len(left) in (0, 1, 2, 30) else 0
        assert send.departs is not None
        send.departs()
        left.append(performance.clock.now)
        return THREAD

    flows = [request(performance, given) for _ in range(80)]
    for flow in flows:
        step = next(flow)
        while isinstance(step, Wait):
            performance.clock.now += step.seconds
            step = flow.send(None)
        with pytest.raises(StopIteration):
            flow.send(serve(step))
    assert min(after - before for before, after in zip(left, left[20:], strict=False)) >= APART_S - 1e-6


def test_attempts_that_are_not_limited_take_no_step_of_their_own() -> None:
    performance = Performance()
    unlimited = Limits(math.inf, math.inf, name=account_name())
    flows = [request(performance, unlimited, retry=RetryPolicy(attempts=1)) for _ in range(50)]
    assert all(isinstance(next(flow), Send) for flow in flows)
    for flow in flows:
        with pytest.raises(StopIteration):
            flow.send(Answer(200, {}, THREAD.body))
