"""Files of threads: names that every file system tells apart, whole contents, and a manifest that knows them."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import string
import sys
from collections import deque
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_threads import ConfigurationError
from provider_threads.cli.export_files import WholeFile, WholeStream
from provider_threads.cli.export_manifest import MANIFEST, Manifest, WholeThread
from provider_threads.cli.export_names import file_name

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40) | st.text(
    string.ascii_letters + "%._-~/:", min_size=1, max_size=12
)
ACCOUNT = {"platform": "minimax", "base_url": "https://api.minimax.chat"}


@given(KEYS)
def test_a_name_is_safe_and_leads_back_to_the_thread(thread: str) -> None:
    name = file_name(thread, "jsonl")
    assert set(name) <= set(string.ascii_lowercase + string.digits + "_-.%~")
    assert name[0] not in ".-"
    assert len(name) <= 240
    if "~" not in name:
        assert unquote(name.removesuffix(".jsonl")) == thread


@given(KEYS, KEYS)
def test_two_threads_have_two_names_even_where_case_does_not_count(one: str, other: str) -> None:
    assert one == other or file_name(one, "md") != file_name(other, "md")


@pytest.mark.parametrize(
    ("thread", "name"),
    [
        ("thread_abc-1.2", "thread_abc-1.2.md"),
        ("Ab", "%41b.md"),
        ("con", "%63on.md"),
        ("lpt1.x", "%6cpt1.x.md"),
        ("console", "console.md"),
        ("..", "%2e..md"),
        ("-rf", "%2drf.md"),
        ("a/../b", "a%2f..%2fb.md"),
        ("C:\\x", "%43%3a%5cx.md"),
        ("用户 1", "%e7%94%a8%e6%88%b7%201.md"),
        ("a%41", "a%2541.md"),
    ],
)
def test_what_means_something_to_a_file_system_is_escaped(thread: str, name: str) -> None:
    assert file_name(thread, "md") == name


def test_long_names_are_cut_and_still_differ() -> None:
    long = [file_name("A" * 300 + end, "jsonl") for end in ("", "b", "c")]
    assert len(set(long)) == 3
    assert all(len(name) == 206 and "~" in name for name in long)


def test_a_file_is_seen_only_once_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "thread.jsonl"
    path.write_text("before")
    with WholeFile(path) as target:
        target.write("长江 \ud800")
        assert path.read_text() == "before"
        assert target.finish() == 8
        assert path.read_text("utf-8") == "长江 ?"
    assert [*tmp_path.iterdir()] == [path]


def test_who_leaves_early_leaves_nothing_behind(tmp_path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), WholeFile(tmp_path / "thread.jsonl") as target:
        target.write("half")
        raise KeyboardInterrupt
    assert [*tmp_path.iterdir()] == []


def test_a_full_disk_is_left_without_a_rest(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"), WholeFile(tmp_path / "thread.jsonl") as target:
            deque(map(target.write, ["x" * 100] * 1000), 0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [*tmp_path.iterdir()] == []


def test_what_a_killed_process_left_is_written_over_and_never_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (tmp_path / ".thread.jsonl.part").symlink_to(elsewhere)
    with WholeFile(tmp_path / "thread.jsonl") as target:
        target.finish()
    assert elsewhere.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "thread.jsonl"]


@pytest.mark.skipif(os.name != "posix", reason="Windows removes no file that is open")
def test_of_two_runs_into_one_file_the_second_is_turned_away_and_the_first_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "thread.jsonl"
    with WholeFile(path) as first:
        first.write("first, whole\n")
        with pytest.raises(ConfigurationError, match="another export is writing this file"), WholeFile(path):
            pass
        first.finish()
        with WholeFile(path) as next_one:  # begins before the first has left its block
            first.__exit__(None, None, None)
            next_one.write("second, half")
            assert path.read_text() == "first, whole\n"
            next_one.write(" and half\n")
            next_one.finish()
    assert path.read_text() == "second, half and half\n"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = tmp_path / "thread.jsonl", list[tuple[int, bool]]()
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append((os.fstat(descriptor).st_size, path.exists())))
    with WholeFile(path) as target:
        target.write("x" * 5)
        target.finish()
    assert synced[0] == (5, False)
    assert [exists for _, exists in synced] == [False, True]  # the second is the directory's


def test_a_terminal_is_shown_controls_and_a_pipe_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    for kind, written in ((Terminal, "␛[2J <U+202E>x\n"), (io.TextIOWrapper, "\x1b[2J \u202ex\n")):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", kind(raw, encoding="utf-8"))
        with WholeStream(None) as target:
            target.write("\x1b[2J \u202ex\n")
            assert raw.getvalue() == b""
            target.finish()
        assert raw.getvalue().decode() == written


def whole(thread: str, file: str, size: int = 3) -> WholeThread:
    return WholeThread(thread, file, size, messages=1, gap=False)


def test_a_manifest_knows_what_is_whole_and_unchanged(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("abc")
    manifest = Manifest(tmp_path, ACCOUNT, {"format": "markdown"})
    with manifest.opened():
        assert manifest.whole("a", "a.md") is None
        manifest.add(whole("a", "a.md"))
        manifest.add(whole("b", "b.md"))
    again = Manifest(tmp_path, ACCOUNT, {"format": "markdown"})
    with again.opened():
        assert again.whole("a", "a.md") == whole("a", "a.md")
        assert again.whole("A", "a.md") is None
        assert again.whole("b", "b.md") is None  # the file is not there
        (tmp_path / "a.md").write_text("ab")
        assert again.whole("a", "a.md") is None
    other = Manifest(tmp_path, ACCOUNT, {"format": "markdown", "time_zone": "Asia/Shanghai"})
    (tmp_path / "a.md").write_text("abc")
    with other.opened():
        assert other.whole("a", "a.md") is None
        other.add(whole("a", "a.md"))
    with again.opened():
        assert again.whole("a", "a.md") is None  # it was written over with other settings


@pytest.mark.parametrize("torn", [b'{"thread": "b", "fi', b"\xff\xfe", b"null"])
def test_a_torn_line_is_passed_over_and_ended(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "a.md").write_text("abc")
    manifest = Manifest(tmp_path, ACCOUNT, {})
    with manifest.opened():
        manifest.add(whole("a", "a.md"))
    with (tmp_path / MANIFEST).open("ab") as lines:
        lines.write(torn)
    with manifest.opened():
        assert manifest.whole("a", "a.md") is not None
        manifest.add(whole("a", "c.md"))
    (tmp_path / "c.md").write_text("abc")
    with manifest.opened():
        assert manifest.whole("a", "c.md") is not None


def test_one_run_at_a_time_writes_to_a_directory(tmp_path: Path) -> None:
    with (
        Manifest(tmp_path, ACCOUNT, {}).opened(),
        pytest.raises(ConfigurationError, match="another export is writing here"),
        Manifest(tmp_path, ACCOUNT, {}).opened(),
    ):
        pass
    with Manifest(tmp_path, ACCOUNT, {}).opened():
        pass
