"""TC3-HMAC-SHA256: the signature, and what Hunyuan signs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provider_threads import Hunyuan, RetryPolicy, Timeouts
from provider_threads.endpoint import ListMessages, Request, ThreadRef
from provider_threads.flows.call import CallContext, call
from provider_threads.flows.steps import Send, Wait
from provider_threads.providers.tc3 import authorization
from provider_threads.secret import Secret
from tests.reliability.row import Property

from .answers import EXAMPLE_ID, EXAMPLE_KEY, answer, payload

VECTORS: list[dict[str, Any]] = payload("tc3")
SIGNED_BY_HUNYUAN = [
    vector
    for vector in VECTORS
    if vector["service"] == "hunyuan" and vector["method"] == "POST" and not vector["unsigned_payload"]
]


def named(vectors: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", vectors, ids=[vector["name"] for vector in vectors])


def secret(value: str) -> Secret:
    return Secret.find(value, "secret", "UNUSED")


def signature_of(vector: dict[str, Any], **changes: Any) -> str:
    given = {**vector, **changes}
    values = {
        "content-type": given["content_type"],
        "host": given["host"],
        "x-tc-action": given["action"],
    }
    return authorization(
        secret_id=secret(given["secret_id"]),
        secret_key=secret(given["secret_key"]),
        service=given["service"],
        timestamp=given["timestamp"],
        method=given["method"],
        query=given["query"],
        headers=[(name, values[name]) for name in given["signed_headers"].split(";")],
        payload=b"UNSIGNED-PAYLOAD" if given["unsigned_payload"] else given["body"].encode(),
    )


def provider_for(vector: dict[str, Any]) -> Hunyuan:
    return Hunyuan(
        vector["secret_id"],
        vector["secret_key"],
        vector["token"],
        vector["region"],
        base_url=f"https://{vector['host']}",
    )


def signed_by_hunyuan(vector: dict[str, Any]) -> Request:
    unsigned = Request("POST", "/", headers={"X-TC-Action": vector["action"]}, body=vector["body"].encode())
    return provider_for(vector).sign(unsigned, vector["timestamp"] + 0.75)


def test_the_vectors_cover_what_they_are_there_for() -> None:
    assert len(VECTORS) == 8
    assert len(SIGNED_BY_HUNYUAN) == 4
    assert {vector["method"] for vector in VECTORS} == {"GET", "POST"}
    assert any(vector["unsigned_payload"] for vector in VECTORS)
    assert any(vector["token"] for vector in SIGNED_BY_HUNYUAN)
    assert any(":" in vector["host"] for vector in SIGNED_BY_HUNYUAN)
    assert any(vector["signed_headers"].count(";") == 2 for vector in VECTORS)


@named(VECTORS)
def test_every_vector_is_reproduced(vector: dict[str, Any], record_property: Property) -> None:
    assert signature_of(vector) == vector["authorization"]
    record_property("vectors", 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"body": '{"ThreadID": "thread_QPH2Z6DpBhc46V3ylE1JEqTw"}'},
        {"timestamp": 1727331916},
        {"timestamp": 1727331915 + 86_400},
        {"host": "hunyuan.tencentcloudapi.com:443"},
        {"secret_key": "Gu5t9xGARNpq86cd98joQYCN3EXAMPLF"},
        {"service": "cvm"},
        {"method": "GET"},
        {"query": "Limit=1"},
        {"content_type": "application/json; charset=utf-8"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_change_of_anything_signed_changes_the_signature(changes: dict[str, Any]) -> None:
    signature = signature_of(VECTORS[0], **changes).rpartition("Signature=")[2]
    assert signature != VECTORS[0]["authorization"].rpartition("Signature=")[2]


@named(SIGNED_BY_HUNYUAN)
def test_hunyuan_signs_as_tencents_own_sdk_does(vector: dict[str, Any]) -> None:
    signed = signed_by_hunyuan(vector)
    assert signed.headers["Authorization"] == vector["authorization"]
    assert signed.headers["X-TC-Timestamp"] == str(vector["timestamp"])
    assert signed.headers["Host"] == vector["host"]
    assert signed.headers["Content-Type"] == "application/json"
    assert signed.headers["X-TC-Version"] == "2023-09-01"
    assert signed.headers["X-TC-Action"] == vector["action"]
    assert signed.body == vector["body"].encode()
    assert signed.target == "/"


@named(SIGNED_BY_HUNYUAN)
def test_token_and_region_are_sent_where_given_and_only_there(vector: dict[str, Any]) -> None:
    headers = signed_by_hunyuan(vector).headers
    assert headers.get("X-TC-Token") == vector["token"]
    assert headers.get("X-TC-Region") == vector["region"]


def test_a_temporary_token_is_sent_but_is_no_part_of_the_signature() -> None:
    vector = next(vector for vector in SIGNED_BY_HUNYUAN if vector["token"])
    with_token = signed_by_hunyuan(vector).headers
    without = signed_by_hunyuan({**vector, "token": None}).headers
    assert with_token["X-TC-Token"] == vector["token"]
    assert "X-TC-Token" not in without
    assert with_token["Authorization"] == without["Authorization"]
    assert "x-tc-token" not in with_token["Authorization"]


def test_the_bytes_that_are_sent_are_the_bytes_that_are_signed() -> None:
    hunyuan = Hunyuan(EXAMPLE_ID, EXAMPLE_KEY)
    request = hunyuan.endpoints.list_messages.build(ListMessages("thread_1", limit=100, order="asc"))
    signed = hunyuan.sign(request, 1_731_400_215)
    assert json.loads(signed.body) == {"ThreadID": "thread_1", "Limit": 100, "Order": "asc"}
    assert signed.headers["Authorization"] == authorization(
        secret_id=secret(EXAMPLE_ID),
        secret_key=secret(EXAMPLE_KEY),
        service="hunyuan",
        timestamp=1_731_400_215,
        method="POST",
        query="",
        headers=[("content-type", "application/json"), ("host", "hunyuan.tencentcloudapi.com")],
        payload=signed.body,
    )


def test_signing_leaves_the_unsigned_request_as_it_was() -> None:
    hunyuan = Hunyuan(EXAMPLE_ID, EXAMPLE_KEY)
    request = hunyuan.endpoints.get_thread.build(ThreadRef("thread_1"))
    hunyuan.sign(request, 1_731_400_215)
    assert dict(request.headers) == {"X-TC-Action": "GetThread"}


def test_each_attempt_is_signed_at_its_own_time() -> None:
    hunyuan = Hunyuan(EXAMPLE_ID, EXAMPLE_KEY)
    now = iter([1_731_400_215.0, 1_731_400_415.0, 1_731_400_615.0])
    context = CallContext(hunyuan, Timeouts(), RetryPolicy(attempts=3), clock=lambda: next(now))
    flow = call(context, hunyuan.endpoints.get_thread, ThreadRef("thread_1"))
    busy = answer({"Response": {"Error": {"Code": "InternalError", "Message": "x"}, "RequestId": "r"}})

    attempts = [next(flow)]
    for _ in range(2):
        assert isinstance(flow.send(busy), Wait)
        attempts.append(flow.send(None))

    sent = [step.request.headers for step in attempts if isinstance(step, Send)]
    assert [headers["X-TC-Timestamp"] for headers in sent] == ["1731400215", "1731400415", "1731400615"]
    assert len({headers["Authorization"] for headers in sent}) == 3
    assert len({headers["X-TC-TraceId"] for headers in sent}) == 3
    flow.close()
