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


# Of the SDKs' own warnings only these are let by, and only in the module that runs the SDK in question.
_LET_BY = {
    # It opens a session for each call and never closes it.
    "test_appbuilder.py": "ignore:unclosed <socket:ResourceWarning",
    # It asks for the time in a way that Python 3.12 deprecates.
    "test_tencent.py": r"ignore:datetime\.datetime\.utc:DeprecationWarning",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let an SDK's own warnings by."""
    for item in items:
        if item.path.parent.name == "sdks" and item.path.name in _LET_BY:
            item.add_marker(pytest.mark.filterwarnings(_LET_BY[item.path.name]))


_root = logging.getLogger()
_handlers, _level = _root.handlers[:], _root.level
with warnings.catch_warnings(), contextlib.suppress(ImportError):
    # Importing AppBuilder's SDK warns dozens of times of pydantic's and aiohttp's deprecations, and configures the
    # root logger. The test module takes the imported module; nothing of the rest should reach other tests.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("appbuilder")
_root.handlers[:] = _handlers
_root.setLevel(_level)
