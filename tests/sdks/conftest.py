"""The platforms' own SDKs, unmodified, pointed at an emulator on the loopback interface."""

import contextlib
import importlib
import logging
import os
import warnings
from collections.abc import Iterator

import pytest

from provider_threads.emulator import Emulator

PROXIES = [name for name in os.environ if name.lower().endswith("_proxy")]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator whose credentials stand where the SDKs look for them, with no proxy in the way."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
    with Emulator() as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GATEWAY_URL", running.base_url)
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """AppBuilder's SDK opens a session per call and never closes it; only that warning, and only here, is let by."""
    for item in items:
        if item.path.name == "test_appbuilder.py" and item.path.parent.name == "sdks":
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


_root = logging.getLogger()
_handlers, _level = _root.handlers[:], _root.level
with warnings.catch_warnings(), contextlib.suppress(ImportError):
    # Importing AppBuilder's SDK warns dozens of times of pydantic's and aiohttp's deprecations, and configures the
    # root logger. The test module takes the imported module; nothing of the rest should reach other tests.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("appbuilder")
_root.handlers[:] = _handlers
_root.setLevel(_level)
