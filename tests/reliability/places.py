"""Every place where something that must not show could: errors with all frames of their chain, logs, reprs, pickles."""

from __future__ import annotations

import contextlib
import logging
import pickle
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["ENTRIES", "SIGNATURE", "all_logged", "frames_of", "said_by", "shown_of"]

SIGNATURE = re.compile(r"Signature=[0-9a-f]{16}|TC3-HMAC-SHA256 Credential|Bearer \w")

ENTRIES = (
    "provider_threads/client.py",
    "provider_threads/memory.py",
    "provider_threads/operations.py",
    "langchain_threads/",
    "llamaindex_threads/",
)
"""Where a caller's own messages are an argument: their frames hold them as the caller's own does."""


def said_by(error: BaseException) -> str:
    """What an error says itself: sentence, arguments, attributes, pickle; and so all of its chain."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and len(chain) < 20:
        chain.append(one)
        one = one.__cause__ or one.__context__
    texts = [f"{one}\n{one!r}\n{one.args!r}\n{vars(one)!r}" for one in chain]
    return "\n".join([*texts, pickle.dumps(error).decode("latin-1")])


def frames_of(error: BaseException) -> dict[str, str]:
    """By file, the local variables of every frame of an error and its chain, but for the tests' own."""
    shown: dict[str, str] = {}
    reports = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    while reports:
        report = reports.pop()
        reports += [linked for linked in (report.__cause__, report.__context__) if linked is not None]
        for frame in report.stack:
            file = Path(frame.filename).as_posix()
            if "/tests/" not in file:
                text = " ".join(f"{name}={value}" for name, value in (frame.locals or {}).items())
                shown[file] = shown.get(file, "") + "\n" + text
    return shown


def shown_of(*values: Any) -> str:
    """Representations of objects, their attributes among them."""
    return "\n".join(f"{value!r}\n{value}\n{getattr(value, '__dict__', None)!r}" for value in values)


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")


@contextlib.contextmanager
def all_logged(*names: str) -> Iterator[list[str]]:
    """Every logger that there is, and these, at DEBUG; what they write, tracebacks among it."""
    kept = _Kept()
    known = [logging.getLogger(name) for name in {*names, *logging.root.manager.loggerDict}]
    loggers = [logging.root, *known]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
    logging.root.addHandler(kept)
    try:
        yield kept.lines
    finally:
        logging.root.removeHandler(kept)
        for logger, level, disabled in before:
            logger.setLevel(level)
            logger.disabled = disabled
