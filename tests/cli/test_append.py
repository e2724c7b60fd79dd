"""``append`` writes once what was asked for, or nothing; ``list-files`` lists each file once."""

from __future__ import annotations

import json

import pytest

from provider_threads.emulator import Emulator, Fault, SeedMessage, Switches

from .conftest import Run


def stored(served: Emulator, thread: str, platform: str = "appbuilder") -> list[str | None]:
    return [message.text for message in served.messages(platform, thread)]  # type: ignore[arg-type]  # a platform's name


def test_the_id_of_the_message_is_printed_alone(run: Run, served: Emulator) -> None:
    thread = served.seed("appbuilder", [])
    done = run("append", thread, "长江 🌊", "-p", "appbuilder", "--file-id", "file-1", "--file-id", "file-2")
    (kept,) = served.messages("appbuilder", thread)
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{kept.id}\n", "")
    assert (kept.role, kept.text, [file.id for file in kept.files]) == ("user", "长江 🌊", ["file-1", "file-2"])


def test_the_text_may_come_from_stdin(run: Run, served: Emulator) -> None:
    thread = served.seed("appbuilder", [])
    for given in ("a\n\nb\n", b"\xef\xbb\xbfwith a mark\r\n", "-- --json"):
        assert run("append", thread, "-", "-p", "appbuilder", stdin=given).exit_code == 0
    assert stored(served, thread) == ["a\n\nb", "with a mark", "-- --json"]
    refused = run("append", thread, "-", "-p", "appbuilder", stdin=b"\xff\xfea")
    assert (refused.exit_code, refused.stderr) == (2, "provider-threads: the text on stdin is not UTF-8.\n")


def test_metadata_is_stored_where_the_platform_keeps_it(run: Run, served: Emulator) -> None:
    thread = served.seed("minimax", [])
    done = run("append", thread, "x", "-p", "minimax", "--metadata", "a=b=c", "--metadata", "d=", "--json")
    assert json.loads(done.stdout)["metadata"] == {"a": "b=c", "d": ""}
    refused = run("append", thread, "x", "-p", "appbuilder", "--metadata", "a=b")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_thread_is_created_and_its_id_printed(run: Run, served: Emulator) -> None:
    done = run("append", "--create", "first", "-p", "appbuilder")
    thread, _, message = done.stdout.rstrip("\n").partition("\t")
    assert stored(served, thread) == ["first"]
    assert served.messages("appbuilder", thread)[0].id == message
    as_json = json.loads(run("append", "--create", "first", "-p", "appbuilder", "--json").stdout)
    assert stored(served, as_json["thread_id"]) == ["first"]


def test_a_created_thread_is_told_of_where_its_message_fails(run: Run, served: Emulator) -> None:
    with served.faulty(Fault("reset_before", operation="threads/messages/add")):
        done = run("append", "--create", "first", "-p", "minimax", "--json")
    warning, error = map(json.loads, done.stderr.splitlines())
    thread = warning["warning"].split()[2]
    assert stored(served, thread, "minimax") == []
    assert (error["error"]["exit_code"], done.exit_code) == (8, 8)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("thread_x", "text", "-p", "hunyuan"), "takes no messages; its own runs write them. Nothing was sent."),
        (("thread_x", "text", "-p", "minimax", "--role", "assistant"), "takes only user messages. Nothing was sent."),
        (("thread_x", "  ", "-p", "minimax"), "text is empty"),
        (("thread/x", "text", "-p", "minimax"), "THREAD holds a character that no id has"),
        (("text", "-p", "minimax"), "THREAD and TEXT"),
        (("thread_x", "text", "--create", "-p", "minimax"), "TEXT alone with --create"),
        (("thread_x", "text", "-p", "minimax", "--metadata", "pair"), "--metadata must be NAME=VALUE."),
        (("--create", "text", "-p", "appbuilder", *(["--file-id", "f"] * 11)), "at most 10 files"),
    ],
)
def test_what_cannot_be_appended_is_refused_before_anything_is_sent(
    run: Run, served: Emulator, arguments: tuple[str, ...], told: str
) -> None:
    served.clear_requests()
    done = run("append", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert told in done.stderr
    assert served.requests == []


def test_files_are_listed_with_their_times(run: Run, served: Emulator) -> None:
    said = SeedMessage("user", "x", file_ids=[f"file-{n}" for n in range(7)], id="message_f")
    thread = served.seed("appbuilder", [said])
    listed = [
        line.split("\t") for line in run("list-files", thread, "message_f", "-p", "appbuilder").stdout.splitlines()
    ]
    assert {file for file, _ in listed} == {f"file-{n}" for n in range(7)}
    lines = run("list-files", thread, "message_f", "-p", "appbuilder", "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [file for file, _ in listed]
    assert set(json.loads(lines[0])) == {"id", "message_id", "created_at", "raw"}


def test_all_pages_of_files_are_listed_each_file_once(run: Run, served: Emulator) -> None:
    said = SeedMessage("user", "x", file_ids=[f"file-{n}" for n in range(7)], id="message_p")
    thread = served.seed("appbuilder", [said])
    before = served.switches
    try:
        for cursor in ("inclusive", "exclusive"):
            served.switches = Switches.parse(["appbuilder_page_cap=3", f"appbuilder_cursor={cursor}"])
            listed = run("list-files", thread, "message_p", "-p", "appbuilder").stdout.splitlines()
            assert len(listed) == len(set(listed)) == 7
    finally:
        served.switches = before


def test_a_platform_without_files_says_so(run: Run) -> None:
    done = run("list-files", "thread_x", "message_x", "-p", "minimax")
    assert (done.exit_code, done.stderr) == (
        2,
        "provider-threads: MiniMax list_files: the platform has no such operation.\n",
    )
