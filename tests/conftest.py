"""What every test stands on: loopback only, a clean environment, and the emulator's accounts."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import socket
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from provider_threads import UNLIMITED, AppBuilder, Hunyuan, MiniMax, Provider
from provider_threads.emulator import Emulator

_VARIABLES = (
    "ALL_PROXY",
    "APPBUILDER_TOKEN",
    "GATEWAY_URL",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "MINIMAX_API_KEY",
    "MINIMAX_GROUP_ID",
    "NO_PROXY",
    "TENCENTCLOUD_REGION",
    "TENCENTCLOUD_SECRET_ID",
    "TENCENTCLOUD_SECRET_KEY",
    "TENCENTCLOUD_TOKEN",
)

pytest_plugins = ["tests.overlays", "tests.postgres", "tests.redis_server"]


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One more than processors: at any time some test waits, for a deadline, a server or a process of its own."""
    return (yield) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """While two frameworks and nine thousand tests are loaded there is nothing to collect, and much to look through."""
    gc.disable()
    try:
        return (yield)
    finally:
        _set_aside()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """What a module of tests has loaded is set aside at its end, behind what it dropped."""
    done = yield
    if nextitem is None or nextitem.path != item.path:
        _set_aside()
    return done


def _set_aside() -> None:
    """Spare the garbage collector what stays anyway: each collection, a test's own too, would look through it."""
    gc.collect()
    gc.freeze()


PLATFORMS = ("hunyuan", "minimax", "appbuilder")


@pytest.fixture(scope="session", autouse=True)
def no_loop_by_default() -> None:
    """Asked for a loop before one was ever set, Python makes one; LlamaIndex asks, and nobody would close it."""
    asyncio.set_event_loop(None)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no credential of this machine reaches a test."""
    for name in _VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(autouse=True)
def unhurried_platforms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator takes any rate, so no test waits for Hunyuan's documented one; tests/limits has it back."""
    monkeypatch.setattr(Hunyuan, "limits", UNLIMITED)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def checked(call: Callable[..., Any]) -> Callable[..., Any]:
        def to_loopback(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
                raise AssertionError(f"a test tried to reach {address[0]}")
            return call(self, address)

        return to_loopback

    monkeypatch.setattr(socket.socket, "connect", checked(connect))
    monkeypatch.setattr(socket.socket, "connect_ex", checked(connect_ex))


@pytest.fixture(scope="module")
def running() -> Iterator[Emulator]:
    """The emulator of a module's tests."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """An emulator of the three platforms, empty; others of the module had it before."""
    running.reset()
    return running


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> str:
    """Each platform's name in turn."""
    name: str = request.param
    return name


@pytest.fixture
def provider_of(emulator: Emulator) -> Callable[..., Provider]:
    """Makes the provider of a platform with the emulator's account on it."""

    def make(name: str, **settings: Any) -> Provider:
        account = emulator.credentials
        if name == "hunyuan":
            return Hunyuan(account.secret_id, account.secret_key, base_url=emulator.base_url, **settings)
        if name == "minimax":
            return MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=emulator.base_url, **settings)
        return AppBuilder(account.appbuilder_token, base_url=emulator.base_url, **settings)

    return make
