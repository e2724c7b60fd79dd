"""From a key to its hosted thread, which is created where that is wanted, once however many ask at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from provider_threads.arguments import HOSTED, check_id, check_key
from provider_threads.errors import ConfigurationError, InvalidRequestError, ThreadNotFoundError
from provider_threads.flows.steps import Flow, Wait, locally
from provider_threads.operations import Operations
from provider_threads.overlay.database import Database
from provider_threads.overlay.threads import (
    Place,
    Realm,
    Thread,
    claim_key,
    find_place,
    record_thread,
    release_key,
)

__all__ = ["Keys"]

_PAUSE: Final = 0.05
"""Seconds between two looks whether another process has created the thread."""

_GRACE: Final = 5.0
"""Seconds beyond the time of one whole call after which who was creating a thread is taken for gone."""


@dataclass(frozen=True, slots=True)
class Keys:
    """How keys lead to hosted threads.

    Attributes:
        operations: of the platform. realm: whose keys they are.
        create: whether a key without a thread gets one at the first write.
        resolve: the app's own way from key to thread id, or None.
    """

    database: Database
    operations: Operations
    realm: Realm
    create: bool
    resolve: Callable[[str], str] | None

    def find(self, key: str) -> Flow[Any, Place]:
        """Where `key` leads now; nothing is made but a note of a key that the app led to a known thread."""
        check_key(key)
        thread_id = None
        if self.resolve is not None:
            thread_id = yield from locally(self.resolve, key)
            check_id(thread_id, "what thread_for returned")
        place = yield from locally(self.database.read, find_place, self.realm, key, thread_id)
        if self.create and place.thread_id in (None, key) and (place.thread is None or place.thread.whole is None):
            return (yield from self._hosted(key))
        if place.thread_id is None:
            check_id(key, "the key, which is taken for the thread's id without thread_for= or create_threads=True,")
            return Place(key, place.thread)
        if thread_id is not None and place.thread is not None and not place.recorded:
            yield from self.thread(key, thread_id)
        return place

    def _hosted(self, key: str) -> Flow[Any, Place]:
        """With create_threads, a key of which nothing is known: a thread of the platform's, if it looks like its id.

        Taken for a key of the app's, it would get a thread of its own, and hide the one that it is the id of.
        """
        if not key.startswith(HOSTED):
            return Place(None, None)
        try:
            check_id(key, "the key")
            yield from self.operations.get_thread(key)
        except (ConfigurationError, InvalidRequestError, ThreadNotFoundError):
            return Place(None, None)
        return Place(key, None)

    def thread(self, key: str, thread_id: str) -> Flow[Any, Thread]:
        """The overlay's row of a hosted thread, made if there is none."""
        return (yield from locally(self.database.write, record_thread, self.realm, key, thread_id))

    def created(self, key: str) -> Flow[Any, Thread]:
        """The thread of a key that has none: created here, or by whoever was first."""
        lasts = self.operations.context.timeouts.total + _GRACE
        while True:
            now = time.time()
            lease = yield from locally(self.database.write, claim_key, self.realm, key, now, now + lasts)
            if lease is not None:
                return (yield from self._create(key, lease))
            place = yield from self.find(key)
            if place.thread_id is not None:
                return place.thread or (yield from self.thread(key, place.thread_id))
            yield Wait(_PAUSE)

    def _create(self, key: str, lease: str) -> Flow[Any, Thread]:
        try:
            hosted = yield from self.operations.create_thread(None)
        except BaseException:
            # At once, not as a step: where the call was cancelled the driver takes none any more, and others wait.
            self.database.write(release_key, self.realm, key, lease)
            raise
        # Where the lease ran out and another was quicker, its thread counts, and this one stays empty.
        return (yield from locally(self.database.write, record_thread, self.realm, key, hosted.id, lease=lease))
