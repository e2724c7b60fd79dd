"""What an error of the network library means: whether anything was sent, and whether to try again."""

from __future__ import annotations

import ssl
import time
from typing import Final

import httpx

from provider_threads.flows.steps import Failure, Send
from provider_threads.inflate import TooLarge, UnknownEncoding

__all__ = ["failure_of", "late"]

_SURELY_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_HOPELESS: Final = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)


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
    if not isinstance(error, httpx.HTTPError):
        return None
    return Failure(
        sent=not isinstance(error, _SURELY_NOT_SENT),
        cause_type=cause_type,
        retryable=not isinstance(error, _HOPELESS) and not _is_tls(error),
        deadline_exceeded=time.monotonic() >= step.deadline,
        timed_out=isinstance(error, httpx.TimeoutException),
    )


def _is_tls(error: BaseException) -> bool:
    """Whether a refused certificate or handshake is behind the error: it does not mend by trying again."""
    cause: BaseException | None = error
    for _ in range(10):
        if cause is None or isinstance(cause, ssl.SSLError):
            break
        cause = cause.__cause__ or cause.__context__
    return isinstance(cause, ssl.SSLError)


def late(*, sent: bool) -> Failure:
    """The time for the call was over."""
    return Failure(sent=sent, cause_type="DeadlineExceeded", retryable=False, deadline_exceeded=True)
