"""``sync`` reads threads into an overlay, a second time only what is new, and ``export`` writes what is in one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_threads import ThreadChatMessageHistory
from provider_threads import AppBuilder, ThreadView
from provider_threads.cli.outcome import ExitCode
from provider_threads.emulator import Emulator, Fault
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay

from .many import CommandLine, json_lines

THREADS = [f"thread_{letter}" for letter in "abcdef"]


@pytest.fixture
def line(served: Emulator, platform: str) -> CommandLine:
    served.reset()
    line = CommandLine(served, platform)
    line.seed(THREADS, 25)
    return line


def test_a_second_run_asks_only_for_what_is_new(line: CommandLine, tmp_path: Path) -> None:
    overlay = tmp_path / "threads.db"
    done = line.run("sync", *THREADS, "--overlay", overlay)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"6 of 6 threads read into {overlay}, 150 messages.\n"
    line.lists()
    line.seed(["thread_b"], 2)
    again = line.run("sync", *THREADS, "--overlay", overlay, "--json")
    asked = line.lists()
    assert set(asked) == set(THREADS)
    assert len(asked) <= 7  # MiniMax does not say that a page is its last
    *threads, last = json_lines(again.stdout)
    assert {each["thread"]: each["messages"] for each in threads} == {**dict.fromkeys(THREADS, 25), "thread_b": 27}
    assert last["summary"]["done"] == 6


def test_threads_come_from_a_file_and_a_refresh_reads_them_whole(served: Emulator, tmp_path: Path) -> None:
    served.reset()
    line = CommandLine(served, "appbuilder")
    line.seed(THREADS, 25)
    (tmp_path / "threads.txt").write_text("\n".join(["# mine", *THREADS]))
    for arguments, requests in (([], 2), ([], 1), (["--refresh"], 2)):
        done = line.run("sync", "--from", tmp_path / "threads.txt", "--overlay", tmp_path / "threads.db", *arguments)
        assert done.exit_code == 0
        assert sorted(line.lists()) == sorted(THREADS * requests)


def test_what_fails_is_listed_and_the_rest_is_there(line: CommandLine, tmp_path: Path) -> None:
    overlay = tmp_path / "threads.db"
    with line.emulator.faulty(Fault("reset_after", times=2), Fault("throttled", times=1, retry_after=0.01)):
        done = line.run("sync", "thread_a", "thread_missing", "thread_b", "--overlay", overlay)
    assert done.exit_code == ExitCode.PARTLY
    assert "2 of 3 threads read into" in done.stderr
    assert "1 thread failed:\n  thread_missing  " in done.stderr
    exported = line.run("export", "thread_a", "--overlay", overlay)
    assert len(ThreadView.from_jsonl(exported.stdout.splitlines())) == 25


def test_a_gap_is_said_by_sync_and_by_an_export_of_the_overlay(served: Emulator, tmp_path: Path) -> None:
    served.reset()
    line = CommandLine(served, "hunyuan")
    line.seed(["thread_long"], 230)
    overlay = tmp_path / "threads.db"
    done = line.run("sync", "thread_long", "--overlay", overlay)
    assert "1 thread with messages missing that the platform does not show:\n  thread_long\n" in done.stderr
    view = ThreadView.from_jsonl(line.run("export", "thread_long", "--overlay", overlay).stdout.splitlines())
    assert (len(view), view.gap_before) == (200, 100)


@pytest.mark.parametrize("arguments", [[], ["--overlay", "mysql://host/db"], ["--overlay", ""]])
def test_no_overlay_is_one_sentence_and_nothing_is_sent(
    served: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    line = CommandLine(served, "minimax")
    line.lists()
    done = line.run("sync", "thread_a", *arguments)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert "overlay" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert line.lists() == []
    assert [*tmp_path.iterdir()] == []


def test_an_overlays_password_is_neither_shown_nor_noted(served: Emulator, tmp_path: Path) -> None:
    line = CommandLine(served, "minimax")
    url = "postgresql://someone:canary-password@127.0.0.1:1/threads"
    for command in (["sync"], ["export", "-o", f"{tmp_path}/"]):
        done = line.run(*command, "thread_a", "--overlay", url)
        assert done.exit_code == ExitCode.OVERLAY
        assert "canary" not in done.output
    assert "canary" not in (tmp_path / "export.manifest").read_text()


@pytest.fixture
def memory(served: Emulator, tmp_path: Path) -> tuple[CommandLine, Path]:
    """An overlay in which a chain keeps more than the platform can hold, archived too, under a key of the app's own."""
    served.reset()
    path = tmp_path / "threads.db"
    with Overlay(path) as overlay:
        provider = AppBuilder(served.credentials.appbuilder_token, base_url=served.base_url)
        history = ThreadChatMessageHistory("user/42", provider=provider, overlay=overlay, create_threads=True)
        history.add_messages(
            [
                HumanMessage("长江有多长？"),
                AIMessage("", tool_calls=[{"name": "search", "args": {"q": "长江"}, "id": "call_1"}]),
                ToolMessage("6300", tool_call_id="call_1"),
                AIMessage("约 6300 公里。", response_metadata={"model_name": "my-model"}),
            ]
        )
        history.close()
        memory = ThreadMemory(provider=provider, overlay=overlay)
        memory.set_state("user/42", ["active"], "archived", slice(0, 1))
        memory.close()
    return CommandLine(served, "appbuilder"), path


def test_an_export_of_an_overlay_is_the_whole_memory(memory: tuple[CommandLine, Path], tmp_path: Path) -> None:
    line, overlay = memory
    out = tmp_path / "out"
    done = line.run("export", "user/42", "--overlay", overlay, "-o", f"{out}/", "--json")
    assert done.exit_code == 0
    view = ThreadView.from_jsonl((out / "user%2f42.jsonl").read_text("utf-8").splitlines())
    assert [(message.role, message.text) for message in view] == [
        ("user", "长江有多长？"),
        ("assistant", ""),
        ("tool", "6300"),
        ("assistant", "约 6300 公里。"),
    ]
    wrote = [message.raw["written_by"]["message"]["data"] for message in view]
    assert wrote[1]["tool_calls"][0]["args"] == {"q": "长江"}
    assert wrote[3]["response_metadata"] == {"model_name": "my-model"}
    assert [[part.kind for part in message.parts] for message in view] == [
        ["text"],
        ["other"],
        ["text", "other"],
        ["text"],
    ]


@pytest.mark.parametrize("kind", ["markdown", "html"])
def test_people_see_the_calls_of_tools_too(memory: tuple[CommandLine, Path], kind: str) -> None:
    line, overlay = memory
    shown = line.run("export", "user/42", "--overlay", overlay, "-f", kind).stdout
    assert shown.index("长江有多长？") < shown.index("call_1") < shown.index("约 6300 公里。")
    assert json.dumps("search") in shown.replace("&quot;", '"')
