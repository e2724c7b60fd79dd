"""What is sent to Tencent Hunyuan."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider_threads.endpoint import CreateThread, ListMessages, MessageRef, ThreadRef

from .answers import EXAMPLE_ID, MAKERS

HUNYUAN = MAKERS["hunyuan"](region="ap-guangzhou", base_url="http://127.0.0.1:38497")
THREAD_ID = "thread_Rb3nLq8WzVx1TgYc5KdHs0Pm"
NOW = 1_795_212_482

# operation, arguments, action, body: the actions and fields that Tencent's own SDK sends
REQUESTS = [
    ("create_thread", CreateThread(), "CreateThread", {}),
    ("get_thread", ThreadRef(THREAD_ID), "GetThread", {"ThreadID": THREAD_ID}),
    ("list_messages", ListMessages(THREAD_ID), "GetThreadMessageList", {"ThreadID": THREAD_ID}),
    (
        "list_messages",
        ListMessages(THREAD_ID, limit=100, order="asc"),
        "GetThreadMessageList",
        {"ThreadID": THREAD_ID, "Limit": 100, "Order": "asc"},
    ),
    (
        "get_message",
        MessageRef(THREAD_ID, "msg_1"),
        "GetThreadMessage",
        {"ThreadID": THREAD_ID, "MessageID": "msg_1"},
    ),
]


@pytest.mark.parametrize(("operation", "arguments", "action", "body"), REQUESTS)
def test_an_operation_is_one_post_of_its_action(
    operation: str, arguments: Any, action: str, body: dict[str, Any]
) -> None:
    request = getattr(HUNYUAN.endpoints, operation).build(arguments)
    assert (request.method, request.target) == ("POST", "/")
    assert request.headers["X-TC-Action"] == action
    assert request.body == json.dumps(body, separators=(",", ":")).encode()


def test_the_headers_are_those_of_tencents_sdk() -> None:
    signed = HUNYUAN.sign(HUNYUAN.endpoints.get_thread.build(ThreadRef(THREAD_ID)), NOW)
    assert set(signed.headers) == {
        "Authorization",
        "Content-Type",
        "Host",
        "X-TC-Action",
        "X-TC-Region",
        "X-TC-Timestamp",
        "X-TC-TraceId",
        "X-TC-Version",
    }
    assert signed.headers["Host"] == "127.0.0.1:38497"
    assert signed.headers["X-TC-Region"] == "ap-guangzhou"
    assert signed.headers["Authorization"].startswith(
        f"TC3-HMAC-SHA256 Credential={EXAMPLE_ID}/2026-11-20/hunyuan/tc3_request, "
        "SignedHeaders=content-type;host, Signature="
    )


def test_a_region_is_optional() -> None:
    hunyuan = MAKERS["hunyuan"]()
    assert "X-TC-Region" not in hunyuan.sign(hunyuan.endpoints.create_thread.build(CreateThread()), NOW).headers


def test_hunyuan_is_never_sent_a_cursor() -> None:
    arguments = ListMessages(THREAD_ID, limit=5, order="desc", after="msg_1", before="msg_2")
    request = HUNYUAN.endpoints.list_messages.build(arguments)
    assert json.loads(request.body) == {"ThreadID": THREAD_ID, "Limit": 5, "Order": "desc"}


def test_hunyuan_has_no_operation_that_its_api_has_not() -> None:
    endpoints = HUNYUAN.endpoints
    assert endpoints.append is None
    assert endpoints.update_message is None
    assert endpoints.update_thread is None
    assert endpoints.delete_thread is None
    assert endpoints.list_files is None


def test_only_creating_a_thread_is_not_to_be_repeated() -> None:
    endpoints = HUNYUAN.endpoints
    assert not endpoints.create_thread.idempotent
    assert endpoints.get_thread.idempotent
    assert endpoints.list_messages.idempotent
    assert endpoints.get_message.idempotent
