"""Who creates the thread of a key holds a lease on it, for as long as a call may last."""

from __future__ import annotations

from sqlalchemy import select

from provider_threads.overlay import Overlay, tables
from provider_threads.overlay.threads import Realm, claim_key, find_place, record_thread


def test_who_dies_while_creating_is_taken_over_from_in_time_though_the_clock_is_set_back(database: str) -> None:
    realm, day = Realm("minimax", "https://api.minimax.chat", ""), 86_400
    with Overlay(database) as overlay:
        write = overlay.database.write
        assert write(claim_key, realm, "user-42", 2 * day, 2 * day + 70)
        assert write(claim_key, realm, "user-42", day, day + 70) is None
        assert write(claim_key, realm, "user-42", day + 69, day + 139) is None
        assert write(claim_key, realm, "user-42", day + 71, day + 141)
        assert write(claim_key, realm, "user-42", day + 72, day + 142) is None


def test_of_two_that_created_a_thread_the_first_to_say_so_counts(database: str) -> None:
    realm = Realm("minimax", "https://api.minimax.chat", "")
    with Overlay(database) as overlay:
        write = overlay.database.write
        slow = write(claim_key, realm, "user-42", 1_000, 1_070)
        assert write(claim_key, realm, "user-42", 1_069, 1_139) is None
        quick = write(claim_key, realm, "user-42", 1_071, 1_141)
        assert slow
        assert quick
        assert slow != quick
        # The slow one wakes up and comes back while the quick one is still at it.
        assert write(record_thread, realm, "user-42", "thread_of_slow", lease=slow).thread_id == "thread_of_slow"
        assert write(record_thread, realm, "user-42", "thread_of_quick", lease=quick).thread_id == "thread_of_slow"
        place = overlay.database.read(find_place, realm, "user-42")
        assert place.thread_id == "thread_of_slow"
        made = select(tables.threads.c.thread_id)
        assert overlay.database.read(lambda connection: connection.scalars(made).all()) == ["thread_of_slow"]
