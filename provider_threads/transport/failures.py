"""What an error of the network library means: whether anything was sent, and whether to try again."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import httpx

from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Failure, Send
from provider_threads.inflate import TooLarge, UnknownEncoding

__all__ = ["failure_of", "late", "outcome_of", "refusal_at_hand", "with_head"]

_SURELY_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_HOPELESS: Final = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)
_BODY_LOST: Final = (TooLarge, UnknownEncoding, httpx.NetworkError, httpx.RemoteProtocolError, ssl.SSLError)


def failure_of(error: BaseException, step: Send, *, given: bool) -> Failure | None:
    """What an error of the network library means, of a `given` client or our own; None where it is not its own."""
    while grouped := getattr(error, "exceptions", None):  # anyio's group around what went wrong while connecting
        error = grouped[0]
    cause_type = type(error).__name__
    if isinstance(error, TooLarge):
        return Failure(sent=True, cause_type=cause_type, retryable=False, flaw="too large")
    if isinstance(error, UnknownEncoding):
        return Failure(sent=True, cause_type=cause_type, retryable=False, flaw="encoding")
    if isinstance(error, httpx.InvalidURL | UnicodeError | OverflowError):  # a host or port that there cannot be
        # Of a given client it may be a redirect's: httpx makes the next request even where nobody follows.
        return Failure(sent=given, cause_type=cause_type, retryable=False)
    if isinstance(error, ssl.SSLError):  # anyio's, which httpcore lets through once the handshake is over
        return Failure(sent=True, cause_type=cause_type, retryable=False)
    if not isinstance(error, httpx.HTTPError):
        return None
    return Failure(
        sent=not isinstance(error, _SURELY_NOT_SENT) or _is_of_http2(error),
        cause_type=cause_type,
        retryable=not isinstance(error, _HOPELESS) and not _is_tls(error) and not _is_refused_by_proxy(error),
        deadline_exceeded=time.monotonic() >= step.deadline,
        timed_out=isinstance(error, httpx.TimeoutException),
    )


def _is_tls(error: BaseException) -> bool:
    """Whether a refused certificate or handshake is behind the error: it does not mend by trying again.

    A connection that just ends in its handshake, as those of a server do that is busy or about to stop, is neither.
    """
    return any(isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError) for cause in _causes(error))


def _is_of_http2(error: BaseException) -> bool:
    """Whether it is HTTP/2's, of a given client: there it is also what a server's answer breaks the protocol with.

    HTTP/1.1's (h11) is about what could not be sent.
    """
    return isinstance(error, httpx.LocalProtocolError) and not any(
        type(cause).__module__.startswith("h11.") for cause in _causes(error)
    )


def _is_refused_by_proxy(error: BaseException) -> bool:
    """Whether a proxy wants another credential, or none of this; httpx gives its status in words alone."""
    return isinstance(error, httpx.ProxyError) and str(error)[:3] in ("401", "403", "407")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is behind it, ten deep at most."""
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__


def refusal_at_hand(error: BaseException, response: httpx.Response | None) -> Answer | None:
    """The answer as far as it came, where its status alone is a no; None where an error leaves nothing to go by.

    What the platform, or whoever stands before it, would have said further takes nothing from that.
    """
    if isinstance(error, httpx.HTTPStatusError):  # raised by a hook of a given client
        return _head(error.response) if error.response.status_code >= 400 else None
    if response is None or response.status_code < 400 or not isinstance(error, _BODY_LOST):
        return None
    return _head(response)


def outcome_of(
    error: BaseException, step: Send, response: httpx.Response | None, *, given: bool
) -> Answer | Failure | None:
    """What is made of an error, `response` being the answer as far as it came; see `failure_of`."""
    refusal = refusal_at_hand(error, response)
    if refusal is not None:
        return refusal
    failure = failure_of(error, step, given=given)
    return None if failure is None else with_head(failure, response)


def with_head(failure: Failure, response: httpx.Response | None) -> Failure:
    """The failure with what came of an answer: support may ask for its request id."""
    return failure if response is None else replace(failure, head=_head(response))


def _head(response: httpx.Response) -> Answer:
    return Answer(response.status_code, dict(response.headers.items()), b"")


def late(*, sent: bool) -> Failure:
    """The time for the call was over."""
    return Failure(sent=sent, cause_type="DeadlineExceeded", retryable=False, deadline_exceeded=True)
