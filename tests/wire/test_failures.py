"""What an error of the network library means for a call: whether anything was sent, and whether to try again."""

from __future__ import annotations

import ssl
import time
from dataclasses import replace

import h11
import httpx
import pytest

from provider_threads import Timeouts
from provider_threads.endpoint import Answer, Request
from provider_threads.flows.steps import Failure, Send
from provider_threads.inflate import TooLarge, UnknownEncoding
from provider_threads.transport.failures import failure_of, late, outcome_of, refusal_at_hand

OF_THE_ANSWER = ("TooLarge", "UnknownEncoding", "SSLError")
STEP = Send(Request("POST", "/"), Timeouts(), deadline=float("inf"))


def behind(error: Exception, *causes: BaseException) -> Exception:
    """`error`, raised because of the first of `causes`, which the next one led to, and so on."""
    behind_it: BaseException = error
    for cause in causes:
        behind_it.__cause__ = cause
        behind_it = cause
    return error


def group(*errors: Exception) -> Exception:
    """As anyio raises what went wrong while it connected to several addresses; Python 3.10 has no group of its own."""
    grouped = OSError("all of them failed")
    grouped.exceptions = errors  # type: ignore[attr-defined]  # as a group has it
    return grouped


MEANINGS: dict[str, tuple[Exception, Failure]] = {
    "too large": (TooLarge(), Failure(sent=True, cause_type="TooLarge", retryable=False, flaw="too large")),
    "encoding": (
        UnknownEncoding(),
        Failure(sent=True, cause_type="UnknownEncoding", retryable=False, flaw="encoding"),
    ),
    "nobody there": (httpx.ConnectError(""), Failure(sent=False, cause_type="ConnectError")),
    "no connection in time": (
        httpx.ConnectTimeout(""),
        Failure(sent=False, cause_type="ConnectTimeout", timed_out=True),
    ),
    "no place in the pool in time": (
        httpx.PoolTimeout(""),
        Failure(sent=False, cause_type="PoolTimeout", timed_out=True),
    ),
    "a proxy that refuses": (httpx.ProxyError(""), Failure(sent=False, cause_type="ProxyError")),
    "a proxy that wants another credential": (
        httpx.ProxyError("407 Proxy Authentication Required"),
        Failure(sent=False, cause_type="ProxyError", retryable=False),
    ),
    "a proxy that has no way": (httpx.ProxyError("502 407"), Failure(sent=False, cause_type="ProxyError")),
    "a request that cannot be written": (
        behind(httpx.LocalProtocolError(""), h11.LocalProtocolError("")),
        Failure(sent=False, cause_type="LocalProtocolError", retryable=False),
    ),
    "a server that breaks HTTP/2": (
        behind(httpx.LocalProtocolError(""), OSError()),
        Failure(sent=True, cause_type="LocalProtocolError", retryable=False),
    ),
    "TLS that breaks under way": (ssl.SSLError(), Failure(sent=True, cause_type="SSLError", retryable=False)),
    "a connection that ends in its handshake": (
        behind(httpx.ConnectError(""), ssl.SSLEOFError()),
        Failure(sent=False, cause_type="ConnectError"),
    ),
    "an address that is none": (
        httpx.UnsupportedProtocol(""),
        Failure(sent=False, cause_type="UnsupportedProtocol", retryable=False),
    ),
    "broken off": (httpx.ReadError(""), Failure(sent=True, cause_type="ReadError")),
    "no answer in time": (httpx.ReadTimeout(""), Failure(sent=True, cause_type="ReadTimeout", timed_out=True)),
    "not taken in time": (httpx.WriteTimeout(""), Failure(sent=True, cause_type="WriteTimeout", timed_out=True)),
    "an answer that is none": (
        httpx.RemoteProtocolError(""),
        Failure(sent=True, cause_type="RemoteProtocolError"),
    ),
    "the first of a group": (
        group(httpx.ConnectError(""), httpx.ReadError("")),
        Failure(sent=False, cause_type="ConnectError"),
    ),
    "a group in a group": (
        group(group(TooLarge())),
        Failure(sent=True, cause_type="TooLarge", retryable=False, flaw="too large"),
    ),
    "a certificate refused": (
        behind(httpx.ConnectError(""), OSError(), ssl.SSLCertVerificationError()),
        Failure(sent=False, cause_type="ConnectError", retryable=False),
    ),
    "a handshake that failed deep inside": (
        behind(httpx.ReadError(""), *(OSError() for _ in range(6)), ssl.SSLError()),
        Failure(sent=True, cause_type="ReadError", retryable=False),
    ),
    "causes that go round in a circle": (
        behind(circle := httpx.ConnectError(""), OSError(), circle),
        Failure(sent=False, cause_type="ConnectError"),
    ),
}


@pytest.mark.parametrize("given", [False, True], ids=["our own client", "a given client"])
@pytest.mark.parametrize("named", MEANINGS)
def test_an_error_of_the_network_library_tells_whether_anything_was_sent(named: str, given: bool) -> None:
    error, meaning = MEANINGS[named]
    assert failure_of(error, STEP, given=given) == meaning
    # At the end of the time for the whole call it is that which is told; what was wrong with an answer stays so.
    over = failure_of(error, replace(STEP, deadline=time.monotonic()), given=given)
    assert over == replace(meaning, deadline_exceeded=meaning.cause_type not in OF_THE_ANSWER)


def test_a_certificate_is_refused_also_where_the_error_says_so_by_the_way() -> None:
    error = httpx.ConnectError("")
    error.__context__ = ssl.SSLError()
    assert failure_of(error, STEP, given=False) == Failure(sent=False, cause_type="ConnectError", retryable=False)


@pytest.mark.parametrize(
    "error", [httpx.InvalidURL(""), UnicodeError(), OverflowError()], ids=lambda error: type(error).__name__
)
def test_a_host_that_there_cannot_be_was_not_asked_unless_a_given_client_was_redirected_there(error: Exception) -> None:
    for given in (False, True):
        meaning = Failure(sent=given, cause_type=type(error).__name__, retryable=False)
        assert failure_of(error, STEP, given=given) == meaning


@pytest.mark.parametrize("error", [ValueError(), RuntimeError(), OSError(), KeyboardInterrupt()])
def test_what_is_not_of_the_network_library_means_nothing_here(error: BaseException) -> None:
    assert failure_of(error, STEP, given=False) is None


@pytest.mark.parametrize("sent", [False, True])
def test_a_call_without_time_is_over_whether_it_was_sent_or_not(*, sent: bool) -> None:
    over = Failure(sent=sent, cause_type="DeadlineExceeded", retryable=False, deadline_exceeded=True)
    assert late(sent=sent) == over


LOST = [TooLarge(), UnknownEncoding(), httpx.ReadError(""), httpx.RemoteProtocolError(""), ssl.SSLError()]


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_refusal_counts_though_its_body_is_lost_and_another_answer_does_not(error: Exception) -> None:
    for status in (400, 404, 429, 503):
        refusal = refusal_at_hand(error, httpx.Response(status, headers={"Retry-After": "7"}))
        assert refusal is not None
        assert (refusal.status, refusal.headers["retry-after"], refusal.body) == (status, "7", b"")
    assert refusal_at_hand(error, httpx.Response(200)) is None
    assert refusal_at_hand(error, httpx.Response(399)) is None
    assert refusal_at_hand(error, None) is None


@pytest.mark.parametrize("error", [httpx.ReadTimeout(""), ValueError()], ids=lambda error: type(error).__name__)
def test_a_refusal_that_is_still_under_way_is_none_yet(error: Exception) -> None:
    assert refusal_at_hand(error, httpx.Response(503)) is None


@pytest.mark.parametrize("status", [200, 302, 400, 503])
def test_what_a_hook_raises_for_a_status_is_the_answer_where_that_is_a_refusal(status: int) -> None:
    response = httpx.Response(status, headers={"Retry-After": "7"})
    error = httpx.HTTPStatusError("", request=httpx.Request("GET", "http://127.0.0.1"), response=response)
    outcome = outcome_of(error, STEP, None, given=True)
    if status < 400:
        assert isinstance(outcome, Failure)
        assert outcome.sent
    else:
        assert isinstance(outcome, Answer)
        assert (outcome.status, outcome.headers["retry-after"], outcome.body) == (status, "7", b"")


def test_a_failure_after_the_head_of_an_answer_keeps_the_head() -> None:
    error, response = httpx.ReadError(""), httpx.Response(200, headers={"X-Request-Id": "req-7"})
    assert outcome_of(error, STEP, None, given=False) == failure_of(error, STEP, given=False)
    outcome = outcome_of(error, STEP, response, given=False)
    assert isinstance(outcome, Failure)
    assert outcome.head is not None
    assert (outcome.head.status, outcome.head.headers["x-request-id"], outcome.head.body) == (200, "req-7", b"")
    assert outcome_of(ValueError(), STEP, response, given=False) is None
