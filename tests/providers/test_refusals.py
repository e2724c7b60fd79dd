"""What every platform's refusal becomes: by HTTP status, with marks that hold no text."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from provider_threads import (
    AuthenticationError,
    Draft,
    InvalidRequestError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProtocolError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    ThreadNotFoundError,
)
from provider_threads.endpoint import AppendMessage, CreateThread
from tests.reliability.row import Property

from .answers import LIST, MAKERS, answer, judged, refused

APPEND = AppendMessage("thread_1", Draft("好"))

BY_STATUS = {
    400: InvalidRequestError,
    401: AuthenticationError,
    402: InvalidRequestError,
    403: PermissionDeniedError,
    404: ThreadNotFoundError,
    405: InvalidRequestError,
    408: ProviderUnavailableError,
    409: InvalidRequestError,
    411: InvalidRequestError,
    412: InvalidRequestError,
    422: InvalidRequestError,
    424: InvalidRequestError,
    429: RateLimitedError,
    500: ProviderUnavailableError,
    502: ProviderUnavailableError,
    503: ProviderUnavailableError,
    504: ProviderUnavailableError,
    507: ProviderUnavailableError,
}

# A refusal of each platform with a given code, as far as JSON goes.
ENVELOPES: dict[str, Callable[[Any], Any]] = {
    "hunyuan": lambda code: {"Response": {"Error": {"Code": code, "Message": "m"}, "RequestId": "r"}},
    "minimax": lambda code: {"base_resp": {"status_code": code, "status_msg": "m"}},
    "appbuilder": lambda code: {"error": {"code": code, "message": "m", "type": "t", "param": "p"}},
}

HOSTILE = [
    "秘密的一句话",
    "a secret sentence",
    "line\nbreak",
    "InvalidParameter\n",
    "\r\nX-Injected: 1",
    "x" * 129,
    "<b>html</b>",
    "\x00",
    "-dash-first",
]


@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b"{}", b"[]", b'"text"'], ids=repr)
@pytest.mark.parametrize(("status", "kind"), BY_STATUS.items())
def test_an_http_status_is_a_refusal_whatever_the_body(
    platform: str, status: int, kind: type[ProviderError], body: bytes
) -> None:
    error = refused(MAKERS[platform](), "list_messages", LIST, body, status)
    assert type(error) is kind
    assert (error.status, error.code) == (status, None)
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize("status", BY_STATUS)
def test_only_a_status_that_may_pass_is_tried_again(platform: str, status: int) -> None:
    result = judged(MAKERS[platform](), "list_messages", LIST, answer(b"", status))
    assert result.retryable is (status in (408, 429) or status >= 500)


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_and_not_followed(platform: str, status: int) -> None:
    for body in (b"", b"{}"):
        error = refused(MAKERS[platform](), "list_messages", LIST, body, status, location="https://elsewhere")
        assert isinstance(error, ProtocolError)
        assert "redirect" in str(error)
        assert "elsewhere" not in str(error)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failing_platform_leaves_a_write_in_doubt(status: int) -> None:
    for platform in ("minimax", "appbuilder"):
        error = refused(MAKERS[platform](), "append", APPEND, b"", status)
        assert type(error) is OutcomeUnknownError
        assert error.status == status
    assert type(refused(MAKERS["hunyuan"](), "create_thread", CreateThread(), b"", status)) is OutcomeUnknownError


@pytest.mark.parametrize("code", ["NeverHeardOf", "NeverHeardOf.Suffix", 987654, 3.5, True, ["x"], {"k": "v"}])
def test_an_unknown_code_is_a_provider_error_and_never_a_success(
    platform: str, code: object, record_property: Property
) -> None:
    error = judged(MAKERS[platform](), "list_messages", LIST, answer(ENVELOPES[platform](code))).error
    record_property("unknown_codes", 1)
    record_property("taken_for_success", int(error is None))
    assert type(error) is ProviderError
    assert error.status == 200


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationError), (503, ProviderUnavailableError)])
def test_an_unknown_code_with_a_telling_status_is_what_the_status_says(
    platform: str, status: int, kind: type[ProviderError]
) -> None:
    error = refused(MAKERS[platform](), "list_messages", LIST, ENVELOPES[platform]("987654"), status)
    assert type(error) is kind
    assert isinstance(error, ProviderError)
    assert error.code == "987654"


@pytest.mark.parametrize("code", HOSTILE)
def test_a_code_that_could_be_text_does_not_reach_the_error(platform: str, code: str) -> None:
    error = refused(MAKERS[platform](), "list_messages", LIST, ENVELOPES[platform](code))
    assert isinstance(error, ProviderError)
    assert error.code is None
    assert code not in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize("request_id", HOSTILE)
def test_a_request_id_that_could_be_text_does_not_reach_the_error(request_id: str) -> None:
    answers = {
        "hunyuan": ({"Response": {"RequestId": request_id}}, {}),
        "minimax": ({}, {"trace_id": request_id}),
        "appbuilder": ({"requestId": request_id}, {"x_appbuilder_request_id": request_id}),
    }
    for platform, (body, headers) in answers.items():
        error = refused(MAKERS[platform](), "list_messages", LIST, body, 500, **headers)
        assert isinstance(error, ProviderError)
        assert error.request_id is None
        assert request_id not in str(error)


def test_the_platforms_own_message_is_not_repeated(platform: str) -> None:
    envelope = {
        "hunyuan": {"Response": {"Error": {"Code": "InvalidParameter", "Message": "机密"}}},
        "minimax": {"base_resp": {"status_code": 2013, "status_msg": "机密"}},
        "appbuilder": {"error": {"code": "400", "message": "机密", "type": "机密", "param": "机密"}},
    }[platform]
    error = refused(MAKERS[platform](), "list_messages", LIST, envelope)
    assert type(error) is InvalidRequestError
    assert "机密" not in repr(error.args)


def test_an_error_names_platform_operation_code_and_request_id() -> None:
    body = {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "m"}, "RequestId": "c2e7-4a"}}
    error = refused(MAKERS["hunyuan"](), "list_messages", LIST, body)
    assert isinstance(error, AuthenticationError)
    assert (error.provider, error.operation) == ("hunyuan", "list_messages")
    assert (error.code, error.request_id) == ("AuthFailure.SignatureFailure", "c2e7-4a")
    assert str(error) == (
        "Tencent Hunyuan list_messages: the signature does not match. Check TENCENTCLOUD_SECRET_KEY "
        "(code AuthFailure.SignatureFailure, request id c2e7-4a)."
    )


# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("3", 3.0),
        (" 2.5 ", 2.5),
        ("119", 119.0),
        ("100000", 100000.0),
        ("-1", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
        ("", None),
        ("soon", None),
        ("3 seconds", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 100000 07:28:00 GMT", None),
        ("Wed, 99 Foo 2099 99:99:99 GMT", None),
    ],
)
def test_retry_after_in_seconds_is_told_and_nonsense_is_ignored(
    platform: str, value: str, seconds: float | None
) -> None:
    result = judged(MAKERS[platform](), "list_messages", LIST, answer(b"", 429, retry_after=value))
    assert isinstance(result.error, RateLimitedError)
    assert result.error.retry_after == result.retry_after == seconds


def test_retry_after_as_a_date_is_the_time_until_then() -> None:
    date = formatdate(time.time() + 90, usegmt=True)
    error = refused(MAKERS["minimax"](), "list_messages", LIST, b"", 429, retry_after=date)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == pytest.approx(90, abs=3)


def test_retry_after_is_told_with_an_error_at_http_200() -> None:
    body = ENVELOPES["hunyuan"]("RequestLimitExceeded")
    error = refused(MAKERS["hunyuan"](), "list_messages", LIST, body, retry_after="7")
    assert isinstance(error, RateLimitedError)
    assert error.retry_after == 7.0
