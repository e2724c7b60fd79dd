"""A read is tried again where that may help, a write never, and no longer than the time for the call."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from provider_threads import (
    AuthenticationError,
    ConfigurationError,
    ContentRejectedError,
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
    RetryPolicy,
    ThreadNotFoundError,
    ThreadsError,
    Timeouts,
)
from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Failure
from tests.reliability.row import Property

from .scripted import NO_PAUSE, THREADS, Performance, answer, in_turn, message

LOST = Failure(sent=True, cause_type="ReadError")
UNREACHED = Failure(sent=False, cause_type="ConnectError")
BAD_CERTIFICATE = Failure(sent=False, cause_type="ConnectError", retryable=False)


def tencent(code: str) -> Answer:
    return answer({"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": "req-1"}})


def minimax(code: int) -> Answer:
    return answer({"base_resp": {"status_code": code, "status_msg": "no"}})


def baidu(status: int) -> Answer:
    return answer({"error": {"code": "some_code", "message": "no"}}, status)


TRANSIENT: list[tuple[str, Any, type[ThreadsError]]] = [
    *((name, answer(b"", status), ProviderUnavailableError) for name in THREADS for status in (408, 500, 502, 503)),
    *((name, answer(b"", 429), RateLimitedError) for name in THREADS),
    *((name, LOST, OutcomeUnknownError) for name in THREADS),
    *((name, UNREACHED, NotSentError) for name in THREADS),
    ("hunyuan", tencent("InternalError"), ProviderUnavailableError),
    ("hunyuan", tencent("RequestLimitExceeded"), RateLimitedError),
    ("hunyuan", tencent("RequestLimitExceeded.UinLimitExceeded"), RateLimitedError),
    ("hunyuan", tencent("FailedOperation.EngineServerError"), ProviderUnavailableError),
    ("minimax", minimax(1000), ProviderUnavailableError),
    ("minimax", minimax(1002), RateLimitedError),
    ("minimax", minimax(1039), RateLimitedError),
    ("appbuilder", baidu(500), ProviderUnavailableError),
    ("appbuilder", baidu(429), RateLimitedError),
]
FINAL: list[tuple[str, Any, type[ThreadsError]]] = [
    *((name, answer(b"", 400), InvalidRequestError) for name in THREADS),
    *((name, answer(b"", 401), AuthenticationError) for name in THREADS),
    *((name, answer(b"", 403), PermissionDeniedError) for name in THREADS),
    *((name, answer(b"", 404), ThreadNotFoundError) for name in THREADS),
    *((name, BAD_CERTIFICATE, NotSentError) for name in THREADS),
    ("hunyuan", tencent("AuthFailure.SignatureFailure"), AuthenticationError),
    ("hunyuan", tencent("FailedOperation.ResourcePackExhausted"), QuotaExhaustedError),
    ("hunyuan", tencent("ResourceNotFound"), ThreadNotFoundError),
    ("minimax", minimax(1004), AuthenticationError),
    ("minimax", minimax(1008), QuotaExhaustedError),
    ("minimax", minimax(1026), ContentRejectedError),
    ("minimax", minimax(2013), InvalidRequestError),
    ("appbuilder", baidu(404), ThreadNotFoundError),
]


def named(cases: list[tuple[str, Any, type[ThreadsError]]]) -> list[str]:
    return [f"{number}-{name}-{error.__name__}" for number, (name, _, error) in enumerate(cases)]


def read(performance: Performance, name: str, *outcomes: Any, retry: RetryPolicy = NO_PAUSE) -> Any:
    return performance.perform(performance.operations(name, retry).get_thread("thread_1"), in_turn(*outcomes))


@pytest.mark.parametrize(("name", "failure", "_error"), TRANSIENT, ids=named(TRANSIENT))
def test_a_read_that_fails_once_succeeds_with_two_requests(
    name: str, failure: Any, _error: Any, record_property: Property
) -> None:
    performance = Performance()
    assert read(performance, name, failure, THREADS[name]).id == "thread_1"
    record_property("recovered", 1)
    record_property("most_requests_to_recover", len(performance.sent))
    assert len(performance.sent) == 2


@pytest.mark.parametrize(("name", "failure", "error"), TRANSIENT, ids=named(TRANSIENT))
def test_a_read_that_always_fails_is_tried_three_times(name: str, failure: Any, error: type[ThreadsError]) -> None:
    performance = Performance()
    with pytest.raises(error) as failed:
        read(performance, name, failure)
    assert len(performance.sent) == 3
    assert type(failed.value) is error
    assert (failed.value.provider, failed.value.operation) == (name, "get_thread")


@pytest.mark.parametrize(("name", "failure", "error"), FINAL, ids=named(FINAL))
def test_a_read_that_cannot_succeed_is_tried_once(
    name: str, failure: Any, error: type[ThreadsError], record_property: Property
) -> None:
    performance = Performance()
    with pytest.raises(error) as failed:
        read(performance, name, failure)
    record_property("hopeless", 1)
    record_property("most_tries_of_the_hopeless", len(performance.sent))
    assert len(performance.sent) == 1
    assert type(failed.value) is error


@pytest.mark.parametrize(("name", "failure", "_error"), TRANSIENT + FINAL, ids=named(TRANSIENT + FINAL))
def test_a_write_is_tried_once_whatever_happens(name: str, failure: Any, _error: Any) -> None:
    performance = Performance()
    with pytest.raises(ThreadsError):
        performance.perform(performance.operations(name).create_thread(None), in_turn(failure))
    assert len(performance.sent) == 1
    assert performance.waits == []


def test_the_last_failure_is_the_one_that_is_raised() -> None:
    performance = Performance()
    with pytest.raises(AuthenticationError):
        read(performance, "appbuilder", answer(b"", 503), answer(b"", 401))
    assert len(performance.sent) == 2


def test_the_number_of_tries_is_the_callers() -> None:
    for attempts in (1, 5):
        performance = Performance()
        with pytest.raises(ProviderUnavailableError):
            read(
                performance,
                "minimax",
                answer(b"", 503),
                retry=RetryPolicy(attempts=attempts, first_pause=0, longest_pause=0),
            )
        assert len(performance.sent) == attempts


def test_pauses_grow_are_random_and_bounded() -> None:
    retry = RetryPolicy(attempts=6, first_pause=1, longest_pause=4)
    pauses: list[list[float]] = []
    for _ in range(50):
        performance = Performance()
        with pytest.raises(ProviderUnavailableError):
            read(performance, "minimax", answer(b"", 503), retry=retry)
        pauses.append(performance.waits)
    for number, longest in enumerate([1, 2, 4, 4, 4]):
        of_this_try = [waits[number] for waits in pauses]
        assert all(0 <= pause <= longest for pause in of_this_try)
        assert max(of_this_try) > longest / 2
        assert len(set(of_this_try)) > 25


def test_every_try_is_signed_anew_at_its_own_time(record_property: Property) -> None:
    performance = Performance()
    busy = answer({"Response": {"Error": {"Code": "InternalError"}}}, headers={"retry-after": "20"})
    read(performance, "hunyuan", busy, busy, THREADS["hunyuan"])
    stamps = [int(step.request.headers["X-TC-Timestamp"]) for step in performance.sent]
    assert stamps == [1_700_000_000, 1_700_000_020, 1_700_000_040]
    signatures = [step.request.headers["Authorization"] for step in performance.sent]
    record_property("signed_tries", len(signatures))
    record_property("signatures", len(set(signatures)))
    assert all(one != other for one, other in pairwise(signatures))
    assert len({step.request.body for step in performance.sent}) == 1
    assert len({step.deadline for step in performance.sent}) == 1


def test_tries_and_pauses_stay_within_the_time_for_the_call() -> None:
    performance = Performance()
    lost = in_turn(LOST)

    def slow(request: Any) -> Any:
        performance.clock.now += 25
        return lost(request)

    flow = performance.operations("minimax", RetryPolicy(attempts=10, first_pause=0, longest_pause=0)).get_thread("t_1")
    with pytest.raises(OutcomeUnknownError):
        performance.perform(flow, slow)
    # 25 s, 50 s, and the third would begin at 50 s and end where it must.
    assert len(performance.sent) == 3
    assert {step.deadline for step in performance.sent} == {1_700_000_060.0}


def test_no_try_begins_when_the_time_is_used_up_exactly() -> None:
    performance = Performance()

    def slow(request: Any) -> Any:
        performance.clock.now += 60
        return LOST

    with pytest.raises(OutcomeUnknownError):
        performance.perform(performance.operations("minimax").get_thread("t_1"), slow)
    assert len(performance.sent) == 1


def test_each_page_has_the_whole_time_for_itself() -> None:
    from .hosted_list import HostedList

    performance = Performance()
    server = HostedList("minimax", 50, cap=5, flag=False)

    def slow(request: Any) -> Any:
        performance.clock.now += 30
        return server(request)

    view = performance.perform(performance.operations("minimax").read("thread_1", None), slow)
    assert len(view) == 50
    assert performance.clock.now - 1_700_000_000 == 30 * 11


@pytest.mark.parametrize(
    "settings",
    [
        {"attempts": 0},
        {"attempts": True},
        {"attempts": 2.0},
        {"first_pause": -1},
        {"first_pause": 9},
        {"longest_pause": 0.1},
        {"first_pause": "1"},
        {"longest_pause": float("nan")},
        {"longest_retry_after": None},
        {"longest_retry_after": True},
        {"longest_retry_after": -1},
    ],
)
def test_a_policy_without_meaning_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"retry: .*(attempts|first_pause|longest_pause|longest_retry_after)"):
        RetryPolicy(**settings)


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan"), True, "5", None])
@pytest.mark.parametrize("name", ["connect", "read", "write", "pool", "total"])
def test_a_time_limit_without_meaning_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Timeouts(**{name: value})


def test_a_batch_that_fails_says_how_many_were_confirmed() -> None:
    from provider_threads import Draft

    stored = answer({**message("minimax", "msg_1"), "base_resp": {"status_code": 0}})
    drafts = [Draft(f"part {number}") for number in range(4)]
    for failure, error in ((LOST, OutcomeUnknownError), (UNREACHED, NotSentError), (minimax(1002), RateLimitedError)):
        for confirmed in range(4):
            performance = Performance()
            flow = performance.operations("minimax").append_messages("thread_1", drafts)
            with pytest.raises(error) as failed:
                performance.perform(flow, in_turn(*[stored] * confirmed, failure))
            assert failed.value.appended == confirmed
            assert len(performance.sent) == confirmed + 1


def test_outside_a_batch_nothing_is_said_of_one() -> None:
    performance = Performance()
    with pytest.raises(OutcomeUnknownError) as failed:
        read(performance, "minimax", LOST)
    assert failed.value.appended is None
