"""A thread as JSON Lines comes back equal, whatever its text holds, and says where messages may be missing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from provider_threads import Citation, ConfigurationError, Part, ThreadMessage, ThreadView
from tests.reliability.places import said_by

MESSAGE = ThreadMessage(
    "msg_1",
    "msg_1#2",
    "thread_1",
    "assistant",
    "ai",
    "约 6300 公里【1†source】。",
    parts=(Part("text", "约 6300 公里【1†source】。", raw={"type": "text"}), Part("other", raw={"type": "sound"})),
    citations=(Citation("web", "【1†source】", 9, 19, url="https://example.com/", raw={"text": "【1†source】"}),),
    file_ids=("file-1",),
    created_at=datetime(2024, 11, 20, 8, 30, tzinfo=timezone.utc),
    status="completed",
    run_id="run_1",
    metadata={"topic": "rivers"},
    raw={"id": "msg_1", "nested": [1, None, {"更多": True}]},
)
TEXTS = [
    "",
    "two\nlines\r\n",
    "\x1b[2J\x07 \x9b2J",
    "\u202etxt.exe\u2066",
    "\u2028\u2029\x85",
    "half \ud800 a pair",
    "replaced \ufffd already",
    "🌊",
]


def raws(message: ThreadMessage) -> list[object]:
    """What comparing two messages leaves out."""
    return [message.raw, *(part.raw for part in message.parts), *(citation.raw for citation in message.citations)]


@pytest.mark.parametrize("text", TEXTS)
def test_a_message_comes_back_equal_from_one_line_that_does_nothing_to_a_terminal(text: str) -> None:
    message = replace(MESSAGE, text=text, metadata={"said": text}, raw={**MESSAGE.raw, "text": text})
    line = message.to_json()
    again = ThreadMessage.from_json(line)
    assert again == message
    assert raws(again) == raws(message)
    assert line.encode().decode().splitlines() == [line]
    assert line.isprintable()


def test_names_in_what_came_with_a_message_stay_as_they_are() -> None:
    message = replace(MESSAGE, raw={"half \ud800 a pair": 1}, metadata={"\udc00": "\ufffd"})
    again = ThreadMessage.from_json(message.to_json())
    assert (again, again.raw) == (message, message.raw)


@pytest.mark.parametrize("text", [MESSAGE.text, "half \ud800 a pair", "replaced \ufffd already"])
def test_every_attribute_stands_by_its_name_and_the_time_in_iso_8601(text: str) -> None:
    known = json.loads(replace(MESSAGE, text=text).to_json())
    assert list(known) == list(ThreadMessage.__dataclass_fields__)
    assert (known["created_at"], known["text"]) == ("2024-11-20T08:30:00Z", text)


CANARY = "a text that nobody repeats"
OTHER_LINES = ["{", "{}", "[]", "null", "no JSON", '{"id": 1}', "[" * 100_000, '{"gap":false}']
OF_A_TEXT = [f'{{"id": 1, "text": "{CANARY}"}}', f'{{"id": "msg_1", "text": "{CANARY}', f'["{CANARY}"]']


@pytest.mark.parametrize("line", [*OTHER_LINES, *OF_A_TEXT])
def test_another_line_is_refused_without_a_word_of_it(line: str) -> None:
    with pytest.raises(ConfigurationError, match="is no message as") as caught:
        ThreadMessage.from_json(line)
    with pytest.raises(ConfigurationError, match=r"^line 2 is no message") as in_a_file:
        ThreadView.from_jsonl([MESSAGE.to_json(), line, MESSAGE.to_json()])
    for error in (caught.value, in_a_file.value):
        assert CANARY not in said_by(error)


def test_a_line_that_is_not_utf_8_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(ConfigurationError, match="is no message as") as caught:
        ThreadMessage.from_json(f'{{"text": "{CANARY}'.encode() + b"\xff")
    assert CANARY not in said_by(caught.value)


def test_names_that_are_not_of_a_message_are_ignored() -> None:
    assert ThreadMessage.from_json(json.dumps({**json.loads(MESSAGE.to_json()), "mine": 1})) == MESSAGE


@pytest.mark.parametrize("gap", [None, 0, 1, 3])
def test_a_view_comes_back_with_its_gap(gap: int | None) -> None:
    messages = tuple(replace(MESSAGE, key=f"msg_{number}") for number in range(3))
    view = ThreadView(messages, reached_start=gap != 0, gap_before=gap)
    lines = list(view.to_jsonl())
    assert len(lines) == (3 if gap is None else 4)
    assert ThreadView.from_jsonl(f"{line}\n" for line in lines) == view


def test_an_unread_start_is_a_gap_in_the_lines() -> None:
    assert next(ThreadView((MESSAGE,), reached_start=False).to_jsonl()) == '{"gap":true}'
