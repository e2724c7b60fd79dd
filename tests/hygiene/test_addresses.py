"""A base_url is an origin to the letter: nothing else can take a credential elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import ConfigurationError, Provider
from provider_threads.providers import PROVIDERS, AppBuilder, Hunyuan, MiniMax

MAKERS: dict[str, Callable[[Any], Provider]] = {
    "hunyuan": lambda address: Hunyuan("id", "key", base_url=address),
    "minimax": lambda address: MiniMax("key", "group", base_url=address),
    "appbuilder": lambda address: AppBuilder("token", base_url=address),
}


@pytest.mark.parametrize(
    ("address", "origin", "host"),
    [
        ("https://api.example.com", "https://api.example.com", "api.example.com"),
        ("https://api.example.com/", "https://api.example.com", "api.example.com"),
        ("https://api.example.com:8443", "https://api.example.com:8443", "api.example.com:8443"),
        ("http://127.0.0.1:18080/", "http://127.0.0.1:18080", "127.0.0.1:18080"),
        ("http://localhost", "http://localhost", "localhost"),
        ("http://[::1]:18080", "http://[::1]:18080", "[::1]:18080"),
        ("https://my_host-1.example.com.", "https://my_host-1.example.com.", "my_host-1.example.com."),
        ("https://a", "https://a", "a"),
    ],
)
def test_an_origin_is_taken_without_its_slash(platform: str, address: str, origin: str, host: str) -> None:
    provider: Provider = MAKERS[platform](address)
    assert (provider.base_url, provider.host) == (origin, host)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "https://",
        "https:///v1",
        "https:api.example.com",
        "ftp://api.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "unix:///var/run/socket",
        "https://user@api.example.com",
        "https://user:hunter2@api.example.com",
        "https://:hunter2@api.example.com",
        "https://@api.example.com",
        "https://api.example.com@evil.example.com",
        "https://api.example.com\\@evil.example.com",
        "https://api.example.com\\.evil.example.com",
        "https://api.example.com/v1",
        "https://api.example.com//",
        "https://api.example.com?",
        "https://api.example.com?token=hunter2",
        "https://api.example.com/?",
        "https://api.example.com#",
        "https://api.example.com#part",
        "https://api.example.com;x",
        "https://api.example.com:0",
        "https://api.example.com:",
        "https://api.example.com:99999",
        "https://api.example.com:port",
        "https://api.example.com:8０80",
        "https://api.example.com:-1",
        "https://api.example.com ",
        " https://api.example.com",
        "https://api.example.com\n",
        "https://api.example.com\r\nX-Injected: 1",
        "https://api.exa\tmple.com",
        "https://api.example.com\x00",
        "https://пример.example.com",
        "https://api.ex%61mple.com",
        "https://-api.example.com",
        "https://[::1",
        "https://[::1]x",
        "https://[v1.x]",
        "https://a,b",
        None,
        5,
        b"https://api.example.com",
        ["https://api.example.com"],
    ],
    ids=repr,
)
def test_anything_else_is_refused_without_repeating_it(platform: str, address: Any) -> None:
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        MAKERS[platform](address)
    assert "hunter2" not in str(caught.value)
    assert "evil" not in str(caught.value)
    assert str(caught.value).startswith(PROVIDERS[platform].title)


def test_the_default_addresses_are_the_platforms_own() -> None:
    assert Hunyuan("i", "k").base_url == "https://hunyuan.tencentcloudapi.com"
    assert MiniMax("k", "g").base_url == "https://api.minimax.chat"
    assert AppBuilder("t").base_url == "https://appbuilder.baidu.com"
