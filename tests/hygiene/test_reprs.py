"""No repr of a value shows what people wrote, so that values can be logged."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from provider_threads import Citation, Draft, Page, Part, Thread, ThreadFile, ThreadMessage, ThreadView
from provider_threads.endpoint import (
    Answer,
    AppendMessage,
    CreateThread,
    ListFiles,
    ListMessages,
    MessageRef,
    Request,
    ThreadRef,
    UpdateMessage,
    UpdateThread,
)
from provider_threads.flows.judge import Judged
from provider_threads.flows.steps import Emit

CANARY = "机密的话"
RAW: dict[str, Any] = {"content": CANARY}
CITATION = Citation("web", CANARY, 0, 4, quote=CANARY, url="https://example.com", title=CANARY, file_id="f", raw=RAW)
PART = Part("text", text=CANARY, raw=RAW)
MESSAGE = ThreadMessage(
    id="msg_1",
    key="msg_1#2",
    thread_id="thread_1",
    role="user",
    provider_role="user",
    text=CANARY,
    parts=(PART,),
    citations=(CITATION,),
    metadata={"k": CANARY},
    raw=RAW,
)
DRAFT = Draft(CANARY, metadata={"k": CANARY})
PAGE = Page((MESSAGE,), has_more=False, first_id="msg_1", last_id="msg_1", order="asc")

VALUES: list[Any] = [
    CITATION,
    PART,
    MESSAGE,
    DRAFT,
    PAGE,
    ThreadView((MESSAGE, MESSAGE), reached_start=True),
    Thread("thread_1", metadata={"k": CANARY}, raw=RAW),
    ThreadFile("file-1", raw=RAW),
    CreateThread({"k": CANARY}),
    UpdateThread("thread_1", {"k": CANARY}),
    AppendMessage("thread_1", DRAFT),
    UpdateMessage("thread_1", "msg_1", CANARY),
    Request("GET", "/v1", query={"q": CANARY}, headers={"Authorization": CANARY}, body=CANARY.encode()),
    Answer(200, {"x": CANARY}, CANARY.encode()),
    Emit((MESSAGE,)),
    Judged(PAGE),
    [MESSAGE],
    {"message": MESSAGE},
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_repr_shows_no_text(value: Any) -> None:
    for shown in (repr(value), str(value), f"{value}"):
        assert CANARY not in shown
        assert repr(CANARY.encode())[2:-1] not in shown


def test_a_messages_repr_shows_what_a_log_needs() -> None:
    assert repr(MESSAGE) == "ThreadMessage(key='msg_1#2', role='user', length=4)"


def test_the_reprs_of_other_values_name_them() -> None:
    assert repr(DRAFT) == "Draft(role='user', file_ids=())"
    assert repr(Thread("thread_1")) == "Thread(id='thread_1', created_at=None)"
    assert repr(ThreadRef("thread_1")) == "ThreadRef(thread_id='thread_1')"
    assert "message_id='msg_1'" in repr(MessageRef("thread_1", "msg_1"))
    assert "limit=5" in repr(ListMessages("thread_1", limit=5))
    assert "after='file-1'" in repr(ListFiles("thread_1", "msg_1", after="file-1"))
    assert "start=0, end=4" in repr(CITATION)
    assert repr(Request("GET", "/v1")) == "Request(method='GET', path='/v1')"


@pytest.mark.parametrize("value", VALUES[:8], ids=lambda value: type(value).__name__)
def test_values_do_not_change(value: Any) -> None:
    name = next(iter(type(value).__dataclass_fields__))
    with pytest.raises(AttributeError):
        setattr(value, name, "other")


def test_values_are_equal_by_what_they_mean_and_not_by_what_was_sent() -> None:
    assert Thread("t", raw={"a": 1}) == Thread("t", raw={"a": 2})
    assert Thread("t") != Thread("t", created_at=datetime(2024, 1, 1, tzinfo=timezone.utc))


# sequences


def test_a_page_and_a_view_are_gone_through_like_their_messages() -> None:
    view = ThreadView((MESSAGE, MESSAGE), reached_start=True)
    assert list(PAGE) == [MESSAGE]
    assert len(PAGE) == 1
    assert list(view) == [MESSAGE, MESSAGE]
    assert view[0] is view[-1] is MESSAGE
    assert view[:1] == (MESSAGE,)


@pytest.mark.parametrize(
    ("reached_start", "gap_before", "limit", "complete"),
    [
        (True, None, None, True),
        (True, None, 5, True),
        (False, None, None, False),
        (False, None, 5, False),
        (False, None, 2, True),
        (False, 0, 2, False),
        (True, 1, None, False),
        (True, 1, 2, False),
    ],
)
def test_a_view_is_complete_without_a_gap_and_with_the_start_or_all_that_was_asked_for(
    reached_start: bool, gap_before: int | None, limit: int | None, complete: bool
) -> None:
    view = ThreadView((MESSAGE, MESSAGE), reached_start=reached_start, gap_before=gap_before, limit=limit)
    assert view.complete is complete


def test_the_newest_block_begins_after_the_gap() -> None:
    other = ThreadMessage("m", "m", "thread_1", "user", "user", "x")
    assert ThreadView((other, MESSAGE), reached_start=True, gap_before=1).newest_block == (MESSAGE,)
    assert ThreadView((other, MESSAGE), reached_start=True).newest_block == (other, MESSAGE)
    assert ThreadView((other, MESSAGE), reached_start=False, gap_before=0).newest_block == (other, MESSAGE)
