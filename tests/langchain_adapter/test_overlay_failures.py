"""Writes over an overlay that fail: seen by whoever looks, told without a word of the messages, and neither lost nor
doubled afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from langchain_threads import ThreadChatMessageHistory
from provider_threads import (
    InvalidRequestError,
    OutcomeUnknownError,
    OverlayError,
    Provider,
    RetryPolicy,
    StaleThreadWarning,
    ThreadClient,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay
from tests.overlay.faults import Faults
from tests.overlay.relay import Relay

from .conversations import SECRET_TEXT, WRITABLE_PLATFORMS, Adding, OpenHistory, Reading, said, told_by
from .turns import Call, Weatherman, every_call, prompted, session

TURN: list[BaseMessage] = [
    HumanMessage(f"{SECRET_TEXT}？", id="q", name="王"),
    AIMessage("", tool_calls=[{"name": SECRET_TEXT, "args": {"k": SECRET_TEXT}, "id": "call_1"}], id="c"),
    ToolMessage(SECRET_TEXT, tool_call_id="call_1", artifact={"k": SECRET_TEXT}, id="r"),
    AIMessage(f"{SECRET_TEXT}。", id="a"),
]
AGAIN: list[BaseMessage] = [HumanMessage("还在吗？", id="q2"), AIMessage("在。", id="a2")]

writable = pytest.mark.parametrize("platform", WRITABLE_PLATFORMS)


class Watched:
    """A history, and what its failed writes tell."""

    def __init__(
        self, history: ThreadChatMessageHistory, errors: list[Exception], log: pytest.LogCaptureFixture
    ) -> None:
        self.history = history
        self._errors = errors
        self._log = log

    def assert_seen(self, error: BaseException) -> None:
        """By whoever looks at the history, listens, or reads the log; none of them sees what was said."""
        assert self.history.last_error is error
        assert self._errors == [error]
        self._errors.clear()
        ours = [record for record in self._log.records if record.name == "langchain_threads.history"]
        assert [record.levelname for record in ours] == ["ERROR"]
        assert self.history.thread_id in ours[0].getMessage()
        assert SECRET_TEXT not in self._log.text
        assert SECRET_TEXT not in told_by(error)
        self._log.clear()


@pytest.fixture
def watched(
    emulator: Emulator,
    faulty_provider_of: Callable[..., Provider],
    overlay: Overlay,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Callable[..., Watched]]:
    """Opens a history of a new thread, behind the faults."""
    opened: list[ThreadChatMessageHistory] = []

    def make(platform: Any, **settings: Any) -> Watched:
        errors: list[Exception] = []
        wanted = {"overlay": overlay, "provider": faulty_provider_of(platform), **settings}
        history = ThreadChatMessageHistory(emulator.seed(platform), on_error=errors.append, **wanted)
        opened.append(history)
        return Watched(history, errors, caplog)

    with caplog.at_level(logging.DEBUG):
        yield make
    for history in opened:
        history.close()


@writable
def test_a_message_that_was_refused_is_nowhere_nor_is_what_follows_it(
    platform: Any, watched: Callable[..., Watched], faults: Faults, emulator: Emulator, add: Adding, read: Reading
) -> None:
    seen = watched(platform)
    history = seen.history
    faults.of_writes.extend(["passed", "refused"])
    with pytest.raises(InvalidRequestError) as caught:
        add(history, [*AGAIN, *TURN])
    assert caught.value.appended == 2
    seen.assert_seen(caught.value)
    assert read(history) == AGAIN
    assert history.refresh() == AGAIN
    assert [message.text for message in emulator.messages(platform, history.thread_id)] == ["还在吗？"]
    add(history, TURN)
    assert history.last_error is None
    assert history.refresh() == [*AGAIN, *TURN]


@writable
def test_where_the_answer_is_lost_the_next_read_finds_the_message(
    platform: Any, watched: Callable[..., Watched], faults: Faults, emulator: Emulator, add: Adding, read: Reading
) -> None:
    """It was applied: it is shown as it was written, with what follows it, and once."""
    seen = watched(platform, freshness=600)
    history = seen.history
    assert read(history) == []
    faults.of_writes.append("lost")
    with pytest.raises(OutcomeUnknownError) as caught:
        add(history, TURN)
    assert caught.value.appended == 0
    seen.assert_seen(caught.value)
    assert read(history) == TURN
    add(history, AGAIN)
    assert read(history) == [*TURN, *AGAIN]
    assert history.refresh() == [*TURN, *AGAIN]
    held = emulator.messages(platform, history.thread_id)
    assert [message.text for message in held] == [f"{SECRET_TEXT}？", "还在吗？"]


@writable
def test_where_the_message_never_arrived_nothing_of_it_is_shown(
    platform: Any, watched: Callable[..., Watched], faults: Faults, emulator: Emulator, add: Adding, read: Reading
) -> None:
    seen = watched(platform)
    history = seen.history
    faults.of_writes.append("not applied")
    with pytest.raises(OutcomeUnknownError) as caught:
        add(history, TURN)
    seen.assert_seen(caught.value)
    assert read(history) == []
    add(history, TURN)  # the app's own second try
    assert history.refresh() == TURN
    add(history, AGAIN)
    assert history.refresh() == [*TURN, *AGAIN]
    assert len(emulator.messages(platform, history.thread_id)) == 2


@writable
def test_a_second_try_after_a_lost_answer_is_a_second_message(
    platform: Any, watched: Callable[..., Watched], faults: Faults, add: Adding
) -> None:
    """Both are on the platform, and both were written: neither takes the other's place."""
    history = watched(platform).history
    first, second = HumanMessage("在吗？", id="1"), HumanMessage("在吗？", id="2")
    faults.of_writes.append("lost")
    with pytest.raises(OutcomeUnknownError):
        add(history, [first, TURN[3]])
    add(history, [second])
    assert sorted(str(message.id) for message in history.refresh()) == ["1", "2", "a"]


@writable
@pytest.mark.parametrize("side", ["request", "answer"])
def test_a_write_that_is_cancelled_is_found_by_the_next_read_if_it_arrived(
    platform: Any, side: Any, watched: Callable[..., Watched], emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    async def cancelled(history: ThreadChatMessageHistory, relay: Relay) -> None:
        held = relay.hold(side)
        writing = asyncio.ensure_future(history.aadd_messages(TURN))
        await asyncio.to_thread(held.there.wait, 10)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        held.let_go(delivered=False)
        await asyncio.to_thread(relay.settle)

    with Relay(emulator.base_url) as relay:
        provider: Any = provider_of(platform)
        provider = type(provider)(**{**credentials(emulator, platform), "base_url": relay.base_url})
        seen = watched(platform, provider=provider)
        asyncio.run(cancelled(seen.history, relay))
        error = seen.history.last_error
        assert isinstance(error, OutcomeUnknownError)
        seen.assert_seen(error)
        found = TURN if side == "answer" else []
        assert seen.history.refresh() == found
        seen.history.add_messages(AGAIN)
        assert seen.history.refresh() == [*found, *AGAIN]


def credentials(emulator: Emulator, platform: str) -> dict[str, str]:
    account = emulator.credentials
    if platform == "minimax":
        return {"api_key": account.minimax_api_key, "group_id": account.minimax_group_id}
    return {"token": account.appbuilder_token}


def test_a_database_that_cannot_be_opened_stops_the_write_before_it_is_sent(
    platform: str, watched: Callable[..., Watched], emulator: Emulator, tmp_path: Path, add: Adding, read: Reading
) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is no database, and longer than a header of one would have to be" * 9)
    for where in (tmp_path / "no such folder" / "threads.db", tmp_path / "broken.db"):
        with Overlay(where) as overlay:
            seen = watched(platform, overlay=overlay)
            with pytest.raises(OverlayError) as caught:
                add(seen.history, TURN)
            seen.assert_seen(caught.value)
            with pytest.raises(OverlayError):
                read(seen.history)
    assert emulator.requests == []


def run(overlay: Overlay, statement: str) -> None:
    with closing(sqlite3.connect(overlay.location)) as database:
        database.execute(statement)
        database.commit()


@writable
@pytest.mark.parametrize("table", ["thread_overlay_intents", "thread_overlay_entries"])
def test_a_database_that_fails_midway_loses_and_doubles_nothing(
    platform: Any,
    table: str,
    watched: Callable[..., Watched],
    overlay: Overlay,
    emulator: Emulator,
    add: Adding,
    read: Reading,
) -> None:
    """Before the message is sent, or when its outcome is to be kept: then it is on the platform, and is found."""
    seen = watched(platform)
    history = seen.history
    add(history, AGAIN)
    run(overlay, f"CREATE TRIGGER full BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(OverlayError) as caught:
        add(history, TURN)
    assert caught.value.appended == 0
    seen.assert_seen(caught.value)
    run(overlay, "DROP TRIGGER full")
    sent = [message.text for message in emulator.messages(platform, history.thread_id)]
    arrived = table == "thread_overlay_entries"
    assert sent == ["还在吗？", f"{SECRET_TEXT}？"][: 1 + arrived]
    assert history.refresh() == [*AGAIN, *TURN[: len(TURN) * arrived]]
    assert read(history) == history.messages


@every_call
def test_what_langchain_swallows_is_seen_over_an_overlay_too(
    call: Call, watched: Callable[..., Watched], faults: Faults, emulator: Emulator
) -> None:
    seen = watched("minimax")
    runnable = prompted(Weatherman(), lambda session_id: seen.history)
    faults.of_writes.append("lost")
    call(runnable, {"question": f"{SECRET_TEXT}？"}, session("user-42"))
    error = seen.history.last_error
    assert isinstance(error, OutcomeUnknownError)
    assert SECRET_TEXT not in told_by(error)
    assert said(seen.history.refresh()) == [f"{SECRET_TEXT}？", "answer 1"]
    call(runnable, {"question": "明天呢？"}, session("user-42"))
    assert seen.history.last_error is None
    assert said(seen.history.refresh()) == [f"{SECRET_TEXT}？", "answer 1", "明天呢？", "answer 3"]


def test_with_writes_provider_an_overlay_takes_nothing_that_the_platform_does_not(
    platform: str, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, add: Adding
) -> None:
    history = history_of(platform, overlay=overlay, writes="provider")
    with pytest.raises(UnsupportedOperationError) as caught:
        add(history, TURN)
    assert SECRET_TEXT not in told_by(caught.value)
    assert emulator.requests == []
    assert history.messages == []


def test_an_outage_is_read_through_where_that_is_asked_for(
    platform: Any, emulator: Emulator, faulty_provider_of: Callable[..., Provider], faults: Faults, overlay: Overlay
) -> None:
    thread_id = emulator.seed(platform)
    with ThreadClient(faulty_provider_of(platform), retry=RetryPolicy(attempts=1)) as client:
        kept, strict = (
            ThreadChatMessageHistory(thread_id, client=client, overlay=overlay, freshness=0, on_outage=on_outage)
            for on_outage in ("stale", "error")
        )
        kept.add_messages(TURN)
        faults.of_all = "unavailable"
        with pytest.warns(StaleThreadWarning) as shown:
            assert kept.messages == TURN
        assert kept.last_view is not None
        assert kept.last_view.stale
        assert SECRET_TEXT not in str(shown[0].message)
        with pytest.raises(ThreadsError):
            strict.messages  # noqa: B018 - a request
        faults.of_all = None
        assert strict.messages == TURN
