"""While a platform is down, retries stop: those who call it must not be what keeps it down."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from provider_threads import ProviderUnavailableError, ThreadsError
from provider_threads.accounts import Account
from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Failure
from provider_threads.operations import Operations
from provider_threads.retry_budget import CAPACITY, RETRY_COST, TIMEOUT_COST, RetryBudget
from tests.reliability.row import Property

from .scripted import THREADS, Performance, Server, answer, in_turn

DOWN = answer(b"", 503)
SLOW = Failure(sent=True, cause_type="ReadTimeout", timed_out=True)


class Calls:
    """Calls of one account, each by a client of its own; only the requests are counted."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.account = Account()
        self.performance = Performance()

    @property
    def requests(self) -> int:
        return len(self.performance.sent)

    @property
    def left(self) -> int:
        return self.account.budget.left

    def read(self, server: Server) -> Any:
        context = replace(self.performance.operations(self.platform).context, account=self.account)
        return self.performance.perform(Operations(context).get_thread("thread_1"), server)

    def write(self, server: Server) -> Any:
        context = replace(self.performance.operations(self.platform).context, account=self.account)
        return self.performance.perform(Operations(context).create_thread(None), server)

    def fail(self, times: int, outcome: Answer | Failure = DOWN) -> None:
        for _ in range(times):
            with pytest.raises(ThreadsError):
                self.read(in_turn(outcome))


@pytest.mark.parametrize(("outcome", "cost"), [(DOWN, RETRY_COST), (SLOW, TIMEOUT_COST)], ids=["503", "timeout"])
def test_a_thousand_calls_to_a_platform_that_is_down_make_a_tenth_more_requests_at_most(
    platform: str, outcome: Answer | Failure, cost: int, record_property: Property
) -> None:
    calls = Calls(platform)
    calls.fail(1_000, outcome)
    record_property("outages", 1)
    record_property("most_requests_of_thousand_calls", calls.requests)
    assert calls.requests == 1_000 + CAPACITY // cost <= 1_100


def test_with_the_budget_spent_a_read_fails_at_once_with_the_platforms_own_word(platform: str) -> None:
    calls = Calls(platform)
    calls.fail(CAPACITY // RETRY_COST)
    waits, requests = len(calls.performance.waits), calls.requests
    with pytest.raises(ProviderUnavailableError) as told:
        calls.read(in_turn(DOWN, THREADS[platform]))
    assert (len(calls.performance.waits), calls.requests) == (waits, requests + 1)
    assert told.value.status == 503


def test_a_retry_that_succeeds_costs_nothing_in_the_end(platform: str) -> None:
    calls = Calls(platform)
    for _ in range(300):
        assert calls.read(in_turn(DOWN, THREADS[platform])).id == "thread_1"
        assert calls.read(in_turn(SLOW, THREADS[platform])).id == "thread_1"
    assert (calls.requests, calls.left) == (1_200, CAPACITY)


def test_successes_earn_retries_back_one_by_one(platform: str) -> None:
    calls = Calls(platform)
    calls.fail(CAPACITY // RETRY_COST)
    assert calls.left == 0
    for earned in range(1, RETRY_COST):
        calls.read(in_turn(THREADS[platform]))
        assert calls.left == earned
    with pytest.raises(ProviderUnavailableError):
        calls.read(in_turn(DOWN, THREADS[platform]))
    calls.write(in_turn(THREADS[platform]))
    assert calls.left == RETRY_COST
    assert calls.read(in_turn(DOWN, THREADS[platform])).id == "thread_1"


def test_there_is_never_more_than_a_full_budget(platform: str) -> None:
    calls = Calls(platform)
    for _ in range(10):
        calls.read(in_turn(THREADS[platform]))
    assert calls.left == CAPACITY


def test_a_write_that_fails_spends_nothing_and_earns_nothing(platform: str) -> None:
    calls = Calls(platform)
    calls.fail(1)
    before = calls.left
    with pytest.raises(ThreadsError):
        calls.write(in_turn(DOWN))
    assert calls.left == before < CAPACITY


def test_a_retry_for_which_there_is_no_time_costs_nothing(platform: str) -> None:
    calls = Calls(platform)
    calls.fail(1, answer(b"", 503, {"retry-after": "61"}))
    assert (calls.requests, calls.left) == (1, CAPACITY)


def test_a_child_process_is_not_locked_out_and_knows_what_is_known() -> None:
    budget = RetryBudget()
    budget.take(timed_out=True)
    with budget._lock:
        budget.unlock_after_fork()
        budget.succeeded(0)
    assert budget.left == CAPACITY - TIMEOUT_COST + 1
