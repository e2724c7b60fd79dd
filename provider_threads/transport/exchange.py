"""What goes out with a request, and what comes in with its answer."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, Final

import httpx

from provider_threads.endpoint import Answer
from provider_threads.flows.steps import Send
from provider_threads.inflate import ACCEPTED, BoundedBody
from provider_threads.version import __version__

__all__ = ["answer", "body_of", "read_already", "request_for", "traced", "traced_async"]

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


def request_for(
    client: httpx.Client | httpx.AsyncClient, base_url: str, step: Send, extensions: dict[str, Any], *, given: bool
) -> httpx.Request:
    """A request for `client`'s `send`, with the client's own headers and parameters where it is a `given` one."""
    remaining = max(step.deadline - time.monotonic(), 0.001)
    request, limits = step.request, step.timeouts
    timeout = {
        "connect": min(limits.connect, remaining),
        "read": min(limits.read, remaining),
        "write": min(limits.write, remaining),
        "pool": min(limits.pool, remaining),
    }
    target = request.target
    url = httpx.URL(base_url + target) if "?" in target else _url(base_url + target)
    headers = _Headers({**request.headers, **_HEADERS})
    extensions["timeout"] = timeout
    if given:  # it says itself whether its connections are kept
        return client.build_request(request.method, url, content=request.body, headers=headers, extensions=extensions)
    headers["Connection"] = "keep-alive"
    # A pool of ours has nothing to add but cookies; having it look takes a tenth of the time of the whole request.
    return httpx.Request(
        request.method,
        url,
        content=request.body,
        headers=headers,
        cookies=client.cookies or None,
        extensions=extensions,
    )


_HEADERS: Final = {
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED,
    "User-Agent": f"provider-threads/{__version__}",
}

_url = lru_cache(maxsize=64)(httpx.URL)
"""Of a path without a query, which names an operation and nothing else."""


def read_already(response: httpx.Response) -> list[bytes]:
    """The content, inflated, where it was read before the answer came here, as httpx's `MockTransport` does."""
    return [response.content] if response.is_stream_consumed else []


def body_of(response: httpx.Response) -> BoundedBody:
    """What the content of an answer is fed to, as it was encoded."""
    return BoundedBody("" if response.is_stream_consumed else response.headers.get("content-encoding", ""))


def answer(response: httpx.Response, body: BoundedBody) -> Answer:
    """The answer, read whole."""
    return Answer(response.status_code, dict(response.headers.items()), body.content())
