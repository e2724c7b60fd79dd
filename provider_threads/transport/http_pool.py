"""A pool of connections as httpx makes it, with what the environment says of proxies and certificates."""

from __future__ import annotations

import ipaddress
import logging
import os
import ssl
import threading
from functools import lru_cache
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx

from provider_threads.errors import ConfigurationError

__all__ = ["authorities", "close_idle", "new_pool"]

logger: logging.Logger = logging.getLogger(__name__)

_KEEPALIVE_S: Final = 5.0
"""Idle connections go sooner than servers usually drop theirs: a write on a dying connection would be in doubt."""


@lru_cache(maxsize=4)
def authorities(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    """The certificate authorities that the two variables name, or httpx's; read once, since that takes 20 ms."""
    return httpx.create_ssl_context()


ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


def new_pool(kind: type[ClientT], base_url: str) -> ClientT:
    """A client of httpx for one origin.

    It reads the proxy variables now, except for this machine itself: no proxy is to see what is meant for loopback.
    Its own error would repeat a password in one of them.
    """
    try:
        client = kind(
            verify=authorities(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
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
            "ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
        )
    else:
        _replace_backends(client)
        client._cookies = _Cookies(client.cookies)  # noqa: SLF001 - its setter would make a plain one
        return client
    raise ConfigurationError(told)


class _Cookies(httpx.Cookies):
    """Cookies that look only at answers that set any; httpx's have the standard library look through every head."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


def close_idle(client: httpx.Client) -> None:
    """Close the connections of a pool made here that nobody uses, after an interrupt such as Ctrl-C's.

    Where it came upon httpcore taking the lock of a connection, or giving it back, nobody else ever gets that lock; the
    next request on this connection would wait without end. Whoever is just about to use one gets another.
    """
    for pool in _pools_of(client):
        with pool._optional_thread_lock:  # noqa: SLF001 - as in _replace_backends
            connections = getattr(pool, "_connections", [])
            idle = [connection for connection in connections if connection.is_idle()]
            pool._connections = [connection for connection in connections if connection not in idle]  # noqa: SLF001
        for connection in idle:
            connection.close()


def _replace_backends(client: httpx.Client | httpx.AsyncClient) -> None:
    """Have every pool of this client, the proxies' too, see the network as `DeadlineBackend` or `TidyBackend` does.

    httpcore takes a network backend as an argument, httpx does not hand one on, and to make its pools here would be to
    read the proxy variables here. So it is changed in place, by names that are not httpx's promise: where they are
    other ones, httpcore's own backend stays, a warning in the log says so, and the tests that name these two fail.

    So is the lock of a synchronous pool. httpcore's own is taken in Python: an interrupt may come between its being
    taken and the block that gives it back, and then the pool, its closing too, is waited for without end.
    """
    from provider_threads.transport.deadline_backend import DeadlineBackend  # noqa: PLC0415 - as late as httpx does
    from provider_threads.transport.tidy_backend import TidyBackend  # noqa: PLC0415 - the same

    sync = isinstance(client, httpx.Client)
    replaced = DeadlineBackend if sync else TidyBackend
    pools = _pools_of(client)
    for pool in pools:
        pool._network_backend = replaced(pool._network_backend)  # noqa: SLF001 - said above
        if sync:
            pool._optional_thread_lock = threading.Lock()  # noqa: SLF001 - the same
    if not pools:
        _tell_of_unknown_httpx()


def _pools_of(client: httpx.Client | httpx.AsyncClient) -> list[Any]:
    """The pools of httpcore behind a client, as far as they are where this version looks for them."""
    transports = (getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values())
    pools = [getattr(transport, "_pool", None) for transport in transports]
    return [pool for pool in pools if getattr(pool, "_network_backend", None) is not None]


@lru_cache(maxsize=1)
def _tell_of_unknown_httpx() -> None:
    """Once in a process."""
    logger.warning(
        "httpx %s keeps its connections where this version of provider-threads does not look: a synchronous call may "
        "last longer than its time, and a cancelled one may leave a connection open. Use an httpx known to it, or a "
        "newer provider-threads.",
        httpx.__version__,
    )


def _goes_nowhere(response: httpx.Response) -> None:
    """Forget where a redirect leads: httpx makes that request even where nobody follows, and may fail over it."""
    if response.status_code >= 300:
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
