"""Threads longer than a page, windows, and threads that a platform does not show whole."""

from __future__ import annotations

import warnings

import pytest

from provider_threads import IncompleteThreadError, IncompleteThreadWarning
from provider_threads.emulator import Emulator, Switches

from .conversations import CURSOR_PLATFORMS, OpenHistory, Reading, conversation, said, texts


@pytest.mark.parametrize("platform", CURSOR_PLATFORMS)
@pytest.mark.parametrize("cursor", ["inclusive", "exclusive"])
def test_a_thousand_messages_come_in_order_and_once(
    platform: str, cursor: str, history_of: OpenHistory, emulator: Emulator, read: Reading
) -> None:
    emulator.switches = Switches().changed({f"{platform}_cursor": cursor})
    messages = read(history_of(platform, conversation(1000)))
    assert said(messages) == texts(1000)
    assert len({message.id for message in messages}) == 1000


@pytest.mark.parametrize("limit", [1, 2, 25, 130])
def test_a_window_is_the_newest_messages_oldest_first(
    platform: str, limit: int, history_of: OpenHistory, read: Reading
) -> None:
    assert said(read(history_of(platform, conversation(150), limit=limit))) == texts(150, start=150 - limit)


def test_a_window_wider_than_the_thread_is_the_thread(platform: str, history_of: OpenHistory, read: Reading) -> None:
    assert said(read(history_of(platform, conversation(3), limit=50))) == texts(3)


def test_a_window_does_not_fetch_the_whole_thread(
    platform: str, history_of: OpenHistory, emulator: Emulator, read: Reading
) -> None:
    read(history_of(platform, conversation(150), limit=10))
    assert len(emulator.requests) == 1


def test_hunyuan_shows_199_messages_whole(history_of: OpenHistory, read: Reading) -> None:
    assert said(read(history_of("hunyuan", conversation(199)))) == texts(199)


@pytest.mark.parametrize("count", [200, 201])
def test_beyond_that_only_the_newest_block_is_shown_with_one_warning(
    count: int, history_of: OpenHistory, read: Reading
) -> None:
    history = history_of("hunyuan", conversation(count))
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            messages = read(history)
        assert said(messages) == texts(count, start=count - 100)
        assert [warning.category for warning in caught] == [IncompleteThreadWarning]
        assert "newest 100 messages" in str(caught[0].message)


def test_the_warning_points_at_who_read(history_of: OpenHistory) -> None:
    history = history_of("hunyuan", conversation(200))
    with pytest.warns(IncompleteThreadWarning) as caught:
        _ = history.messages
    assert caught[0].filename == __file__


def test_each_incomplete_thread_is_warned_of_and_every_read_is_logged(
    history_of: OpenHistory, caplog: pytest.LogCaptureFixture
) -> None:
    """By Python's default filter one sentence is shown once: it names the thread."""
    histories = [history_of("hunyuan", conversation(200)) for _ in range(2)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for history in [*histories, *histories]:
            _ = history.messages
    assert [history.thread_id in str(warning.message) for history, warning in zip(histories, caught, strict=True)] == [
        True,
        True,
    ]
    logged = [record.getMessage() for record in caplog.records if record.name == "provider_threads.memory"]
    assert [history.thread_id in line for history, line in zip([*histories, *histories], logged, strict=True)] == [
        True
    ] * 4
    assert {record.levelname for record in caplog.records} == {"WARNING"}


def test_a_history_says_afterwards_what_its_last_read_found(history_of: OpenHistory, read: Reading) -> None:
    whole, cut = history_of("hunyuan", conversation(3)), history_of("hunyuan", conversation(300))
    assert whole.last_view is cut.last_view is None
    read(whole)
    with pytest.warns(IncompleteThreadWarning):
        read(cut)
    assert whole.last_view is not None
    assert whole.last_view.complete
    assert cut.last_view is not None
    assert (cut.last_view.complete, cut.last_view.gap_before, len(cut.last_view)) == (False, 100, 200)


@pytest.mark.parametrize("count", [200, 201])
def test_beyond_that_is_an_error_where_one_is_wanted(count: int, history_of: OpenHistory, read: Reading) -> None:
    history = history_of("hunyuan", conversation(count), on_gap="error")
    with pytest.raises(IncompleteThreadError) as caught:
        read(history)
    assert (caught.value.provider, caught.value.operation) == ("hunyuan", "read")
    assert "message 1" not in str(caught.value)
    assert history.thread_id not in str(caught.value)
    assert history.last_view is not None
    assert history.last_view.gap_before is not None


def test_a_window_within_reach_needs_no_warning(history_of: OpenHistory, read: Reading) -> None:
    history = history_of("hunyuan", conversation(500), limit=100, on_gap="error")
    assert said(read(history)) == texts(500, start=400)


def test_a_window_across_the_gap_says_so(history_of: OpenHistory, read: Reading) -> None:
    with pytest.warns(IncompleteThreadWarning, match="newest 100 messages"):
        messages = read(history_of("hunyuan", conversation(500), limit=150))
    assert said(messages) == texts(500, start=400)
