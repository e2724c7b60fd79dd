"""Every code that the platforms document, and the class that fits it."""

from __future__ import annotations

from typing import Any

import pytest

from provider_threads import (
    AuthenticationError,
    ContentRejectedError,
    Draft,
    InvalidRequestError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProtocolError,
    ProviderError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
    ThreadNotFoundError,
)
from provider_threads.endpoint import AppendMessage
from provider_threads.providers import hunyuan_errors, minimax
from tests.reliability.row import Property

from .answers import LIST, MAKERS, answer, judged, payload, refused

HUNYUAN, MINIMAX, APPBUILDER = (MAKERS[name]() for name in ("hunyuan", "minimax", "appbuilder"))

# Tencent: the action's own table, then the table common to all services.
HUNYUAN_CODES: dict[type[ProviderError], str] = {
    ProviderUnavailableError: """
        FailedOperation.EngineRequestTimeout FailedOperation.EngineServerError InternalError
        ResourceInsufficient ResourceUnavailable ServiceUnavailable
        """,
    RateLimitedError: """
        FailedOperation.EngineServerLimitExceeded RequestLimitExceeded
        RequestLimitExceeded.GlobalRegionUinLimitExceeded RequestLimitExceeded.IPLimitExceeded
        RequestLimitExceeded.UinLimitExceeded
        """,
    QuotaExhaustedError: """
        FailedOperation.FreeResourcePackExhausted FailedOperation.ResourcePackExhausted
        FailedOperation.ServiceNotActivated FailedOperation.ServiceStop FailedOperation.ServiceStopArrears
        LimitExceeded
        """,
    AuthenticationError: """
        AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure
        AuthFailure.SecretIdNotFound AuthFailure.SignatureExpire AuthFailure.SignatureFailure
        AuthFailure.TokenFailure
        """,
    PermissionDeniedError: """
        AuthFailure.UnauthorizedOperation IpInBlacklist IpNotInWhitelist UnauthorizedOperation
        """,
    ThreadNotFoundError: "ResourceNotFound",
    InvalidRequestError: """
        ActionOffline DryRunOperation FailedOperation InvalidAction InvalidParameter InvalidParameterValue
        InvalidParameterValue.Model InvalidRequest MissingParameter NoSuchProduct NoSuchVersion
        RequestSizeLimitExceeded ResourceInUse ResponseSizeLimitExceeded UnknownParameter UnsupportedOperation
        UnsupportedProtocol UnsupportedRegion
        """,
}
HUNYUAN_TABLE = [(code, kind) for kind, codes in HUNYUAN_CODES.items() for code in codes.split()]
HUNYUAN_RETRYABLE = {
    "FailedOperation.EngineRequestTimeout",
    "FailedOperation.EngineServerError",
    "FailedOperation.EngineServerLimitExceeded",
    "InternalError",
    "RequestLimitExceeded",
    "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
    "RequestLimitExceeded.IPLimitExceeded",
    "RequestLimitExceeded.UinLimitExceeded",
    "ServiceUnavailable",
}

# MiniMax: the error code page of its text models, and the later common table.
MINIMAX_TABLE: dict[int, tuple[type[ProviderError], bool]] = {
    1000: (ProviderUnavailableError, True),
    1001: (ProviderUnavailableError, True),
    1002: (RateLimitedError, True),
    1004: (AuthenticationError, False),
    1008: (QuotaExhaustedError, False),
    1013: (ProviderUnavailableError, True),
    1024: (ProviderUnavailableError, True),
    1026: (ContentRejectedError, False),
    1027: (ContentRejectedError, False),
    1033: (ProviderUnavailableError, True),
    1039: (RateLimitedError, True),
    1041: (RateLimitedError, True),
    1042: (ContentRejectedError, False),
    2013: (InvalidRequestError, False),
    2049: (AuthenticationError, False),
}


def hunyuan_envelope(code: object) -> dict[str, Any]:
    return {"Response": {"Error": {"Code": code, "Message": "m"}, "RequestId": "r-1"}}


def minimax_envelope(code: object) -> dict[str, Any]:
    return {"base_resp": {"status_code": code, "status_msg": "m"}}


# Hunyuan


@pytest.mark.parametrize(("code", "kind"), HUNYUAN_TABLE)
def test_every_documented_tencent_code_has_its_class(
    code: str, kind: type[ProviderError], record_property: Property
) -> None:
    result = judged(HUNYUAN, "list_messages", LIST, answer(hunyuan_envelope(code)))
    record_property("documented", 1)
    record_property("of_another_class", int(type(result.error) is not kind))
    assert type(result.error) is kind
    assert isinstance(result.error, ProviderError)
    assert (result.error.code, result.error.request_id, result.error.status) == (code, "r-1", 200)
    assert result.retryable is (code in HUNYUAN_RETRYABLE)


def test_no_tencent_code_is_known_that_this_table_does_not_hold() -> None:
    assert set(hunyuan_errors.CODES) - {code for code, _ in HUNYUAN_TABLE} == {"AuthFailure"}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("LimitExceeded.Threads", QuotaExhaustedError),
        ("AuthFailure.SomethingNew", AuthenticationError),
        ("InvalidParameterValue.ThreadID", InvalidRequestError),
        ("RequestLimitExceeded.A.B", RateLimitedError),
        ("UnsupportedOperation.", InvalidRequestError),
    ],
)
def test_a_new_suffix_of_a_tencent_code_means_what_its_first_half_means(code: str, kind: type[ProviderError]) -> None:
    error = refused(HUNYUAN, "list_messages", LIST, hunyuan_envelope(code))
    assert type(error) is kind


@pytest.mark.parametrize("error", [{}, {"Message": "m"}, {"Code": ""}, "InternalFault", "", [], 0, False])
def test_a_malformed_tencent_error_is_still_no_success(error: object) -> None:
    body = payload("hunyuan/list")
    body["Response"]["Error"] = error
    assert type(refused(HUNYUAN, "list_messages", LIST, body)) is ProviderError


def test_a_null_tencent_error_is_none() -> None:
    body = payload("hunyuan/list")
    body["Response"]["Error"] = None
    thread = body["Response"]["Data"][0]["ThreadID"]
    assert judged(HUNYUAN, "list_messages", type(LIST)(thread, order="desc"), answer(body)).error is None


def test_a_tencent_error_without_a_request_id_is_read() -> None:
    error = refused(HUNYUAN, "list_messages", LIST, {"Response": {"Error": {"Code": "InternalError"}}})
    assert isinstance(error, ProviderUnavailableError)
    assert error.request_id is None


def test_the_documented_tencent_envelope_reads_whatever_its_content_type() -> None:
    outcome = answer(payload("hunyuan/error"), content_type="application/json; charset=utf-8")
    assert type(judged(HUNYUAN, "list_messages", LIST, outcome).error) is AuthenticationError


def test_a_retired_action_says_so() -> None:
    assert "retired" in str(refused(HUNYUAN, "list_messages", LIST, hunyuan_envelope("ActionOffline")))


# MiniMax


@pytest.mark.parametrize("as_text", [False, True], ids=["number", "text"])
@pytest.mark.parametrize("code", MINIMAX_TABLE)
def test_every_documented_minimax_code_has_its_class(code: int, as_text: bool, record_property: Property) -> None:
    kind, retryable = MINIMAX_TABLE[code]
    outcome = answer(minimax_envelope(str(code) if as_text else code), trace_id="0af3-1")
    result = judged(MINIMAX, "list_messages", LIST, outcome)
    record_property("documented", 1)
    record_property("of_another_class", int(type(result.error) is not kind))
    assert type(result.error) is kind
    assert isinstance(result.error, ProviderError)
    assert (result.error.code, result.error.request_id) == (str(code), "0af3-1")
    assert result.retryable is retryable


def test_no_minimax_code_is_known_that_this_table_does_not_hold() -> None:
    assert set(minimax.CODES) == set(MINIMAX_TABLE)


def test_a_minimax_error_with_a_lists_keys_is_not_an_empty_list() -> None:
    error = refused(MINIMAX, "list_messages", LIST, payload("minimax/error_with_list"))
    assert type(error) is AuthenticationError


@pytest.mark.parametrize("code", [-1, 1, 99, 1003, 10**20, 10**60, "1_002", "１００２"])
def test_a_minimax_code_that_is_not_zero_is_never_a_success(code: object) -> None:
    body = {**payload("minimax/error_with_list"), **minimax_envelope(code)}
    assert isinstance(refused(MINIMAX, "list_messages", LIST, body), ProviderError)


@pytest.mark.parametrize("base_resp", [{"status_code": 0}, {"status_code": "0"}, {"status_code": 0.0}])
def test_a_minimax_status_that_says_nothing_bad_is_a_success(base_resp: object) -> None:
    body = {**payload("minimax/list"), "base_resp": base_resp}
    assert judged(MINIMAX, "list_messages", LIST, answer(body)).error is None


@pytest.mark.parametrize("base_resp", [None, {}, [], "0", {"status_code": None}])
@pytest.mark.parametrize("data", [[], None])
def test_a_minimax_answer_without_its_status_is_unreadable_not_an_empty_thread(base_resp: object, data: object) -> None:
    body = {"object": "list", "data": data, "base_resp": base_resp}
    assert isinstance(judged(MINIMAX, "list_messages", LIST, answer(body)).error, ProtocolError)
    del body["base_resp"]
    assert isinstance(judged(MINIMAX, "list_messages", LIST, answer(body)).error, ProtocolError)


def test_a_minimax_code_with_a_decimal_point_is_the_same_code() -> None:
    assert type(refused(MINIMAX, "list_messages", LIST, minimax_envelope(1004.0))) is AuthenticationError


@pytest.mark.parametrize("name", ["trace_id", "minimax_request_id", "x_request_id"])
def test_minimaxs_request_id_comes_from_a_header(name: str) -> None:
    error = refused(MINIMAX, "list_messages", LIST, minimax_envelope(1008), 200, **{name: "id-7"})
    assert isinstance(error, QuotaExhaustedError)
    assert error.request_id == "id-7"
    assert "request id id-7" in str(error)


@pytest.mark.parametrize(
    "code", [code for code, (kind, _) in MINIMAX_TABLE.items() if kind is ProviderUnavailableError]
)
def test_a_minimax_failure_leaves_a_write_in_doubt(code: int) -> None:
    error = refused(MINIMAX, "append", AppendMessage("t", Draft("好")), minimax_envelope(code))
    assert isinstance(error, OutcomeUnknownError)
    assert error.code == str(code)


# AppBuilder


@pytest.mark.parametrize(
    "error",
    [
        {"code": "invalid_request", "message": "m", "type": "t", "param": "p"},
        {"code": "invalid_request", "message": "m", "type": "t", "params": ["p"]},
        {"type": "invalid_request", "message": "m"},
        "invalid_request",
    ],
)
def test_an_appbuilder_error_at_http_200_is_a_refusal(error: object) -> None:
    extras: list[dict[str, Any]] = [{}, payload("appbuilder/list")]
    for extra in extras:
        got = refused(APPBUILDER, "list_messages", LIST, {**extra, "error": error})
        assert type(got) is ProviderError
        assert got.code == "invalid_request"


@pytest.mark.parametrize("error", [{}, {"message": "m"}, "", [], False])
def test_a_malformed_appbuilder_error_is_still_no_success(error: object) -> None:
    body = {**payload("appbuilder/list"), "error": error}
    assert type(refused(APPBUILDER, "list_messages", LIST, body)) is ProviderError


def test_a_null_appbuilder_error_is_none() -> None:
    body = {**payload("appbuilder/list"), "error": None}
    assert judged(APPBUILDER, "list_messages", LIST, answer(body)).error is None


def test_the_gateways_style_of_error_is_a_refusal() -> None:
    body = {"code": "InvalidHTTPAuthHeader", "message": "m", "requestId": "gw-1"}
    error = refused(APPBUILDER, "list_messages", LIST, body)
    assert type(error) is AuthenticationError
    assert (error.code, error.request_id) == ("InvalidHTTPAuthHeader", "gw-1")


@pytest.mark.parametrize(
    "body",
    [
        {"error_code": 336001, "error_msg": "m"},
        {"error_code": 336001, "error_msg": "m", "object": "list", "data": []},
        {"code": 336001, "message": "m"},
        {"code": 336001, "message": "m", "object": "list", "data": []},
        {"code": 336001},
    ],
)
def test_a_code_in_the_body_is_a_refusal_even_beside_a_list(body: dict[str, Any]) -> None:
    error = refused(APPBUILDER, "list_messages", LIST, body)
    assert type(error) is ProviderError
    assert error.code == "336001"


@pytest.mark.parametrize(
    "zero", [{"code": 0, "message": "ok"}, {"code": 0.0}, {"code": "0"}, {"error_code": 0, "error_msg": ""}]
)
def test_an_appbuilder_code_of_zero_refuses_nothing_and_is_no_success_by_itself(zero: dict[str, Any]) -> None:
    append = AppendMessage("t", Draft("好"))
    assert judged(APPBUILDER, "append", append, answer({**payload("appbuilder/created"), **zero})).error is None
    assert type(judged(APPBUILDER, "append", append, answer(zero)).error) is OutcomeUnknownError
    assert type(judged(APPBUILDER, "list_messages", LIST, answer(zero)).error) is ProtocolError
    assert type(refused(APPBUILDER, "list_messages", LIST, zero, 403)) is PermissionDeniedError


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("401", AuthenticationError),
        (403, PermissionDeniedError),
        ("404", ThreadNotFoundError),
        ("429", RateLimitedError),
        ("500", ProviderUnavailableError),
        ("200", ProviderError),
        ("40", ProviderError),
        ("4290", ProviderError),
    ],
)
def test_an_appbuilder_code_that_is_an_http_status_means_that_status(code: object, kind: type[ProviderError]) -> None:
    assert type(refused(APPBUILDER, "list_messages", LIST, {"error": {"code": code, "message": "m"}})) is kind


def test_an_appbuilder_status_and_its_body_are_read_together() -> None:
    body = {"error": {"code": "thread_not_exist", "message": "m", "type": "t"}}
    error = refused(APPBUILDER, "list_messages", LIST, body, 404, x_appbuilder_request_id="req-9")
    assert type(error) is ThreadNotFoundError
    assert (error.code, error.request_id, error.status) == ("thread_not_exist", "req-9", 404)


@pytest.mark.parametrize("name", ["x_appbuilder_request_id", "x_bce_request_id"])
def test_appbuilders_request_id_comes_from_a_header_first(name: str) -> None:
    error = refused(APPBUILDER, "list_messages", LIST, {"requestId": "in-body"}, 500, **{name: "in-header"})
    assert isinstance(error, ProviderUnavailableError)
    assert error.request_id == "in-header"
