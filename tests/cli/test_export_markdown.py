"""A thread as Markdown: whatever a message says stays in its block, and its sources are footnotes of the document."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt

from provider_threads import Citation, Part, ThreadMessage
from provider_threads.cli.export_markdown import Markdown

SENT = datetime(2024, 11, 20, 16, 30, tzinfo=timezone.utc)


def written(*messages: ThreadMessage, zone: str = "Asia/Shanghai") -> str:
    document = Markdown("thread_1", "MiniMax", ZoneInfo(zone))
    return document.head() + "".join(map(document.message, messages))


def said(text: str, role: str = "user", citations: Sequence[Citation] = (), **more: object) -> ThreadMessage:
    return ThreadMessage("m", "m", "thread_1", role, role, text, citations=tuple(citations), **more)  # type: ignore[arg-type]


HOSTILE = [
    "# a heading",
    "## 9. Assistant · 1999-01-01",
    "a heading\n===",
    "```\nnever closed",
    "~~~~~\nnever closed",
    "````markdown\n```\n````\n`````",
    "<!-- never closed",
    "<script>alert(1)</script>",
    "<details><summary>",
    "</blockquote></body>",
    "<?php",
    "![pixel](https://example.com/pixel.png)",
    "[1]: https://example.com/elsewhere",
    "[^2-1]: another source",
    "[click](javascript:alert(1))",
    "> quoted\n\n---\n\n1. list\n   - nested",
    "    indented\n\n\tcode",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "line\r\nline\rline\x0b\x0c\x85line\u2028line",
    "\x1b]8;;https://evil\x07 \u202etxt",
    "trailing backslash\\",
    "",
    "---\ntitle: front matter\n---",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_reaches_beyond_its_message(text: str) -> None:
    source = written(said("before"), said(text), said("after", "assistant"))
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    tokens = parser.parse(source)
    headings = [
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open" and not token.level
    ]
    assert headings == [
        "`thread_1`",
        "1. User",
        "2. User",
        "3. Assistant",
    ]
    html = parser.render(source)
    assert "<script" not in html
    assert "<!--" not in html
    assert "<img" not in html
    assert "javascript:" not in html.replace("(javascript:alert(1))", "")
    assert html.count("<blockquote>") == html.count("</blockquote>")
    assert html.rstrip().endswith("<h2>3. Assistant</h2>\n<blockquote>\n<p>after</p>\n</blockquote>")
    assert not {*source} & {*"\x1b\x07\u202e\u2028\x85\r"}
    known: dict[str, Any] = {}
    parser.parse(source, known)
    assert not known.get("references")


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.isprintable() or "\n" in text][:17])
def test_a_text_is_there_word_for_word(text: str) -> None:
    shown = written(said(text)).split("## 1. User\n")[1]
    lines = [line.removeprefix(">").removeprefix(" ") for line in shown.splitlines()]
    for line in text.splitlines():
        assert line in lines or not line.strip()


def test_times_are_local_and_say_how_far_from_utc() -> None:
    assert "## 1. User · 2024-11-21 00:30:00+08:00\n" in written(said("x", created_at=SENT))
    assert "· 2024-11-20 11:30:00-05:00\n" in written(said("x", created_at=SENT), zone="America/New_York")
    assert "· 0001-01-01 00:00:00+00:00\n" in written(
        said("x", created_at=datetime.min.replace(tzinfo=timezone.utc)), zone="America/New_York"
    )


def test_an_unknown_role_and_an_unfinished_message_say_so() -> None:
    shown = written(said("x", "re*view*er\n# <b>", status="in_progress"), said("y", "", status="completed"))
    assert "## 1. re\\*view\\*er # \\<b\\> · in progress\n" in shown
    assert "## 2. ?\n" in shown


def test_sources_are_footnotes_with_numbers_of_their_message() -> None:
    one = Citation("web", "【1】", 2, 5, quote="q", url="https://example.com/a?b=1_2", title="A *b* [c] <d>")
    two = Citation("file", "【2】", 5, 8, quote="1. quoted\nline", file_id="file-1`2")
    lost = Citation("other", "【9】", None, None, quote="nowhere")
    shown = written(said("x"), said("ab【1】【2】。", "assistant", [one, two, one, lost]))
    assert "> ab[^2-1][^2-2]。\n" in shown
    assert "\nSources: [^2-3]\n" in shown
    assert "[^2-1]: A \\*b\\* \\[c\\] \\<d\\> <https://example.com/a?b=1_2>\n" in shown
    assert "[^2-2]: “1. quoted line” `` file-1`2 ``\n" in shown
    assert "[^2-3]: “nowhere”\n" in shown


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://e.com/a b", "https://e.com/>x", "https://e.com/\u202e"]
)
def test_an_address_that_is_no_plain_page_is_no_link(url: str) -> None:
    shown = written(said("ab【1】", "assistant", [Citation("web", "【1】", 2, 5, title="T", url=url)]))
    assert "[^1-1]: T `" in shown
    assert "<" not in shown.replace("<U+202E>", "")


def test_what_is_cited_in_code_is_listed_below_it() -> None:
    shown = written(said("`ab【1】` <b>", "assistant", [Citation("web", "【1】", 3, 6, title="T")]))
    assert "```text\n`ab[^1-1]` <b>\n```\n" in shown
    assert "\nSources: [^1-1]\n\n[^1-1]: T\n" in shown


def test_attachments_and_other_parts_are_named() -> None:
    parts = (Part("image", file_id="file-2"), Part("other", raw={"tool": "```search"}))
    shown = written(said("x", parts=parts, file_ids=("file-1", "file-2")))
    assert "\nAttachments: `file-1`, `file-2`\n" in shown
    assert '\n````json\n{\n  "tool": "```search"\n}\n````\n' in shown
