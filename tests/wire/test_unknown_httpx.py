"""An httpx that keeps its pools under other names than this version knows: the log says so."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from provider_threads.transport import http_pool
from provider_threads.transport.http_pool import new_pool


class Renamed(httpx.Client):
    """Its transport has no pool by the name that is looked for."""

    def _init_transport(self, *_: Any, **__: Any) -> httpx.MockTransport:
        return httpx.MockTransport(lambda _: httpx.Response(200))


@pytest.fixture(autouse=True)
def nobody_told() -> None:
    http_pool._tell_of_unknown_httpx.cache_clear()


def test_pools_that_are_not_found_are_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        new_pool(Renamed, "http://127.0.0.1:1").close()
    (record,) = [record for record in caplog.records if record.name.startswith("provider_threads")]
    assert record.levelno == logging.WARNING
    assert f"httpx {httpx.__version__} keeps its connections" in record.getMessage()


@pytest.mark.parametrize("kind", [httpx.Client, httpx.AsyncClient])
def test_pools_that_are_found_are_not_told_of(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    new_pool(kind, "http://127.0.0.1:1")
    assert [record for record in caplog.records if record.name.startswith("provider_threads")] == []
