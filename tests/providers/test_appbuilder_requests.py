"""What is sent to Baidu AppBuilder."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider_threads import AppBuilder, Draft
from provider_threads.endpoint import (
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

APPBUILDER = AppBuilder("bce-v3/ALTAK-EXAMPLE/0000")
T, M = "thread_5d0e7c9b3a1f4826b6d8e2f4a0c71935", "msg_f7b5d3a1c9e04862a8d6c4e2b0f91735"

# operation, arguments, path, body: the fields of Baidu's page, and no empty ones, which its SDK sends
REQUESTS: list[tuple[str, Any, str, dict[str, Any]]] = [
    ("create_thread", CreateThread(), "", {}),
    ("create_thread", CreateThread({"k": "v"}), "", {"metadata": {"k": "v"}}),
    ("get_thread", ThreadRef(T), "/query", {"thread_id": T}),
    ("update_thread", UpdateThread(T, {}), "/update", {"thread_id": T, "metadata": {}}),
    ("delete_thread", ThreadRef(T), "/delete", {"thread_id": T}),
    (
        "append",
        AppendMessage(T, Draft("地球?😀", file_ids=("file-510", "file-511"))),
        "/messages",
        {"thread_id": T, "role": "user", "content": "地球?😀", "file_ids": ["file-510", "file-511"]},
    ),
    ("append", AppendMessage(T, Draft("x")), "/messages", {"thread_id": T, "role": "user", "content": "x"}),
    ("list_messages", ListMessages(T), "/messages/list", {"thread_id": T}),
    (
        "list_messages",
        ListMessages(T, limit=5, order="asc", after=M),
        "/messages/list",
        {"thread_id": T, "limit": 5, "order": "asc", "after": M},
    ),
    (
        "list_messages",
        ListMessages(T, limit=5, order="desc", before=M),
        "/messages/list",
        {"thread_id": T, "limit": 5, "order": "desc", "before": M},
    ),
    ("get_message", MessageRef(T, M), "/messages/query", {"thread_id": T, "message_id": M}),
    (
        "list_files",
        ListFiles(T, M, limit=20, order="desc", after="file-510"),
        "/messages/files/list",
        {"thread_id": T, "message_id": M, "limit": 20, "order": "desc", "after": "file-510"},
    ),
    ("list_files", ListFiles(T, M), "/messages/files/list", {"thread_id": T, "message_id": M}),
]


def signed(operation: str, arguments: Any) -> Request:
    return APPBUILDER.sign(getattr(APPBUILDER.endpoints, operation).build(arguments), 0)


def update_of(file_ids: tuple[str, ...] | None) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(signed("update_message", UpdateMessage(T, M, "你好", file_ids)).body)
    return body


@pytest.mark.parametrize(("operation", "arguments", "path", "body"), REQUESTS)
def test_an_operation_is_one_post(operation: str, arguments: Any, path: str, body: dict[str, Any]) -> None:
    request = signed(operation, arguments)
    assert (request.method, request.target) == ("POST", f"/v2/threads{path}")
    assert json.loads(request.body) == body
    assert request.headers == {
        "Authorization": "Bearer bce-v3/ALTAK-EXAMPLE/0000",
        "Content-Type": "application/json",
    }


def test_an_absent_limit_is_not_sent_so_that_the_default_of_minus_20_never_is() -> None:
    assert "limit" not in json.loads(signed("list_messages", ListMessages(T)).body)
    assert APPBUILDER.endpoints.list_messages.paging is not None
    assert APPBUILDER.endpoints.list_messages.paging.size == APPBUILDER.capabilities.max_limit == 20


def test_content_is_a_string_on_its_way_out() -> None:
    assert json.loads(signed("append", AppendMessage(T, Draft("好"))).body)["content"] == "好"
    assert update_of(None)["content"] == "你好"


def test_an_update_without_files_leaves_the_files_alone() -> None:
    assert update_of(None) == {"thread_id": T, "message_id": M, "content": "你好"}


def test_an_update_with_no_files_clears_them() -> None:
    assert update_of(())["file_ids"] == []


def test_an_update_with_files_replaces_them() -> None:
    assert update_of(("file-510",))["file_ids"] == ["file-510"]
    assert signed("update_message", UpdateMessage(T, M, "x")).target == "/v2/threads/messages/update"


def test_the_slashes_of_a_token_are_not_escaped() -> None:
    assert signed("get_thread", ThreadRef(T)).headers["Authorization"].count("/") == 2


def test_an_order_is_only_what_is_asked_for_by_position_or_by_time() -> None:
    paging = APPBUILDER.endpoints.list_messages.paging
    assert paging is not None
    assert paging.parameters("asc") == ("after",)
    assert set(paging.parameters("desc")) == {"after", "before"}


def test_reads_may_be_repeated_and_writes_may_not() -> None:
    operations = {row[0] for row in REQUESTS} | {"update_message"}
    repeatable = {name for name in operations if getattr(APPBUILDER.endpoints, name).idempotent}
    assert repeatable == {"get_thread", "list_messages", "get_message", "list_files"}
