"""A process that appends turn after turn until it is killed, and says what it does before and after each call."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, Literal, get_args

from provider_threads import ThreadClient
from provider_threads.driver import SyncDriver
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from provider_threads.transport import http_pool
from tests.overlay.accounts import Writable, provider_at
from tests.overlay.batches import turn
from tests.overlay.stepping import name_of

with suppress(ImportError):
    import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401 - as below

# What the library loads and reads at its first call, once, before processes are forked.
for name in ("flows.following", "overlay.operations", "transport.deadline_backend", "transport.tidy_backend"):
    importlib.import_module(f"provider_threads.{name}")
http_pool.authorities(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))

__all__ = ["POINTS", "Errand", "Point", "forking", "work"]

Point = Literal["before intent", "after intent", "after send", "after apply", "after answer", "after commit"]
POINTS: tuple[Point, ...] = get_args(Point)

_BEFORE = {"before intent": "record_intent"}
_AFTER = {"after intent": "record_intent", "after answer": "append", "after commit": "settle_intent"}

forking = multiprocessing.get_context("forkserver")
"""Processes start from a server that has imported all this, and nothing of pytest's."""
forking.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Errand:
    """What a process is to do.

    Attributes:
        name: what its marks begin with. texts: what its turns say, in turn; None: each something of its own.
        turns: how many it appends before it ends. ends_at: the point of the last one at which it kills itself.
    """

    database: str
    platform: Writable
    base_url: str
    thread_id: str
    name: str
    turns: int
    texts: tuple[str, ...] | None = None
    ends_at: str | None = None

    def text(self, number: int) -> str:
        return self.texts[number % len(self.texts)] if self.texts else f"question {self.name} {number}"


class _Driver(SyncDriver):
    """Kills its process just before or after a step of the given name."""

    ends_at: str | None = None

    def _perform(self, step: Any) -> Any:
        name = name_of(step)
        self._die_where(_BEFORE, name)
        outcome = super()._perform(step)
        self._die_where(_AFTER, name)
        return outcome

    def _die_where(self, steps: dict[str, str], name: str) -> None:
        if self.ends_at is not None and steps.get(self.ends_at) == name:
            os.kill(os.getpid(), signal.SIGKILL)


def work(errand: Errand, says: Connection) -> None:
    """Read, then append; say ``ready``, ``shown``, and with each turn's mark ``begins`` and ``kept``, when it is so."""
    client = ThreadClient(provider_at(errand.platform, errand.base_url))
    driver = _Driver(client._transport)
    client._driver = driver
    overlay = Overlay(errand.database)
    memory = ThreadMemory(client=client, overlay=overlay)
    says.send(("ready", None))
    says.send(("shown", len(memory.read(errand.thread_id))))
    for number in count(1):
        mark = f"{errand.name}-{number}"
        if number == errand.turns:
            driver.ends_at = errand.ends_at
        says.send(("begins", mark))
        memory.append(errand.thread_id, turn(mark, errand.text(number)))
        says.send(("kept", mark))
        if number == errand.turns:
            break
    client.close()
    overlay.close()
