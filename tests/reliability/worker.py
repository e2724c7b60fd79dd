"""One of a soak's workers: it writes and reads conversations of its own, and checks everything it is shown."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from provider_threads import OutcomeUnknownError, ThreadsError
from provider_threads.emulator.identifiers import PROVIDERS
from provider_threads.emulator.identifiers import Provider as Platform
from provider_threads.errors import OverlayError
from provider_threads.overlay import Overlay
from tests.clients.ways import Threads
from tests.reliability.ledger import Ledger
from tests.reliability.platforms import client_at
from tests.reliability.served import Served
from tests.reliability.surfaces import ADAPTERS, CORE, Surface, surface, wants_async_client

__all__ = ["Tally", "Worker"]

_TURNS = 30
_TRIES = 30


@dataclass
class Tally:
    """What a worker did and saw.

    Attributes:
        reads, writes: that went through. failed: by the class of the error, what did not.
        flaws: by kind, what a read or the platform's thread showed that must not be, or did not that must.
        escaped: errors that are no ThreadsError, or of the overlay, whose database was sound.
    """

    reads: int = 0
    writes: int = 0
    conversations: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    flaws: Counter[str] = field(default_factory=Counter)
    escaped: Counter[str] = field(default_factory=Counter)

    @property
    def operations(self) -> int:
        """How many were tried."""
        return self.reads + self.writes + self.failed.total()

    def add(self, other: Tally) -> None:
        """Count another worker's along."""
        self.reads += other.reads
        self.writes += other.writes
        self.conversations += other.conversations
        self.failed.update(other.failed)
        self.flaws.update(other.flaws)
        self.escaped.update(other.escaped)


@dataclass
class _Conversation:
    platform: Platform
    name: str
    key: str
    surface: Surface
    ledger: Ledger = field(default_factory=Ledger)
    sent: list[str] = field(default_factory=list)
    turns: int = 0

    @property
    def is_core(self) -> bool:
        return self.name in CORE


class Worker:
    """Goes through all platforms and ways until it is time to stop."""

    def __init__(self, number: int, emulator: Served, overlay: Overlay) -> None:
        self.tally = Tally()
        self._number = number
        self._emulator = emulator
        self._overlay = overlay
        self._random = random.Random(number)
        self._texts = 0
        self._clients: dict[tuple[Platform, bool], Threads] = {}
        self._open: dict[tuple[Platform, str], _Conversation] = {}

    async def work(self, until: float) -> None:
        """Work until so many seconds of the monotonic clock, then look at every conversation once more."""
        try:
            while time.monotonic() < until:
                platform = self._random.choice(PROVIDERS)
                await self._step(self._conversation(platform, self._random.choice(CORE + ADAPTERS)))
            for conversation in list(self._open.values()):
                await self._end(conversation)
        finally:
            for client in self._clients.values():
                await client.shut()

    def _conversation(self, platform: Platform, name: str) -> _Conversation:
        if (platform, name) not in self._open:
            self.tally.conversations += 1
            known = name in CORE or platform == "hunyuan"
            key = self._emulator.seed(platform) if known else f"{self._number}-{self.tally.conversations}"
            client = self._client(platform, is_async=wants_async_client(name))
            opened = surface(name, key, client, self._overlay, platform)
            self._open[platform, name] = _Conversation(platform, name, key, opened)
        return self._open[platform, name]

    def _client(self, platform: Platform, *, is_async: bool) -> Threads:
        if (platform, is_async) not in self._clients:
            way = client_at(self._emulator.base_url, platform, "async" if is_async else "sync")
            self._clients[platform, is_async] = way
        return self._clients[platform, is_async]

    async def _step(self, conversation: _Conversation) -> None:
        chance = self._random.random()
        if chance < 0.45:
            await self._read(conversation)
        elif chance < 0.95:
            await self._write(conversation)
        else:
            await self._others_write(conversation)
        conversation.turns += 1
        if conversation.turns >= _TURNS:
            await self._end(conversation)

    async def _read(self, conversation: _Conversation) -> bool:
        shown = await self._tried(conversation.surface.read)
        if shown is None:
            return False
        self.tally.reads += 1
        self._count(conversation, conversation.ledger.flaws(shown))
        return True

    async def _write(self, conversation: _Conversation) -> None:
        if conversation.is_core and conversation.platform == "hunyuan":
            if await self._tried(self._client("hunyuan", is_async="async" in conversation.name).create_thread):
                self.tally.writes += 1
            return
        self._texts += 1
        turn = [f"{self._number}/{self._texts} {word}" for word in ("question", "answer")]
        turn = turn[: 1 if conversation.is_core else 2]
        ledger, appended = conversation.ledger, len(turn)
        try:
            await conversation.surface.write(turn)
        except Exception as error:  # noqa: BLE001 - whatever escapes is what is looked for
            self._failed(error)
            appended = getattr(error, "appended", None) or 0
            if isinstance(error, OutcomeUnknownError):
                ledger.unknown.update(turn[appended:])
        else:
            self.tally.writes += 1
        ledger.confirmed += turn[:appended]
        if conversation.platform != "hunyuan":
            conversation.sent += turn[: min(appended, 1)]

    async def _others_write(self, conversation: _Conversation) -> None:
        thread = await self._tried(conversation.surface.thread_id)
        if thread:
            self._texts += 1
            text = f"{self._number}/{self._texts} others"
            self._emulator.seed(conversation.platform, [text], thread)
            conversation.ledger.others.append(text)
            if not conversation.is_core:
                await asyncio.sleep(0.21)  # what was read is taken for the present state for 0.2 s

    async def _end(self, conversation: _Conversation) -> None:
        """Read until it succeeds, look at the platform's own thread, and forget the conversation."""
        del self._open[conversation.platform, conversation.name]
        for _ in range(_TRIES):
            if await self._read(conversation):
                break
        else:
            self.tally.escaped["no read succeeds"] += 1
        thread = await self._tried(conversation.surface.thread_id)
        if thread:
            held = self._emulator.texts(conversation.platform, thread)
            self._count(conversation, conversation.ledger.flaws_of_the_platform(held, sent=conversation.sent))

    async def _tried(self, perform: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await perform()
        except Exception as error:  # noqa: BLE001 - whatever escapes is what is looked for
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        name = type(error).__name__
        if isinstance(error, ThreadsError) and not isinstance(error, OverlayError):
            self.tally.failed[name] += 1
        else:
            self.tally.escaped[f"{name}: {error}"[:200]] += 1

    def _count(self, conversation: _Conversation, flaws: Counter[str]) -> None:
        for flaw, count in flaws.items():
            self.tally.flaws[f"{flaw}: {conversation.platform}, {conversation.name}"] += count
