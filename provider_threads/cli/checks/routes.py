"""The way to a platform, a step at a time: the proxy, the name, the connection, the certificate."""

from __future__ import annotations

import errno
import http.client
import ipaddress
import re
import socket
import ssl
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from provider_threads.cli.checks.certificates import of_certificate_error, trusted
from provider_threads.cli.checks.findings import Finding, within

__all__ = ["Way", "is_this_machine", "of_way"]

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Way:
    """What was found on the way to an origin, and whether a request may try it."""

    found: tuple[Finding, ...]
    open: bool


def of_way(base_url: str, seconds: float) -> Way:
    """Look up the name, connect, and check the certificate, each within so many seconds; what fails ends it.

    Through a proxy it is the proxy that is looked up and connected to.
    """
    origin = urlsplit(base_url)
    proxy = None
    found = []
    if not is_this_machine(origin.hostname or ""):
        proxy, told = _proxy_for(origin)
        found.append(told)
        if told.status == "failed":
            return _ended(found)
    host, port = _address(proxy or origin)
    whose = "the proxy " if proxy else ""
    for step in (_name(host, port, whose, seconds), _connection(host, port, whose, seconds)):
        found.append(step)
        if step.status == "failed":
            return _ended(found)
    found.append(_handshake(origin, proxy, seconds))
    return Way(tuple(found), open=found[-1].status != "failed")


def _ended(found: list[Finding]) -> Way:
    names = ("DNS", "TCP", "TLS")
    seen = {finding.check for finding in found}
    rest = [Finding(name, "not checked", f"because {found[-1].check} failed.") for name in names if name not in seen]
    return Way((*found, *rest), open=False)


def is_this_machine(host: str) -> bool:
    """Whether it is ``localhost`` or an address of the loopback interface."""
    # No proxy is asked for what is meant for loopback: see `provider_threads.transport`.
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 1080)


def _proxy_for(origin: SplitResult) -> tuple[SplitResult | None, Finding]:
    """The proxy that the environment names for this origin, read as httpx reads it."""
    proxies = urllib.request.getproxies()
    scheme = origin.scheme if proxies.get(origin.scheme) else "all"
    address = proxies.get(scheme)
    if not address:
        return None, Finding("proxy", "ok", "none is set.")
    if urllib.request.proxy_bypass(origin.netloc):
        return None, Finding("proxy", "ok", "not used for this host, as NO_PROXY says.")
    variable = f"{scheme.upper()}_PROXY"
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        known = parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and parts.port != 0
        shown = f"{parts.hostname}:{_address(parts)[1]}"
        known = known and all("!" <= character <= "~" for character in shown)
    except ValueError:
        known = False
    if not known:
        return None, Finding("proxy", "failed", f"{variable} holds no address.", f"Write {variable}=http://host:3128.")
    return parts, Finding("proxy", "ok", f"{shown}, as {variable} says.")


def _name(host: str, port: int, whose: str, seconds: float) -> Finding:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return Finding("DNS", "not checked", f"because {whose or 'base_url '}is an address, not a name.")
    try:
        found = within(seconds, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except TimeoutError:
        return Finding(
            "DNS",
            "failed",
            f"no answer about {whose}{host} within {seconds:g} s.",
            "Check the network and its DNS server.",
        )
    except (OSError, UnicodeError):
        return Finding(
            "DNS",
            "failed",
            f"{whose}{host} is not known here.",
            f"Check {'the proxy variable' if whose else 'base_url'} for a slip, the network and its DNS server.",
        )
    return Finding("DNS", "ok", f"{whose}{host} has {len({address for *_, address in found})} address(es).")


def _connection(host: str, port: int, whose: str, seconds: float) -> Finding:
    target = f"{whose}{host}:{port}"
    try:
        within(seconds, lambda: socket.create_connection((host, port), timeout=seconds).close())
    except TimeoutError:
        message = f"{target} did not answer within {seconds:g} s."
        remedy = "A firewall may drop the connection: check it, or set HTTPS_PROXY where a proxy is the way out."
    except ConnectionRefusedError:
        message = f"nobody listens on {target}."
        remedy = "Start what should listen there, such as provider-threads serve, or check base_url."
        if whose:
            remedy = "Start the proxy, or change the variable that names it."
        elif not is_this_machine(host):
            remedy = "Check base_url, and whether a firewall refuses it."
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, type(error).__name__)
        message = f"no way to {target} ({name})."
        remedy = "Check the network, the VPN and the firewall of this machine."
    else:
        return Finding("TCP", "ok", f"{target} answers.")
    return Finding("TCP", "failed", message, remedy)


def _handshake(origin: SplitResult, proxy: SplitResult | None, seconds: float) -> Finding:
    if origin.scheme != "https":
        return Finding("TLS", "not checked", "because base_url is http.")
    if proxy is not None and proxy.scheme != "http":
        return Finding("TLS", "not checked", f"because the proxy speaks {proxy.scheme}; the read tells.")
    context = trusted()
    if isinstance(context, Finding):
        return context
    host, port = _address(origin)
    try:
        within(seconds, lambda: _shake_hands(context, host, port, proxy, seconds))
    except TimeoutError:
        return Finding(
            "TLS",
            "failed",
            f"no handshake within {seconds:g} s.",
            "Something between may hold it up: try another network, or ask whoever runs the proxy or firewall.",
        )
    except (OSError, http.client.HTTPException) as error:
        return _refused_by_proxy(error) or of_certificate_error(error)
    return Finding("TLS", "ok", f"the certificate is {host}'s, and trusted.")


def _shake_hands(context: ssl.SSLContext, host: str, port: int, proxy: SplitResult | None, seconds: float) -> None:
    through, at = _address(proxy) if proxy else (host, port)
    connection = http.client.HTTPSConnection(through, at, timeout=seconds, context=context)
    answers: list[http.client.HTTPResponse] = []

    class Answer(http.client.HTTPResponse):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            answers.append(self)

    connection.response_class = Answer
    try:
        if proxy is not None:
            named = f"{unquote(proxy.username or '')}:{unquote(proxy.password or '')}"
            account = {"Proxy-Authorization": f"Basic {b64encode(named.encode()).decode()}"} if proxy.username else {}
            connection.set_tunnel(host, port, account)
        connection.connect()
    finally:
        connection.close()
        for answer in answers:
            answer.close()  # of a proxy that refuses: Python 3.10 leaves it open, and the connection with it


def _refused_by_proxy(error: Exception) -> Finding | None:
    """The proxy's answer to CONNECT, which http.client puts into a message with what the proxy wrote of its own."""
    refused = re.match(r"Tunnel connection failed: ([1-5][0-9]{2})\b", str(error))
    if not refused:
        return None
    if refused[1] == "407":
        return Finding(
            "TLS",
            "failed",
            "the proxy wants a user and a password (HTTP 407).",
            "Write them into the variable: HTTPS_PROXY=http://user:password@host:3128.",
        )
    return Finding(
        "TLS",
        "failed",
        f"the proxy does not let this host through (HTTP {refused[1]}).",
        "Ask whoever runs the proxy, or name the host in NO_PROXY where it can be reached without.",
    )
