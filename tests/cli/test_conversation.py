"""What strangers wrote is shown on a terminal and does nothing else there, and none of it goes missing."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.cells import cell_len

from provider_threads import Citation, Part, ThreadMessage, ThreadView
from provider_threads.cli.console import HarmlessConsole
from provider_threads.cli.conversation_plain import plain_lines
from provider_threads.cli.conversation_rich import rendered
from provider_threads.cli.harmless import visible
from provider_threads.cli.tool_calls import calls_in

COLOUR = re.compile("\x1b\\[[0-9;]*m")
HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

PAYLOADS = {
    "clear the screen": "\x1b[2J\x1b[H",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "title": "\x1b]0;root\x1b\\",
    "link": "\x1b]8;;file:///etc/passwd\x1b\\click\x1b]8;;\x1b\\",
    "one-byte CSI": "\x9b31m",
    "one-byte OSC": "\x9d0;root\x9c",
    "overwrite the line": "good\rbad ",
    "backspace": "good\b\b\b\bbad",
    "direction": "\u202ecod.exe\u202c",
    "isolate": "\u2067x\u2069",
    "entity": "&#x202e;cod.exe",
    "line separator": "a\u2028User  2026-01-01",
    "half a pair": "\ud83c",
    "NUL and DEL": "\x00\x7f",
}


def on_terminal(view: ThreadView, *, as_markdown: bool = True, width: int = 80, title: str = "t") -> str:
    written = io.StringIO()
    terminal = HarmlessConsole(file=written, force_terminal=True, width=width, color_system="truecolor")
    for piece in rendered(title, view, (), as_markdown=as_markdown):
        terminal.print(piece)
    return written.getvalue()


def message(text: str, **others: Any) -> ThreadMessage:
    return ThreadMessage("id", "id", "thread", "user", "user", text, **others)


def view(*messages: ThreadMessage) -> ThreadView:
    return ThreadView(messages, reached_start=True)


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_is_harmless_wherever_it_stands(payload: str) -> None:
    marked = f"{payload}【1】 {payload}"
    at = marked.index("【1】")
    cited = Citation("web", "【1】", at, at + 3, quote=payload, url=f"https://example.com/{payload}", title=payload)
    hostile = ThreadMessage(
        payload,
        payload,
        payload,
        payload,
        payload,
        marked,
        parts=(Part("image", file_id=payload), Part("other", raw={payload: [payload]})),
        citations=(cited,),
        file_ids=(payload,),
        status=payload,
    )
    plain = "".join(plain_lines(payload, view(hostile), (payload,)))
    shown = [on_terminal(view(hostile), as_markdown=rendering, title=payload) for rendering in (True, False)]
    for output in (plain, *shown):
        assert not HARMFUL.search(COLOUR.sub("", output))
        assert "\x1b]8" not in output


def test_what_is_harmful_is_shown_by_sign_or_name() -> None:
    assert visible("a\x1b[0m\u202eb\x7f\x9b\ud800\r") == "a␛[0m<U+202E>b␡<U+009B>\ufffd␍"
    assert (
        visible("two\r\nlines\tand a tab, 长江, 🌊, 👩‍👩‍👧, עברית") == "two\nlines\tand a tab, 长江, 🌊, 👩‍👩‍👧, עברית"
    )


def test_a_text_cannot_forge_a_heading_in_plain_text() -> None:
    forged = "ok\n\nAssistant  2026-01-01 00:00:00+00:00  id\n  yes"
    headings = [
        line for line in "".join(plain_lines("t", view(message(forged)), ())).splitlines() if line[:1].isalpha()
    ]
    assert headings == ["t", "User  id"]
    forged_role = ThreadMessage("id", "i\nUser  d", "t", "us\nAssistant  er", "user", "x")
    headings = [line for line in "".join(plain_lines("t", view(forged_role), ())).splitlines() if line[:1].isalpha()]
    assert len(headings) == 2


@pytest.mark.parametrize(
    "text",
    [
        "[bold]x[/bold] [link=https://a.example]y[/link] :smile:",
        "List<String> <think>inner</think> <!-- hidden --> <b>x</b>",
        "![alt](https://example.com/x.png)",
        "[a]: https://example.com/hidden",
        "<https://example.com/auto>",
        "javascript: [x](javascript:alert)",
    ],
)
def test_nothing_of_a_text_goes_missing(text: str) -> None:
    shown = COLOUR.sub("", on_terminal(view(message(text))))
    for word in re.findall(r"\w[\w.:/]*\w|\w", text):
        assert word in shown


def test_a_link_shows_where_it_leads_and_none_is_clickable() -> None:
    shown = on_terminal(view(message("[https://bank.example](https://evil.example)")))
    assert "https://bank.example (https://evil.example)" in COLOUR.sub("", shown)
    assert "\x1b]" not in shown


def test_markdown_is_rendered_unless_it_is_not_wanted() -> None:
    text = "**bold** and `code`\nnext line\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```"
    shown = COLOUR.sub("", on_terminal(view(message(text))))
    assert "bold and code" in shown
    assert "next line" in [line.strip() for line in shown.splitlines()]
    assert "```" not in shown
    assert "**bold** and `code`" in COLOUR.sub("", on_terminal(view(message(text)), as_markdown=False))


@pytest.mark.parametrize("behind", ["(see)", "[2]", ": x"])
def test_a_number_is_no_beginning_of_a_link(behind: str) -> None:
    text = f"so【1】{behind}"
    cited = Citation("web", "【1】", 2, 5, url="https://example.com")
    assert f"so[1]{behind}" in COLOUR.sub("", on_terminal(view(message(text, citations=(cited,)))))


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("as_markdown", [True, False])
def test_no_line_is_wider_than_the_terminal(width: int, as_markdown: bool) -> None:
    table = f"| a | b |\n|-|-|\n| {'y' * 90} | z |"
    text = f"{'长江全长约六千三百公里，' * 9}{'🌊' * 30} https://example.com/{'x' * 90}\n\n{table}"
    lines = COLOUR.sub("", on_terminal(view(message(text)), as_markdown=as_markdown, width=width)).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "".join(lines).count("y") == 90  # in cells too, nothing is cut


def test_lines_end_where_their_text_ends() -> None:
    shown = COLOUR.sub("", on_terminal(view(message("one **bold** `code`\n\n- two\n\n```\nthree\n```\n\n> four"))))
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []


def test_a_gap_is_drawn_across_the_terminal() -> None:
    gapped = ThreadView((message("one"), message("two")), reached_start=True, gap_before=1)
    shown = COLOUR.sub("", on_terminal(gapped))
    gap = r"one.*── Messages may be missing here: the platform does not show them\. ──.*two"
    assert re.search(gap, shown, re.DOTALL)
    before_all = ThreadView((message("one"),), reached_start=False, gap_before=0, limit=5)
    unread_start = ThreadView((message("one"),), reached_start=False, stale=True)
    for known in (before_all, unread_start):
        for shown in (COLOUR.sub("", on_terminal(known)), "".join(plain_lines("t", known, ()))):
            assert shown.index("missing here") < shown.index("one")
            assert ("was not asked" in shown) == known.stale


def test_deep_and_long_texts_are_shown_as_they_are() -> None:
    deep = "> " * 60 + "deep"
    assert deep.replace(" ", "") in COLOUR.sub("", on_terminal(view(message(deep)), width=200)).replace(" ", "")
    long = "*a*" * 20_000
    assert COLOUR.sub("", on_terminal(view(message(long)), width=200)).count("*a") > 19_000


@pytest.mark.parametrize(
    "dumped",
    [
        {"data": {"tool_calls": [{"name": "f", "args": {"x": 1}, "id": "c", "type": "tool_call"}]}},
        {"blocks": [{"$type": "ToolCallBlock", "tool_name": "f", "tool_kwargs": {"x": 1}, "tool_call_id": "c"}]},
        {"content": [{"type": "tool_use", "name": "f", "input": {"x": 1}, "id": "c"}]},
        {"additional_kwargs": {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"x": 1}'}}]}},
        {
            "data": {
                "additional_kwargs": {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": '{"x": 1}'}}]},
                "tool_calls": [{"name": "f", "args": {"x": 1}, "id": "c"}],
            }
        },
    ],
)
def test_a_tool_call_is_one_line_in_every_spelling(dumped: dict[str, Any]) -> None:
    assert calls_in(dumped) == ['calls f({"x": 1})']


def test_what_a_call_is_given_is_no_call() -> None:
    given = {"plan": {"name": "g", "args": {}}}
    assert calls_in({"name": "f", "args": given, "id": "c"}) == ['calls f({"plan": {"name": "g", "args": {}}})']


def test_what_is_no_text_and_no_call_is_shown_as_it_came() -> None:
    odd = message("", parts=(Part("other", raw={"type": "audio", "id": "a" * 3000}),))
    shown = "".join(plain_lines("t", view(odd), ()))
    assert '  not text: {"type": "audio", "id": "aaa' in shown
    assert "more characters: --json" in shown
