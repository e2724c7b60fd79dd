"""MiniMax's calls on the wire."""

from typing import Any

import pytest

from provider_threads.emulator import Emulator, SeedCitation, SeedMessage, Switches

from .wire import Wire

OK = {"status_code": 0, "status_msg": "success"}


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if n % 2 == 0 else "assistant", f"m{n}", id=f"msg_{n}") for n in range(count)]


def ids(answer: dict[str, Any]) -> list[int]:
    return [int(message["id"].removeprefix("msg_")) for message in answer["data"]]


def code(answer: dict[str, Any]) -> int:
    assert set(answer) == {"base_resp"}
    number: int = answer["base_resp"]["status_code"]
    return number


def test_a_thread_is_created_read_and_modified(wire: Wire) -> None:
    created = wire.minimax("POST", "create", {"metadata": {"k": "v"}})
    assert set(created) == {"id", "object", "created_at", "updated_at", "metadata", "base_resp"}
    assert created["base_resp"] == OK
    assert (created["object"], created["metadata"]) == ("thread", {"k": "v"})
    assert wire.minimax("GET", "retrieve", {"thread_id": created["id"]}) == created
    modified = wire.minimax("POST", "modify", {"id": created["id"], "metadata": {"k": "w"}})
    assert modified["thread"]["metadata"] == {"k": "w"}
    untouched = wire.minimax("POST", "modify", {"id": created["id"]})
    assert untouched["thread"]["metadata"] == {"k": "w"}


def test_a_thread_needs_no_body(wire: Wire) -> None:
    assert wire.minimax("POST", "create")["metadata"] == {}


def test_an_added_message_has_exactly_the_documented_fields(wire: Wire) -> None:
    thread = wire.minimax("POST", "create")["id"]
    added = wire.minimax("POST", "messages/add", {"thread_id": thread, "role": "user", "content": "hi"})
    assert added == {
        "id": added["id"],
        "object": "message",
        "created_at": added["created_at"],
        "thread_id": thread,
        "role": "user",
        "content": [{"type": "text", "text": {"value": "hi", "annotations": []}}],
        "file_ids": None,
        "assistant_id": "",
        "run_id": "",
        "metadata": None,
        "base_resp": OK,
    }
    message = {"thread_id": thread, "message_id": added["id"]}
    assert wire.minimax("GET", "messages/retrieve", message) == added


def test_files_and_metadata_of_a_message_are_kept(wire: Wire) -> None:
    thread = wire.minimax("POST", "create")["id"]
    message = {"thread_id": thread, "role": "user", "content": "hi", "file_ids": ["1"], "metadata": {"a": "b"}}
    added = wire.minimax("POST", "messages/add", message)
    assert (added["file_ids"], added["metadata"]) == (["1"], {"a": "b"})


def test_a_list_has_first_and_last_but_no_more_flag(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("minimax", talk(3))
    listed = wire.minimax("GET", "messages/list", {"thread_id": thread})
    assert set(listed) == {"object", "data", "first_id", "last_id", "base_resp"}
    assert (listed["object"], listed["first_id"], listed["last_id"]) == ("list", "msg_0", "msg_2")
    assert [message["role"] for message in listed["data"]] == ["user", "ai", "user"]
    empty = wire.minimax("GET", "messages/list", {"thread_id": emulator.seed("minimax")})
    assert (empty["data"], empty["first_id"], empty["last_id"]) == ([], "", "")


def test_a_repeated_id_is_served_twice(emulator: Emulator, wire: Wire) -> None:
    seeds = [SeedMessage("user", "q", id="msg_1"), SeedMessage("assistant", "a", id="msg_1")]
    thread = emulator.seed("minimax", seeds)
    assert ids(wire.minimax("GET", "messages/list", {"thread_id": thread})) == [1, 1]
    after = wire.minimax("GET", "messages/list", {"thread_id": thread, "after": "msg_1"})
    assert after["data"] == []


def test_citations_are_annotations_of_the_text(emulator: Emulator, wire: Wire) -> None:
    text = "甲【1†source】乙【2†source】丙【1†source】"
    citations = [
        SeedCitation("【1†source】", "没有网址"),
        SeedCitation("【2†source】", "有网址", url="https://example.com/a"),
        SeedCitation("【1†source】", "文件", kind="file", file_id="file-1"),
        SeedCitation("elsewhere", "off", start=3, end=99),
    ]
    thread = emulator.seed("minimax", [SeedMessage("assistant", text, citations=citations)])
    (message,) = wire.minimax("GET", "messages/list", {"thread_id": thread})["data"]
    first, second, third, fourth = message["content"][0]["text"]["annotations"]
    assert first == {
        "type": "web_citation",
        "text": "【1†source】",
        "start_index": 1,
        "end_index": 11,
        "web_citation": {"quote": "没有网址"},
    }
    assert second["web_citation"] == {"quote": "有网址", "url": "https://example.com/a"}
    assert third["type"] == "file_citation"
    assert third["file_citation"] == {"file_id": "file-1", "quote": "文件"}
    assert (third["start_index"], third["end_index"]) == (text.rindex("【1"), len(text))
    assert (fourth["start_index"], fourth["end_index"]) == (3, 99)


def test_offsets_can_count_utf16_units(emulator: Emulator, wire: Wire) -> None:
    seed = SeedMessage("assistant", "😀😀[1]", citations=[SeedCitation("[1]", "q")])
    thread = emulator.seed("minimax", [seed])

    def start() -> int:
        (message,) = wire.minimax("GET", "messages/list", {"thread_id": thread})["data"]
        offset: int = message["content"][0]["text"]["annotations"][0]["start_index"]
        return offset

    assert start() == 2
    emulator.switches = Switches(minimax_offsets="utf16")
    assert start() == 4


def test_a_wrong_group_or_none_does_not_match_the_token(wire: Wire) -> None:
    assert code(wire.minimax("POST", "create", group="17")) == 1004
    assert code(wire.minimax("POST", "create", group="")) == 1004


@pytest.mark.parametrize("number", [2013, 1000])
def test_the_code_for_an_unknown_thread_or_message_is_a_switch(emulator: Emulator, wire: Wire, number: Any) -> None:
    emulator.switches = Switches(minimax_unknown_thread=number)
    thread = emulator.seed("minimax")
    assert code(wire.minimax("GET", "retrieve", thread_id="thread_nowhere")) == number
    assert code(wire.minimax("GET", "messages/list", thread_id="thread_nowhere")) == number
    assert code(wire.minimax("GET", "messages/retrieve", thread_id=thread, message_id="msg_nowhere")) == number
    assert code(wire.minimax("GET", "retrieve", thread_id="")) == 2013


@pytest.mark.parametrize("number", [1004, 2049])
def test_the_code_for_a_wrong_key_is_a_switch(emulator: Emulator, wire: Wire, number: Any) -> None:
    emulator.switches = Switches(minimax_invalid_key=number)
    assert code(wire.minimax("POST", "create", key="wrong")) == number


@pytest.mark.parametrize(
    ("method", "call", "body"),
    [
        ("GET", "retrieve", {}),
        ("GET", "retrieve", {"thread_id": "thread_nowhere"}),
        ("GET", "retrieve", {"thread_id": 5}),
        ("GET", "create", {}),
        ("POST", "delete", {}),
        ("POST", "create", {"metadata": {"k": 1}}),
        ("POST", "create", []),
        ("POST", "modify", {"thread_id": "known"}),
        ("POST", "messages/add", {"thread_id": "known", "role": "user"}),
        ("POST", "messages/add", {"thread_id": "known", "role": "user", "content": ""}),
        ("POST", "messages/add", {"thread_id": "known", "role": "ai", "content": "x"}),
        ("POST", "messages/add", {"thread_id": "known", "role": "user", "content": "x", "file_ids": "1"}),
        ("POST", "messages/add", {"thread_id": "nowhere", "role": "user", "content": "x"}),
        ("GET", "messages/retrieve", {"thread_id": "known", "message_id": "nowhere"}),
        ("GET", "messages/list", {"thread_id": "known", "limit": 0}),
        ("GET", "messages/list", {"thread_id": "known", "limit": "many"}),
        ("GET", "messages/list", {"thread_id": "known", "order": "up"}),
    ],
)
def test_a_wrong_request_is_bad_input_under_http_200(
    emulator: Emulator, wire: Wire, method: str, call: str, body: Any
) -> None:
    emulator.seed("minimax", talk(1), thread_id="known")
    assert code(wire.minimax(method, call, body)) == 2013
    assert len(emulator.messages("minimax", "known")) == 1


@pytest.mark.parametrize(
    ("position", "from_query", "from_body"), [("both", True, True), ("query", True, False), ("body", False, True)]
)
def test_where_a_get_takes_its_parameters_from_is_a_switch(
    emulator: Emulator, wire: Wire, position: Any, from_query: bool, from_body: bool
) -> None:
    emulator.switches = Switches(minimax_parameters=position)
    thread = emulator.seed("minimax", talk(4))
    by_query = wire.minimax("GET", "messages/list", thread_id=thread, limit=2)
    by_body = wire.minimax("GET", "messages/list", {"thread_id": thread, "limit": 2})
    assert ("data" in by_query, "data" in by_body) == (from_query, from_body)
    assert all(ids(answer) == [0, 1] for answer in (by_query, by_body) if "data" in answer)


@pytest.mark.parametrize(
    ("cursor", "reading", "order", "query", "expected"),
    [
        ("exclusive", "positional", "asc", {"after": "msg_1"}, [2, 3]),
        ("exclusive", "positional", "desc", {"after": "msg_4"}, [3, 2]),
        ("exclusive", "positional", "asc", {"before": "msg_4"}, [2, 3]),
        ("exclusive", "positional", "desc", {"before": "msg_1"}, [3, 2]),
        ("exclusive", "positional", "asc", {"after": "msg_0", "before": "msg_2"}, [1]),
        ("inclusive", "positional", "asc", {"after": "msg_1"}, [1, 2]),
        ("inclusive", "positional", "desc", {"after": "msg_4"}, [4, 3]),
        ("exclusive", "chronological", "asc", {"after": "msg_1"}, [2, 3]),
        ("exclusive", "chronological", "desc", {"after": "msg_1"}, [5, 4]),
        ("exclusive", "chronological", "desc", {"before": "msg_4"}, [3, 2]),
        ("inclusive", "chronological", "desc", {"before": "msg_4"}, [4, 3]),
        ("inclusive", "chronological", "asc", {"before": "msg_4"}, [0, 1]),
        ("ignored", "positional", "asc", {"after": "msg_1"}, [0, 1, 2, 3, 4, 5]),
        ("ignored", "positional", "desc", {"after": "msg_1"}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_how_a_cursor_is_read_is_a_switch(
    emulator: Emulator, wire: Wire, cursor: Any, reading: Any, order: str, query: dict[str, str], expected: list[int]
) -> None:
    emulator.switches = Switches(minimax_cursor=cursor, minimax_cursor_reading=reading)
    thread = emulator.seed("minimax", talk(6))
    listed = wire.minimax("GET", "messages/list", thread_id=thread, limit=2, order=order, **query)
    assert ids(listed) == expected


@pytest.mark.parametrize(
    ("position", "asc", "desc"),
    [("whole", [0, 1, 2, 3], [0, 1, 2, 3]), ("limit", [0, 1], [0, 1]), ("limit_and_order", [0, 1], [3, 2])],
)
def test_what_is_heeded_where_the_cursor_is_ignored_is_a_switch(
    emulator: Emulator, wire: Wire, position: Any, asc: list[int], desc: list[int]
) -> None:
    emulator.switches = Switches(minimax_cursor="ignored", minimax_without_cursor=position)
    thread = emulator.seed("minimax", talk(4))
    for order, expected in (("asc", asc), ("desc", desc)):
        listed = wire.minimax("GET", "messages/list", thread_id=thread, limit=2, order=order, after="msg_2")
        assert ids(listed) == expected


@pytest.mark.parametrize(("order", "expected"), [("asc", [0, 1, 2]), ("desc", [2, 1, 0])])
@pytest.mark.parametrize("cursor", ["exclusive", "ignored"])
def test_the_order_left_out_is_a_switch(
    emulator: Emulator, wire: Wire, cursor: Any, order: Any, expected: list[int]
) -> None:
    emulator.switches = Switches(minimax_default_order=order, minimax_cursor=cursor)
    thread = emulator.seed("minimax", talk(3))
    assert ids(wire.minimax("GET", "messages/list", thread_id=thread)) == expected


def test_the_largest_limit_caps_or_rejects(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("minimax", talk(9))
    emulator.switches = Switches(minimax_max_limit=4)
    assert len(ids(wire.minimax("GET", "messages/list", thread_id=thread, limit=8))) == 4
    emulator.switches = Switches(minimax_max_limit=4, minimax_over_limit="reject")
    assert code(wire.minimax("GET", "messages/list", thread_id=thread, limit=8)) == 2013
    assert len(ids(wire.minimax("GET", "messages/list", thread_id=thread, limit=4))) == 4


def test_pages_can_be_shorter_than_asked(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(minimax_page_cap=3)
    thread = emulator.seed("minimax", talk(9))
    assert ids(wire.minimax("GET", "messages/list", thread_id=thread, limit=8)) == [0, 1, 2]


def test_whether_assistant_messages_are_taken_is_a_switch(emulator: Emulator, wire: Wire) -> None:
    message = {"thread_id": emulator.seed("minimax"), "role": "assistant", "content": "hi"}
    assert wire.minimax("POST", "messages/add", message)["role"] == "ai"
    emulator.switches = Switches(minimax_assistant_writes="reject")
    assert code(wire.minimax("POST", "messages/add", message)) == 2013
    assert wire.minimax("POST", "messages/add", {**message, "role": "user"})["role"] == "user"


def test_the_thread_id_can_be_the_examples_placeholder(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(echoed_thread_ids="placeholder")
    thread = emulator.seed("minimax", talk(2))
    listed = wire.minimax("GET", "messages/list", thread_id=thread)["data"]
    assert {message["thread_id"] for message in listed} == {"thread_id"}
    assert wire.minimax("GET", "retrieve", thread_id=thread)["id"] == thread


@pytest.mark.parametrize(("position", "expected"), [("reject", None), ("empty", []), ("ignore", [0, 1, 2])])
def test_what_an_unknown_cursor_means_is_a_switch(
    emulator: Emulator, wire: Wire, position: Any, expected: list[int] | None
) -> None:
    emulator.switches = Switches(unknown_cursor=position)
    listed = wire.minimax("GET", "messages/list", thread_id=emulator.seed("minimax", talk(3)), after="msg_9")
    if expected is None:
        assert code(listed) == 2013
    else:
        assert ids(listed) == expected
