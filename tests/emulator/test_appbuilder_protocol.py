"""AppBuilder's calls on the wire."""

from typing import Any

import pytest

from provider_threads.emulator import Emulator, SeedMessage, Switches

from .wire import Wire


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if n % 2 == 0 else "assistant", f"m{n}", id=f"msg_{n}") for n in range(count)]


def ids(answer: dict[str, Any]) -> list[int]:
    return [int(item["id"].removeprefix("msg_")) for item in answer["data"]]


def test_a_thread_is_created_with_messages_read_updated_and_deleted(emulator: Emulator, wire: Wire) -> None:
    messages = [{"role": "user", "content": "a", "file_ids": ["file-1"]}, {"role": "user", "content": "b"}]
    created = wire.appbuilder("threads", {"messages": messages, "metadata": {"k": "v"}})
    thread = {"thread_id": created["id"]}
    assert set(created) == {"id", "object", "created_at", "metadata"}
    assert created["created_at"] > 1_600_000_000_000  # milliseconds
    assert wire.appbuilder("threads/query", thread) == created
    held = emulator.messages("appbuilder", created["id"])
    assert [(message.text, message.file_ids) for message in held] == [("a", ["file-1"]), ("b", [])]
    assert wire.appbuilder("threads/update", {**thread, "metadata": {}})["metadata"] == {}
    assert wire.appbuilder("threads/delete", thread) == {**created_id(created), "deleted": True}
    assert wire.appbuilder_answer("threads/query", thread).status_code == 404
    assert wire.appbuilder_answer("threads/messages/list", thread).status_code == 404


def created_id(created: dict[str, Any]) -> dict[str, Any]:
    return {"id": created["id"], "object": "thread.deleted"}


def test_the_shapes_are_as_uneven_as_the_examples(emulator: Emulator, wire: Wire) -> None:
    thread = wire.appbuilder("threads")["id"]
    sent = {"thread_id": thread, "role": "user", "content": "地球是圆的吗"}
    created = wire.appbuilder("threads/messages", sent)
    assert created == {
        "id": created["id"],
        "object": "thread.message",
        "role": "user",
        "content": [{"type": "text", "text": {"value": "地球是圆的吗"}}],
        "created_at": created["created_at"],
        "thread_id": thread,
        "assistant_id": "",
        "run_id": "",
        "file_ids": [],
    }
    emulator.seed("appbuilder", [SeedMessage("assistant", "是")], thread_id=thread)
    answer, question = wire.appbuilder("threads/messages/list", {"thread_id": thread})["data"]
    annotated = [{"type": "text", "text": {"annotations": [], "value": "地球是圆的吗"}}]
    assert question == {**created, "content": annotated, "metadata": {}}
    assert answer["id"].startswith("chatmsg_")
    assert (answer["content_type"], answer["metadata"]) == ("text", {})
    assert answer["content"] == [{"type": "text", "text": {"value": "是"}}]
    assert answer["assistant_id"].startswith("asst_")
    assert answer["run_id"].startswith("run_")
    queried = wire.appbuilder("threads/messages/query", {"thread_id": thread, "message_id": created["id"]})
    assert queried == {**created, "content": annotated}


def test_an_update_replaces_text_and_files(emulator: Emulator, wire: Wire) -> None:
    thread = wire.appbuilder("threads")["id"]
    sent = {"thread_id": thread, "role": "user", "content": "old", "file_ids": ["file-1"]}
    message = {"thread_id": thread, "message_id": wire.appbuilder("threads/messages", sent)["id"]}
    changed = wire.appbuilder("threads/messages/update", {**message, "content": "new", "file_ids": ["file-2"]})
    assert (changed["content"][0]["text"]["value"], changed["file_ids"]) == ("new", ["file-2"])
    assert wire.appbuilder("threads/messages/query", message) == changed
    (held,) = emulator.messages("appbuilder", thread)
    assert (held.text, held.file_ids) == ("new", ["file-2"])


@pytest.mark.parametrize(("position", "left"), [("keep", ["file-1"]), ("clear", [])])
def test_whether_an_update_without_files_keeps_them_is_a_switch(
    emulator: Emulator, wire: Wire, position: Any, left: list[str]
) -> None:
    emulator.switches = Switches(appbuilder_omitted_files=position)
    seed = SeedMessage("user", "old", file_ids=["file-1"], id="msg_1")
    message = {"thread_id": emulator.seed("appbuilder", [seed]), "message_id": "msg_1"}
    assert wire.appbuilder("threads/messages/update", {**message, "content": "new"})["file_ids"] == left
    cleared = wire.appbuilder("threads/messages/update", {**message, "content": "new", "file_ids": []})
    assert cleared["file_ids"] == []


def test_files_are_listed_with_cursors_of_their_own(emulator: Emulator, wire: Wire) -> None:
    files = [f"file-{n}" for n in range(5)]
    thread = emulator.seed("appbuilder", [SeedMessage("user", "x", file_ids=files, id="msg_1")])
    message = {"thread_id": thread, "message_id": "msg_1"}
    newest = wire.appbuilder("threads/messages/files/list", {**message, "limit": 2})
    assert [item["id"] for item in newest["data"]] == ["file-4", "file-3"]
    assert newest["data"][0] == {
        "id": "file-4",
        "object": "thread.message.file",
        "created_at": newest["data"][0]["created_at"],
        "message_id": "msg_1",
    }
    assert (newest["first_id"], newest["last_id"], newest["has_more"]) == ("file-4", "file-3", True)
    rest = wire.appbuilder("threads/messages/files/list", {**message, "order": "asc", "after": "file-3"})
    assert [item["id"] for item in rest["data"]] == ["file-3", "file-4"]
    assert rest["has_more"] is False


@pytest.mark.parametrize(
    ("call", "extra", "param"),
    [
        ("threads/query", {"thread_id": ""}, "thread_id"),
        ("threads/messages", {"content": "x"}, "role"),
        ("threads/messages", {"role": "assistant", "content": "x"}, "role"),
        ("threads/messages", {"role": "user"}, "content"),
        ("threads/messages", {"role": "user", "content": ["x"]}, "content"),
        ("threads/messages", {"role": "user", "content": "x", "file_ids": ["f"] * 11}, "file_ids"),
        ("threads/messages", {"role": "user", "content": "x", "file_ids": "f"}, "file_ids"),
        ("threads/messages/update", {"message_id": "msg_1", "content": "x"}, "message_id"),
        ("threads/messages/update", {"message_id": "msg_0"}, "content"),
        ("threads/update", {"metadata": {str(n): "v" for n in range(17)}}, "metadata"),
        ("threads/update", {"metadata": {"k" * 65: "v"}}, "metadata"),
        ("threads/update", {"metadata": {"k": "v" * 513}}, "metadata"),
        ("threads/update", {"metadata": {"k": 1}}, "metadata"),
        ("threads", {"messages": [{"role": "assistant", "content": "x"}]}, "role"),
        ("threads", {"messages": "x"}, "messages"),
        ("threads/messages/list", {"order": "up"}, "order"),
        ("threads/messages/list", {"limit": "5"}, "limit"),
        ("threads/messages/list", {"after": 5}, "after"),
    ],
)
def test_a_wrong_parameter_is_named_and_changes_nothing(
    emulator: Emulator, wire: Wire, call: str, extra: dict[str, Any], param: str
) -> None:
    thread = emulator.seed("appbuilder", talk(2), metadata={"kept": "yes"})
    answer = wire.appbuilder_answer(call, {"thread_id": thread, **extra})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert [message.text for message in emulator.messages("appbuilder", thread)] == ["m0", "m1"]
    assert wire.appbuilder("threads/query", {"thread_id": thread})["metadata"] == {"kept": "yes"}


def test_the_documented_limits_themselves_are_accepted(wire: Wire) -> None:
    metadata = {f"{n:064}": "v" * 512 for n in range(16)}
    assert wire.appbuilder("threads", {"metadata": metadata})["metadata"] == metadata
    thread = wire.appbuilder("threads")["id"]
    files = [f"file-{n}" for n in range(10)]
    sent = {"thread_id": thread, "role": "user", "content": "x", "file_ids": files}
    assert wire.appbuilder("threads/messages", sent)["file_ids"] == files


def test_what_is_not_there_is_404_and_other_methods_405(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("appbuilder")
    assert wire.appbuilder_answer("threads/query", {"thread_id": "nowhere"}).status_code == 404
    message = {"thread_id": thread, "message_id": "nowhere"}
    assert wire.appbuilder_answer("threads/messages/query", message).status_code == 404
    assert wire.appbuilder_answer("threads/nothing").status_code == 404
    token = {"Authorization": f"Bearer {emulator.credentials.appbuilder_token}"}
    assert wire.http.get("/v2/threads/query", headers=token).status_code == 405


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"thread_id": "\\udc00"}'])
def test_a_body_that_is_no_json_object_is_refused(emulator: Emulator, wire: Wire, body: bytes) -> None:
    token = {"Authorization": f"Bearer {emulator.credentials.appbuilder_token}"}
    answer = wire.http.post("/v2/threads/query", content=body, headers=token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_json")


def test_an_update_without_metadata_keeps_them(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("appbuilder", metadata={"k": "v"})
    assert wire.appbuilder("threads/update", {"thread_id": thread})["metadata"] == {"k": "v"}


def test_parts_and_missing_content_are_served_as_seeded(emulator: Emulator, wire: Wire) -> None:
    parts = [{"type": "text", "text": {"value": "a", "annotations": ["x"]}}, {"type": "image_file"}]
    seeds = [SeedMessage("assistant", parts=parts), SeedMessage("user", None)]
    thread = emulator.seed("appbuilder", seeds)
    question, answer = wire.appbuilder("threads/messages/list", {"thread_id": thread})["data"]
    assert (answer["content"], question["content"]) == (parts, None)


def test_either_header_authenticates_and_none_does_not(emulator: Emulator, wire: Wire) -> None:
    token = f"Bearer {emulator.credentials.appbuilder_token}"
    for header in ("Authorization", "X-Appbuilder-Authorization"):
        assert wire.http.post("/v2/threads", json={}, headers={header: token}).status_code == 200
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": token.removeprefix("Bearer ")}):
        refused = wire.http.post("/v2/threads", json={}, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["error"]["code"] == "InvalidHTTPAuthHeader"


def test_every_answer_names_its_request(wire: Wire) -> None:
    named = wire.appbuilder_answer("threads", **{"X-Appbuilder-Request-Id": "mine"})
    assert named.headers["X-Appbuilder-Request-Id"] == "mine"
    failed = wire.appbuilder_answer("threads/query")
    assert len(failed.headers["X-Appbuilder-Request-Id"]) == 36


@pytest.mark.parametrize(
    ("form", "status", "keys"),
    [
        ("status", 404, {"error"}),
        ("body", 200, {"error"}),
        ("gateway", 200, {"code", "message", "requestId"}),
        ("error_code", 200, {"error_code", "error_msg"}),
    ],
)
def test_how_an_error_travels_is_a_switch(
    emulator: Emulator, wire: Wire, form: Any, status: int, keys: set[str]
) -> None:
    emulator.switches = Switches(appbuilder_errors=form)
    answer = wire.appbuilder_answer("threads/query", {"thread_id": "nowhere"})
    assert answer.status_code == status
    assert set(answer.json()) == keys
    if "error" in keys:
        assert set(answer.json()["error"]) == {"code", "message", "type", "param"}
    if form == "gateway":
        assert answer.json()["requestId"] == answer.headers["X-Appbuilder-Request-Id"]
    assert wire.appbuilder("threads")["object"] == "thread"


@pytest.mark.parametrize(
    ("cursor", "reading", "order", "query", "expected", "more"),
    [
        ("inclusive", "chronological", "asc", {"after": "msg_1"}, [1, 2], True),
        ("inclusive", "chronological", "desc", {"after": "msg_4"}, [5, 4], False),
        ("inclusive", "chronological", "desc", {"before": "msg_4"}, [4, 3], True),
        ("inclusive", "chronological", "asc", {"before": "msg_1"}, [0, 1], False),
        ("exclusive", "chronological", "desc", {"before": "msg_4"}, [3, 2], True),
        ("exclusive", "chronological", "asc", {"after": "msg_3"}, [4, 5], False),
        ("inclusive", "positional", "desc", {"after": "msg_4"}, [4, 3], True),
        ("exclusive", "positional", "desc", {"after": "msg_4"}, [3, 2], True),
        ("exclusive", "positional", "desc", {"after": "msg_2"}, [1, 0], False),
        ("exclusive", "positional", "desc", {"before": "msg_1"}, [3, 2], True),
        ("exclusive", "positional", "asc", {"after": "msg_1"}, [2, 3], True),
        ("exclusive", "positional", "asc", {"after": "msg_5"}, [], False),
    ],
)
def test_how_a_cursor_is_read_is_a_switch(
    emulator: Emulator,
    wire: Wire,
    cursor: Any,
    reading: Any,
    order: str,
    query: dict[str, str],
    expected: list[int],
    more: bool,
) -> None:
    emulator.switches = Switches(appbuilder_cursor=cursor, appbuilder_cursor_reading=reading)
    page = {"thread_id": emulator.seed("appbuilder", talk(6)), "limit": 2, "order": order, **query}
    listed = wire.appbuilder("threads/messages/list", page)
    assert (ids(listed), listed["has_more"]) == (expected, more)
    assert listed["first_id"] == (f"msg_{expected[0]}" if expected else "")
    assert listed["last_id"] == (f"msg_{expected[-1]}" if expected else "")


def test_the_defaults_are_desc_and_twenty_and_empty_cursors_are_none(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("appbuilder", talk(25))
    plain = wire.appbuilder("threads/messages/list", {"thread_id": thread})
    assert ids(plain) == list(range(24, 4, -1))
    assert plain["has_more"] is True
    for limit in (-20, 0, 20):  # the SDK's models say -20 for the default
        as_sdk = {"thread_id": thread, "limit": limit, "order": "desc", "after": "", "before": ""}
        assert wire.appbuilder("threads/messages/list", as_sdk) == plain


def test_the_largest_limit_caps_or_rejects(emulator: Emulator, wire: Wire) -> None:
    page = {"thread_id": emulator.seed("appbuilder", talk(30)), "limit": 25}
    assert len(wire.appbuilder("threads/messages/list", page)["data"]) == 20
    emulator.switches = Switches(appbuilder_over_limit="reject")
    assert wire.appbuilder_answer("threads/messages/list", page).status_code == 400
    emulator.switches = Switches(appbuilder_over_limit="reject", appbuilder_max_limit=25)
    assert len(wire.appbuilder("threads/messages/list", page)["data"]) == 25


def test_pages_can_be_shorter_than_asked_and_say_that_there_is_more(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(appbuilder_page_cap=3)
    thread = emulator.seed("appbuilder", talk(5))
    listed = wire.appbuilder("threads/messages/list", {"thread_id": thread, "limit": 10})
    assert (len(listed["data"]), listed["has_more"]) == (3, True)


def test_the_more_flag_can_be_absent(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(appbuilder_has_more="absent")
    thread = emulator.seed("appbuilder", talk(3))
    listed = wire.appbuilder("threads/messages/list", {"thread_id": thread})
    assert set(listed) == {"object", "data", "first_id", "last_id"}


def test_the_thread_id_can_be_another_as_in_the_examples(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(echoed_thread_ids="placeholder")
    thread = emulator.seed("appbuilder", talk(2))
    listed = wire.appbuilder("threads/messages/list", {"thread_id": thread})["data"]
    (other,) = {message["thread_id"] for message in listed}
    assert other != thread


@pytest.mark.parametrize(("position", "expected"), [("reject", None), ("empty", []), ("ignore", [2, 1, 0])])
def test_what_an_unknown_cursor_means_is_a_switch(
    emulator: Emulator, wire: Wire, position: Any, expected: list[int] | None
) -> None:
    emulator.switches = Switches(unknown_cursor=position)
    page = {"thread_id": emulator.seed("appbuilder", talk(3)), "after": "msg_9"}
    answer = wire.appbuilder_answer("threads/messages/list", page)
    if expected is None:
        assert answer.status_code == 404
    else:
        assert ids(answer.json()) == expected
