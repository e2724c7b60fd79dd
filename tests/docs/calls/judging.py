"""How a call on a memory is judged: by what a read shows afterwards, beside the framework's own store.

Each call is made on a thread of its own that holds a question and an answer, and once on the framework's reference
store with the same two messages. What it returns and what is shown afterwards, by a second memory over another
connection to the same database, must be what the reference returns and shows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import event

from provider_threads import (
    AppBuilder,
    ConfigurationError,
    Hunyuan,
    MiniMax,
    Provider,
    ThreadNotFoundError,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.emulator.identifiers import Provider as Platform
from provider_threads.overlay import Overlay

__all__ = ["MODES", "PLATFORMS", "SEEDS", "Call", "Cell", "Family", "Judge", "Memory", "awaited"]

PLATFORMS: tuple[Platform, ...] = ("hunyuan", "minimax", "appbuilder")

MODES = {
    "no overlay": None,
    'overlay, `"split"`': "split",
    'overlay, `"provider"`': "provider",
    'overlay, `"overlay"`': "overlay",
    'overlay, `"none"`': "none",
}
"""Columns, with what `writes` is in each; None is the default without an overlay."""

SEEDS = (("user", "长江有多长？"), ("assistant", "约 6300 公里。"))
"""What every thread holds before the call."""

_READS = {
    "GetThreadMessageList",
    "GetThreadMessage",
    "threads/messages/list",
    "threads/messages/retrieve",
    "threads/messages/query",
}
_APPENDS = {"threads/messages/add", "threads/messages"}
_DELETES = {"threads/delete"}


@dataclass(frozen=True)
class Memory:
    """What a call is made on: the framework's object, and the key of the conversation."""

    made: Any
    key: str


@dataclass(frozen=True)
class Call:
    """A call, in each of its ways; the first is also made on the reference store.

    Attributes:
        adds: whether ``writes="none"`` accepts and ignores it. deletes_thread: whether nothing may be left.
        on_reference: the same call as the reference spells it.
    """

    name: str
    ways: Sequence[Callable[[Memory], Any]]
    adds: bool = False
    deletes_thread: bool = False
    on_reference: Callable[[Memory], Any] | None = None


@dataclass(frozen=True)
class Cell:
    """What came of a call: ``works``, ``ignored``, or the sentence of a refusal."""

    outcome: str
    refusal: str = ""
    sent: int = 0


class Family(Protocol):
    """One interface of a framework, over this library and over the framework's own store."""

    title: str
    calls: Sequence[Call]

    def ours(self, provider: Provider, key: str, **settings: Any) -> Memory:
        """Over this library."""
        ...

    async def reference(self, key: str) -> Memory:
        """Over the framework's own store, holding `SEEDS`."""
        ...

    async def shown(self, memory: Memory) -> tuple[list[Any], ...]:
        """What reads show: one list, or one for each way to read."""
        ...

    def place(self, message: Any) -> tuple[str, str]:
        """Role and text."""
        ...

    def origin(self, message: Any) -> str | None:
        """The platform's id of a message, or None."""
        ...

    def same(self, ours: Any, reference: Any) -> bool:
        """Whether a message came back whole."""
        ...


async def awaited(value: Any) -> Any:
    """The value, or what awaiting it gives."""
    return await value if inspect.isawaitable(value) else value


@dataclass
class Judge:
    """Makes calls on the emulator's threads, and judges them."""

    emulator: Emulator
    file: Path
    _numbers: count[int] = field(default_factory=count)
    _expected: dict[str, tuple[Any, tuple[list[Any], ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.writing, self.reading = Overlay(self.file), Overlay(self.file)
        for overlay in (self.writing, self.reading):  # a power cut is not what is judged here, and waiting is slow
            event.listen(overlay.database._engine, "connect", _without_waiting_for_the_disk)
        account, url = self.emulator.credentials, self.emulator.base_url
        self._providers: dict[str, Provider] = {
            "hunyuan": Hunyuan(account.secret_id, account.secret_key, base_url=url),
            "minimax": MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=url),
            "appbuilder": AppBuilder(account.appbuilder_token, base_url=url),
        }

    def close(self) -> None:
        """Close both connections to the database."""
        self.writing.close()
        self.reading.close()

    async def cell(
        self, family: Family, call: Call, platform: Platform, writes: str | None, *, in_turn: int | None = None
    ) -> Cell:
        """What comes of a call in all of its ways, which must agree; or in that whose turn it is."""
        ways = call.ways if in_turn is None else [call.ways[in_turn % len(call.ways)]]
        cells = {await self._one(family, call, way, platform, writes) for way in ways}
        assert len(cells) == 1, f"{call.name}: its ways do not agree: {cells}"
        return cells.pop()

    async def _one(
        self, family: Family, call: Call, way: Callable[[Memory], Any], platform: Platform, writes: str | None
    ) -> Cell:
        where = f"{family.title}, {call.name} on {platform}, writes={writes!r}"
        thread_id = self.emulator.seed(platform, [SeedMessage(role, text) for role, text in SEEDS])
        ids = [message.id for message in self.emulator.messages(platform, thread_id)]
        settings = {"namespace": str(next(self._numbers)), "writes": writes} if writes else {}
        provider = self._providers[platform]
        self.emulator.clear_requests()
        result, refusal, memory = None, None, None
        try:
            memory = family.ours(provider, thread_id, **(settings | ({"overlay": self.writing} if writes else {})))
            result = await awaited(way(memory))
        except (ConfigurationError, UnsupportedOperationError) as error:
            refusal = error
        operations = [request.operation for request in self.emulator.requests]
        sent = sum(operation in _APPENDS for operation in operations)
        deleted = sum(operation in _DELETES for operation in operations)
        unknown = set(operations) - _READS - _APPENDS - _DELETES
        assert not unknown, f"{where}: it asked for {unknown}"
        if memory is None:
            assert refusal is not None
            assert not operations, f"{where}: refused when made, and yet {operations} were asked"
            return _refused(refusal, 0)
        assert deleted == (call.deletes_thread and refusal is None), f"{where}: {deleted} threads were deleted"
        again = family.ours(provider, thread_id, **(settings | ({"overlay": self.reading} if writes else {})))
        if deleted:
            await self._check_gone(family, again, platform, thread_id, where)
            return Cell("works")
        shown = await family.shown(again)
        self._check_platform(platform, thread_id, ids, sent, where)
        assert not (sent and writes in ("overlay", "none")), f"{where}: {sent} messages were sent"
        expected, listed = await self._reference(family, call)
        whole = writes is not None

        def agree(value: Any, reference: Any) -> bool:
            return _agree(family, value, reference, ids, whole=whole)

        if refusal is not None or (call.adds and writes == "none"):
            # What an earlier request of the same turn sent stays; nothing else may have changed.
            _, before = await self._reference(family, _NOTHING)
            further = tuple(part[: len(had) + sent] for part, had in zip(listed, before, strict=True))
            kept = further if sent else before
            assert agree(shown, kept), f"{where}: {shown} instead of {kept}"
            return Cell("ignored") if refusal is None else _refused(refusal, sent)
        assert agree(shown, listed), f"{where}: shows {shown} instead of {listed}"
        assert agree(result, expected), f"{where}: returns {result} instead of {expected}"
        return Cell("works", sent=sent)

    async def _reference(self, family: Family, call: Call) -> tuple[Any, tuple[list[Any], ...]]:
        name = f"{family.title} {call.name}"
        if name not in self._expected:
            memory = await family.reference("conversation")
            result = _marked(family, await awaited((call.on_reference or call.ways[0])(memory)))
            self._expected[name] = result, _marked(family, await family.shown(memory))
        return self._expected[name]

    async def _check_gone(self, family: Family, again: Memory, platform: Platform, thread_id: str, where: str) -> None:
        try:
            left = self.emulator.messages(platform, thread_id)
        except KeyError:
            left = []
        assert not left, f"{where}: the platform still holds {len(left)} messages"
        try:
            shown: Any = await family.shown(again)
        except ThreadNotFoundError:
            return
        raise AssertionError(f"{where}: still shows {shown}")

    def _check_platform(self, platform: Platform, thread_id: str, ids: Sequence[str], sent: int, where: str) -> None:
        held = self.emulator.messages(platform, thread_id)
        assert [message.id for message in held[: len(ids)]] == [*ids], f"{where}: what was there has changed"
        assert len(held) == len(ids) + sent, f"{where}: {sent} were sent and {len(held) - len(ids)} arrived"


def _without_waiting_for_the_disk(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")


_NOTHING = Call("nothing", [lambda memory: None])


@dataclass(frozen=True)
class _Seed:
    """Stands for one of `SEEDS` in what a reference shows."""

    number: int


def _marked(family: Family, value: Any) -> Any:
    """A reference's messages, with `_Seed` for those that were there before the call."""
    if isinstance(value, (list, tuple)):
        return type(value)(_marked(family, item) for item in value)
    if value is None or isinstance(value, (str, int)):
        return value
    place = family.place(value)
    return _Seed(SEEDS.index(place)) if place in SEEDS else value


def _agree(family: Family, value: Any, reference: Any, ids: Sequence[str], *, whole: bool) -> bool:
    if isinstance(reference, (list, tuple)):
        return (
            isinstance(value, (list, tuple))
            and len(value) == len(reference)
            and all(_agree(family, one, other, ids, whole=whole) for one, other in zip(value, reference, strict=True))
        )
    if reference is None or isinstance(reference, (str, int)):
        return bool(value == reference)
    if isinstance(reference, _Seed):
        return family.place(value) == SEEDS[reference.number] and family.origin(value) == ids[reference.number]
    return family.same(value, reference) if whole else family.place(value) == family.place(reference)


def _refused(refusal: ThreadsError, sent: int) -> Cell:
    kind = type(refusal).__name__
    return Cell(f"refused: `{kind}`", f"`{kind}`: {refusal}", sent)
