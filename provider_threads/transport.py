"""The wire: one request out, one answer in, over httpx. The only module that imports it.

`SyncTransport` and `AsyncTransport` know nothing of platforms, retries or JSON. Each makes its connection pool when
first used and anew after a fork; the asynchronous one keeps a pool for every event loop.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
import threading
import time
import weakref
from functools import lru_cache, partial
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

from provider_threads.endpoint import Answer
from provider_threads.errors import ConfigurationError
from provider_threads.flows.steps import Failure, Send
from provider_threads.inflate import ACCEPTED, BoundedBody, TooLarge, UnknownEncoding
from provider_threads.loop_pools import LoopPools
from provider_threads.version import __version__

__all__ = ["AsyncTransport", "SyncTransport"]

_KEEPALIVE_S: Final = 5.0
"""Idle connections go sooner than servers usually drop theirs: a write on a dying connection would be in doubt."""

_GOES_OUT: Final = ".send_request_headers.started"

_SURELY_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.LocalProtocolError,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_HOPELESS: Final = (httpx.LocalProtocolError, httpx.UnsupportedProtocol)


class SyncTransport:
    """Sends requests to one origin, from any thread.

    Args:
        base_url: the origin. http_client: the user's own, never closed here; None makes one.
    """

    def __init__(self, base_url: str, http_client: httpx.Client | None = None) -> None:
        self._base_url = base_url
        self._given = http_client
        self._pid = os.getpid()
        self._closed = False
        self._start_afresh()
        _transports.add(self)

    def leave_pools_to_parent(self) -> None:
        """Drop, after a fork, what belongs to the parent, without closing it."""
        if self._end is not None:
            _inherited.append(self._end.detach())
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pool: httpx.Client | None = None
        # Closes the pool when the transport is dropped without `close`, and at exit.
        self._end: weakref.finalize[[], SyncTransport] | None = None
        self._lock = threading.Lock()

    def send(self, step: Send) -> Answer | Failure:
        """Send one request; the answer, or why there is none."""
        if step.deadline <= time.monotonic():
            return _late(sent=False)
        client = self._client()
        try:
            with client.stream(**_stream_arguments(self._base_url, step, _traced(step))) as response:
                body = _body_of(response)
                for chunk in _read_already(response) or response.iter_raw():
                    body.feed(chunk)
                    if time.monotonic() > step.deadline:
                        return _late(sent=True)
                return _answer(response, body)
        except Exception as error:
            failure = _failure(error, step, given=self._given is not None)
            if failure is not None:
                return failure
            if not (isinstance(error, RuntimeError) and client.is_closed):
                raise
        raise ConfigurationError(_CLOSED)

    def close(self) -> None:
        """Close the pool that was made here; again is harmless."""
        with self._lock:
            self._closed = True
            self._pool, end, self._end = None, self._end, None
        if end is not None:
            end()

    def _client(self) -> httpx.Client:
        if self._given is not None:
            _check_open(self._closed)
            _check_given(self._given, self._pid)
            return self._given
        with self._lock:
            _check_open(self._closed)
            if self._pool is None:
                self._pool = pool = _new_pool(httpx.Client, self._base_url)
                self._end = weakref.finalize(self, pool.close)
            return self._pool


class AsyncTransport:
    """Sends requests to one origin, from any event loop; asyncio only.

    Args:
        base_url: the origin.
        http_client: the user's own, bound to the loop that first uses it and never closed here; None makes one a loop.
    """

    def __init__(self, base_url: str, http_client: httpx.AsyncClient | None = None) -> None:
        self._base_url = base_url
        self._given = http_client
        self._given_loop: weakref.ref[asyncio.AbstractEventLoop] | None = None
        self._pid = os.getpid()
        self._closed = False
        self._start_afresh()
        _transports.add(self)

    def leave_pools_to_parent(self) -> None:
        """Drop, after a fork, what belongs to the parent, without closing it."""
        _inherited.append(self._end.detach())
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._pools = LoopPools(partial(_new_pool, httpx.AsyncClient, self._base_url))
        # Closes what is open when the transport is dropped without `aclose`; at exit no loop is left to do it.
        self._end = weakref.finalize(self, self._pools.close_soon)
        self._end.atexit = False

    async def send(self, step: Send) -> Answer | Failure:
        """Send one request; the answer, or why there is none."""
        remaining = step.deadline - time.monotonic()
        if remaining <= 0:
            return _late(sent=False)
        client = await self._client()
        try:
            with anyio.move_on_after(remaining):
                async with client.stream(**_stream_arguments(self._base_url, step, _traced_async(step))) as response:
                    body = _body_of(response)
                    for chunk in _read_already(response):
                        body.feed(chunk)
                    if not response.is_stream_consumed:
                        async for chunk in response.aiter_raw():
                            body.feed(chunk)
                    return _answer(response, body)
            return _late(sent=True)
        except Exception as error:
            failure = _failure(error, step, given=self._given is not None)
            if failure is not None:
                return failure
            if not (isinstance(error, RuntimeError) and client.is_closed):
                raise
        raise ConfigurationError(_CLOSED)

    async def aclose(self) -> None:
        """Close this loop's pool; pools of other loops close when those loops are shut down. Again is harmless."""
        self._closed = True
        await self._pools.close_here()

    async def _client(self) -> httpx.AsyncClient:
        _check_open(self._closed)
        if self._given is None:
            return await self._pools.here()
        _check_given(self._given, self._pid)
        self._check_same_loop()
        return self._given

    def _check_same_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._given_loop is None:
            self._given_loop = weakref.ref(loop)
        elif self._given_loop() is not loop:
            raise ConfigurationError(
                "the http_client belongs to another event loop. Make one in the loop that uses it, or leave "
                "http_client= out: a pool is then kept for every loop."
            )


_transports: weakref.WeakSet[SyncTransport | AsyncTransport] = weakref.WeakSet()
_inherited: list[object] = []
"""Pools of a parent process. Their sockets are the parent's: not used, not closed and not collected here."""


def _start_afresh_after_fork() -> None:
    for transport in list(_transports):
        transport.leave_pools_to_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_afresh_after_fork)


class _Headers(dict[str, str]):
    """Headers that do not show themselves among a traceback's local variables."""

    def __repr__(self) -> str:
        return f"<{len(self)} headers>"


def _traced(step: Send) -> dict[str, Any]:
    """The extension of a request by which httpx tells when it goes out."""
    departs = step.departs
    if departs is None:
        return {}

    def trace(event: str, _: object) -> None:
        if event.endswith(_GOES_OUT):
            departs()

    return {"trace": trace}


def _traced_async(step: Send) -> dict[str, Any]:
    """See `_traced`."""
    sync = _traced(step).get("trace")
    if sync is None:
        return {}

    async def trace(event: str, info: object) -> None:
        sync(event, info)

    return {"trace": trace}


def _stream_arguments(base_url: str, step: Send, extensions: dict[str, Any]) -> dict[str, Any]:
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


def _read_already(response: httpx.Response) -> list[bytes]:
    """The content, inflated, where it was read before the answer came here, as httpx's `MockTransport` does."""
    return [response.content] if response.is_stream_consumed else []


def _body_of(response: httpx.Response) -> BoundedBody:
    return BoundedBody("" if response.is_stream_consumed else response.headers.get("content-encoding", ""))


def _answer(response: httpx.Response, body: BoundedBody) -> Answer:
    return Answer(response.status_code, {**response.headers}, body.content())


def _failure(error: BaseException, step: Send, *, given: bool) -> Failure | None:
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


def _late(*, sent: bool) -> Failure:
    return Failure(sent=sent, cause_type="DeadlineExceeded", retryable=False, deadline_exceeded=True)


_CLOSED: Final = "this client is closed. Make a new one."


def _check_open(closed: bool) -> None:
    if closed:
        raise ConfigurationError(_CLOSED)


def _check_given(http_client: httpx.Client | httpx.AsyncClient, pid: int) -> None:
    if http_client.is_closed:
        raise ConfigurationError("the http_client is closed. Pass an open one, or leave http_client= out.")
    if pid != os.getpid():
        raise ConfigurationError(
            "the http_client was made before this process was forked and would mix up its answers with the parent's. "
            "Make it in the process that uses it."
        )


@lru_cache(maxsize=4)
def _authorities(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    """The certificate authorities that the two variables name, or httpx's; read once, since that takes 20 ms."""
    return httpx.create_ssl_context()


ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


def _new_pool(kind: type[ClientT], base_url: str) -> ClientT:
    """A client of httpx for one origin.

    It reads the proxy variables now, except for this machine itself: no proxy is to see what is meant for loopback.
    Its own error would repeat a password in one of them.
    """
    try:
        return kind(
            verify=_authorities(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            limits=httpx.Limits(keepalive_expiry=_KEEPALIVE_S),
            follow_redirects=False,
            trust_env=not _is_loopback(base_url),
            event_hooks={"response": [_goes_nowhere if kind is httpx.Client else _goes_nowhere_async]},
        )
    except ImportError:  # httpx takes SOCKS proxies only with a library of its own extra
        told = (
            "a SOCKS proxy is set and its library is missing: pip install 'httpx[socks]', or change the variables "
            "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY."
        )
    except (ValueError, OSError, httpx.InvalidURL) as error:
        told = (
            f"no connection pool could be made ({type(error).__name__}). Check the variables HTTP_PROXY, HTTPS_PROXY, "
            "ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
        )
    raise ConfigurationError(told)


def _goes_nowhere(response: httpx.Response) -> None:
    """Forget where a redirect leads: httpx makes that request even where nobody follows, and may fail over it."""
    response.headers.pop("location", None)


async def _goes_nowhere_async(response: httpx.Response) -> None:
    """See `_goes_nowhere`."""
    _goes_nowhere(response)


def _is_loopback(base_url: str) -> bool:
    """Whether the origin is this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
