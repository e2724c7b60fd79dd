"""The platforms' own SDKs, unmodified, asking a server on this machine for pages of a thread."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from provider_threads.emulator import CannedEmulator

__all__ = ["SDKS", "listing"]

SDKS: Mapping[Literal["appbuilder", "minimax"], str] = {"appbuilder": "appbuilder-sdk", "minimax": "minimax-client"}

List = Callable[..., Any]
"""Takes a thread's id and, by name, limit, order, after and before; gives the SDK's page."""


@contextlib.contextmanager
def listing(server: CannedEmulator, platform: Literal["appbuilder", "minimax"]) -> Iterator[List]:
    """The SDK's call that lists messages."""
    with _environment({**server.environment, "GATEWAY_URL": server.base_url}):
        if platform == "appbuilder":
            yield _imported("appbuilder").assistant.threads.messages.list
            return
        made = _imported("minimax_client").MiniMax()
        made.http_client.base_url = f"{server.base_url}/v1"
        try:
            yield made.threads.messages.list
        finally:
            made.http_client.close()


def _imported(name: str) -> Any:
    """An SDK, without its deprecated calls' warnings and what importing it does to the process's log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        sdk = importlib.import_module(name)
    root.handlers[:] = handlers
    root.setLevel(level)
    return sdk


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The environment with these variables and without proxies; as it was afterwards."""
    before = dict(os.environ)
    for name in [name for name in before if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
