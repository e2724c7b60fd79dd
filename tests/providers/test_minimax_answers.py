"""MiniMax's answers, with every oddity that its page and its SDK show."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from provider_threads import Draft, MiniMax, OutcomeUnknownError, Page, ProtocolError, ThreadMessage
from provider_threads.endpoint import (
    AppendMessage,
    CreateThread,
    ListMessages,
    MessageRef,
    ThreadRef,
    UpdateThread,
)

from .answers import MAKERS, answer, judged, payload, read, refused

MINIMAX = MAKERS["minimax"]()
THREAD_ID = "thread_4f1c8a7d2e6b49038c5d7a9e1b3f6c20"
LIST = ListMessages(THREAD_ID, order="asc")
MESSAGE = MessageRef(THREAD_ID, "msg_90b3e5d7c1a84f26b8e4d0c2a6f19573")


def page(body: Any = None, order: Any = "asc") -> Page[ThreadMessage]:
    arguments = ListMessages(THREAD_ID, order=order)
    result: Page[ThreadMessage] = read(MINIMAX, "list_messages", arguments, body or payload("minimax/list"))
    return result


def message(**changes: Any) -> ThreadMessage:
    body = {**payload("minimax/message"), **changes}
    result: ThreadMessage = read(MINIMAX, "get_message", MESSAGE, body)
    return result


def test_the_documented_list_reads_in_full() -> None:
    question, reply = page()
    assert (question.role, question.text) == ("user", "后天要带伞吗?")
    assert question.metadata == {"channel": "web", "lang": "zh"}
    assert reply.text == "后天也就是1月4日,市区预计有小雨,气温在3℃到9℃之间,要带伞【1†source】。"
    assert reply.raw == payload("minimax/list")["data"][1]
    assert len(reply.citations) == 1


def test_the_documented_message_reads_in_full() -> None:
    got = message()
    assert (got.id, got.key, got.thread_id, got.role) == (MESSAGE.message_id, MESSAGE.message_id, THREAD_ID, "user")


def test_an_added_message_reads_in_full() -> None:
    arguments = AppendMessage(THREAD_ID, Draft("后天要带伞吗?", file_ids=("3107",), metadata={"channel": "web"}))
    added = read(MINIMAX, "append", arguments, payload("minimax/added"))
    assert added.text == arguments.draft.text
    assert added.file_ids == ("3107",)
    assert added.metadata == {"channel": "web"}
    assert added.run_id is None
    assert added.assistant_id is None


def test_a_thread_reads_in_full() -> None:
    for operation, arguments in (("create_thread", CreateThread()), ("get_thread", ThreadRef(THREAD_ID))):
        thread = read(MINIMAX, operation, arguments, payload("minimax/thread"))
        assert thread.id == THREAD_ID
        assert thread.metadata == {"owner": "demo"}
        assert thread.created_at == datetime(2024, 1, 4, 7, 33, 20, tzinfo=timezone.utc)


def test_a_modified_thread_stands_under_thread() -> None:
    arguments = UpdateThread(THREAD_ID, {"owner": "demo2"})
    thread = read(MINIMAX, "update_thread", arguments, payload("minimax/thread_modified"))
    assert thread.metadata == {"owner": "demo2"}
    flat = payload("minimax/thread")
    assert isinstance(refused(MINIMAX, "update_thread", arguments, flat), OutcomeUnknownError)


# 1: one id for two messages


def test_two_minimax_messages_that_share_one_id_stay_two_messages() -> None:
    assert [item.id for item in page()] == ["msg_demo42", "msg_demo42"]
    assert [item.role for item in page()] == ["user", "assistant"]
    assert page().first_id == page().last_id == "msg_demo42"


def test_messages_that_share_one_id_have_keys_of_their_own_counted_from_the_oldest() -> None:
    assert [item.key for item in page()] == ["msg_demo42", "msg_demo42#2"]


def test_a_shared_id_gets_the_same_keys_in_either_order() -> None:
    newest_first = payload("minimax/list")
    newest_first["data"].reverse()
    assert [(item.key, item.role) for item in page(newest_first, "desc")] == [
        ("msg_demo42#2", "assistant"),
        ("msg_demo42", "user"),
    ]


def test_only_repeated_ids_are_numbered() -> None:
    body = payload("minimax/list")
    first, second = body["data"]
    body["data"] = [first, {**second, "id": "msg_between"}, second, {**second, "id": "msg_last"}, first]
    assert [item.key for item in page(body)] == [
        "msg_demo42",
        "msg_between",
        "msg_demo42#2",
        "msg_last",
        "msg_demo42#3",
    ]


# 2: a placeholder for the thread id


def test_the_placeholder_thread_id_is_told_but_no_error() -> None:
    result = judged(MINIMAX, "list_messages", LIST, answer(payload("minimax/list")))
    assert result.error is None
    assert result.foreign_thread
    assert result.value is not None
    assert {item.thread_id for item in result.value} == {THREAD_ID}


def test_the_placeholder_thread_id_is_an_error_where_that_is_asked_for() -> None:
    outcome = answer(payload("minimax/list"))
    result = judged(MINIMAX, "list_messages", LIST, outcome, strict_thread_ids=True)
    assert isinstance(result.error, ProtocolError)


def test_messages_of_two_threads_in_one_list_are_always_an_error() -> None:
    body = payload("minimax/list")
    body["data"][1]["thread_id"] = THREAD_ID
    assert "several threads" in str(refused(MINIMAX, "list_messages", LIST, body))


def test_an_answer_about_the_thread_asked_for_is_not_foreign() -> None:
    result = judged(MINIMAX, "get_message", MESSAGE, answer(payload("minimax/message")), strict_thread_ids=True)
    assert result.error is None
    assert not result.foreign_thread


# 3 is a request (test_minimax_requests.py). 4 and 5: role and object


def test_minimax_ai_is_the_assistant_and_the_raw_role_is_kept() -> None:
    reply = page().items[1]
    assert (reply.role, reply.provider_role) == ("assistant", "ai")


def test_the_object_of_a_minimax_message_is_not_relied_on() -> None:
    assert message(object="thread.message") == message(object="message") == message(object=None)


# 6 and 7: nulls, and ids on a user's message


@pytest.mark.parametrize("value", [None, []])
def test_minimax_file_ids_may_be_null(value: object) -> None:
    assert message(file_ids=value).file_ids == ()


def test_minimax_metadata_may_be_an_object_or_null() -> None:
    assert [item.metadata for item in page()] == [{"channel": "web", "lang": "zh"}, None]


def test_a_users_minimax_message_keeps_the_assistant_and_run_id_it_carries() -> None:
    assert (message().assistant_id, message().run_id) == ("asst_demo42", "run_demo42")


# 8, 12: the citation


def test_a_minimax_citation_has_true_offsets_and_no_url() -> None:
    reply = page().items[1]
    (citation,) = reply.citations
    assert (citation.kind, citation.start, citation.end) == ("web", 32, 42)
    assert reply.text[32:42] == citation.marker == "【1†source】"
    assert len(reply.text) == 43
    assert citation.url is None
    assert citation.raw == payload("minimax/list")["data"][1]["content"][0]["text"]["annotations"][0]


def test_a_quote_that_minimax_cut_short_is_kept_as_it_came() -> None:
    (citation,) = page().items[1].citations
    assert citation.quote is not None
    assert citation.quote.endswith("早晚有雾,出行注意 ...")


# 9: no has_more


def test_minimax_never_says_whether_there_is_more() -> None:
    assert page().has_more is None
    assert page({**payload("minimax/list"), "has_more": True}).has_more is None


def test_a_minimax_answer_without_data_is_not_an_empty_thread() -> None:
    body = payload("minimax/list")
    del body["data"]
    assert "data is missing" in str(refused(MINIMAX, "list_messages", LIST, body))


@pytest.mark.parametrize("value", [[], None])
def test_an_empty_list_is_an_empty_thread(value: object) -> None:
    empty = page({**payload("minimax/list"), "data": value, "first_id": "", "last_id": ""})
    assert (empty.items, empty.first_id, empty.last_id) == ((), None, None)


# 10: base_resp in every answer


def test_the_status_in_every_answer_is_no_part_of_the_result() -> None:
    assert message().metadata == {"channel": "web", "lang": "zh"}
    body = {**payload("minimax/message"), "base_resp": {"status_code": 0, "status_msg": "another word"}}
    assert read(MINIMAX, "get_message", MESSAGE, body) == message()


# 11: times


def test_minimax_times_are_seconds_and_a_date_in_the_text_changes_nothing() -> None:
    reply = page().items[1]
    assert reply.text.startswith("后天也就是1月4日")
    assert reply.created_at == datetime(2024, 1, 4, 7, 34, 23, tzinfo=timezone.utc)


# 13: the placeholder host


def test_the_placeholder_host_of_the_page_is_not_the_address() -> None:
    assert MiniMax("k", "g").base_url == "https://api.minimax.chat"


# parts


def test_an_image_part_gives_its_file_and_no_text() -> None:
    image = {"type": "image_file", "image_file": {"file_id": "file-9"}}
    got = message(content=[image, {"type": "text", "text": {"value": "看图", "annotations": None}}])
    assert [(part.kind, part.file_id, part.text) for part in got.parts] == [
        ("image", "file-9", None),
        ("text", None, "看图"),
    ]
    assert got.text == "看图"


def test_an_image_part_without_a_file_is_kept() -> None:
    got = message(content=[{"type": "image_file", "image_file": {}}])
    assert [(part.kind, part.file_id) for part in got.parts] == [("image", None)]


@pytest.mark.parametrize(
    "changes",
    [
        {"content": {"type": "text"}},
        {"content": [{"type": "image_file", "image_file": None}]},
        {"content": [{"type": "image_file", "image_file": {"file_id": 3}}]},
        {"file_ids": "file-1"},
        {"file_ids": [1]},
        {"metadata": "m"},
        {"created_at": 1.5},
        {"run_id": 3},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_field_of_another_type_is_unreadable(changes: dict[str, Any]) -> None:
    error = refused(MINIMAX, "get_message", MESSAGE, {**payload("minimax/message"), **changes})
    assert isinstance(error, ProtocolError)
    assert "not as documented" in str(error)


def test_an_unreadable_answer_to_an_append_leaves_the_outcome_open() -> None:
    error = refused(MINIMAX, "append", AppendMessage(THREAD_ID, Draft("好")), {"base_resp": {"status_code": 0}})
    assert isinstance(error, OutcomeUnknownError)
    assert "read the thread" in str(error)
