"""``Retry-After`` is honoured where there is time for it, and never gets in the way of the error."""

from __future__ import annotations

import math
import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider_threads import ProviderUnavailableError, RateLimitedError, Timeouts
from provider_threads.flows.judge import retry_after

from .scripted import THREADS, Performance, answer, in_turn

UNREADABLE = [
    "",
    " ",
    "-1",
    "-0.5",
    "inf",
    "-inf",
    "nan",
    "1e999",
    "9" * 5_000,
    "soon",
    "1;2",
    "0x10",
    "12 34",
    "Fri, 31 Dec 100000 23:59:59 GMT",
    "Fri, 31 Dec 1999 23:59:59 GMT",
    "Fri, 99 Dec 2099 23:59:59 GMT",
    "Mon, 01 Jan 2090 00:00:00 +99999999",
    "Mon, 01 Jan 0000 00:00:00 GMT",
    "\x00",
]


def busy(value: str, status: int = 429) -> Any:
    return answer(b"", status, {"retry-after": value})


@pytest.mark.parametrize(("value", "seconds"), [("0", 0.0), ("7", 7.0), ("0.5", 0.5), (" 3 ", 3.0), ("1e1", 10.0)])
@pytest.mark.parametrize("status", [429, 503])
def test_the_seconds_asked_for_are_waited(value: str, seconds: float, status: int) -> None:
    performance = Performance()
    flow = performance.operations("appbuilder").get_thread("thread_1")
    performance.perform(flow, in_turn(busy(value, status), THREADS["appbuilder"]))
    assert performance.waits == [seconds]
    assert len(performance.sent) == 2


def test_a_date_is_waited_for() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder").get_thread("thread_1")
    performance.perform(flow, in_turn(busy(formatdate(time.time() + 30, usegmt=True)), THREADS["appbuilder"]))
    assert performance.waits == [pytest.approx(30, abs=2)]


def test_a_date_counts_by_the_platforms_clock_where_the_answer_tells_it() -> None:
    told = {"retry-after": "Fri, 20 Nov 2026 12:00:25 GMT"}
    assert retry_after({**told, "date": "Fri, 20 Nov 2026 12:00:00 GMT"}) == 25
    assert retry_after({**told, "date": "Fri, 20 Nov 2026 12:00:30 GMT"}) is None
    far = formatdate(time.time() + 30, usegmt=True)
    assert retry_after({"retry-after": far, "date": "soon"}) == pytest.approx(30, abs=2)


@pytest.mark.parametrize("value", UNREADABLE)
def test_a_value_without_meaning_neither_delays_nor_masks_the_error(value: str) -> None:
    performance = Performance()
    with pytest.raises(RateLimitedError) as refused:
        performance.perform(performance.operations("appbuilder").get_thread("thread_1"), in_turn(busy(value)))
    assert refused.value.retry_after is None
    assert performance.waits == [0.0, 0.0]


@pytest.mark.parametrize("value", [121, 3_600, 10**9])
def test_a_wait_beyond_two_minutes_is_left_to_the_caller_at_once(value: int) -> None:
    performance = Performance()
    flow = performance.operations("appbuilder", timeouts=Timeouts(total=10_000)).get_thread("thread_1")
    with pytest.raises(RateLimitedError) as refused:
        performance.perform(flow, in_turn(busy(str(value))))
    assert refused.value.retry_after == value
    assert len(performance.sent) == 1


def test_two_minutes_are_waited_where_there_is_time() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder", timeouts=Timeouts(total=10_000)).get_thread("thread_1")
    performance.perform(flow, in_turn(busy("120"), THREADS["appbuilder"]))
    assert performance.waits == [120.0]


def test_a_wait_beyond_the_time_left_is_left_to_the_caller_at_once() -> None:
    performance = Performance()
    with pytest.raises(ProviderUnavailableError) as refused:
        performance.perform(performance.operations("appbuilder").get_thread("thread_1"), in_turn(busy("35", 503)))
    # 35 s were waited once; a second time would go past 60 s.
    assert performance.waits == [35.0]
    assert len(performance.sent) == 2
    assert refused.value.retry_after == 35.0


def test_a_write_that_is_throttled_says_how_long_to_wait() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder").append("thread_1", "hello", "user", (), None)
    with pytest.raises(RateLimitedError) as refused:
        performance.perform(flow, in_turn(busy("7")))
    assert refused.value.retry_after == 7.0
    assert performance.waits == []


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    value=st.text(max_size=60)
    | st.floats().map(str)
    | st.integers().map(str)
    | st.from_regex(r"\A[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d{1,3}:\d{1,3}:\d{1,3} [-+A-Z\d]{1,9}\Z")
)
def test_no_value_of_the_header_breaks_anything(value: str) -> None:
    seconds = retry_after({"retry-after": value})
    assert seconds is None or (math.isfinite(seconds) and seconds >= 0)
