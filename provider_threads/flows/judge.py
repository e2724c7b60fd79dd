"""What one answer, or the lack of one, means for one operation."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from pydantic_core import from_json

from provider_threads.endpoint import Answer, ArgumentsT, Endpoint, JsonObject, ResultT
from provider_threads.errors import (
    NotSentError,
    OutcomeUnknownError,
    ProtocolError,
    ProviderUnavailableError,
    ResponseTooLargeError,
    ThreadsError,
)
from provider_threads.flows.steps import Failure
from provider_threads.http_dates import seconds_of
from provider_threads.providers.base import Provider, Refusal, refusal_by_status
from provider_threads.providers.wire import Unreadable, object_of

__all__ = ["Judged", "judge"]

_UTF8_MARK = b"\xef\xbb\xbf"
_MARK = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")

_FLAWS: dict[str, tuple[type[ProtocolError], str]] = {
    "too large": (
        ResponseTooLargeError,
        "the answer is larger than 8 MiB. Ask for fewer messages with limit=",
    ),
    "encoding": (ProtocolError, "the answer's compression is broken or was not asked for"),
}

_CHECK_NETWORK = "Check base_url, proxy and network."

_UNSENT: dict[str, tuple[str, str]] = {
    "own limits": (
        "its turn under this client's own limits does not come within the time for the whole call",
        "Make fewer requests at a time, give timeout= more seconds, or raise limits= to what the account may do.",
    ),
    "shared limits": (
        "the Redis that shares this client's limits did not answer",
        "Check the server that limits=Limits(redis=...) names.",
    ),
}


@dataclass(frozen=True, slots=True)
class Judged(Generic[ResultT]):
    """The outcome of one try: a value or an error.

    Attributes:
        value: the parsed result; None where there is an error.
        error: what to raise, not raised yet.
        retryable: whether the same request may succeed in a moment. retry_after: seconds asked for, or None.
        timed_out: whether the network took longer than a time limit.
        wrong_time_at: where the request was refused for the time in its signature, the answer's ``Date`` or "";
            else None.
        foreign_thread: whether the answer named another thread than was asked for, which this platform may do.
        status, request_id: of the answer, None where there was none.
    """

    value: ResultT | None = None
    error: ThreadsError | None = None
    retryable: bool = False
    retry_after: float | None = None
    timed_out: bool = False
    wrong_time_at: str | None = None
    foreign_thread: bool = False
    status: int | None = None
    request_id: str | None = None


def judge(
    provider: Provider,
    endpoint: Endpoint[ArgumentsT, ResultT],
    arguments: ArgumentsT,
    outcome: Answer | Failure,
    *,
    strict_thread_ids: bool,
) -> Judged[ResultT]:
    """Read the envelope before anything else, then the payload; whatever is wrong becomes one error of the tree."""
    if isinstance(outcome, Failure):
        head = outcome.head
        request_id = _mark(provider.request_id(head.headers, None)) if head else None
        status = head.status if head else None
        return Judged(
            error=_failed(provider, endpoint, outcome, status, request_id),
            retryable=outcome.retryable,
            timed_out=outcome.timed_out,
            status=status,
            request_id=request_id,
        )
    payload = _decoded(outcome.body)
    request_id = _mark(provider.request_id(outcome.headers, payload))
    return _answered(provider, endpoint, arguments, outcome, payload, request_id, strict=strict_thread_ids)


def _answered(
    provider: Provider,
    endpoint: Endpoint[ArgumentsT, ResultT],
    arguments: ArgumentsT,
    answer: Answer,
    payload: JsonObject | None,
    request_id: str | None,
    *,
    strict: bool,
) -> Judged[ResultT]:
    refusal = refusal_by_status(answer.status) if payload is None else provider.refusal(answer.status, payload)
    if refusal:
        wait = retry_after(answer.headers)
        error = _refused(provider, endpoint, refusal, answer.status, request_id, wait)
        date = answer.headers.get("date", "") if refusal.for_its_time else None
        return Judged(
            error=error,
            retryable=refusal.retryable,
            retry_after=wait,
            wrong_time_at=date,
            status=answer.status,
            request_id=request_id,
        )
    flaw = "the answer is not a JSON object"
    if answer.status >= 300:
        flaw = "the platform redirected the request, which is not followed. Check base_url"
    elif payload is not None:
        try:
            value, foreign = _parsed(provider, endpoint, arguments, payload, strict=strict)
            return Judged(value, foreign_thread=foreign, status=answer.status, request_id=request_id)
        except Unreadable as problem:
            flaw = f"the answer is not as documented: {problem.what}"
    error = _unreadable(provider, endpoint, flaw, answer.status, request_id)
    return Judged(error=error, status=answer.status, request_id=request_id)


def _parsed(
    provider: Provider,
    endpoint: Endpoint[ArgumentsT, ResultT],
    arguments: ArgumentsT,
    payload: JsonObject,
    *,
    strict: bool,
) -> tuple[ResultT, bool]:
    """The result, and whether the answer named another thread than was asked for."""
    payload = provider.unwrap(payload)
    asked = getattr(arguments, "thread_id", None)
    echoed = provider.echoed_thread_ids(payload)
    if len(echoed) > 1:
        raise Unreadable("it mixes messages of several threads")
    foreign = asked is not None and bool(echoed - {asked})
    if foreign and (strict or provider.foreign_thread_ids == "error"):
        raise Unreadable("it names another thread than was asked for")
    return endpoint.parse(payload, arguments), foreign


def _mark(value: str | None) -> str | None:
    """A code or request id as the platforms write them; anything else could be text, and is not repeated."""
    return value if value and _MARK.fullmatch(value) else None


def _decoded(body: bytes) -> JsonObject | None:
    """The body as a JSON object, or None. Decoded by content: the platforms' content types cannot be relied on."""
    try:
        return object_of(from_json(body.removeprefix(_UTF8_MARK), allow_inf_nan=False, cache_strings="keys"), "answer")
    except (ValueError, Unreadable):
        return None


def _failed(
    provider: Provider,
    endpoint: Endpoint[ArgumentsT, ResultT],
    failure: Failure,
    status: int | None,
    request_id: str | None,
) -> ThreadsError:
    where = f"{provider.title} {endpoint.operation}"
    if not failure.sent:
        reason, advice = _UNSENT.get(failure.flaw or "", ("no connection came about", _CHECK_NETWORK))
        if failure.deadline_exceeded and not failure.flaw:
            reason = "there was no time left to connect"
        return NotSentError(
            f"{where}: {reason} ({failure.cause_type}); nothing was sent. {advice}",
            provider=provider.name,
            operation=endpoint.operation,
            cause_type=failure.cause_type,
        )
    if failure.flaw and endpoint.idempotent:
        kind, what = _FLAWS[failure.flaw]
        return kind(
            f"{where}: {what}{f' (request id {request_id})' if request_id else ''}.",
            provider=provider.name,
            operation=endpoint.operation,
            status=status,
            request_id=request_id,
        )
    reason = "the time for the whole call ran out" if failure.deadline_exceeded else "no usable answer came"
    marked = f"{failure.cause_type}, request id {request_id}" if request_id else failure.cause_type
    return OutcomeUnknownError(
        f"{where}: {reason} ({marked}). {_after(endpoint)}",
        provider=provider.name,
        operation=endpoint.operation,
        deadline_exceeded=failure.deadline_exceeded,
        cause_type=failure.cause_type,
        status=status,
        request_id=request_id,
    )


def _refused(
    provider: Provider,
    endpoint: Endpoint[ArgumentsT, ResultT],
    refusal: Refusal,
    status: int,
    request_id: str | None,
    wait: float | None,
) -> ThreadsError:
    where = f"{provider.title} {endpoint.operation}"
    code = _mark(refusal.code)
    marks = [f"code {code}" if code else f"HTTP {status}"]
    if request_id:
        marks.append(f"request id {request_id}")
    marked = ", ".join(marks)
    if refusal.error is ProviderUnavailableError and not endpoint.idempotent:
        # A platform or gateway that fails may do so after it has stored the message.
        return OutcomeUnknownError(
            f"{where}: the platform failed ({marked}). {_after(endpoint)}",
            provider=provider.name,
            operation=endpoint.operation,
            code=code,
            status=status,
            request_id=request_id,
        )
    return refusal.error(
        f"{where}: {refusal.meaning} ({marked}).",
        provider=provider.name,
        operation=endpoint.operation,
        code=code,
        status=status,
        request_id=request_id,
        retry_after=wait,
    )


def _unreadable(
    provider: Provider,
    endpoint: Endpoint[ArgumentsT, ResultT],
    flaw: str,
    status: int,
    request_id: str | None,
) -> ThreadsError:
    marked = f"HTTP {status}, request id {request_id}" if request_id else f"HTTP {status}"
    sentence = f"{provider.title} {endpoint.operation}: {flaw} ({marked})."
    if endpoint.idempotent:
        return ProtocolError(
            sentence,
            provider=provider.name,
            operation=endpoint.operation,
            status=status,
            request_id=request_id,
        )
    return OutcomeUnknownError(
        f"{sentence} {_after(endpoint)}",
        provider=provider.name,
        operation=endpoint.operation,
        status=status,
        request_id=request_id,
    )


def _after(endpoint: Endpoint[ArgumentsT, ResultT]) -> str:
    if endpoint.idempotent:
        return "It is a read: trying again is safe."
    return "It may have been applied: read the thread before trying again."


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a ``Retry-After`` header, in seconds or as a date; None where there is none or it makes no sense.

    A date is the platform's: it counts from the answer's own ``Date``, and without one from this machine's clock.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        until = seconds_of(value)
        if until is None:
            return None
        sent_at = seconds_of(headers.get("date", ""))
        seconds = until - (time.time() if sent_at is None else sent_at)
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
