"""The demo shows every platform's conversation through both frameworks, without an account or a proxy."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from provider_threads.cli.app import app
from provider_threads.cli.outcome import ExitCode

START = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
"""A shell lets what it starts in the background ignore Ctrl-C, and so would whatever the tests start."""

PROGRAM = [sys.executable, "-c", f"{START}; from provider_threads.cli import main; main()"]

SAID = {
    "Tencent Hunyuan": [
        "帮我想一个周末去苏州的安排，只有一天。",
        "上午去拙政园，人少；中午在平江路吃面；下午坐船看护城河，傍晚到山塘街。",
        "Could you say that in English?",
        (
            "Morning in the Humble Administrator's Garden, noodles on Pingjiang Road, a boat on the moat, and "
            "Shantang Street at dusk."
        ),
    ],
    "MiniMax": ["长江有多长？在哪里入海？", "长江全长约 6300 公里[1]，在上海的崇明岛附近流入东海[2]。🌊"],
    "Baidu AppBuilder": [
        "把这份会议纪要总结成一句话。",
        "会议决定先完成支付模块，十二月十日前上线，由王敏负责。",
    ],
}
ROLES = {"LangChain": ("HumanMessage", "AIMessage"), "LlamaIndex": ("user", "assistant")}
NOTES = [
    "[1] 长江干流全长六千三百余公里 …  (https://example.com/yangtze)",
    "[2] 长江口的崇明岛把江水分成南北两支 …  (https://example.com/estuary)",
]


@pytest.fixture(scope="module")
def shown() -> dict[tuple[str, str], str]:
    """What the demo prints of each platform through each framework."""
    done = CliRunner().invoke(app, ["demo"])
    assert done.exit_code == 0, done.output
    parts = {}
    for section in done.output.split("━━ ")[1:]:
        platform = section.partition(" · ")[0]
        _, langchain, llamaindex = re.split(r"^  Lang\w+, |^  Llama\w+, ", section, flags=re.MULTILINE)
        parts[platform, "LangChain"], parts[platform, "LlamaIndex"] = langchain, llamaindex
    return parts


@pytest.mark.parametrize("framework", ROLES)
@pytest.mark.parametrize("platform", SAID)
def test_each_message_is_printed_once_with_its_role_and_time(
    shown: dict[tuple[str, str], str], platform: str, framework: str
) -> None:
    printed = re.findall(r"^    (\w+) +(\d\d:\d\d:\d\d)  (.+)$", shown[platform, framework], re.MULTILINE)
    assert [text for _, _, text in printed] == SAID[platform]
    assert [role for role, _, _ in printed] == list(ROLES[framework]) * (len(printed) // 2)


@pytest.mark.parametrize("framework", ROLES)
def test_citations_are_numbered_notes_with_their_addresses(shown: dict[tuple[str, str], str], framework: str) -> None:
    lines = [line.strip() for line in shown["MiniMax", framework].splitlines()]
    assert [line for line in lines if line.startswith("[")] == NOTES
    assert not any("【" in line for line in lines)


def test_as_json_each_conversation_is_an_object_of_both_frameworks() -> None:
    done = CliRunner().invoke(app, ["demo", "--json"])
    assert done.exit_code == 0, done.output
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(one["platform"], one["framework"]) for one in shown} == {(name, kind) for name in SAID for kind in ROLES}
    for one in shown:
        assert [message["text"] for message in one["messages"]] == SAID[one["platform"]]
        assert [message["role"] for message in one["messages"]][:2] == list(ROLES[one["framework"]])
        notes = [note for message in one["messages"] for note in message["citations"]]
        assert [f"[{note['number']}] {note['quote']}  ({note['url']})" for note in notes] == (
            NOTES if one["platform"] == "MiniMax" else []
        )


def test_the_program_itself_runs_the_demo_past_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")
    done = subprocess.run([*PROGRAM, "demo"], capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(done.stdout.count(text) == 2 for texts in SAID.values() for text in texts)


def test_a_reader_that_has_enough_ends_the_demo_without_a_complaint() -> None:
    with subprocess.Popen([*PROGRAM, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert b"emulator" in running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(30) in (0, ExitCode.BROKEN_PIPE)
