"""A page has this machine's times, summer and winter, where none are asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from provider_threads import ThreadMessage, ThreadView
from provider_threads.cli.export_html import LocalTime, page_of


@pytest.fixture(autouse=True)
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(("month", "hours", "name"), [(1, -5, "EST"), (7, -4, "EDT")])
def test_local_times_know_summer_from_winter(month: int, hours: int, name: str) -> None:
    sent = datetime(2024, month, 20, 12, tzinfo=timezone.utc)
    local = sent.astimezone(LocalTime())
    assert (local.hour, local.utcoffset(), local.tzname()) == (12 + hours, timedelta(hours=hours), name)
    assert local == sent
    assert str(LocalTime()) == "EST/EDT"


def test_a_page_shows_local_times_and_says_which() -> None:
    sent = datetime(2024, 7, 20, 12, 34, 56, tzinfo=timezone.utc)
    message = ThreadMessage("m", "m", "thread_1", "user", "user", "hello", created_at=sent)
    page = page_of(ThreadView((message,), reached_start=True), "thread_1", "MiniMax", None)
    assert "08:34" in page
    assert "12:34" not in page
    assert "EST/EDT" in page
