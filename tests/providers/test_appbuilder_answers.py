"""AppBuilder's answers, with every oddity that its page and its SDK show."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from provider_threads import Draft, OutcomeUnknownError, Page, ProtocolError, ThreadMessage
from provider_threads.endpoint import (
    AppendMessage,
    CreateThread,
    ListFiles,
    ListMessages,
    MessageRef,
    ThreadRef,
    UpdateMessage,
    UpdateThread,
)

from .answers import MAKERS, answer, judged, payload, read, refused

APPBUILDER = MAKERS["appbuilder"]()
THREAD_ID = "thread_5d0e7c9b3a1f4826b6d8e2f4a0c71935"
LIST = ListMessages(THREAD_ID, order="desc")
MESSAGE = MessageRef(THREAD_ID, "msg_f7b5d3a1c9e04862a8d6c4e2b0f91735")
FILES = ListFiles(
    THREAD_ID, "msg_6e8c0a2d4f1b49379c5e7a9d1b3f0284", limit=20, order="desc", after="file-620845204731918"
)
QUESTION = "彩虹是怎么来的?"


def page(body: Any = None) -> Page[ThreadMessage]:
    result: Page[ThreadMessage] = read(APPBUILDER, "list_messages", LIST, body or payload("appbuilder/list"))
    return result


def message(**changes: Any) -> ThreadMessage:
    result: ThreadMessage = read(APPBUILDER, "get_message", MESSAGE, {**payload("appbuilder/queried"), **changes})
    return result


def test_the_documented_list_reads_in_full() -> None:
    newest, oldest = page()
    assert (newest.role, oldest.role) == ("assistant", "user")
    assert newest.text == "彩虹是阳光在水滴里折射和反射后分成的七色光,**背对太阳**时才看得见。"
    assert oldest.text == QUESTION
    assert newest.run_id == "run_e4b8d1f7a3c94260958d6e2c0a7f3b15"
    assert newest.raw == payload("appbuilder/list")["data"][0]
    assert (page().first_id, page().last_id, page().has_more) == (newest.id, oldest.id, False)


def test_the_documented_message_reads_in_full() -> None:
    got = message()
    assert (got.id, got.key, got.role, got.text) == (MESSAGE.message_id, MESSAGE.message_id, "user", QUESTION)
    assert got.file_ids == ()


def test_the_documented_threads_read_in_full() -> None:
    created = read(APPBUILDER, "create_thread", CreateThread({"owner": "demo"}), payload("appbuilder/thread"))
    assert created.id == THREAD_ID
    assert created.metadata == {"owner": "demo"}
    assert read(APPBUILDER, "get_thread", ThreadRef(THREAD_ID), payload("appbuilder/thread")) == created
    assert read(APPBUILDER, "update_thread", UpdateThread(THREAD_ID, {}), payload("appbuilder/thread")) == created


def test_a_deleted_thread_gives_nothing() -> None:
    assert read(APPBUILDER, "delete_thread", ThreadRef(THREAD_ID), payload("appbuilder/thread_deleted")) is None


def test_a_thread_that_was_not_deleted_is_not_reported_as_deleted() -> None:
    body = {**payload("appbuilder/thread_deleted"), "deleted": False}
    assert isinstance(refused(APPBUILDER, "delete_thread", ThreadRef(THREAD_ID), body), OutcomeUnknownError)


# 1: milliseconds


def test_appbuilder_times_are_milliseconds() -> None:
    assert message().created_at == datetime(2024, 4, 25, 8, 42, 16, 332000, tzinfo=timezone.utc)


def test_times_of_threads_and_files_are_milliseconds_too() -> None:
    thread = read(APPBUILDER, "get_thread", ThreadRef(THREAD_ID), payload("appbuilder/thread"))
    (file,) = read(APPBUILDER, "list_files", FILES, payload("appbuilder/files"))
    assert thread.created_at.year == 2024
    assert file.created_at == datetime(2024, 2, 24, 2, 0, 19, 145000, tzinfo=timezone.utc)


# 2: two kinds of message id


def test_appbuilder_message_ids_have_two_prefixes() -> None:
    assert [item.id.partition("_")[0] for item in page()] == ["chatmsg", "msg"]


# 3: fields outside the tables


def test_fields_outside_the_tables_are_read_where_they_stand() -> None:
    newest, oldest = page()
    assert newest.raw["content_type"] == "text"
    assert "content_type" not in oldest.raw
    assert newest.metadata == oldest.metadata == {}
    assert message().metadata is None


# 4: annotations


@pytest.mark.parametrize(
    "text",
    [{"value": QUESTION}, {"annotations": [], "value": QUESTION}, {"value": QUESTION, "annotations": None}],
    ids=["absent", "empty, before the value", "null"],
)
def test_appbuilder_annotations_may_be_absent_empty_or_null(text: dict[str, Any]) -> None:
    got = message(content=[{"type": "text", "text": text}])
    assert (got.text, got.citations) == (QUESTION, ())


def test_appbuilder_annotations_may_be_bare_strings() -> None:
    got = message(content=[{"type": "text", "text": {"value": QUESTION, "annotations": ["[1]", "[2]"]}}])
    assert [(citation.kind, citation.raw, citation.start) for citation in got.citations] == [
        ("other", "[1]", None),
        ("other", "[2]", None),
    ]


# 5, 6, 7: echoes that differ from what was sent


def test_a_list_that_names_another_thread_is_told_but_no_error() -> None:
    result = judged(APPBUILDER, "list_messages", LIST, answer(payload("appbuilder/list")))
    assert result.error is None
    assert result.foreign_thread
    assert result.value is not None
    assert {item.thread_id for item in result.value} == {THREAD_ID}


def test_a_list_that_names_another_thread_is_an_error_where_that_is_asked_for() -> None:
    outcome = answer(payload("appbuilder/list"))
    assert isinstance(judged(APPBUILDER, "list_messages", LIST, outcome, strict_thread_ids=True).error, ProtocolError)


def test_an_update_may_answer_with_another_message_another_thread_and_no_files() -> None:
    arguments = UpdateMessage(THREAD_ID, MESSAGE.message_id, QUESTION, ("file-1",))
    result = judged(APPBUILDER, "update_message", arguments, answer(payload("appbuilder/updated")))
    assert result.error is None
    assert result.foreign_thread
    assert result.value is not None
    assert result.value.id == "msg_0d2f4b6c8e1a49738b5d7f9c1e3a0246"
    assert result.value.file_ids == ()


def test_a_created_message_may_show_files_and_ids_that_were_never_sent() -> None:
    created = read(APPBUILDER, "append", AppendMessage(THREAD_ID, Draft(QUESTION)), payload("appbuilder/created"))
    assert created.file_ids == ("file-620845204731918",)
    assert created.assistant_id == "asst_9d3f5b7c1e0a42688b6d4f2a0c8e7135"
    assert created.metadata is None


def test_empty_ids_are_none() -> None:
    assert (message().assistant_id, message().run_id) == (None, None)


# 8: a cursor that is not in the page


def test_files_after_a_file_do_not_repeat_it() -> None:
    files = read(APPBUILDER, "list_files", FILES, payload("appbuilder/files"))
    assert [file.id for file in files] == ["file-621768605309198"]
    assert FILES.after not in [file.id for file in files]
    assert files.items[0].message_id == FILES.message_id
    assert (files.first_id, files.last_id, files.has_more, files.order) == (
        "file-621768605309198",
        "file-621768605309198",
        False,
        "desc",
    )


def test_a_message_without_files_has_an_empty_list() -> None:
    files = read(APPBUILDER, "list_files", FILES, {"object": "list", "data": [], "has_more": False})
    assert len(files) == 0


# 9 is a request (test_appbuilder_requests.py). 10: string out, list back


def test_appbuilder_content_comes_back_as_a_list_of_parts() -> None:
    assert [(part.kind, part.text) for part in message().parts] == [("text", QUESTION)]


# lists


@pytest.mark.parametrize(("value", "more"), [(True, True), (False, False), (None, None)])
def test_has_more_may_be_missing(value: bool | None, more: bool | None) -> None:
    assert page({**payload("appbuilder/list"), "has_more": value}).has_more is more
    body = payload("appbuilder/list")
    del body["has_more"]
    assert page(body).has_more is None


@pytest.mark.parametrize(("operation", "arguments"), [("list_messages", LIST), ("list_files", FILES)])
def test_an_appbuilder_answer_without_data_is_not_an_empty_list(operation: str, arguments: Any) -> None:
    error = refused(APPBUILDER, operation, arguments, {"object": "list", "has_more": False})
    assert "data is missing" in str(error)


@pytest.mark.parametrize("body", [{}, {"data": []}, {"id": "x", "role": "user"}])
def test_an_answer_without_an_object_is_never_a_success(body: dict[str, Any]) -> None:
    for operation, arguments in (("list_messages", LIST), ("get_message", MESSAGE), ("get_thread", ThreadRef("t"))):
        error = refused(APPBUILDER, operation, arguments, body)
        assert isinstance(error, ProtocolError)
        assert "object is missing" in str(error)


def test_an_append_answered_with_nothing_leaves_the_outcome_open() -> None:
    assert isinstance(refused(APPBUILDER, "append", AppendMessage("t", Draft("好")), {}), OutcomeUnknownError)


@pytest.mark.parametrize(
    "changes",
    [{"has_more": "no"}, {"data": {}}, {"data": ["x"]}, {"data": [None]}, {"first_id": 3}],
    ids=str,
)
def test_a_field_of_another_type_is_unreadable(changes: dict[str, Any]) -> None:
    error = refused(APPBUILDER, "list_messages", LIST, {**payload("appbuilder/list"), **changes})
    assert isinstance(error, ProtocolError)
    assert QUESTION not in str(error)
