"""What the environment says of proxies and certificates is used, or refused without its secrets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provider_threads import ConfigurationError, NotSentError
from tests.clients.ways import Threads

from .discretion import shown
from .sockets import RawServer, http, thread_json, unused_address

ClientOn = Callable[..., Threads]
PASSWORD = "hunter2-of-the-proxy"


@pytest.mark.parametrize(
    "proxy",
    [
        f"nonsense://user:{PASSWORD}@127.0.0.1:1",
        f"http://user:{PASSWORD}@127.0.0.1:port",
        f"socks5://user:{PASSWORD}@127.0.0.1:1",
    ],
)
async def test_a_bad_proxy_is_named_without_its_password(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    threads = client_on(unused_address())
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="HTTP_PROXY") as refused:
            await threads.get_thread("thread_1")
        assert PASSWORD not in shown(refused.value)


async def test_a_certificate_file_that_is_not_there_is_named(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/authorities.pem")
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        await client_on(unused_address()).get_thread("thread_1")


async def test_a_proxy_is_used(server: RawServer, client_on: ClientOn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.answering(http(thread_json())).base_url)
    threads = client_on("http://threads.example", allow_insecure=True)
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    assert server.requests[0].startswith(b"POST http://threads.example/v2/threads/query HTTP/1.1\r\n")


async def test_a_proxy_at_a_port_that_there_cannot_be_means_that_nothing_was_sent(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@127.0.0.1:99999")
    with pytest.raises(NotSentError) as refused:
        await client_on(unused_address()).append("thread_1", "hello")
    assert PASSWORD not in shown(refused.value)


async def test_a_proxy_that_is_away_means_that_nothing_was_sent(
    client_on: ClientOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://user:{PASSWORD}@{unused_address().removeprefix('http://')}")
    with pytest.raises(NotSentError) as refused:
        await client_on("http://threads.example", allow_insecure=True).append("thread_1", "hello")
    assert PASSWORD not in shown(refused.value)
