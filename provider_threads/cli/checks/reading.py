"""One harmless read of a platform: does the credential work, and what time is it there. Nothing is ever written."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from provider_threads.cli.account import PLATFORMS
from provider_threads.cli.checks.findings import Finding, Status
from provider_threads.endpoint import Answer, ListMessages, Request
from provider_threads.errors import (
    AuthenticationError,
    InvalidRequestError,
    OutcomeUnknownError,
    ProtocolError,
    ProviderError,
    RateLimitedError,
    ThreadNotFoundError,
    ThreadsError,
)
from provider_threads.flows.judge import Judged, judge
from provider_threads.flows.steps import Failure, Send
from provider_threads.messages import Page, ThreadMessage
from provider_threads.providers.base import Provider
from provider_threads.retry import Timeouts
from provider_threads.transport import SyncTransport

__all__ = ["NO_THREAD", "Told", "of_answer", "of_thread", "read", "sent"]

NO_THREAD: Final = "thread_that_no_platform_has"
"""No platform issues such an id. All three look at the credential first, and only then for the thread."""

_OF_THE_ID = {"hunyuan": ("InvalidParameter", "InvalidParameterValue", "ResourceNotFound"), "minimax": ("2013",)}
"""Codes of a refusal that is about the id. AppBuilder documents none: there its HTTP status tells."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a request was answered.

    Attributes:
        judged: the answer to a read, as every client would judge it. date: its ``Date`` header, or None.
        at: Unix time (seconds) half way between the request and its answer.
    """

    judged: Judged[Page[ThreadMessage]]
    date: str | None
    at: float


def read(provider: Provider, thread_id: str, seconds: float) -> Told:
    """List one message of a thread, with one try within so many seconds.

    Raises:
        ConfigurationError: the proxy variables make no sense.
    """
    endpoint, arguments = provider.endpoints.list_messages, ListMessages(thread_id, limit=1, order="desc")
    request = endpoint.build(arguments)
    outcome, at = sent(provider.base_url, provider.sign(request, time.time()), seconds)
    judged = judge(provider, endpoint, arguments, outcome, strict_thread_ids=False)
    return Told(judged, outcome.headers.get("date") if isinstance(outcome, Answer) else None, at)


def sent(base_url: str, request: Request, seconds: float) -> tuple[Answer | Failure, float]:
    """The answer to one request, over the library's own connections, and Unix time half way to it."""
    transport = SyncTransport(base_url)
    began = time.time()
    try:
        timeouts = Timeouts(connect=seconds, read=seconds, write=seconds, pool=seconds, total=seconds)
        outcome = transport.send(Send(request, timeouts, time.monotonic() + seconds))
    finally:
        transport.close()
    return outcome, (began + time.time()) / 2


def of_answer(provider: Provider, judged: Judged[Page[ThreadMessage]], seconds: float) -> Finding:
    """Whether the credential works, from the answer that a read got, or did not get, within so many seconds."""
    error = judged.error
    if error is None or _is_about_the_id(provider, error):
        return Finding("credential", "ok", "the platform takes it.")
    status: Status = "failed"
    message, remedy = _in_two(error)
    if isinstance(error, RateLimitedError):
        status = "not checked"
        message = f"because the platform turns requests of this account away for now{_marks(error)}."
        remedy = "Wait a minute and run this again; Limits(redis=...) keeps several processes to one rate."
    elif isinstance(error, AuthenticationError):
        names = next(known.needed for platform, known in PLATFORMS.items() if platform == provider.name)
        if not any(name in (remedy or "") for name in names) and judged.wrong_time_at is None:
            remedy = f"Check {' and '.join(names)}, and whether it has expired."
    elif isinstance(error, OutcomeUnknownError):
        message = f"no whole answer within {seconds:g} s ({error.cause_type})."
        remedy = "Run this again in a moment; if it stays so, the platform is down or something between holds it up."
    elif isinstance(error, ThreadNotFoundError):
        message = f"what answers is not {provider.title}: it knows no such path{_marks(error)}."
        remedy = "Check base_url: scheme and host of the platform, without a path."
    elif isinstance(error, ProtocolError):
        message = f"what answers is not {provider.title}, or does not speak as it documents{_marks(error)}."
        remedy = "Check base_url, and whether a proxy or a login page answers in its place."
    elif type(error) is ProviderError:
        status = "warning"
        message = f"the platform refused, with a code that it does not document{_marks(error)}."
        remedy = "Try a thread that exists: --thread ID; the platform's support knows the code."
    return Finding("credential", status, message, remedy)


def of_thread(provider: Provider, judged: Judged[Page[ThreadMessage]]) -> Finding:
    """Whether the thread that was named can be read."""
    error = judged.error
    if error is None:
        if judged.foreign_thread:
            return Finding(
                "thread",
                "warning",
                "the answer names another thread than was asked for.",
                "Compare the id; strict_thread_ids=True on ThreadClient makes an error of this.",
            )
        return Finding("thread", "ok", "it can be read.")
    if _is_about_the_id(provider, error):
        return Finding(
            "thread",
            "failed",
            f"the platform knows no such thread{_marks(error)}.",
            "Check that the id is whole, and that this account on this platform made the thread.",
        )
    return Finding("thread", "not checked", "because the read failed.")


def _is_about_the_id(provider: Provider, error: ThreadsError) -> bool:
    if not isinstance(error, ThreadNotFoundError | InvalidRequestError) or error.code is None:
        return False
    codes = _OF_THE_ID.get(provider.name)
    return codes is None or error.code.partition(".")[0] in codes


def _in_two(error: ThreadsError) -> tuple[str, str | None]:
    """An error's sentences: what happened, with the platform's marks, and what to do about it."""
    marks = _marks(error)
    told = str(error).partition(": ")[2].removesuffix(".").removesuffix(marks)
    what, _, remedy = told.partition(". ")
    return f"{what}{marks}.", f"{remedy}." if remedy else None


def _marks(error: ThreadsError) -> str:
    """The code and the request id that the platform gave, as the platform's support asks for them."""
    status, request_id = getattr(error, "status", None), getattr(error, "request_id", None)
    code = getattr(error, "code", None)
    marks = [f"code {code}"] if code else [f"HTTP {status}"] if status else []
    marks += [f"request id {request_id}"] if request_id else []
    return f" ({', '.join(marks)})" if marks else ""
