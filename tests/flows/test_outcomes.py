"""What an answer means: a write is never called refused or unreadable when it may have been applied."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import pytest

from provider_threads import (
    ForeignThreadWarning,
    NotSentError,
    OutcomeUnknownError,
    ProtocolError,
    ProviderUnavailableError,
    ResponseTooLargeError,
    ThreadsError,
)
from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Failure
from tests.reliability.row import Property

from .scripted import KEY, THREADS, Performance, answer, in_turn, message, page

CANARY = "canary text of a conversation"
PLATFORMS = tuple(THREADS)
REQUEST_ID = {
    "hunyuan": {"x-tc-requestid": "req-77"},
    "minimax": {"trace-id": "req-77"},
    "appbuilder": {"x-appbuilder-request-id": "req-77"},
}
TENCENT_BUSY = {"Response": {"Error": {"Code": "InternalError", "Message": CANARY}, "RequestId": "req-77"}}

BODIES: dict[str, bytes] = {
    "nothing": b"",
    "html": f"<html>{CANARY}</html>".encode(),
    "cut json": f'{{"object": "thread", "text": "{CANARY}'.encode(),
    "a list": f'["{CANARY}"]'.encode(),
    "a string": f'"{CANARY}"'.encode(),
    "null": b"null",
    "nan": f'{{"object": "thread", "id": NaN, "text": "{CANARY}"}}'.encode(),
    "a huge number": b'{"object": "thread", "id": ' + b"7" * 5_000 + b"}",
    "depth": b'{"object":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "half a surrogate pair": b'{"object": "thread", "id": "\\ud83d"}',
    "not utf-8": b'{"object": "thread", "id": "\xff\xfe"}',
    "another shape": f'{{"text": "{CANARY}", "Response": {{"text": "{CANARY}"}}}}'.encode(),
    "wrong types": f'{{"object": "thread", "id": ["{CANARY}"], "Response": {{"ID": 7}}}}'.encode(),
}


def failed(name: str, outcome: Answer | Failure, *, write: bool) -> tuple[ThreadsError, Performance]:
    performance = Performance()
    operations = performance.operations(name)
    flow = operations.create_thread(None) if write else operations.get_thread("thread_1")
    with pytest.raises(ThreadsError) as raised:
        performance.perform(flow, in_turn(outcome))
    assert CANARY not in str(raised.value) + repr(raised.value) + repr(vars(raised.value))
    assert KEY not in str(raised.value) + repr(vars(raised.value))
    assert CANARY.encode() not in pickle.dumps(raised.value)
    assert (raised.value.provider, raised.value.operation) == (name, "create_thread" if write else "get_thread")
    assert "None" not in str(raised.value)
    return raised.value, performance


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_read_that_cannot_be_read_is_a_protocol_error(name: str, body: bytes) -> None:
    error, performance = failed(name, answer(body, headers=REQUEST_ID[name]), write=False)
    assert type(error) is ProtocolError
    assert (error.status, error.request_id) == (200, "req-77")
    assert "req-77" in str(error)
    assert len(performance.sent) == 1


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_write_whose_answer_cannot_be_read_may_have_been_applied(name: str, body: bytes) -> None:
    error, performance = failed(name, answer(body, headers=REQUEST_ID[name]), write=True)
    assert type(error) is OutcomeUnknownError
    assert (error.status, error.request_id, error.deadline_exceeded) == (200, "req-77", False)
    assert "req-77" in str(error)
    assert len(performance.sent) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_write_that_a_failing_platform_answers_may_have_been_applied(name: str, status: int) -> None:
    error, _ = failed(name, answer(CANARY.encode(), status, REQUEST_ID[name]), write=True)
    assert type(error) is OutcomeUnknownError
    assert (error.status, error.request_id) == (status, "req-77")
    assert "read the thread" in str(error)
    read_error, _ = failed(name, answer(CANARY.encode(), status, REQUEST_ID[name]), write=False)
    assert type(read_error) is ProviderUnavailableError


def test_a_platforms_own_busy_code_leaves_a_write_open_too() -> None:
    error, _ = failed("hunyuan", answer(TENCENT_BUSY), write=True)
    assert isinstance(error, OutcomeUnknownError)
    assert (error.code, error.status, error.request_id) == ("InternalError", 200, "req-77")
    assert "InternalError" in str(error)


@pytest.mark.parametrize("status", [300, 301, 302, 307, 308])
@pytest.mark.parametrize("body", [b"", b"{}", b'{"object": "thread", "id": "thread_1"}'])
def test_a_redirect_is_no_answer(status: int, body: bytes) -> None:
    redirect = answer(body, status, {"location": "https://elsewhere.example/?token=x"})
    error, performance = failed("appbuilder", redirect, write=False)
    assert type(error) is ProtocolError
    assert "redirected" in str(error)
    assert "elsewhere" not in str(error)
    assert len(performance.sent) == 1


def test_a_number_that_json_does_not_have_spoils_an_answer_wherever_it_stands() -> None:
    sound = THREADS["appbuilder"].body
    error, _ = failed("appbuilder", answer(sound[:-1] + b', "of_no_use": NaN}'), write=False)
    assert type(error) is ProtocolError
    Performance().perform(
        Performance().operations("appbuilder").get_thread("thread_1"),
        in_turn(answer(sound[:-1] + b', "of_no_use": 0}')),
    )


def test_text_in_the_place_of_a_code_or_request_id_is_not_repeated() -> None:
    refusal = answer({"error": {"code": CANARY, "message": CANARY}}, 400, {"x-appbuilder-request-id": CANARY})
    error, _ = failed("appbuilder", refusal, write=False)
    assert (error.code, error.request_id) == (None, None)  # type: ignore[attr-defined]  # a ProviderError
    assert "HTTP 400" in str(error)


FAILURES = [
    (Failure(sent=False, cause_type="ConnectError", retryable=False), NotSentError, NotSentError, "nothing was sent"),
    (
        Failure(sent=False, cause_type="DeadlineExceeded", retryable=False, deadline_exceeded=True),
        NotSentError,
        NotSentError,
        "no time left",
    ),
    (
        Failure(sent=True, cause_type="ReadError", retryable=False),
        OutcomeUnknownError,
        OutcomeUnknownError,
        "no usable answer",
    ),
    (
        Failure(sent=True, cause_type="DeadlineExceeded", retryable=False, deadline_exceeded=True),
        OutcomeUnknownError,
        OutcomeUnknownError,
        "time for the whole call",
    ),
    (
        Failure(sent=True, cause_type="TooLarge", retryable=False, flaw="too large"),
        ResponseTooLargeError,
        OutcomeUnknownError,
        "",
    ),
    (
        Failure(sent=True, cause_type="UnknownEncoding", retryable=False, flaw="encoding"),
        ProtocolError,
        OutcomeUnknownError,
        "",
    ),
]


@pytest.mark.parametrize(("failure", "of_read", "of_write", "words"), FAILURES)
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_failure_to_get_an_answer_is_told_by_whether_anything_was_sent(
    name: str, failure: Failure, of_read: type, of_write: type, words: str
) -> None:
    for write, kind in ((False, of_read), (True, of_write)):
        error, _ = failed(name, failure, write=write)
        assert type(error) is kind
        assert words in str(error)
        if isinstance(error, OutcomeUnknownError):
            assert error.deadline_exceeded == failure.deadline_exceeded
            assert error.cause_type == failure.cause_type
            assert ("may have been applied" in str(error)) == write


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_failure_after_the_head_of_an_answer_names_its_status_and_request_id(name: str) -> None:
    head = answer(b"", 200, REQUEST_ID[name])
    for failure in (
        Failure(sent=True, cause_type="ReadError", retryable=False, head=head),
        Failure(sent=True, cause_type="TooLarge", retryable=False, flaw="too large", head=head),
    ):
        for write in (False, True):
            error, _ = failed(name, failure, write=write)
            assert (vars(error)["status"], vars(error)["request_id"]) == (200, "req-77")
            assert "request id req-77" in str(error)


def test_a_marked_body_and_keys_given_twice_are_read() -> None:
    marked = b'\xef\xbb\xbf{"object": "thread", "id": "first", "id": "thread_1"}'
    performance = Performance()
    flow = performance.operations("appbuilder").get_thread("thread_1")
    assert performance.perform(flow, in_turn(answer(marked))).id == "thread_1"


@pytest.mark.parametrize("name", PLATFORMS)
def test_messages_of_another_thread_are_an_error_or_a_warning_by_platform(name: str, record_property: Property) -> None:
    foreign = page(name, [message(name, "m", thread_id="thread_2")], False)
    record_property("foreign_answers", 1)
    performance = Performance()
    flow = performance.operations(name).list_messages("thread_1", None, None, None, None)
    if name == "hunyuan":
        with pytest.raises(ProtocolError, match="another thread"):
            performance.perform(flow, in_turn(foreign))
        record_property("foreign_refused", 1)
    else:
        with pytest.warns(ForeignThreadWarning, match="strict_thread_ids"):
            listed = performance.perform(flow, in_turn(foreign))
        record_property("foreign_warned", 1)
        assert [one.thread_id for one in listed] == ["thread_1"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_messages_of_another_thread_are_an_error_where_that_is_asked_for(name: str, record_property: Property) -> None:
    record_property("foreign_answers", 1)
    performance = Performance()
    flow = performance.operations(name, strict=True).list_messages("thread_1", None, None, None, None)
    with pytest.raises(ProtocolError, match="another thread"):
        performance.perform(flow, in_turn(page(name, [message(name, "m", thread_id="thread_2")], False)))
    record_property("foreign_refused", 1)


@pytest.mark.parametrize("name", PLATFORMS)
def test_another_thread_than_was_asked_for_is_an_error_or_a_warning_by_platform(name: str) -> None:
    bodies = {
        "hunyuan": {"Response": {"ID": "thread_2", "Object": "thread", "RequestId": "req-1"}},
        "minimax": {"id": "thread_2", "object": "thread", "base_resp": {"status_code": 0}},
        "appbuilder": {"id": "thread_2", "object": "thread"},
    }
    for strict in (False, True):
        performance = Performance()
        flow = performance.operations(name, strict=strict).get_thread("thread_1")
        if strict or name == "hunyuan":
            with pytest.raises(ProtocolError, match="another thread"):
                performance.perform(flow, in_turn(answer(bodies[name])))
        else:
            with pytest.warns(ForeignThreadWarning):
                assert performance.perform(flow, in_turn(answer(bodies[name]))).id == "thread_2"


@pytest.mark.parametrize("name", PLATFORMS)
def test_messages_of_the_right_thread_or_of_none_pass_without_a_word(name: str) -> None:
    nameless = message(name, "b")
    nameless["ThreadID" if name == "hunyuan" else "thread_id"] = ""
    performance = Performance()
    flow = performance.operations(name, strict=True).list_messages("thread_1", None, None, None, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        listed: Any = performance.perform(flow, in_turn(page(name, [message(name, "a"), nameless], False)))
    assert len(listed) == 2
