"""What is sent to MiniMax."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest

from provider_threads import Draft, MiniMax
from provider_threads.endpoint import (
    AppendMessage,
    CreateThread,
    ListMessages,
    MessageRef,
    Request,
    ThreadRef,
    UpdateThread,
)

GROUP = "1700000000000000001"
MINIMAX = MiniMax("mm-key-EXAMPLE", GROUP)
T = "thread_4f1c8a7d2e6b49038c5d7a9e1b3f6c20"

# operation, arguments, method, path, parameters: as MiniMax's pages or its SDK send them
REQUESTS: list[tuple[str, Any, str, str, dict[str, Any]]] = [
    ("create_thread", CreateThread(), "POST", "/v1/threads/create", {}),
    ("create_thread", CreateThread({"k": "v"}), "POST", "/v1/threads/create", {"metadata": {"k": "v"}}),
    ("get_thread", ThreadRef(T), "GET", "/v1/threads/retrieve", {"thread_id": T}),
    ("update_thread", UpdateThread(T, {"k": "v"}), "POST", "/v1/threads/modify", {"id": T, "metadata": {"k": "v"}}),
    ("list_messages", ListMessages(T), "GET", "/v1/threads/messages/list", {"thread_id": T}),
    (
        "list_messages",
        ListMessages(T, limit=5, order="asc", after="msg_1", before="msg_2"),
        "GET",
        "/v1/threads/messages/list",
        {"thread_id": T, "limit": 5, "order": "asc", "after": "msg_1", "before": "msg_2"},
    ),
    (
        "get_message",
        MessageRef(T, "msg_1"),
        "GET",
        "/v1/threads/messages/retrieve",
        {"thread_id": T, "message_id": "msg_1"},
    ),
    (
        "append",
        AppendMessage(T, Draft("你好 😀", file_ids=("123",), metadata={"k": "v"})),
        "POST",
        "/v1/threads/messages/add",
        {"thread_id": T, "role": "user", "content": "你好 😀", "file_ids": ["123"], "metadata": {"k": "v"}},
    ),
    (
        "append",
        AppendMessage(T, Draft("hi", role="assistant")),
        "POST",
        "/v1/threads/messages/add",
        {"thread_id": T, "role": "assistant", "content": "hi"},
    ),
]


def signed(operation: str, arguments: Any) -> Request:
    return MINIMAX.sign(getattr(MINIMAX.endpoints, operation).build(arguments), 0)


@pytest.mark.parametrize(("operation", "arguments", "method", "path", "parameters"), REQUESTS)
def test_an_operation_is_one_request(
    operation: str, arguments: Any, method: str, path: str, parameters: dict[str, Any]
) -> None:
    request = signed(operation, arguments)
    assert (request.method, request.path) == (method, path)
    assert json.loads(request.body) == parameters


@pytest.mark.parametrize(
    ("operation", "arguments", "parameters"), [(row[0], row[1], row[4]) for row in REQUESTS if row[2] == "GET"]
)
def test_a_get_carries_its_parameters_in_the_query_and_in_the_body(
    operation: str, arguments: Any, parameters: dict[str, Any]
) -> None:
    request = signed(operation, arguments)
    assert request.query == {"GroupId": GROUP, **{name: str(value) for name, value in parameters.items()}}
    assert json.loads(request.body) == parameters


@pytest.mark.parametrize(("operation", "arguments"), [(row[0], row[1]) for row in REQUESTS if row[2] == "POST"])
def test_a_post_has_nothing_but_the_group_in_its_query(operation: str, arguments: Any) -> None:
    request = signed(operation, arguments)
    assert request.target == f"{request.path}?GroupId={GROUP}"


def test_the_request_line_of_a_list_is_that_of_minimaxs_sdk() -> None:
    request = signed("list_messages", ListMessages(T, limit=20, order="desc"))
    assert request.target == f"/v1/threads/messages/list?GroupId={GROUP}&thread_id={T}&limit=20&order=desc"


def test_a_query_value_cannot_add_a_parameter() -> None:
    request = signed("get_thread", ThreadRef("a&GroupId=1#?/b c"))
    assert request.target.endswith("&thread_id=a%26GroupId%3D1%23%3F%2Fb+c")


def test_json_is_announced_even_on_get_and_the_key_is_the_bearer() -> None:
    for operation, arguments in (("get_thread", ThreadRef(T)), ("create_thread", CreateThread())):
        assert signed(operation, arguments).headers == {
            "Authorization": "Bearer mm-key-EXAMPLE",
            "Content-Type": "application/json",
        }


def test_text_goes_out_as_utf8_and_not_escaped() -> None:
    assert "你好 😀".encode() in signed("append", AppendMessage(T, Draft("你好 😀"))).body


@pytest.mark.parametrize("metadata", [None, {}])
def test_an_append_leaves_out_what_it_has_not(metadata: Any) -> None:
    request = signed("append", AppendMessage(T, Draft("hi", metadata=metadata)))
    assert set(json.loads(request.body)) == {"thread_id", "role", "content"}


def test_metadata_may_be_any_mapping() -> None:
    pairs = MappingProxyType({"k": "v"})
    for operation, arguments in (
        ("create_thread", CreateThread(pairs)),
        ("update_thread", UpdateThread(T, pairs)),
        ("append", AppendMessage(T, Draft("hi", metadata=pairs))),
    ):
        assert json.loads(signed(operation, arguments).body)["metadata"] == {"k": "v"}


def test_minimax_has_no_operation_that_its_api_has_not() -> None:
    endpoints = MINIMAX.endpoints
    assert endpoints.update_message is None
    assert endpoints.delete_thread is None
    assert endpoints.list_files is None


def test_reads_may_be_repeated_and_writes_may_not() -> None:
    repeatable = {row[0] for row in REQUESTS if getattr(MINIMAX.endpoints, row[0]).idempotent}
    assert repeatable == {"get_thread", "list_messages", "get_message"}
