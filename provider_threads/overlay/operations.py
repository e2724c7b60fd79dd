"""The operations of a memory with an overlay, as flows; `provider_threads.operations` has those of the platform."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection

from provider_threads.endpoint import AppendMessage
from provider_threads.entries import Entry, Extent, Pick, Reading, Record, State
from provider_threads.errors import (
    InvalidRequestError,
    NotSentError,
    OutcomeUnknownError,
    ProviderUnavailableError,
    RateLimitedError,
    ThreadNotFoundError,
    ThreadsError,
)
from provider_threads.flows.call import call
from provider_threads.flows.steps import Flow, ResultT, locally
from provider_threads.memory_settings import CheckedSettings
from provider_threads.messages import Draft, ThreadMessage
from provider_threads.operations import Operations
from provider_threads.overlay.intents import Unit, record_intent, units_of
from provider_threads.overlay.journal import Row, RowPick, add, counted, of_message_ids, replace_all, set_state, shown
from provider_threads.overlay.overlay import Overlay
from provider_threads.overlay.resolving import Keys
from provider_threads.overlay.settling import drop_intent, settle_intent
from provider_threads.overlay.syncing import read_older, sync_thread, thread_message
from provider_threads.overlay.threads import Place, Realm, Thread, ThreadGoneError, find_place, keys_of, purge

__all__ = ["OverlayOperations"]

_OUTAGES: Final = (NotSentError, OutcomeUnknownError, ProviderUnavailableError, RateLimitedError)
"""What says that the platform cannot be asked right now; anything else is an answer."""


_Look: TypeAlias = Callable[[Connection, int, Collection[State], int | None], tuple[Sequence[Row], int, int | None]]
"""A look at a thread's journal: rows, how many there are, and the index of a gap."""

_GRACE: Final = 5.0
"""Seconds beyond the time of one whole call after which a request that was not heard of again is over."""


class OverlayOperations:
    """Each method gives the flow that performs it.

    Args:
        operations: of the platform. settings: see `MemorySettings`.
    """

    def __init__(self, overlay: Overlay, operations: Operations, settings: CheckedSettings) -> None:
        provider = operations.context.provider
        realm = Realm(provider.name, provider.base_url, settings.namespace)
        self._keys = Keys(overlay.database, operations, realm, settings.create_threads, settings.thread_for)
        self._realm = realm
        self._looks = overlay.looks
        self._database = overlay.database
        self._operations = operations
        self._context = operations.context
        self._settings = settings

    def read(self, key: str, states: Collection[State], *, refresh: bool = False) -> Flow[Any, Reading]:
        """The newest entries in `states`, as many as the settings say, once the journal is up to date."""
        thread, rows, extent = yield from self._look(key, states, shown, refresh=refresh)
        if thread is None:
            return Reading("", (), extent)
        return Reading(thread.thread_id, tuple(self._entry(thread, row) for row in rows), extent)

    def count(self, key: str, states: Collection[State]) -> Flow[Any, Extent]:
        """How much `read` would find."""
        _, _, extent = yield from self._look(key, states, counted)
        return extent

    def find(self, key: str, message_ids: Collection[str]) -> Flow[Any, tuple[Entry, ...]]:
        """The active entries that their framework knows by one of these ids, as far as the journal has them now."""
        place = yield from self._keys.find(key)
        thread = place.thread
        if thread is None:
            return ()
        rows = yield from locally(self._database.read, of_message_ids, thread.number, message_ids)
        return tuple(self._entry(thread, row) for row in rows)

    def _look(
        self, key: str, states: Collection[State], look: _Look, *, refresh: bool = False
    ) -> Flow[Any, tuple[Thread | None, Sequence[Row], Extent]]:
        """The thread, if there is one yet, and what `look` sees in its journal once that is up to date."""
        place = yield from self._keys.find(key)
        limit = self._settings.limit
        if place.thread_id is None:
            return None, (), Extent(0, reached_start=True, limit=limit)
        outage: ThreadsError | None = None
        thread = place.thread
        known = thread is not None and thread.whole is not None
        began = time.monotonic()
        try:
            if self._settings.on_outage == "stale" and not refresh and known:
                outage = self._looks.outage(self._realm, place.thread_id)
            if outage is None:
                thread = yield from self._synced(key, place, refresh=refresh)
        except _OUTAGES as error:
            outage = self._outage(place.thread_id, began, error, known=known)
        assert thread is not None  # noqa: S101 - it is synced, or was before
        rows, amount, gap = yield from locally(self._database.read, look, thread.number, states, limit)
        # What was not read yet is not archived either.
        older = thread.whole is False and "active" in states
        if older and outage is None and (limit is None or amount < limit):
            try:
                yield from read_older(self._context, self._database, thread)
            except _OUTAGES as error:
                outage = self._outage(place.thread_id, began, error, known=True)
            else:
                older = False
                rows, amount, gap = yield from locally(self._database.read, look, thread.number, states, limit)
        reached_start = not older and (limit is None or amount < limit)
        return thread, rows, Extent(amount, reached_start, gap, limit, outage)

    def append(
        self, key: str, records: Sequence[Record], drafts: Sequence[Draft | None], state: State
    ) -> Flow[Any, None]:
        """Write a batch in order: to the platform what has a draft, each with what follows it here. Not atomic.

        An error's `appended` says how many messages were kept before it.
        """
        kept = 0
        try:
            place = yield from self._keys.find(key)
            thread = yield from self._writable(key, place)
            for unit in units_of(records, drafts):
                if unit.draft is None:
                    adding = locally(self._database.write, add, thread.number, unit.records, state)
                    yield from self._while_it_is_there(adding)
                else:
                    yield from self._send(thread, unit, unit.draft, state)
                kept += len(unit.records)
        except ThreadsError as error:
            error.appended = kept
            raise

    def replace(
        self, key: str, records: Sequence[Record], state: State, payload_of: Callable[[Entry], str]
    ) -> Flow[Any, None]:
        """Make `records` the whole conversation, in one transaction; the platform is not written.

        It is not asked either, unless the thread was never read: what somebody said there since is not what the caller
        meant to replace. The next read brings it, after `records`.
        """
        place = yield from self._keys.find(key)
        thread = yield from self._writable(key, place)
        replacing = locally(
            self._database.write,
            replace_all,
            thread.number,
            records,
            state,
            lambda row: payload_of(self._entry(thread, row)),
        )
        yield from self._while_it_is_there(replacing)

    def set_state(
        self,
        key: str,
        states: Collection[State],
        state: State,
        pick: Pick | None = None,
    ) -> Flow[Any, tuple[Entry, ...]]:
        """Archive or delete what `pick` takes from the entries in `states` that are shown, or all; what was taken.

        All means all that the platform has at this moment, so it is asked. What is archived was read before, as a rule
        the oldest of it: news change nothing about that.
        """
        place = yield from self._keys.find(key)
        if place.thread_id is None:
            return ()
        if pick is not None and state == "archived":
            thread = yield from self._writable(key, place)
        else:
            thread = yield from self._synced(key, place, ask=pick is None)

        def taken(rows: list[Row]) -> Sequence[Row]:
            chosen = pick([self._entry(thread, row) for row in rows]) if callable(pick) else ()
            numbers = {entry.number for entry in chosen}
            return [row for row in rows if row.number in numbers]

        picked: RowPick | None = taken if callable(pick) else pick
        limit = self._settings.limit
        rows = yield from locally(self._database.write, set_state, thread.number, states, state, limit, picked)
        return tuple(self._entry(thread, row) for row in rows)

    def delete_thread(self, key: str) -> Flow[Any, None]:
        """Delete the hosted thread, and forget all that was kept of it."""
        place = yield from self._keys.find(key)
        if place.thread_id is None:
            return
        try:
            yield from self._operations.delete_thread(place.thread_id)
        except ThreadNotFoundError:
            if place.thread is None:
                raise
            # It is gone already, perhaps by a try whose answer was lost: what was kept of it would stay for ever.
        self._looks.expect_news(self._realm, place.thread_id)
        if place.thread is not None:
            yield from locally(self._database.write, purge, self._realm, place.thread)

    def thread_id(self, key: str) -> Flow[Any, str | None]:
        """The id of the hosted thread that a key leads to; None where it has none yet."""
        return (yield from self._keys.find(key)).thread_id

    def keys(self) -> Flow[Any, list[str]]:
        """The keys under which there are messages, sorted; only what this overlay has seen."""
        return (yield from locally(self._database.read, keys_of, self._realm))

    def expect_news(self, key: str) -> Flow[Any, None]:
        """The platform's own run wrote to the thread: the next read asks."""
        place = yield from self._keys.find(key)
        if place.thread_id is not None:
            self._looks.expect_news(self._realm, place.thread_id)

    def _outage(self, thread_id: str, began: float, error: ThreadsError, *, known: bool) -> ThreadsError:
        """Note that a look which began at `began` failed; raised where a read is not to go on with what is known."""
        self._looks.failed(self._realm, thread_id, began, error)
        if self._settings.on_outage == "error" or not known:
            raise error
        return error

    def _synced(self, key: str, place: Place, *, refresh: bool = False, ask: bool = False) -> Flow[Any, Thread]:
        """The thread, with its journal up to date; within the time of freshness it is taken to be."""
        assert place.thread_id is not None  # noqa: S101 - the callers have looked
        realm = self._realm
        fresh = self._looks.within(realm, place.thread_id, self._settings.freshness)
        if place.thread is not None and fresh and not refresh and not ask:
            return place.thread
        began = time.monotonic()
        thread = place.thread or (yield from self._keys.thread(key, place.thread_id))
        limit = self._settings.limit
        try:
            settled = yield from sync_thread(self._context, self._database, thread, limit, refresh=refresh)
        except (InvalidRequestError, ThreadNotFoundError):
            if place.thread is None:
                # Noted for nothing: the key may be meant for another thread, or for one that is still to be created.
                yield from locally(self._database.write, purge, realm, thread)
            raise
        if settled:
            self._looks.looked(realm, place.thread_id, began)
        if thread.whole:
            return thread
        now = yield from locally(self._database.read, find_place, realm, key, place.thread_id)
        return now.thread or thread

    def _writable(self, key: str, place: Place) -> Flow[Any, Thread]:
        """The thread of a key, created if need be; read before the first write, so that what is there comes first."""
        if place.thread_id is None:
            return (yield from self._keys.created(key))
        if place.thread is None or place.thread.whole is None:
            return (yield from self._synced(key, place, ask=True))
        return place.thread

    def _while_it_is_there(self, writing: Flow[Any, ResultT]) -> Flow[Any, ResultT]:
        """What `writing` returns, of a thread that another may have deleted since it was looked up."""
        try:
            return (yield from writing)
        except ThreadGoneError:
            provider = self._context.provider
        raise ThreadNotFoundError(
            f"{provider.title} write: the thread was deleted while it was written to. Of the message, nothing was sent "
            "or kept.",
            provider=provider.name,
            operation="write",
        )

    def _send(self, thread: Thread, unit: Unit, draft: Draft, state: State) -> Flow[Any, None]:
        endpoint = self._context.provider.endpoints.append
        assert endpoint is not None  # noqa: S101 - a platform without it takes no role, and so no draft
        write, number = self._database.write, thread.number
        until = self._context.clock() + self._context.timeouts.total + _GRACE
        recording = locally(write, record_intent, number, unit, state, until)
        intent = yield from self._while_it_is_there(recording)
        message: ThreadMessage | None = None
        problem: ThreadsError | None = None
        try:
            try:
                message = yield from call(self._context, endpoint, AppendMessage(thread.thread_id, draft))
            except OutcomeUnknownError:
                raise  # the intent stays, and the next read finds out
            except ThreadsError as error:
                problem = error
            if message is None:
                yield from locally(write, drop_intent, number, intent)
            else:
                yield from locally(write, settle_intent, number, intent, unit, message, state, until)
        except BaseException:
            # The next read asks, however fresh the last one is: the message may be there, and be sent again else.
            self._looks.expect_news(self._realm, thread.thread_id)
            raise
        if problem is not None:
            raise problem

    def _entry(self, thread: Thread, row: Row) -> Entry:
        # Unpacked: attributes of a row are looked up one by one, which for a long thread is most of a read.
        _, number, remote_key, remote_id, remote, edited, state, framework, role, text, payload, plain = row
        key = remote_key or f"local:{thread.thread_id}:{number}"
        return Entry(
            key,
            parse=partial(thread_message, self._context.provider, thread.thread_id, key, remote_id, remote)
            if remote is not None
            else None,
            record=Record(framework, role, text, payload, bool(plain)) if framework is not None else None,
            edited=bool(edited),
            state=state,
            number=number,
        )
