"""A platform that asks for a pause is given it where there is time; whatever it asks for, its refusal is told."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from provider_threads import RateLimitedError, Timeouts
from provider_threads.endpoint import Answer
from tests.flows.scripted import THREADS, Performance, answer, in_turn

from .row import Property

REFUSALS: dict[str, tuple[bytes, int]] = {
    "hunyuan": (b'{"Response": {"Error": {"Code": "RequestLimitExceeded", "Message": "m"}, "RequestId": "r-1"}}', 200),
    "minimax": (b'{"base_resp": {"status_code": 1002, "status_msg": "m"}}', 200),
    "appbuilder": (b"", 429),
}

WAITED = {"0": 0.0, "7": 7.0, "0.5": 0.5, " 3 ": 3.0, "1e1": 10.0, "59.5": 59.5}
TOO_LONG = ["60", "119", "121", "3600", "1e9"]
"""Beyond the 60 s for the whole call, or beyond 120 s."""

MEANINGLESS = [
    "",
    "-1",
    "inf",
    "-inf",
    "nan",
    "1e999",
    "9" * 5_000,
    "soon",
    "1;2",
    "0x10",
    "Fri, 31 Dec 100000 23:59:59 GMT",
    "Fri, 31 Dec 1999 23:59:59 GMT",
    "Fri, 99 Dec 2099 23:59:59 GMT",
    "\x00",
]


def throttled(platform: str, value: str) -> Answer:
    body, status = REFUSALS[platform]
    return answer(body, status, {"retry-after": value})


@pytest.mark.parametrize("value", WAITED)
def test_a_wait_that_there_is_time_for_is_waited_to_the_second(
    platform: str, value: str, record_property: Property
) -> None:
    performance = Performance()
    flow = performance.operations(platform).get_thread("thread_1")
    performance.perform(flow, in_turn(throttled(platform, value), THREADS[platform]))
    assert performance.waits == [WAITED[value]]
    record_property("honoured", 1)


def test_a_date_is_waited_for_on_every_platform(platform: str, record_property: Property) -> None:
    performance = Performance()
    flow = performance.operations(platform).get_thread("thread_1")
    date = formatdate(time.time() + 20, usegmt=True)
    performance.perform(flow, in_turn(throttled(platform, date), THREADS[platform]))
    assert performance.waits == [pytest.approx(20, abs=2)]
    record_property("honoured", 1)


@pytest.mark.parametrize("value", TOO_LONG)
def test_a_wait_that_is_too_long_is_told_at_once(platform: str, value: str, record_property: Property) -> None:
    performance = Performance()
    with pytest.raises(RateLimitedError) as refused:
        performance.perform(
            performance.operations(platform).get_thread("thread_1"), in_turn(throttled(platform, value))
        )
    assert refused.value.retry_after == float(value)
    assert (len(performance.sent), performance.waits) == (1, [])
    record_property("told_at_once", 1)


def test_more_than_two_minutes_are_never_waited_however_long_the_call_may_take(platform: str) -> None:
    performance = Performance()
    patient = performance.operations(platform, timeouts=Timeouts(total=10_000))
    with pytest.raises(RateLimitedError):
        performance.perform(patient.get_thread("thread_1"), in_turn(throttled(platform, "120.5")))
    assert performance.waits == []
    performance.perform(patient.get_thread("thread_1"), in_turn(throttled(platform, "120"), THREADS[platform]))
    assert performance.waits == [120.0]


@pytest.mark.parametrize("value", MEANINGLESS, ids=lambda value: ascii(value)[:20])
def test_a_value_without_meaning_does_not_take_the_refusals_place(
    platform: str, value: str, record_property: Property
) -> None:
    performance = Performance()
    with pytest.raises(RateLimitedError) as refused:
        performance.perform(
            performance.operations(platform).get_thread("thread_1"), in_turn(throttled(platform, value))
        )
    assert refused.value.retry_after is None
    assert performance.waits == [0.0, 0.0]
    record_property("meaningless", 1)
