"""A pool of connections as httpx makes it, with what the environment says of proxies and certificates."""

from __future__ import annotations

import ipaddress
import logging
import os
import ssl
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx

from provider_threads.errors import ConfigurationError

__all__ = ["authorities", "new_pool"]

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
            "ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR."
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


def _replace_backends(client: httpx.Client | httpx.AsyncClient) -> None:
    """Have every pool of this client, the proxies' too, see the network as `DeadlineBackend` or `TidyBackend` does.

    httpcore takes a network backend as an argument, httpx does not hand one on, and to make its pools here would be to
    read the proxy variables here. So it is changed in place, by names that are not httpx's promise: where they are
    other ones, httpcore's own backend stays, a warning in the log says so, and the tests that name these two fail.
    """
    from provider_threads.transport.deadline_backend import DeadlineBackend  # noqa: PLC0415 - as late as httpx does
    from provider_threads.transport.tidy_backend import TidyBackend  # noqa: PLC0415 - the same

    replaced = DeadlineBackend if isinstance(client, httpx.Client) else TidyBackend
    pools = 0
    for transport in (getattr(client, "_transport", None), *getattr(client, "_mounts", {}).values()):
        pool = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if pool is not None and backend is not None:
            pool._network_backend = replaced(backend)  # noqa: SLF001 - said above
            pools += 1
    if not pools:
        _tell_of_unknown_httpx()


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
