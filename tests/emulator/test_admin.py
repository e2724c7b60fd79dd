"""The admin surface over HTTP."""

from typing import Any

import pytest

from provider_threads.emulator import Emulator, Switches

from .wire import Wire

CITATION = {"marker": "m", "quote": "q"}
ASSISTANT_TEXT = "天气【1†source】"


def seed(wire: Wire, **body: Any) -> dict[str, Any]:
    answer = wire.http.post("/_emulator/threads", json=body)
    assert answer.status_code == 200, answer.text
    payload: dict[str, Any] = answer.json()
    return payload


def test_a_seeded_thread_is_served_and_shown(wire: Wire) -> None:
    citation = {"marker": "【1†source】", "quote": "q", "kind": "web", "url": "https://example.com"}
    messages = [
        {"role": "user", "text": "问", "file_ids": ["1"], "metadata": {"k": "v"}, "created_at": 1_700_000_000},
        {"role": "assistant", "text": ASSISTANT_TEXT, "citations": [citation]},
        {"role": "tool", "text": None, "id": "msg_given", "fields": {"extra": 1}, "omit": ["metadata"]},
    ]
    seeded = seed(wire, provider="minimax", messages=messages, metadata={"a": "b"})
    thread = seeded["thread_id"]
    assert seeded["message_ids"][2] == "msg_given"
    listed = wire.minimax("GET", "messages/list", thread_id=thread)["data"]
    assert [message["role"] for message in listed] == ["user", "ai", "tool"]
    assert listed[0]["created_at"] == 1_700_000_000
    assert listed[1]["content"][0]["text"]["annotations"][0]["web_citation"]["url"] == "https://example.com"
    assert (listed[2]["content"], listed[2]["extra"], "metadata" in listed[2]) == (None, 1, False)
    shown = wire.http.get(f"/_emulator/threads/minimax/{thread}/messages").json()["messages"]
    assert [message["text"] for message in shown] == ["问", ASSISTANT_TEXT, None]
    assert shown[0]["file_ids"] == ["1"]
    assert wire.minimax("GET", "retrieve", thread_id=thread)["metadata"] == {"a": "b"}


def test_more_can_be_seeded_into_a_thread(wire: Wire) -> None:
    first = seed(wire, provider="hunyuan", messages=[{"role": "user", "text": "a"}], thread_id="thread_mine")
    both = seed(wire, provider="hunyuan", messages=[{"role": "user", "text": "b"}], thread_id="thread_mine")
    assert both["message_ids"][:1] == first["message_ids"]
    assert len(both["message_ids"]) == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"provider": "openai"}, "hunyuan, minimax, appbuilder"),
        ({"provider": "minimax", "messages": "x"}, "list of objects"),
        ({"provider": "minimax", "messages": [{"rolle": "user"}]}, "not a seed message"),
        ({"provider": "minimax", "messages": [{"role": 5}]}, "role cannot be int"),
        ({"provider": "minimax", "messages": [{"role": "user", "created_at": "now"}]}, "created_at cannot be str"),
        ({"provider": "minimax", "messages": [{"role": "user", "status": "lost"}]}, "in_progress"),
        ({"provider": "minimax", "thread_id": 5}, "thread_id must be a string"),
        ({"provider": "minimax", "metadata": {"k": 5}}, "strings to strings"),
        ({"provider": "minimax", "messages": [{"role": "user", "citations": [{"marker": "m"}]}]}, "not a seed"),
        ({"provider": "hunyuan", "messages": [{"role": "user", "text": "m", "citations": [CITATION]}]}, "no citations"),
    ],
)
def test_a_wrong_seed_is_refused_in_words(wire: Wire, body: dict[str, Any], told: str) -> None:
    answer = wire.http.post("/_emulator/threads", json=body)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_switches_are_read_and_moved_while_running(emulator: Emulator, wire: Wire) -> None:
    read = wire.http.get("/_emulator/switches").json()
    assert read["switches"]["appbuilder_cursor"] == "inclusive"
    assert read["positions"]["appbuilder_cursor"] == "inclusive | exclusive"
    moved = wire.http.patch("/_emulator/switches", json={"appbuilder_cursor": "exclusive"})
    assert moved.json()["switches"]["appbuilder_cursor"] == "exclusive"
    assert emulator.switches == Switches(appbuilder_cursor="exclusive")
    wrong = wire.http.patch("/_emulator/switches", json={"appbuilder_cursor": "both", "minimax_cursor": "ignored"})
    assert wrong.status_code == 400
    assert emulator.switches == Switches(appbuilder_cursor="exclusive")


def test_requests_are_listed_without_credentials_and_can_be_forgotten(emulator: Emulator, wire: Wire) -> None:
    wire.minimax("POST", "create", {"metadata": {"k": "v"}})
    wire.tencent("CreateThread")
    wire.appbuilder_answer("threads/query", {"thread_id": "nowhere"})
    listing = wire.http.get("/_emulator/requests")
    shown = [(one["provider"], one["operation"], one["status"], one["error"]) for one in listing.json()["requests"]]
    assert shown == [
        ("minimax", "threads/create", 200, None),
        ("hunyuan", "CreateThread", 200, None),
        ("appbuilder", "threads/query", 404, "not_found"),
    ]
    known = emulator.credentials
    for secret in (known.minimax_api_key, known.secret_id, known.appbuilder_token, "Signature"):
        assert secret not in listing.text
    headers = {"Content-Type": "application/json"}
    assert len(wire.http.delete("/_emulator/requests", headers=headers).json()["requests"]) == 3
    assert emulator.requests == []


def test_replies_are_scripted(emulator: Emulator, wire: Wire) -> None:
    assert wire.http.post("/_emulator/replies", json={"replies": ["hello"]}).json() == {"scripted": 1}
    thread = emulator.seed("hunyuan")
    body = b'{"ThreadID": "%s"}' % thread.encode()
    wire.http.post("/", content=body, headers=wire.tencent_headers("RunThread", body))
    assert [message.text for message in emulator.messages("hunyuan", thread)] == ["hello"]
    assert wire.http.post("/_emulator/replies", json={"replies": "hello"}).status_code == 400


def test_reset_forgets_everything_and_puts_the_switches_back(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("minimax")
    emulator.switches = Switches(minimax_cursor="ignored")
    emulator.script_replies("left over")
    wire.minimax("POST", "create")
    assert wire.http.post("/_emulator/reset", json={}).status_code == 200
    assert (emulator.switches, emulator.requests) == (Switches(), [])
    with pytest.raises(KeyError):
        emulator.messages("minimax", thread)
    fresh = emulator.seed("hunyuan")
    body = b'{"ThreadID": "%s"}' % fresh.encode()
    wire.http.post("/", content=body, headers=wire.tencent_headers("RunThread", body))
    assert emulator.messages("hunyuan", fresh)[0].text == "You said: "


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "reset"), ("POST", "threads"), ("PATCH", "switches"), ("DELETE", "requests")]
)
def test_a_form_of_another_origin_changes_nothing(emulator: Emulator, wire: Wire, method: str, path: str) -> None:
    thread = emulator.seed("minimax")
    answer = wire.http.request(method, f"/_emulator/{path}", content="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert emulator.messages("minimax", thread) == []


def test_what_is_not_there_is_404(wire: Wire) -> None:
    assert wire.http.get("/_emulator/threads/minimax/nowhere/messages").status_code == 404
    assert wire.http.get("/_emulator/nothing").status_code == 404
    assert wire.http.get("/v3/threads").status_code == 404
