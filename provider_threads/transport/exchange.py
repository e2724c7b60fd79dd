"""What goes out with a request, and what comes in with its answer."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx

from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Send
from provider_threads.inflate import ACCEPTED, BoundedBody
from provider_threads.version import __version__

__all__ = ["answer", "body_of", "read_already", "stream_arguments", "traced", "traced_async"]

_GOES_OUT: Final = ".send_request_headers.started"


class _Headers(dict[str, str]):
    """Headers that do not show themselves among a traceback's local variables."""

    def __repr__(self) -> str:
        return f"<{len(self)} headers>"


def traced(step: Send) -> dict[str, Any]:
    """The extension of a request by which httpx tells when it goes out."""
    departs = step.departs
    if departs is None:
        return {}

    def trace(event: str, _: object) -> None:
        if event.endswith(_GOES_OUT):
            departs()

    return {"trace": trace}


def traced_async(step: Send) -> dict[str, Any]:
    """See `traced`."""
    sync = traced(step).get("trace")
    if sync is None:
        return {}

    async def trace(event: str, info: object) -> None:
        sync(event, info)

    return {"trace": trace}


def stream_arguments(base_url: str, step: Send, extensions: dict[str, Any]) -> dict[str, Any]:
    """A request as the arguments of httpx's `stream`."""
    remaining = max(step.deadline - time.monotonic(), 0.001)
    request, limits = step.request, step.timeouts
    return {
        "method": request.method,
        "url": base_url + request.target,
        "content": request.body,
        "headers": _Headers(
            {
                **request.headers,
                "Accept": "application/json",
                "Accept-Encoding": ACCEPTED,
                "User-Agent": f"provider-threads/{__version__}",
            }
        ),
        "timeout": httpx.Timeout(
            connect=min(limits.connect, remaining),
            read=min(limits.read, remaining),
            write=min(limits.write, remaining),
            pool=min(limits.pool, remaining),
        ),
        "extensions": extensions,
        "follow_redirects": False,
        "auth": None,
    }


def read_already(response: httpx.Response) -> list[bytes]:
    """The content, inflated, where it was read before the answer came here, as httpx's `MockTransport` does."""
    return [response.content] if response.is_stream_consumed else []


def body_of(response: httpx.Response) -> BoundedBody:
    """What the content of an answer is fed to, as it was encoded."""
    return BoundedBody("" if response.is_stream_consumed else response.headers.get("content-encoding", ""))


def answer(response: httpx.Response, body: BoundedBody) -> Answer:
    """The answer, read whole."""
    return Answer(response.status_code, {**response.headers}, body.content())
