"""Hunyuan's actions on the wire."""

import json
import time
from typing import Any

import pytest

from provider_threads.emulator import Emulator, SeedMessage, Switches

from .wire import Wire

BAD_ATTACHMENT = {"Role": "user", "Attachments": [1]}


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if index % 2 == 0 else "assistant", f"m{index}") for index in range(count)]


def texts(response: dict[str, Any]) -> list[str]:
    return [message["Content"][0]["Text"]["Value"] for message in response["Data"]]


def run(wire: Wire, parameters: dict[str, Any], **signing: Any) -> Any:
    body = json.dumps(parameters).encode()
    return wire.http.post("/", content=body, headers=wire.tencent_headers("RunThread", body, **signing))


def test_a_created_thread_can_be_read_back(wire: Wire) -> None:
    created = wire.tencent("CreateThread")
    assert created["ID"].startswith("thread_")
    assert len(created["ID"]) == len("thread_") + 24
    assert set(created) == {"ID", "Object", "CreatedAt", "ToolResources", "RequestId"}
    assert wire.tencent("GetThread", {"ThreadID": created["ID"]})["Object"] == "thread"


def test_a_message_has_exactly_the_documented_fields(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan", [SeedMessage("user", "你好", created_at=1_700_000_000)])
    (message,) = wire.tencent("GetThreadMessageList", {"ThreadID": thread})["Data"]
    assert message == {
        "ID": message["ID"],
        "Object": "thread.message",
        "CreatedAt": 1_700_000_000,
        "ThreadID": thread,
        "Status": "completed",
        "InCompleteDetails": {"Reason": ""},
        "CompletedAt": 1_700_028_800,
        "InCompleteAt": None,
        "Role": "user",
        "Content": [{"Index": 0, "Type": "text", "Text": {"Value": "你好"}}],
        "AssistantID": "",
        "RunID": message["RunID"],
        "Attachments": None,
        "Metadata": {},
    }
    single = wire.tencent("GetThreadMessage", {"ThreadID": thread, "MessageID": message["ID"]})
    assert {name: value for name, value in single.items() if name != "RequestId"} == message


def test_the_newest_come_first_and_asc_is_the_exact_reverse(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan", talk(6))
    newest_first = wire.tencent("GetThreadMessageList", {"ThreadID": thread})
    oldest_first = wire.tencent("GetThreadMessageList", {"ThreadID": thread, "Order": "asc"})
    assert texts(newest_first) == ["m5", "m4", "m3", "m2", "m1", "m0"]
    assert newest_first["Data"] == oldest_first["Data"][::-1]
    assert newest_first["FirstMsgID"] == newest_first["Data"][0]["ID"] == oldest_first["LastMsgID"]
    assert newest_first["Object"] == "list"
    # Question and answer of one run share a time, so time cannot order them.
    assert newest_first["Data"][0]["CreatedAt"] == newest_first["Data"][1]["CreatedAt"]
    assert newest_first["Data"][0]["RunID"] == newest_first["Data"][1]["RunID"]


@pytest.mark.parametrize(("stored", "limit", "shown", "more"), [(99, 100, 99, False), (101, 100, 100, True)])
def test_has_more_tells_whether_the_limit_cut_the_list(
    emulator: Emulator, wire: Wire, stored: int, limit: int, shown: int, more: bool
) -> None:
    thread = emulator.seed("hunyuan", talk(stored))
    response = wire.tencent("GetThreadMessageList", {"ThreadID": thread, "Limit": limit})
    assert (len(response["Data"]), response["HasMore"]) == (shown, more)


def test_an_empty_thread_is_an_empty_list(emulator: Emulator, wire: Wire) -> None:
    response = wire.tencent("GetThreadMessageList", {"ThreadID": emulator.seed("hunyuan")})
    assert (response["Data"], response["HasMore"], response["FirstMsgID"]) == ([], False, "")


@pytest.mark.parametrize(
    ("status", "reason", "completed", "incomplete"),
    [("completed", "", True, False), ("in_progress", "", False, False), ("incomplete", "max_tokens", False, True)],
)
def test_a_status_shows_in_its_times(
    emulator: Emulator, wire: Wire, status: Any, reason: str, completed: bool, incomplete: bool
) -> None:
    thread = emulator.seed("hunyuan", [SeedMessage("assistant", "half", status=status)])
    (message,) = wire.tencent("GetThreadMessageList", {"ThreadID": thread})["Data"]
    assert message["Status"] == status
    assert message["InCompleteDetails"] == {"Reason": reason}
    assert (message["CompletedAt"] is not None, message["InCompleteAt"] is not None) == (completed, incomplete)


@pytest.mark.parametrize(
    ("action", "parameters", "code"),
    [
        ("GetThread", {}, "MissingParameter"),
        ("GetThread", {"ThreadID": ""}, "MissingParameter"),
        ("GetThread", {"ThreadID": 7}, "InvalidParameter"),
        ("GetThread", {"ThreadID": "t", "after": "m"}, "UnknownParameter"),
        ("CreateThread", {"Metadata": {}}, "UnknownParameter"),
        ("DeleteThread", {}, "InvalidAction"),
        ("GetThreadMessageList", {"ThreadID": "t", "Limit": 0}, "InvalidParameterValue"),
        ("GetThreadMessageList", {"ThreadID": "t", "Limit": 101}, "InvalidParameterValue"),
        ("GetThreadMessageList", {"ThreadID": "t", "Limit": "5"}, "InvalidParameter"),
        ("GetThreadMessageList", {"ThreadID": "t", "Limit": True}, "InvalidParameter"),
        ("GetThreadMessageList", {"ThreadID": "t", "Order": "up"}, "InvalidParameterValue"),
        ("GetThreadMessage", {"ThreadID": "t"}, "MissingParameter"),
        ("RunThread", {"ThreadID": "t", "Stream": False}, "InvalidParameterValue"),
        ("RunThread", {"ThreadID": "t", "Temperature": 2.1}, "InvalidParameterValue"),
        ("RunThread", {"ThreadID": "t", "TopP": -0.1}, "InvalidParameterValue"),
        ("RunThread", {"ThreadID": "t", "ToolChoice": "some"}, "InvalidParameterValue"),
        ("RunThread", {"ThreadID": "t", "Model": "gpt"}, "InvalidParameterValue.Model"),
        ("RunThread", {"ThreadID": "t", "AdditionalMessages": ["hi"]}, "InvalidParameter"),
        ("RunThread", {"ThreadID": "t", "AdditionalMessages": [{"Content": "x"}]}, "MissingParameter"),
        ("RunThread", {"ThreadID": "t", "AdditionalMessages": [{"Role": "bot"}]}, "InvalidParameterValue"),
        ("RunThread", {"ThreadID": "t", "AdditionalMessages": [BAD_ATTACHMENT]}, "InvalidParameter"),
        ("RunThread", {"ThreadID": "no-such-thread"}, "ResourceNotFound"),
    ],
)
def test_a_wrong_request_is_refused_by_its_code(
    emulator: Emulator, wire: Wire, action: str, parameters: Any, code: str
) -> None:
    emulator.switches = Switches(hunyuan_unknown_thread="ResourceNotFound")  # so that it hides no wrong value
    assert wire.tencent_error(action, parameters) == code


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"ThreadID": NaN}', b'{"ThreadID": "\\ud800"}', b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(wire: Wire, body: bytes) -> None:
    answer = wire.http.post("/", content=body, headers=wire.tencent_headers("GetThread", body))
    assert answer.json()["Response"]["Error"]["Code"] == "InvalidParameter"


@pytest.mark.parametrize(
    ("signing", "code"),
    [
        ({"secret_key": "another"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDanother"}, "AuthFailure.SecretIdNotFound"),
        ({"timestamp": int(time.time()) - 400}, "AuthFailure.SignatureExpire"),
        ({"date": "2020-01-01"}, "AuthFailure.SignatureFailure"),
        ({"X-TC-Token": "unasked"}, "AuthFailure.TokenFailure"),
        ({"X-TC-Version": "2020-01-01"}, "NoSuchVersion"),
        ({"X-TC-Version": ""}, "MissingParameter"),
        ({"Authorization": ""}, "AuthFailure.InvalidAuthorization"),
    ],
)
def test_credentials_and_common_parameters_are_checked(wire: Wire, signing: dict[str, Any], code: str) -> None:
    assert wire.tencent_error("CreateThread", {}, **signing) == code


def test_temporary_credentials_work_with_their_token_only(emulator: Emulator, wire: Wire) -> None:
    known = emulator.credentials
    temporary = {"secret_id": known.temporary_secret_id, "secret_key": known.temporary_secret_key}
    assert "ID" in wire.tencent("CreateThread", {}, **temporary, **{"X-TC-Token": known.temporary_token})
    assert wire.tencent_error("CreateThread", {}, **temporary) == "AuthFailure.TokenFailure"


def test_a_get_request_is_signed_with_its_query(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan", talk(4))
    query = f"ThreadID={thread}&Limit=3&Order=asc"
    headers = wire.tencent_headers("GetThreadMessageList", b"", method="GET", query=query)
    response = wire.http.get(f"/?{query}", headers=headers).json()["Response"]
    assert texts(response) == ["m0", "m1", "m2"]
    other = wire.http.get(f"/?{query.replace('3', '2')}", headers=headers).json()["Response"]
    assert other["Error"]["Code"] == "AuthFailure.SignatureFailure"


@pytest.mark.parametrize(
    ("query", "code"),
    [("Limit=--5", "InvalidParameter"), ("Limit=", "InvalidParameter"), ("Limit=101", "InvalidParameterValue")],
)
def test_the_text_of_a_query_is_judged_as_its_type(wire: Wire, query: str, code: str) -> None:
    query = f"ThreadID=t&{query}"
    headers = wire.tencent_headers("GetThreadMessageList", b"", method="GET", query=query)
    assert wire.http.get(f"/?{query}", headers=headers).json()["Response"]["Error"]["Code"] == code


def test_a_bare_question_mark_is_an_empty_query(wire: Wire) -> None:
    headers = wire.tencent_headers("CreateThread", b"{}")
    assert "ID" in wire.http.post("/?", content=b"{}", headers=headers).json()["Response"]


def test_other_methods_and_huge_requests_are_refused(wire: Wire) -> None:
    put = wire.http.put("/", content=b"{}", headers=wire.tencent_headers("CreateThread", b"{}"))
    assert put.json()["Response"]["Error"]["Code"] == "UnsupportedProtocol"
    body = b" " * (10 * 1024 * 1024 + 1)
    post = wire.http.post("/", content=body, headers=wire.tencent_headers("CreateThread", b""))
    assert post.json()["Response"]["Error"]["Code"] == "RequestSizeLimitExceeded"


def test_a_run_streams_a_reply_and_stores_question_and_answer_under_one_run(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan")
    emulator.script_replies("一个很长的回答，分成好几段。")
    attachments = [{"FileID": "file-1"}]
    messages = [{"Role": "user", "Content": "问", "Attachments": attachments}]
    answer = run(wire, {"ThreadID": thread, "Model": "hunyuan-pro", "Stream": True, "AdditionalMessages": messages})
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["X-TC-RequestId"]
    events = [event.split("\n") for event in answer.text.strip().split("\n\n")]
    payloads = [json.loads(data.removeprefix("data: ")) for _, data in events]
    assert events[0][0] == "event: thread.run.created"
    assert payloads[0]["Object"] == "thread.run"
    assert payloads[0]["Status"] == "created"
    deltas = [payload for payload in payloads if payload["Object"] == "thread.message.delta"]
    assert len(deltas) > 1
    spoken = "".join(delta["Delta"]["Content"][0]["Text"]["Value"] for delta in deltas)
    assert spoken == "一个很长的回答，分成好几段。"
    question, reply = emulator.messages("hunyuan", thread)
    assert (question.role, question.text, question.file_ids) == ("user", "问", ["file-1"])
    assert (reply.role, reply.text, reply.id) == ("assistant", spoken, deltas[0]["ID"])
    assert question.run_id == reply.run_id == payloads[0]["ID"]
    assert question.created_ms == reply.created_ms
    listed = wire.tencent("GetThreadMessageList", {"ThreadID": thread, "Order": "asc"})["Data"]
    assert listed[0]["Attachments"] == attachments


def test_without_a_script_the_model_echoes_the_question(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan")
    emulator.script_replies("once")
    for _ in range(2):
        run(wire, {"ThreadID": thread, "AdditionalMessages": [{"Role": "user", "Content": "hi"}]})
    assert [m.text for m in emulator.messages("hunyuan", thread)] == ["hi", "once", "hi", "You said: hi"]


def test_a_run_can_be_asked_for_by_get(emulator: Emulator, wire: Wire) -> None:
    query = f"ThreadID={emulator.seed('hunyuan')}&Stream="
    for stream, kind in (("true", "text/event-stream"), ("false", "application/json")):
        headers = wire.tencent_headers("RunThread", b"", method="GET", query=query + stream)
        assert wire.http.get(f"/?{query}{stream}", headers=headers).headers["content-type"] == kind


def test_a_refused_run_stores_nothing(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan")
    messages = [{"Role": "user", "Content": "hi"}]
    refused = run(wire, {"ThreadID": thread, "AdditionalMessages": messages}, secret_key="wrong")
    assert refused.json()["Response"]["Error"]["Code"] == "AuthFailure.SignatureFailure"
    assert emulator.messages("hunyuan", thread) == []


def test_content_can_be_a_plain_string(emulator: Emulator, wire: Wire) -> None:
    parts = [{"Type": "text", "Text": {"Value": "a"}}, {"Type": "image"}, {"Type": "text", "Text": {"Value": "b"}}]
    thread = emulator.seed(
        "hunyuan", [SeedMessage("user", "hi"), SeedMessage("assistant", parts=parts), SeedMessage("user", None)]
    )
    parameters = {"ThreadID": thread, "Order": "asc"}
    as_parts = wire.tencent("GetThreadMessageList", parameters)["Data"]
    assert as_parts[1]["Content"] == parts
    assert as_parts[2]["Content"] is None
    emulator.switches = Switches(hunyuan_content="string")
    as_strings = wire.tencent("GetThreadMessageList", parameters)["Data"]
    assert [message["Content"] for message in as_strings] == ["hi", "a\nb", None]


@pytest.mark.parametrize("code", ["InvalidParameterValue", "ResourceNotFound"])
@pytest.mark.parametrize("action", ["GetThread", "GetThreadMessageList", "GetThreadMessage"])
def test_the_code_for_an_unknown_thread_is_a_switch(emulator: Emulator, wire: Wire, action: str, code: Any) -> None:
    emulator.switches = Switches(hunyuan_unknown_thread=code)
    parameters = {"ThreadID": "thread_nowhere", **({"MessageID": "m"} if action == "GetThreadMessage" else {})}
    assert wire.tencent_error(action, parameters) == code
    if action == "GetThreadMessage":
        known = {"ThreadID": emulator.seed("hunyuan"), "MessageID": "m"}
        assert wire.tencent_error(action, known) == code


def test_the_limit_left_out_is_a_switch(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("hunyuan", talk(30))
    assert len(wire.tencent("GetThreadMessageList", {"ThreadID": thread})["Data"]) == 20
    emulator.switches = Switches(hunyuan_default_limit=7)
    assert len(wire.tencent("GetThreadMessageList", {"ThreadID": thread})["Data"]) == 7


def test_the_eight_hours_of_the_examples_are_a_switch(emulator: Emulator, wire: Wire) -> None:
    created = wire.tencent("CreateThread")
    thread = {"ThreadID": created["ID"]}
    emulator.seed("hunyuan", [SeedMessage("user", "hi")], thread_id=created["ID"])

    def shifts() -> tuple[int, int]:
        (message,) = wire.tencent("GetThreadMessageList", thread)["Data"]
        late = wire.tencent("GetThread", thread)["CreatedAt"] - created["CreatedAt"]
        return late, message["CompletedAt"] - message["CreatedAt"]

    assert shifts() == (28_800, 28_800)
    emulator.switches = Switches(hunyuan_timestamps="true")
    assert shifts() == (0, 0)


def test_the_servers_clock_can_be_off(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(clock_offset=600)
    now = int(time.time())
    assert wire.tencent_error("CreateThread") == "AuthFailure.SignatureExpire"
    assert wire.tencent("CreateThread", timestamp=now + 600)["CreatedAt"] >= now + 600
