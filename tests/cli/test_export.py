"""``export`` writes each thread whole or not at all, says what failed, and reads nothing twice."""

from __future__ import annotations

import json
import math
import os
import re
import stat
import sys
import threading
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from provider_threads import Limits, MiniMax, ThreadClient, ThreadView, messages
from provider_threads.cli.account import Account
from provider_threads.cli.app import app
from provider_threads.cli.export_manifest import MANIFEST
from provider_threads.cli.outcome import ExitCode
from provider_threads.emulator import Emulator, Fault, SeedCitation, SeedMessage

from .many import CommandLine, json_lines

THREADS = [f"thread_{letter}" for letter in "abcdef"]


@pytest.fixture
def line(served: Emulator, platform: str) -> CommandLine:
    """The command line over each platform, with six short threads."""
    return _with_threads(served, platform)


@pytest.fixture
def minimax(served: Emulator) -> CommandLine:
    """The same over one platform."""
    return _with_threads(served, "minimax")


def _with_threads(served: Emulator, platform: str) -> CommandLine:
    served.reset()
    line = CommandLine(served, platform)
    line.seed(THREADS)
    return line


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_a_thread_goes_to_stdout_as_lines_that_are_read_back_equal(line: CommandLine, served: Emulator) -> None:
    done = line.run("export", "thread_a")
    assert (done.exit_code, done.stderr) == (0, "")
    view = ThreadView.from_jsonl(done.stdout.splitlines())
    assert [message.text for message in view] == [f"thread_a says {n} 长江 🌊" for n in range(3)]
    if line.platform == "minimax":
        account = served.credentials
        provider = MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=served.base_url)
        with ThreadClient(provider) as client:
            read = client.read("thread_a")
        assert view == read
        assert [message.raw for message in view] == [message.raw for message in read]


def test_threads_go_into_a_directory_and_a_second_run_asks_for_nothing(line: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    done = line.run("export", *THREADS, "--output", out)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"6 of 6 threads exported to {out}, 18 messages.\n"
    assert names(out) == {MANIFEST, *(f"{thread}.jsonl" for thread in THREADS)}
    for thread in THREADS:
        texts = [each["text"] for each in json_lines((out / f"{thread}.jsonl").read_text("utf-8"))]
        assert texts == [f"{thread} says {n} 长江 🌊" for n in range(3)]
    assert set(line.lists()) == set(THREADS)
    again = line.run("export", *THREADS, "--output", out)
    assert line.lists() == []
    assert "0 of 6 threads exported" in again.stderr
    assert "6 threads already whole there" in again.stderr


def test_a_second_run_reads_what_is_not_whole_and_refresh_reads_all(minimax: CommandLine, tmp_path: Path) -> None:
    minimax.run("export", *THREADS[:3], "--output", tmp_path / "")
    before = (tmp_path / "thread_a.jsonl").read_bytes()
    (tmp_path / "thread_a.jsonl").write_bytes(before[:-1])
    (tmp_path / "thread_b.jsonl").unlink()
    minimax.lists()
    minimax.seed(["thread_c"], 1)
    assert minimax.run("export", *THREADS, "--output", tmp_path).exit_code == 0
    assert set(minimax.lists()) == {"thread_a", "thread_b", *THREADS[3:]}
    assert (tmp_path / "thread_a.jsonl").read_bytes() == before
    assert minimax.run("export", *THREADS, "--output", tmp_path, "--refresh").exit_code == 0
    assert set(minimax.lists()) == set(THREADS)
    assert len((tmp_path / "thread_c.jsonl").read_text("utf-8").splitlines()) == 4


def test_another_format_or_time_zone_is_another_export(minimax: CommandLine, tmp_path: Path) -> None:
    for arguments in ([], ["-f", "markdown"], ["-f", "markdown", "--time-zone", "Asia/Shanghai"], ["-f", "html"]):
        assert minimax.run("export", *THREADS, "-o", tmp_path, *arguments).exit_code == 0
        assert set(minimax.lists()) == set(THREADS)
        assert minimax.run("export", *THREADS, "-o", tmp_path, *arguments).exit_code == 0
        assert minimax.lists() == []
    assert {path.suffix for path in tmp_path.iterdir()} == {".jsonl", ".md", ".html", ".manifest"}
    assert "+08:00" in (tmp_path / "thread_a.md").read_text("utf-8")


def test_a_directory_holds_threads_of_one_platform(served: Emulator, minimax: CommandLine, tmp_path: Path) -> None:
    minimax.run("export", *THREADS, "-o", tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    other = _with_threads(served, "appbuilder").run("export", *THREADS, "-o", tmp_path)
    assert other.exit_code == ExitCode.USAGE
    assert "it holds threads of another platform or address" in other.stderr
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_fails_is_listed_and_the_rest_is_done(line: CommandLine, tmp_path: Path) -> None:
    asked = ["thread_a", "thread_missing", "thread_b", "thread_gone", "thread_c"]
    done = line.run("export", *asked, "-o", tmp_path)
    assert done.exit_code == ExitCode.PARTLY
    assert "3 of 5 threads exported" in done.stderr
    failed = done.stderr[done.stderr.index("2 threads failed:\n") :].splitlines()[1:]
    assert sorted(each.split()[0] for each in failed) == ["thread_gone", "thread_missing"]
    assert all("Error: " in each for each in failed)
    if line.platform != "minimax":  # which gives none
        assert all("request id" in each for each in failed)
    assert names(tmp_path) == {MANIFEST, "thread_a.jsonl", "thread_b.jsonl", "thread_c.jsonl"}


def test_json_gives_a_line_for_each_thread_and_a_summary(minimax: CommandLine, tmp_path: Path) -> None:
    minimax.run("export", "thread_a", "-o", f"{tmp_path}/")
    done = minimax.run("export", "thread_a", "thread_b", "thread_missing", "-o", tmp_path, "--json")
    assert (done.exit_code, done.stderr) == (ExitCode.PARTLY, "")
    *threads, last = json_lines(done.stdout)
    states = {each["thread"]: (each["state"], each["messages"], each["gap"]) for each in threads}
    assert states == {
        "thread_a": ("skipped", 3, False),
        "thread_b": ("done", 3, False),
        "thread_missing": ("failed", 0, False),
    }
    (failed,) = [each for each in threads if each["error"]]
    assert set(failed["error"]) == {"class", "message", "platform", "operation", "request_id", "exit_code"}
    assert {each["file"] for each in threads} == {*(str(tmp_path / f"thread_{n}.jsonl") for n in "ab"), None}
    assert last == {
        "summary": {"threads": 3, "done": 1, "skipped": 1, "failed": 1, "untried": 0, "messages": 3, "gaps": 0}
    }


def test_one_thread_that_fails_is_the_commands_own_error(minimax: CommandLine, tmp_path: Path) -> None:
    for output in ("-", str(tmp_path / "thread.jsonl"), f"{tmp_path}/"):
        done = minimax.run("export", "thread_missing", "-o", output)
        assert (done.exit_code, done.stdout) == (ExitCode.REFUSED, "")
        assert done.stderr.startswith("provider-threads: MiniMax list_messages: ")
        assert len(done.stderr.splitlines()) == 1
    assert names(tmp_path) == {MANIFEST}
    scripted = minimax.run("export", "thread_missing", "-o", f"{tmp_path}/", "--json")
    assert (scripted.exit_code, scripted.stderr) == (ExitCode.REFUSED, "")
    assert [line.get("state") for line in json_lines(scripted.stdout)] == ["failed", None]


def test_resets_and_throttling_cost_tries_and_no_thread(line: CommandLine, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    line.run("export", *THREADS, "-o", whole)
    faults = [Fault("reset_after", times=2), Fault("throttled", times=2, retry_after=0.01)]
    with line.emulator.faulty(*faults):
        assert line.run("export", *THREADS, "-o", tmp_path / "faulty").exit_code == 0
    for thread in THREADS:
        assert (tmp_path / "faulty" / f"{thread}.jsonl").read_bytes() == (whole / f"{thread}.jsonl").read_bytes()


def test_a_thread_that_breaks_off_in_the_middle_leaves_nothing(minimax: CommandLine, tmp_path: Path) -> None:
    minimax.seed(["thread_long"], 250)
    with minimax.emulator.faulty(Fault("stuck_cursor", operation="threads/messages/list")):
        done = minimax.run("export", "thread_long", "thread_a", "-o", tmp_path)
    assert done.exit_code == ExitCode.PARTLY
    assert "thread_long  PaginationError: " in done.stderr
    assert names(tmp_path) == {MANIFEST, "thread_a.jsonl"}


def test_a_thread_answered_with_anothers_messages_fails_or_is_warned_about(line: CommandLine, tmp_path: Path) -> None:
    with line.emulator.faulty(Fault("foreign_messages", times=1)):
        done = line.run("export", *THREADS, "-o", tmp_path, "--concurrency", 1)
    failed = "1 thread failed:\n  thread_a  " in done.stderr
    assert names(tmp_path) == {MANIFEST, *(f"{thread}.jsonl" for thread in THREADS[failed:])}
    if line.platform == "hunyuan":  # where no document shows such an answer
        assert failed
    else:
        assert "another thread" in done.stderr.splitlines()[0]


def test_a_missing_extra_is_named_before_anything_is_sent(
    minimax: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "provider_threads.html", raising=False)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    done = minimax.run("export", *THREADS, "-o", tmp_path, "-f", "html")
    assert done.exit_code == ExitCode.USAGE
    assert "pip install 'provider-threads[html]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert minimax.lists() == []
    assert names(tmp_path) == set()


def test_a_refused_credential_ends_the_run_at_once(minimax: CommandLine, tmp_path: Path) -> None:
    asked = [f"thread_{n}" for n in range(100)]
    done = minimax.run("export", *asked, "-o", tmp_path, "--concurrency", 4, MINIMAX_API_KEY="another-key")
    assert done.exit_code == ExitCode.CREDENTIAL
    assert "1 thread failed:" in done.stderr
    assert "99 threads not tried" in done.stderr
    assert len(minimax.lists()) <= 4
    assert names(tmp_path) == {MANIFEST}


def test_a_platform_that_is_down_is_not_asked_for_every_thread(minimax: CommandLine, tmp_path: Path) -> None:
    asked = [f"thread_{n}" for n in range(100)]
    with minimax.emulator.faulty(Fault("busy")):
        done = minimax.run("export", *asked, "-o", tmp_path, "--concurrency", 2, "--timeout", 0.2, "--json")
    assert done.exit_code == ExitCode.UNAVAILABLE
    summary = json_lines(done.stdout)[-1]["summary"]
    assert (summary["failed"], summary["untried"]) == (10, 90)


def test_no_more_threads_are_read_at_a_time_than_asked(
    minimax: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MiniMax, "limits", Limits(per_second=math.inf, in_flight=2))
    open_files: list[int] = []

    def to_json(message: messages.ThreadMessage, plain: object = messages.ThreadMessage.to_json) -> str:
        open_files.append(len([*tmp_path.glob(".*.part")]))
        return str(plain(message))  # type: ignore[operator]  # the method as it was

    monkeypatch.setattr(messages.ThreadMessage, "to_json", to_json)
    with minimax.emulator.faulty(Fault("latency", seconds=0.005)):
        for most, arguments in ((2, []), (4, ["--concurrency", 4]), (1, ["--concurrency", 1])):
            assert minimax.run("export", *THREADS, "-o", tmp_path, "--refresh", *arguments).exit_code == 0
            assert max(open_files) == most
            open_files.clear()


@pytest.mark.parametrize("kind", ["jsonl", "markdown", "html"])
def test_a_gap_is_said_in_the_file_and_in_the_summary(served: Emulator, tmp_path: Path, kind: str) -> None:
    hunyuan = _with_threads(served, "hunyuan")
    hunyuan.seed(["thread_long"], 230)
    done = hunyuan.run("export", "thread_a", "thread_long", "-o", tmp_path, "-f", kind)
    assert done.exit_code == 0
    assert "1 thread with messages missing that the platform does not show:\n  thread_long\n" in done.stderr
    (written,) = tmp_path.glob("thread_long.*")
    text = written.read_text("utf-8")
    if kind == "jsonl":
        view = ThreadView.from_jsonl(text.splitlines())
        assert (len(view), view.gap_before, view.complete) == (200, 100, False)
    else:
        assert text.count("may be missing here") == 1
        assert text.index("says 99 ") < text.index("may be missing here") < text.index("says 130 ")
    again = hunyuan.run("export", "thread_a", "thread_long", "-o", tmp_path, "-f", kind, "--json")
    assert json_lines(again.stdout)[-1]["summary"]["gaps"] == 1
    alone = hunyuan.run("export", "thread_long", "-f", kind)
    assert alone.stderr == "provider-threads: thread_long: messages may be missing where the output says so.\n"


def test_ids_come_from_a_file_and_from_stdin(minimax: CommandLine, tmp_path: Path) -> None:
    listing = tmp_path / "ids"
    listing.write_bytes(b"\xef\xbb\xbf# mine\r\nthread_a\r\n\r\n  thread_b \nthread_a\n")
    for source, given in ((listing, None), ("-", listing.read_text("utf-8-sig"))):
        out = tmp_path / f"out{source == '-'}"
        assert minimax.run("export", "thread_b", "--from", source, "-o", out, given=given).exit_code == 0
        assert names(out) == {MANIFEST, "thread_a.jsonl", "thread_b.jsonl"}
        assert set(minimax.lists()) == {"thread_a", "thread_b"}
    listing.write_text("thread_c")
    assert minimax.run("export", "--from", listing, "-o", tmp_path / "alone").exit_code == 0
    assert names(tmp_path / "alone") == {MANIFEST, "thread_c.jsonl"}  # a list is one however short


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"thread_a\n# fine\n../../etc/passwd\n", "line 3: a thread's id holds a character that no id has"),
        (b"thread_a\n\nthread b\n", "line 3: a thread's id holds"),
        (b"thread_a\n\xff\xfe\n", "line 2: it is not UTF-8."),
        (b"# nothing\n", "no thread is named."),
    ],
)
def test_a_bad_line_is_named_before_anything_is_sent(
    minimax: CommandLine, tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "ids").write_bytes(content)
    done = minimax.run("export", "--from", tmp_path / "ids", "-o", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert minimax.lists() == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["thread_a", "thread_b"], "several threads go into a directory: name one with --output."),
        (["--from", "/dev/null"], "no thread is named. Name one, or several in a file with --from FILE."),
        (["thread_a", "thread_b", "-o", "file"], "file is a file, and several threads go into a directory"),
        (["thread_a", "-o", "file/"], "file/ is a file, and a slash behind it means a directory: name one"),
        (["thread_a", "-o", ""], "--output is empty. Name a file or a directory, or leave it out for stdout."),
        (["thread_a", "--json"], "--json says on stdout how the export goes: name a file with --output."),
        (["thread_a", "-o", "nowhere/file"], "nowhere: there is no such directory."),
        (["thread_a", "--time-zone", "Mars/Olympus"], "knows no time zone of this name"),
        (["thread_a", "--namespace", "app"], "--namespace is a division of an overlay"),
        (["thread/a"], "thread 1 on the command line: a thread's id holds a character"),
        (["thread_a", "--from", "no-such-file"], "no-such-file: No such file or directory"),
        (["thread_a", "--concurrency", "0"], "Invalid value for '--concurrency'"),
        (["thread_a", "-f", "pdf"], "Invalid value for '--format'"),
    ],
)
def test_wrong_use_is_one_sentence_and_nothing_is_sent(
    minimax: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    done = minimax.run("export", *arguments)
    assert (done.exit_code, done.stdout) == (ExitCode.USAGE, "")
    said = done.stderr if "--json" not in arguments else json.loads(done.stderr)["error"]["message"]
    assert sentence in said
    assert len(done.stderr.splitlines()) == 1
    assert minimax.lists() == []
    assert names(tmp_path) == {"file"}


def test_a_file_is_replaced_whole_and_a_link_stays_one(minimax: CommandLine, tmp_path: Path) -> None:
    file, link = tmp_path / "thread.jsonl", tmp_path / "link"
    file.write_text("mine")
    link.symlink_to(file)
    assert minimax.run("export", "thread_missing", "-o", link).exit_code == ExitCode.REFUSED
    assert file.read_text() == "mine"
    assert minimax.run("export", "thread_a", "-o", link).exit_code == 0
    assert link.is_symlink()
    assert len(file.read_text("utf-8").splitlines()) == 3
    assert names(tmp_path) == {"thread.jsonl", "link"}


def test_a_named_pipe_and_a_device_are_written_to_and_not_replaced(minimax: CommandLine, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came: list[str] = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_text("utf-8")), daemon=True)
    reader.start()
    assert minimax.run("export", "thread_a", "-o", pipe).exit_code == 0
    reader.join(10)
    assert len(came[0].splitlines()) == 3
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert minimax.run("export", "thread_a", "-o", os.devnull).exit_code == 0
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_citations_are_footnotes_and_pages_have_them_too(minimax: CommandLine) -> None:
    source = SeedCitation(marker="【1†source】", quote="干流全长", url="https://example.com/yangtze")
    said = [
        SeedMessage("user", "长江有多长？"),
        SeedMessage("assistant", "约 6300 公里【1†source】。", citations=[source]),
    ]
    minimax.emulator.seed("minimax", said, thread_id="thread_cited")
    markdown = minimax.run("export", "thread_cited", "-f", "markdown").stdout
    assert "> 约 6300 公里[^2-1]。\n" in markdown
    assert "[^2-1]: “干流全长” <https://example.com/yangtze>\n" in markdown
    page = minimax.run("export", "thread_cited", "-f", "html").stdout
    assert page.lower().startswith("<!doctype html>")
    assert 'href="https://example.com/yangtze"' in page


def test_a_disk_that_is_full_ends_the_run(
    minimax: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    done = minimax.run("export", *THREADS, "-o", tmp_path, "--concurrency", 2)
    assert done.exit_code == ExitCode.USAGE
    assert done.stderr.splitlines()[-1] == f"provider-threads: {os.strerror(28)}"
    assert "6 threads not done." in done.stderr
    assert names(tmp_path) == {MANIFEST}


@pytest.mark.parametrize("command", ["export", "sync"])
def test_the_page_has_every_option_of_the_command_and_no_other(command: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    table = "\n".join(line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `-"))
    account = {field.name for field in fields(Account)} - {"as_json"}
    options = {
        option
        for parameter in typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]  # a group
        if parameter.name not in account
        for option in parameter.opts
        if option.startswith("-")
    }
    documented = set(re.findall(r"(?<![\w-])--?[a-z-]+", table))
    assert options <= documented
    if command == "export":
        assert documented == options
