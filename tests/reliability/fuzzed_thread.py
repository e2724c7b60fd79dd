"""A thread that is written, read and disturbed in any order, and what must be true of it whatever happens."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from provider_threads import (
    UNLIMITED,
    Draft,
    OutcomeUnknownError,
    OverlayError,
    RetryPolicy,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator, Fault, SeedMessage, Switches
from provider_threads.emulator.identifiers import PROVIDERS
from provider_threads.emulator.identifiers import Provider as Platform
from provider_threads.entries import Outgoing, Record
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay
from tests.clients.ways import WAYS, Way, threads_of
from tests.overlay.memories import shown

from .ledger import Ledger
from .platforms import provider_on

__all__ = ["FuzzedThread"]

FAULTS = (
    "status:status=503",
    "status:status=429",
    "status:status=502:applied=false",
    "throttled",
    "busy",
    "reset_before",
    "reset_after",
    "close_before",
    "close_after",
    "short_body",
    "early_eof",
    "html",
    "truncated_json",
    "mutated_json",
    "wrong_content_type",
    "growing_list",
    "foreign_messages",
    "stuck_cursor",
    "looping_cursor",
    "clock_off",
)

DISTURBED = st.none() | st.sampled_from(FAULTS)


class FuzzedThread(RuleBasedStateMachine):
    """One thread on one platform, through an overlay and without, called one way.

    Args:
        emulator: the platforms. folder: where overlays may be kept, a file for each thread.
    """

    _files = itertools.count()

    def __init__(self, emulator: Emulator, folder: Path, done: Counter[str]) -> None:
        super().__init__()
        self._emulator = emulator
        self._file = folder / f"{next(self._files)}.db"
        self._done = done
        self._loop = asyncio.new_event_loop()
        self._texts = itertools.count()
        # What a read through the overlay must show, and what one of the platform's own thread must.
        self._whole, self._hosted = Ledger(), Ledger()

    @initialize(platform=st.sampled_from(PROVIDERS), way=st.sampled_from(WAYS), length=st.integers(0, 12))
    def begin(self, platform: Platform, way: Way, length: int) -> None:
        # Chance, and what the account's retries may cost, begin anew: the same steps have the same end.
        self._emulator.reset()
        self._emulator.switches = Switches(minimax_page_cap=5, appbuilder_page_cap=5)
        self._platform = platform
        self._thread = self._emulator.seed(platform)
        self._overlay = Overlay(self._file)
        self._client = threads_of(
            way,
            provider_on(platform, self._emulator.base_url),
            retry=RetryPolicy(first_pause=0, longest_pause=0),
            limits=replace(UNLIMITED, name=self._file.parent.name[-40:] + self._file.name),
            strict_thread_ids=True,
        )
        self._memory = ThreadMemory(client=self._client.client, overlay=self._overlay, freshness=0)
        self._prefix = "" if way == "sync" else "a"
        if length:
            self.others_write(length)

    @rule(number=st.integers(1, 4), role=st.sampled_from(["user", "assistant"]), fault=DISTURBED)
    def append(self, number: int, role: str, fault: str | None) -> None:
        """Messages by turns, of which the platform takes the users' alone."""
        self._disturb(fault, times=1)
        roles = [("user", "assistant")[(at + (role == "assistant")) % 2] for at in range(number)]
        turn = [(one, f"mine {next(self._texts)}") for one in roles]
        appended = len(turn)
        error = self._error_of(self._remember("append", [_outgoing(*one) for one in turn]))
        if error is not None:
            appended = error.appended or 0
        if isinstance(error, OutcomeUnknownError):
            self._whole.unknown.update(text for _, text in turn[appended:])
            self._hosted.unknown.update(text for _, text in turn[appended:])
        self._whole.confirmed += [text for _, text in turn[:appended]]
        if self._platform != "hunyuan":
            self._hosted.confirmed += [text for one, text in turn[:appended] if one == "user"]
        self._done["appended"] += appended

    @rule(number=st.integers(1, 6))
    def others_write(self, number: int) -> None:
        texts = [f"theirs {next(self._texts)}" for _ in range(number)]
        self._emulator.seed(self._platform, [SeedMessage("user", text) for text in texts], thread_id=self._thread)
        self._whole.others += texts
        self._hosted.others += texts

    @rule(refresh=st.booleans(), fault=DISTURBED, times=st.integers(1, 4))
    def read_through_the_overlay(self, refresh: bool, fault: str | None, times: int) -> None:
        self._disturb(fault, times)
        self._looks(self._whole, self._remembered(refresh=refresh))

    @rule(iterating=st.booleans(), fault=DISTURBED, times=st.integers(1, 4))
    def read_the_platform(self, iterating: bool, fault: str | None, times: int) -> None:
        self._disturb(fault, times)
        self._looks(self._hosted, self._walked() if iterating else self._viewed())

    @rule(limit=st.integers(1, 8))
    def read_a_window(self, limit: int) -> None:
        self._emulator.faults = []
        everything = self._run(self._remembered())
        self._memory = self._memory.changed(limit=limit)
        window = self._run(self._remembered())
        self._memory = self._memory.changed(limit=None)
        assert window == everything[-limit:]
        self._done["windows"] += 1

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 4))
    def go_wrong(self, fault: str, times: int) -> None:
        self._disturb(fault, times)

    @rule()
    def go_right(self) -> None:
        self._emulator.faults = []

    def _disturb(self, fault: str | None, times: int) -> None:
        if fault:
            self._emulator.inject(Fault.parse(f"{fault}:times={times}"))

    def teardown(self) -> None:
        try:
            if hasattr(self, "_thread"):
                self._end()
        finally:
            self._loop.close()

    def _end(self) -> None:
        """With everything right again, all is where it must be."""
        self._emulator.faults = []
        try:
            for ledger, reading in ((self._whole, self._remembered), (self._hosted, self._viewed)):
                assert ledger.flaws(self._run(reading())) == {}
        finally:
            self._run(self._client.shut())
            self._overlay.close()

    def _looks(self, ledger: Ledger, reading: Coroutine[Any, Any, list[str]]) -> None:
        """A read shows what it must, or ends in an error of this library's own."""
        texts: list[str] = []

        async def read() -> None:
            texts.extend(await reading)

        if self._error_of(read()) is None:
            assert ledger.flaws(texts) == {}
            self._done["reads"] += 1

    def _error_of(self, work: Coroutine[Any, Any, Any]) -> ThreadsError | None:
        try:
            self._run(work)
        except ThreadsError as error:
            if isinstance(error, OverlayError):
                raise
            self._done["failed"] += 1
            return error
        return None

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    async def _remember(self, operation: str, *arguments: Any, **settings: Any) -> Any:
        result = getattr(self._memory, self._prefix + operation)(self._thread, *arguments, **settings)
        return await result if inspect.isawaitable(result) else result

    async def _remembered(self, **settings: Any) -> list[str]:
        return shown(await self._remember("read", **settings))

    async def _viewed(self) -> list[str]:
        return [message.text for message in await self._client.read(self._thread)]

    async def _walked(self) -> list[str]:
        return [message.text for message in await self._client.walk(self._thread)]


def _outgoing(role: str, text: str) -> Outgoing:
    record = Record("test", role, text, json.dumps(text))
    draft: Draft | UnsupportedOperationError = Draft(text, role)
    return Outgoing(draft if role == "user" else UnsupportedOperationError("it stays here"), record)
