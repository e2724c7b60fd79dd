"""Hunyuan's answers, with every oddity that its page and its SDK show."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from provider_threads import Hunyuan, OutcomeUnknownError, Page, ProtocolError, ThreadMessage
from provider_threads.endpoint import CreateThread, ListMessages, MessageRef, ThreadRef
from tests.reliability.row import Property

from .answers import MAKERS, answer, judged, payload, read, refused

HUNYUAN = MAKERS["hunyuan"]()
THREAD_ID = "thread_Rb3nLq8WzVx1TgYc5KdHs0Pm"
LIST = ListMessages(THREAD_ID, order="desc")
MESSAGE = MessageRef(THREAD_ID, "msg_Wk4ZrTq0mPb7YxGd2LcNf9Hs")
CREATED = datetime(2024, 11, 12, 8, 30, 15, tzinfo=timezone.utc)


def page(body: Any = None, arguments: ListMessages = LIST) -> Page[ThreadMessage]:
    result: Page[ThreadMessage] = read(HUNYUAN, "list_messages", arguments, body or payload("hunyuan/list"))
    return result


def message(**changes: Any) -> ThreadMessage:
    """The example message, with fields of it changed."""
    body = payload("hunyuan/message")
    body["Response"].update(changes)
    result: ThreadMessage = read(HUNYUAN, "get_message", MESSAGE, body)
    return result


def without(*fields: str) -> ThreadMessage:
    body = payload("hunyuan/message")
    for field in fields:
        del body["Response"][field]
    result: ThreadMessage = read(HUNYUAN, "get_message", MESSAGE, body)
    return result


def test_the_documented_list_reads_in_full() -> None:
    newest, oldest = page()
    assert (newest.id, newest.role, newest.provider_role) == (MESSAGE.message_id, "assistant", "assistant")
    assert newest.text == "西湖在杭州市区西面,乘地铁到龙翔桥站下车,步行几分钟就到。"
    assert newest.thread_id == THREAD_ID
    assert newest.status == "completed"
    assert newest.run_id == oldest.run_id == "run_u7GfA2kQeN9sJcX4ZtLwB6oD"
    assert newest.raw == payload("hunyuan/list")["Response"]["Data"][0]
    assert (oldest.role, oldest.text) == ("user", "西湖怎么走?")
    assert (page().first_id, page().last_id) == (newest.id, oldest.id)
    assert page().has_more is False


def test_one_message_stands_directly_under_response() -> None:
    assert message().text == "西湖在杭州市区西面,乘地铁到龙翔桥站下车,步行几分钟就到。"
    assert message() == page().items[0]


# 1 and 2: times that are eight hours off


def test_hunyuan_completion_eight_hours_after_creation_is_kept_raw_and_not_corrected() -> None:
    raw = message().raw
    assert raw["CompletedAt"] - raw["CreatedAt"] == 28_800
    assert message().created_at == CREATED


def test_one_hunyuan_thread_may_have_two_creation_times_eight_hours_apart() -> None:
    created = read(HUNYUAN, "create_thread", CreateThread(), payload("hunyuan/thread_created"))
    fetched = read(HUNYUAN, "get_thread", ThreadRef(THREAD_ID), payload("hunyuan/thread_fetched"))
    assert created.id == fetched.id == THREAD_ID
    assert fetched.created_at - created.created_at == timedelta(hours=8)
    assert created.metadata == fetched.metadata == {}


def test_a_hunyuan_message_may_be_completed_before_it_was_created() -> None:
    assert message(CompletedAt=1731371415).created_at == CREATED


@pytest.mark.parametrize("value", [None, 0])
def test_a_time_that_is_not_set_is_none(value: object) -> None:
    assert message(CreatedAt=value).created_at is None


# 3: order


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_question_and_answer_with_one_creation_time_keep_the_order_of_the_list(order: Any) -> None:
    body = payload("hunyuan/list")
    if order == "asc":
        body["Response"]["Data"].reverse()
    items = page(body, ListMessages(THREAD_ID, order=order)).items
    assert items[0].created_at == items[1].created_at
    assert [item.role for item in items] == (["user", "assistant"] if order == "asc" else ["assistant", "user"])


def test_later_times_first_in_the_list_do_not_change_its_order() -> None:
    body = payload("hunyuan/list")
    body["Response"]["Data"][0]["CreatedAt"] = 1731300000
    assert [item.role for item in page(body)] == ["assistant", "user"]


# 4 and 5: details, empty strings and nulls


def test_details_of_incompleteness_on_a_completed_message_do_not_make_it_incomplete() -> None:
    raw = message().raw
    assert raw["InCompleteDetails"] == {"Reason": ""}
    assert raw["InCompleteAt"] is None
    assert message().status == "completed"
    assert message(InCompleteDetails=None).status == "completed"


@pytest.mark.parametrize("status", ["in_progress", "completed", "incomplete"])
def test_a_status_is_kept_as_it_came(status: str, record_property: Property) -> None:
    kept = message(Status=status).status
    record_property("unfinished_shown", int(status != "completed"))
    record_property("shown_as_finished", int(kept == "completed" != status))
    assert kept == status


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_assistant_id_is_none(value: object) -> None:
    assert message(AssistantID=value).assistant_id is None
    assert message(RunID=value).run_id is None


def test_an_assistant_id_is_kept() -> None:
    assert message(AssistantID="asst_x").assistant_id == "asst_x"


def test_null_attachments_are_no_files() -> None:
    assert message(Attachments=None).file_ids == ()
    assert without("Attachments").file_ids == ()


def test_attachments_give_their_file_ids_and_one_without_an_id_is_none() -> None:
    attachments = [{"FileID": "file-1"}, {"FileID": None}, {}, {"FileID": "file-2"}]
    assert message(Attachments=attachments).file_ids == ("file-1", "file-2")


# 6: content


def test_hunyuan_content_may_be_a_plain_string() -> None:
    as_text = read(HUNYUAN, "get_message", MESSAGE, payload("hunyuan/message_string"))
    assert as_text.text == "西湖怎么走?"
    assert [(part.kind, part.text) for part in as_text.parts] == [("text", "西湖怎么走?")]
    assert as_text.citations == ()


def test_hunyuan_content_may_be_null() -> None:
    assert message(Content=None).text == ""
    assert message(Content=None).parts == ()
    assert without("Content").text == ""


def test_hunyuan_content_of_several_parts_is_joined_by_line_breaks() -> None:
    parts = [{"Index": index, "Type": "text", "Text": {"Value": value}} for index, value in enumerate("甲乙丙")]
    assert message(Content=parts).text == "甲\n乙\n丙"
    assert [part.text for part in message(Content=parts).parts] == ["甲", "乙", "丙"]


def test_a_content_part_of_a_kind_no_document_names_is_kept() -> None:
    unknown = {"Index": 0, "Type": "audio", "Audio": {"ID": "a"}}
    got = message(Content=[unknown, {"Index": 1, "Type": "text", "Text": {"Value": "好"}}])
    assert [part.kind for part in got.parts] == ["other", "text"]
    assert got.parts[0].raw == unknown
    assert got.text == "好"


# 7: metadata outside the schema


def test_hunyuan_metadata_is_read_though_no_schema_names_it() -> None:
    assert message().metadata == {}
    assert message(Metadata={"k": "v"}).metadata == {"k": "v"}
    assert without("Metadata").metadata is None


# 8: the request id


def test_the_request_id_is_read_from_the_body_and_else_from_the_header() -> None:
    in_body = {"Response": {"RequestId": "id-in-body"}}
    header = {"x-tc-requestid": "id-in-header"}
    assert HUNYUAN.request_id(header, in_body) == "id-in-body"
    others: list[Any] = [None, {}, {"Response": {}}, {"Response": None}, {"Response": {"RequestId": ""}}]
    for other in others:
        assert HUNYUAN.request_id(header, other) == "id-in-header"
    assert HUNYUAN.request_id({}, {"Response": {"RequestId": 5}}) is None


# 9: more, but no cursor


def test_hunyuan_says_that_there_is_more_but_has_no_cursor() -> None:
    body = payload("hunyuan/list")
    body["Response"]["HasMore"] = True
    assert page(body).has_more is True
    assert HUNYUAN.capabilities.cursor is False
    assert HUNYUAN.endpoints.list_messages.paging is None


@pytest.mark.parametrize("value", [None, "absent"])
def test_a_hunyuan_list_that_does_not_say_whether_there_is_more_is_unreadable(value: object) -> None:
    body = payload("hunyuan/list")
    body["Response"]["HasMore"] = value
    if value == "absent":
        del body["Response"]["HasMore"]
    assert isinstance(refused(HUNYUAN, "list_messages", LIST, body), ProtocolError)


def test_a_hunyuan_answer_without_data_is_not_an_empty_thread() -> None:
    error = refused(HUNYUAN, "list_messages", LIST, {"Response": {"RequestId": "r", "HasMore": False}})
    assert isinstance(error, ProtocolError)
    assert "Data is missing" in str(error)


def test_null_data_is_an_empty_thread() -> None:
    body = {"Response": {"Data": None, "HasMore": False, "FirstMsgID": "", "LastMsgID": "", "RequestId": "r"}}
    assert page(body).items == ()
    assert page(body).first_id is None


def test_the_deprecated_first_and_last_ids_do_not_disturb() -> None:
    body = payload("hunyuan/list")
    body["Response"].update(FirstID="msg_x", LastID=17)
    del body["Response"]["FirstMsgID"], body["Response"]["LastMsgID"]
    assert len(page(body)) == 2
    assert page(body).last_id is None


# 12: what the page's input example leaves out


def test_every_hunyuan_request_carries_the_version_and_time_that_the_example_omits() -> None:
    signed = HUNYUAN.sign(HUNYUAN.endpoints.list_messages.build(LIST), 1731400215.9)
    assert signed.headers["X-TC-Version"] == Hunyuan.version == "2023-09-01"
    assert signed.headers["X-TC-Timestamp"] == "1731400215"


# roles, ids, other threads


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
def test_roles_that_every_framework_knows_are_kept(role: str) -> None:
    assert (message(Role=role).role, message(Role=role).provider_role) == (role, role)


@pytest.mark.parametrize("role", ["tool", "User", "导师"])
def test_a_role_that_no_document_names_is_kept_and_never_guessed(role: str) -> None:
    assert (message(Role=role).role, message(Role=role).provider_role) == (role, role)


def test_a_hunyuan_answer_about_another_thread_is_an_error() -> None:
    error = refused(HUNYUAN, "list_messages", ListMessages("thread_other", order="desc"), payload("hunyuan/list"))
    assert isinstance(error, ProtocolError)
    assert "another thread" in str(error)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ID", None),
        ("ID", ""),
        ("ID", 7),
        ("Role", None),
        ("Role", ""),
        ("Content", 5),
        ("Content", ["text"]),
        ("Content", [{"Type": "text", "Text": None}]),
        ("Content", [{"Type": "text", "Text": {"Value": None}}]),
        ("Content", [{"Type": "text", "Text": {"Value": "好", "Annotations": {}}}]),
        ("CreatedAt", "1731400215"),
        ("CreatedAt", True),
        ("CreatedAt", 10**30),
        ("CreatedAt", 10**400),
        ("Status", 1),
        ("Attachments", {}),
        ("Attachments", ["file-1"]),
        ("Metadata", []),
    ],
)
def test_a_field_of_another_type_is_named_and_its_value_is_not(field: str, value: object) -> None:
    body = payload("hunyuan/message")
    body["Response"][field] = value
    error = refused(HUNYUAN, "get_message", MESSAGE, body)
    assert isinstance(error, ProtocolError)
    assert "not as documented" in str(error)
    assert error.request_id == body["Response"]["RequestId"]
    assert "龙翔桥" not in str(error)


@pytest.mark.parametrize("body", [{}, {"Response": None}, {"Response": []}, [], "ok", None, 5])
def test_what_has_no_response_object_is_unreadable(body: object) -> None:
    assert isinstance(refused(HUNYUAN, "list_messages", LIST, body), ProtocolError)


def test_an_unreadable_answer_to_a_created_thread_leaves_the_outcome_open() -> None:
    error = refused(HUNYUAN, "create_thread", CreateThread(), {"Response": {"RequestId": "r-1"}})
    assert isinstance(error, OutcomeUnknownError)
    assert error.request_id == "r-1"


def test_a_byte_order_mark_and_any_content_type_are_tolerated() -> None:
    body = b"\xef\xbb\xbf" + answer(payload("hunyuan/list")).body
    result = judged(HUNYUAN, "list_messages", LIST, answer(body, content_type="text/html"))
    assert result.value is not None
    assert len(result.value) == 2
