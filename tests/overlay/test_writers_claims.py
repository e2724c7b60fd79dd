"""Whose message is whose: what intents claim while several processes write, die and read, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from provider_threads import OutcomeUnknownError
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.emulator.records import StoredMessage
from provider_threads.entries import Outgoing, State
from provider_threads.overlay import operations
from provider_threads.overlay.tables import intents
from tests.overlay.accounts import provider_at
from tests.overlay.batches import mark_of, outgoing, turn
from tests.overlay.stepping import Process, Running


class Room:
    """One thread of an emulated platform, and processes that share an overlay."""

    def __init__(self, emulator: Emulator, database: str) -> None:
        self.emulator = emulator
        self.provider = provider_at("minimax", emulator.base_url)
        self.thread_id = emulator.seed("minimax", [SeedMessage("user", "before")])
        self.database = database
        self.processes: list[Process] = []

    def process(self, *, freshness: float = 0.0) -> Process:
        self.processes.append(Process(self.database, self.provider, freshness=freshness))
        return self.processes[-1]

    def appending(self, batch: list[Outgoing], until: str) -> Running[None]:
        """A new process that appends, and stands before the step named `until`."""
        running = self.process().append(self.thread_id, batch)
        running.run(until)
        return running

    def killed(self, batch: list[Outgoing], until: str) -> None:
        """A process that died in the middle of an append."""
        self.appending(batch, until)

    def marks(self, process: Process | None = None) -> list[str | None]:
        """What a process reads, a new one unless it is given; the message that was there before is left out."""
        reading = (process or self.process()).read(self.thread_id)
        reading.run()
        entries = reading.result.entries
        keys = [entry.key for entry in entries if not entry.key.startswith("local:")]
        assert sorted(keys) == sorted(message.id for message in self.hosted()), "the journal is not the platform's list"
        return [mark_of(entry) for entry in entries[1:]]

    def hosted(self) -> list[StoredMessage]:
        return self.emulator.messages("minimax", self.thread_id)

    def id_of(self, mark: str) -> str | None:
        """The platform's id of the entry with this mark."""
        reading = self.process().read(self.thread_id)
        reading.run()
        found = [entry.message for entry in reading.result.entries if mark_of(entry) == mark]
        return found[0].id if len(found) == 1 and found[0] else None

    def clear(self, states: tuple[State, ...] = ("active", "archived")) -> None:
        """Delete all that is in `states`."""
        self.process().clear(self.thread_id, states).run()

    def forget_intents(self) -> None:
        self.process().overlay.database.write(lambda connection: connection.execute(delete(intents)).rowcount)

    def close(self) -> None:
        for process in self.processes:
            process.close()


@pytest.fixture
def room(emulator: Emulator, tmp_path: Path) -> Iterator[Room]:
    room = Room(emulator, str(tmp_path / "threads.db"))
    yield room
    room.close()


def marks(*units: str) -> list[str]:
    return [f"{unit}.{number}" for unit in units for number in range(1, 5)]


def test_what_a_dead_process_sent_is_claimed_whole(room: Room) -> None:
    room.marks()
    room.killed(turn("a", "yes"), "settle_intent")
    assert room.marks() == marks("a")


def test_what_a_dead_process_had_not_sent_is_not_there(room: Room) -> None:
    room.killed(turn("a", "yes"), "append")
    assert room.marks() == []


def test_a_turn_that_was_sent_is_not_given_up_because_the_next_one_was_written_before_anybody_read(room: Room) -> None:
    room.killed(turn("a", "first"), "settle_intent")
    room.appending(turn("b", "second"), "")
    assert room.marks() == marks("b", "a")


def test_a_writer_overtaken_by_another_still_has_its_turn_claimed_whole(room: Room) -> None:
    room.marks()
    slow = room.appending(turn("a", "slow"), "append")
    room.appending(turn("b", "quick"), "")
    room.marks()
    slow.advance()
    assert slow.before == "settle_intent"  # and here it dies
    assert room.marks() == marks("b", "a")


def test_a_message_claimed_too_early_is_handed_to_the_writer_who_sent_it(room: Room) -> None:
    waiting = room.appending(turn("a", "yes"), "append")
    dead = room.appending(turn("b", "yes"), "settle_intent")
    assert room.marks() == marks("a")  # first in, first out: a guess
    waiting.run()
    assert room.marks() == marks("a", "b")
    del dead


def test_a_guess_is_undone_where_the_writer_could_not_send(room: Room) -> None:
    waiting = room.appending(turn("a", "yes"), "append")
    sent = room.appending(turn("b", "yes"), "settle_intent")
    room.marks()
    waiting.fail(sent=False)
    waiting.run()
    assert room.marks() == marks("b")
    sent.run()
    assert room.marks() == marks("b")


@pytest.mark.parametrize("first", ["a", "b"])
def test_two_writers_of_the_same_text_keep_their_own_messages_and_whole_turns(room: Room, first: str) -> None:
    room.marks()
    a = room.appending(turn("a", "yes"), "append")
    b = room.appending(turn("b", "yes"), "append")
    b.advance()
    of_b = room.hosted()[-1].id
    room.marks()
    a.advance()
    of_a = room.hosted()[-1].id
    room.marks()
    for running in (a, b) if first == "a" else (b, a):
        running.run()
    assert room.marks() in (marks("a", "b"), marks("b", "a"))
    assert (room.id_of("a.1"), room.id_of("b.1")) == (of_a, of_b)


def test_a_writer_whose_message_another_claimed_gets_it_back(room: Room) -> None:
    waiting = room.appending(turn("a", "yes"), "append")
    sent = room.appending(turn("b", "yes"), "settle_intent")
    assert room.marks() == marks("a")
    sent.run()
    assert room.marks() == marks("b")
    waiting.advance()  # and here it dies
    assert room.marks() == marks("b", "a")


def test_an_outsiders_message_of_the_same_text_stays_beside_the_writers(room: Room) -> None:
    room.marks()
    waiting = room.appending(turn("a", "yes"), "append")
    room.emulator.seed("minimax", [SeedMessage("user", "yes")], thread_id=room.thread_id)
    assert room.marks() == marks("a")
    waiting.run()
    assert room.marks() == [*marks("a"), None]


def test_a_message_that_is_given_back_is_not_claimed_by_who_came_after_it(room: Room) -> None:
    room.marks()
    waiting = room.appending(turn("a", "yes"), "append")
    room.emulator.seed("minimax", [SeedMessage("user", "yes")], thread_id=room.thread_id)
    assert room.marks() == marks("a")
    room.killed(turn("b", "yes"), "append")
    waiting.run()
    assert room.marks() == [*marks("a"), None]


def test_an_intent_does_not_claim_what_was_there_before_it(room: Room) -> None:
    room.emulator.seed("minimax", [SeedMessage("user", "yes")], thread_id=room.thread_id)
    room.killed(turn("a", "yes"), "append")
    assert room.marks() == [None]


@pytest.mark.parametrize("shown_as", ["claimed", "imported", "another's"])
def test_what_was_deleted_before_its_writer_heard_of_it_stays_deleted(room: Room, shown_as: str) -> None:
    room.marks()
    dead = [room.appending(turn("a", "yes"), "append")] if shown_as == "another's" else []
    waiting = room.appending(turn("b", "yes"), "settle_intent")
    if shown_as == "imported":
        room.forget_intents()
    room.marks()
    room.clear()
    waiting.run()
    room.appending(turn("c", "yes"), "")
    # What follows it was never shown where the message was taken for another's: nobody deleted that.
    unseen = [] if shown_as == "claimed" else marks("b")[1:]
    assert [mark for mark in room.marks() if mark] == [*unseen, *marks("c")]
    assert dead == [] or not dead[0].ended


def test_what_never_went_out_does_not_claim_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_GRACE", -3_600.0)  # its request was over an hour ago
    room.killed(turn("a", "yes"), "append")
    assert room.marks() == []
    room.emulator.seed("minimax", [SeedMessage("user", "yes")], thread_id=room.thread_id)
    assert room.marks() == [None]


def test_what_went_out_is_claimed_however_late_it_is_read(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_GRACE", -3_600.0)
    room.killed(turn("a", "yes"), "settle_intent")
    room.appending(turn("b", "no"), "")
    assert room.marks() == marks("b", "a")


def test_an_intent_is_given_up_only_at_the_end_of_the_list(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "_GRACE", -3_600.0)
    late = room.appending(turn("a", "yes"), "append")
    room.emulator.seed("minimax", [SeedMessage("user", "no")] * 130, thread_id=room.thread_id)
    late.request()
    assert room.marks() == [None] * 130 + marks("a")


def test_two_same_messages_of_one_dead_batch_stay_two(room: Room) -> None:
    room.marks()
    room.killed([*turn("a", "yes"), *turn("b", "yes")], "settle_intent")
    room.killed(turn("c", "yes"), "settle_intent")
    assert room.marks() == marks("a", "c")


def test_a_lost_answer_is_looked_into_by_the_next_read_however_fresh_the_last_one_is(room: Room) -> None:
    process = room.process(freshness=60.0)
    room.marks(process)
    running = process.append(room.thread_id, turn("a", "yes"))
    running.run("append")
    running.request()
    running.fail(sent=True)
    assert isinstance(running.error, OutcomeUnknownError)
    assert room.marks(process) == marks("a")


def test_a_request_that_arrives_after_its_sender_died_is_claimed_when_it_is_there(room: Room) -> None:
    late = room.appending(turn("a", "late"), "append")
    assert room.marks() == []
    room.appending(turn("b", "in between"), "")
    assert room.marks() == marks("b")
    late.request()
    assert room.marks() == marks("b", "a")


def test_what_stays_here_at_the_head_of_a_batch_is_kept_whatever_becomes_of_the_rest(room: Room) -> None:
    head = outgoing("h", "system", "be brief")
    room.killed([head, *turn("a", "yes")], "append")
    assert room.marks() == ["h"]


def test_what_is_on_its_way_when_a_thread_is_cleared_leaves_no_text_behind(room: Room) -> None:
    room.marks()
    room.killed(turn("a", "yes"), "append")
    room.clear()
    with room.process().overlay.database._engine.connect() as connection:
        assert connection.execute(select(intents)).all() == []


def test_what_was_on_its_way_when_a_thread_was_cleared_is_shown_whole_if_its_sender_lives(room: Room) -> None:
    room.marks()
    waiting = room.appending(turn("a", "yes"), "append")
    room.clear()
    waiting.advance()
    assert room.marks() == [None]
    waiting.run()
    assert waiting.error is None
    assert [mark for mark in room.marks() if mark] == marks("a")


def test_what_was_on_its_way_when_a_thread_was_cleared_is_as_the_platform_has_it_if_its_sender_died(room: Room) -> None:
    room.marks()
    late = room.appending(turn("a", "yes"), "append")
    room.clear()
    late.request()
    assert room.marks() == [None]


def test_clearing_an_archive_leaves_what_is_on_its_way_alone(room: Room) -> None:
    room.marks()
    late = room.appending(turn("a", "yes"), "append")
    room.clear(states=("archived",))
    late.request()
    assert room.marks() == marks("a")
