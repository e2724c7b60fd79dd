"""What the environment says of proxies and certificates is used, or refused without its secrets."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import pytest

from provider_threads import ConfigurationError, NotSentError, RetryPolicy
from provider_threads.transport import http_pool
from tests.clients.ways import Threads
from tests.reliability.row import Property

from .discretion import shown
from .sockets import RawServer, http, thread_json, unused_address

ClientOn = Callable[..., Threads]
PASSWORD = "hunter2-of-the-proxy"


@pytest.mark.parametrize(
    "proxy",
    [
        f"nonsense://user:{PASSWORD}@127.0.0.1:1",
        f"http://user:{PASSWORD}@127.0.0.1:port",
    ],
)
async def test_a_bad_proxy_is_named_without_its_password(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch, proxy: str, record_property: Property
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    threads = client_on("http://threads.example", allow_insecure=True)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="HTTP_PROXY") as refused:
            await threads.get_thread("thread_1")
        record_property("bad_proxies", 1)
        record_property("passwords_shown", int(PASSWORD in shown(refused.value)))
        assert PASSWORD not in shown(refused.value)


@pytest.mark.parametrize("hosts", ["threads.example:https", "fe80::/10", "[::1", "例.com"])
async def test_hosts_without_a_proxy_that_httpx_cannot_read_are_named(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    monkeypatch.setenv("NO_PROXY", hosts)
    with pytest.raises(ConfigurationError, match="NO_PROXY"):
        await client_on("https://threads.example").get_thread("thread_1")


@pytest.mark.skipif(find_spec("socksio") is not None, reason="the library for SOCKS proxies is installed")
@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTPS_PROXY"])
async def test_a_socks_proxy_without_its_library_says_what_to_install(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, f"socks5://user:{PASSWORD}@127.0.0.1:1")
    with pytest.raises(ConfigurationError, match=r"pip install 'httpx\[socks\]'") as refused:
        await client_on("https://threads.example").get_thread("thread_1")
    assert PASSWORD not in shown(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
async def test_no_proxy_sees_what_is_meant_for_this_machine(
    server: RawServer,
    client_on: ClientOn,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    host: str,
    record_property: Property,
) -> None:
    if host == "127.0.0.2":
        # Nothing listens there, and what goes nowhere still must not go to the proxy.
        base_url = f"http://{host}:1"
    else:
        base_url = server.answering(http(thread_json())).base_url.replace("127.0.0.1", host)
    with RawServer().answering(http(thread_json())) as proxy:
        monkeypatch.setenv(variable, proxy.base_url)
        threads = client_on(base_url, allow_insecure=True, retry=RetryPolicy(attempts=1))
        if host == "127.0.0.2":
            with pytest.raises(NotSentError):
                await threads.get_thread("thread_1")
        else:
            assert (await threads.get_thread("thread_1")).id == "thread_1"
        record_property("meant_for_this_machine", 1)
        record_property("seen_by_a_proxy", proxy.connections)
        assert proxy.connections == 0


async def test_a_socks_proxy_does_not_matter_on_this_machine(
    server: RawServer, client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answering(http(thread_json()))
    with RawServer(lambda connection: None) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.base_url.replace("http:", "socks5:"))
        assert (await client_on(server.base_url).get_thread("thread_1")).id == "thread_1"
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://[::1]:8765", True),
        ("https://LOCALHOST", True),
        ("http://127.255.0.9", True),
        ("https://127.0.0.1.example", False),
        ("https://localhost.example", False),
        ("https://threads.example", False),
    ],
)
def test_what_counts_as_this_machine(base_url: str, expected: bool) -> None:
    assert http_pool._is_loopback(base_url) is expected


async def test_a_certificate_file_that_is_not_there_is_named(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authorities.pem")
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        await client_on(unused_address()).get_thread("thread_1")


async def test_a_proxy_is_used(
    server: RawServer, client_on: ClientOn, monkeypatch: pytest.MonkeyPatch, record_property: Property
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.answering(http(thread_json())).base_url)
    threads = client_on("http://threads.example", allow_insecure=True)
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    record_property("through_a_proxy", len(server.requests))
    assert server.requests[0].startswith(b"POST http://threads.example/v2/threads/query HTTP/1.1\r\n")


async def test_a_proxy_at_a_port_that_there_cannot_be_means_that_nothing_was_sent(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@127.0.0.1:99999")
    with pytest.raises(NotSentError) as refused:
        await client_on("http://threads.example", allow_insecure=True).append("thread_1", "hello")
    assert PASSWORD not in shown(refused.value)


async def test_a_proxy_that_is_away_means_that_nothing_was_sent(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch, record_property: Property
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@{unused_address().removeprefix('http://')}")
    with pytest.raises(NotSentError) as refused:
        await client_on("http://threads.example", allow_insecure=True).append("thread_1", "hello")
    record_property("bad_proxies", 1)
    record_property("passwords_shown", int(PASSWORD in shown(refused.value)))
    assert PASSWORD not in shown(refused.value)


@pytest.mark.parametrize(("status", "tries"), [("407 Proxy Authentication Required", 1), ("502 Bad Gateway", 3)])
async def test_a_proxy_that_wants_another_credential_is_asked_once_and_one_that_fails_again(
    server: RawServer,
    client_on: ClientOn,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Property,
    status: str,
    tries: int,
) -> None:
    address = server.answering(http(status=status)).base_url.removeprefix("http://")
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@{address}")
    with pytest.raises(NotSentError) as refused:
        await client_on("https://threads.example").get_thread("thread_1")
    if tries == 1:
        record_property("hopeless", 1)
        record_property("most_tries_of_the_hopeless", len(server.requests))
    assert len(server.requests) == tries
    assert PASSWORD not in shown(refused.value)
