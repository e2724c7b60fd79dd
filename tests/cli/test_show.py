"""``show`` as people and programs read it: everything that is there, nothing that is not, and what is missing."""

from __future__ import annotations

import io
import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from provider_threads import AppBuilder, ThreadClient, ThreadMessage, ThreadView
from provider_threads.cli.shapes import print_line
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage
from provider_threads.memory import ThreadMemory
from provider_threads.messages import GAP_LINE

from .conftest import Run

WHEN = datetime(2026, 3, 1, 23, 30, tzinfo=timezone.utc)


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the machine's zone cannot be set here")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_message_has_its_role_local_time_id_text_notes_and_files(run: Run, served: Emulator, shanghai: None) -> None:
    cited = SeedCitation(marker="【1†source】", quote="干流全长", url="https://example.com/yangtze")
    said = SeedMessage(
        "assistant", "约 6300 公里【1†source】。\n\n第二段", citations=[cited], created_at=WHEN, id="msg_2"
    )
    served.seed("minimax", [SeedMessage("user", "多长？", created_at=WHEN, id="msg_1"), said], thread_id="thread_a")
    assert run("show", "thread_a", "-p", "minimax").stdout == (
        "MiniMax · thread_a\n"
        "\n"
        "User  2026-03-02 07:30:00+08:00  msg_1\n"
        "  多长？\n"
        "\n"
        "Assistant  2026-03-02 07:30:00+08:00  msg_2\n"
        "  约 6300 公里[1]。\n"
        "\n"
        "  第二段\n"
        "\n"
        "  [1] “干流全长” https://example.com/yangtze\n"
    )
    attached = SeedMessage("user", "files", file_ids=["file-1", "file-2"], created_at=WHEN, id="msg_3")
    served.seed("appbuilder", [attached], thread_id="thread_a")
    assert run("show", "thread_a", "-p", "appbuilder").stdout.endswith("  files\n\n  attached: file-1, file-2\n")


def test_an_unfinished_message_says_so(run: Run, served: Emulator) -> None:
    thread = served.seed(
        "hunyuan",
        [SeedMessage("assistant", "half", status="in_progress"), SeedMessage("assistant", "cut", status="incomplete")],
    )
    headings = run("show", thread, "-p", "hunyuan").stdout.splitlines()
    assert [line.rpartition("  ")[2] for line in headings if line.startswith("Assistant")] == [
        "in progress",
        "incomplete",
    ]


def texts(shown: str) -> list[str]:
    return re.findall(r"^  (\S+)$", shown, re.MULTILINE)


def test_the_newest_twenty_or_as_many_as_are_asked_for_or_all(run: Run, served: Emulator) -> None:
    said = [f"m{n}" for n in range(45)]
    thread = served.seed("appbuilder", [SeedMessage("user", text) for text in said])
    for arguments, shown in ((("-n", "3"), said[-3:]), ((), said[-20:]), (("--all",), said)):
        done = run("show", thread, "-p", "appbuilder", *arguments)
        assert texts(done.stdout) == shown
        assert ("the thread began earlier: --all" in done.stdout) == (shown != said)
        assert "missing" not in done.stdout
    refused = run("show", thread, "-p", "appbuilder", "--all", "-n", "3")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_gap_is_said_where_it_is(run: Run, served: Emulator) -> None:
    thread = served.seed("hunyuan", [SeedMessage("user", f"m{n}") for n in range(230)])
    shown = run("show", thread, "-p", "hunyuan", "--all").stdout
    before, gap, after = shown.partition("\n--- Messages may be missing here: the platform does not show them. ---\n")
    assert gap
    assert texts(before)[-1] == "m99"
    assert texts(after) == [f"m{n}" for n in range(130, 230)]
    lines = run("show", thread, "-p", "hunyuan", "--all", "--json").stdout.splitlines()
    assert lines.index(GAP_LINE) == 100
    assert lines.count(GAP_LINE) == 1
    # Of more than it shows from its end, what is missing is before all.
    shown = run("show", thread, "-p", "hunyuan", "-n", "150").stdout
    assert shown.index("missing here") < shown.index("User  ")


def test_only_the_roles_that_are_asked_for(run: Run, served: Emulator) -> None:
    said = [SeedMessage("user", "one"), SeedMessage("assistant", "two"), SeedMessage("user", "three")]
    thread = served.seed("hunyuan", said)
    done = run("show", thread, "-p", "hunyuan", "--role", "user")
    assert texts(done.stdout) == ["one", "three"]
    assert "Only messages of the role user are shown." in done.stdout
    lines = run("show", thread, "-p", "hunyuan", "--role", "user", "--json").stdout.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["one", "three"]
    both = run("show", thread, "-p", "hunyuan", "--role", "user", "--role", "assistant")
    assert texts(both.stdout) == ["one", "two", "three"]


def test_json_comes_back_equal(run: Run, served: Emulator) -> None:
    said = [SeedMessage("user", "长江 🌊 \x1b[0m \x9b \u202e"), SeedMessage("user", "b", file_ids=["file-1"])]
    thread = served.seed("appbuilder", said)
    done = run("show", thread, "-p", "appbuilder", "--json")
    with ThreadClient(AppBuilder(base_url=served.base_url)) as client:
        assert ThreadView.from_jsonl(done.stdout.splitlines()).messages == client.read(thread).messages
    assert not re.search("[\x1b\x9b\u202e]", done.stdout)


def test_nothing_is_lost_where_stdout_is_not_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stdout = io.TextIOWrapper(written, "cp1252", errors="replace")
    monkeypatch.setattr(sys, "stdout", stdout)
    print_line(ThreadMessage("i", "i", "t", "user", "user", "长江 🌊 é").to_json())
    stdout.flush()
    assert ThreadMessage.from_json(written.getvalue()).text == "长江 🌊 é"


def test_a_thread_without_messages_says_so(run: Run, served: Emulator) -> None:
    thread = served.seed("appbuilder", [])
    assert run("show", thread, "-p", "appbuilder").stdout == f"Baidu AppBuilder · {thread}\nThere are no messages.\n"
    assert run("show", thread, "-p", "appbuilder", "--json").stdout == ""


def test_the_overlay_shows_the_whole_memory(run: Run, served: Emulator, tmp_path: Path) -> None:
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    from langchain_threads import AppBuilderChatMessageHistory

    database = str(tmp_path / "threads.db")
    thread = served.seed("appbuilder", [SeedMessage("user", "from elsewhere")])
    call = {"name": "search", "args": {"q": "地球"}, "id": "call_1"}
    with AppBuilderChatMessageHistory(thread, base_url=served.base_url, overlay=database, namespace="mine") as history:
        history.add_messages(
            [HumanMessage("圆的吗？"), AIMessage("", tool_calls=[call]), ToolMessage("两极稍扁", tool_call_id="call_1")]
        )
    shown = run("show", thread, "-p", "appbuilder", "--overlay", database, "--namespace", "mine").stdout
    assert re.findall(r"^(User|Assistant|Tool)  ", shown, re.MULTILINE) == ["User", "User", "Assistant", "Tool"]
    assert shown.count('calls search({"q": "地球"})') == 1
    assert "  两极稍扁\n\n  answers the call call_1\n" in shown
    assert "calls" not in run("show", thread, "-p", "appbuilder", "--overlay", database).stdout
    memory = ThreadMemory(provider=AppBuilder(base_url=served.base_url), overlay=database, namespace="mine")
    memory.set_state(thread, ("active",), "archived", slice(0, 1))
    memory.close()
    assert run("show", thread, "-p", "appbuilder", "--overlay", database, "--namespace", "mine").stdout == shown
    newest = run("show", thread, "-p", "appbuilder", "--overlay", database, "--namespace", "mine", "-n", "1")
    assert texts(newest.stdout) == ["两极稍扁"]
    refused = run("show", thread, "-p", "appbuilder", "--namespace", "mine")
    assert (refused.exit_code, "--overlay" in refused.stderr) == (2, True)
