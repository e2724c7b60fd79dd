"""Pages show how to set up logging; what they set is gone after the test."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Levels and handlers as they were."""
    loggers = [logging.getLogger(name) for name in ("", "httpx", "provider_threads.calls")]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers
