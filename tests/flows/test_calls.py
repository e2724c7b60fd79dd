"""What the record of a try says, with the clock in hand."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from provider_threads import CallRecord, Limits, ProviderUnavailableError, RetryPolicy, ThreadsError, Timeouts
from provider_threads.endpoint import Answer, Request
from provider_threads.flows.steps import Failure
from provider_threads.limiter import limiter_for
from provider_threads.operations import Operations

from .scripted import THREADS, Performance, Server, answer, in_turn

REQUEST_ID = "0f5d1e7c-req-17"
HEADERS = {"hunyuan": "x-tc-requestid", "minimax": "trace-id", "appbuilder": "x-appbuilder-request-id"}


def told_of(performance: Performance, platform: str, server: Server, **settings: Any) -> list[CallRecord]:
    """The records of one read."""
    told: list[CallRecord] = []
    context = replace(performance.operations(platform, **settings).context, on_call=told.append)
    try:
        performance.perform(Operations(context).get_thread("thread_1"), server)
    except ThreadsError:
        assert told[-1].error is not None
    return told


def test_a_later_try_that_finds_no_turn_took_no_time() -> None:
    performance = Performance()
    told: list[CallRecord] = []
    context = performance.operations("minimax").context
    slow = limiter_for(context.provider, Limits(0.1, 5, name=f"no-turn-for-a-later-try-{uuid.uuid4().hex}"))
    context = replace(context, limiter=slow, on_call=told.append, timeouts=Timeouts(total=5))

    def busy(request: Request) -> Answer:
        performance.clock.now += 2
        return answer(b"", 503)

    with pytest.raises(ProviderUnavailableError):
        performance.perform(Operations(context).get_thread("thread_1"), busy)
    assert [(record.error, record.seconds, record.retried) for record in told] == [
        ("ProviderUnavailableError", 2, True),
        ("NotSentError", 0, False),
    ]


@pytest.mark.parametrize("status", [200, 404, 503])
def test_the_request_id_of_every_answer_is_told(platform: str, status: int) -> None:
    body = THREADS[platform].body if status == 200 and platform != "hunyuan" else b""
    for record in told_of(Performance(), platform, in_turn(answer(body, status, {HEADERS[platform]: REQUEST_ID}))):
        assert (record.request_id, record.status) == (REQUEST_ID, status)


def test_of_an_answer_that_broke_off_the_status_and_request_id_are_told(platform: str) -> None:
    broken = Failure(sent=True, cause_type="ReadError", head=answer(b"", 200, {HEADERS[platform]: REQUEST_ID}))
    for record in told_of(Performance(), platform, in_turn(broken)):
        assert (record.error, record.status, record.request_id) == ("OutcomeUnknownError", 200, REQUEST_ID)


def test_what_could_be_text_is_not_told_as_a_request_id(platform: str) -> None:
    spoken = answer(b"", 404, {HEADERS[platform]: "your question was: how long?"})
    assert [record.request_id for record in told_of(Performance(), platform, in_turn(spoken))] == [None]


def test_seconds_are_those_of_the_request_without_pauses(platform: str) -> None:
    performance, took = Performance(), [3.0, 0.5]

    def slow(request: Request) -> Answer:
        performance.clock.now += took[len(performance.sent) - 1]
        return answer(b"", 503, {"retry-after": "20"}) if len(performance.sent) == 1 else THREADS[platform]

    told = told_of(performance, platform, slow)
    assert performance.waits == [20]
    assert [record.seconds for record in told] == pytest.approx(took)


def test_no_retry_is_announced_that_has_no_time_or_no_attempt_left(platform: str) -> None:
    busy = in_turn(answer(b"", 503, {"retry-after": "20"}))
    late = told_of(Performance(), platform, busy, timeouts=Timeouts(total=30))
    once = told_of(Performance(), platform, busy, retry=RetryPolicy(attempts=1))
    assert [record.retried for record in late] == [True, False]
    assert [record.retried for record in once] == [False]


def test_a_try_is_told_of_before_the_pause_that_follows_it(platform: str) -> None:
    performance = Performance()
    told: list[CallRecord] = []
    context = replace(performance.operations(platform).context, on_call=told.append)
    flow = Operations(context).get_thread("thread_1")
    next(flow)
    flow.send(answer(b"", 503))
    assert [record.retried for record in told] == [True]
    flow.close()
    assert len(told) == 1
