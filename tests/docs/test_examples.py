"""The examples run as they are: no account, no model download, nothing left behind but the files they name."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVED = {"many_machines"}
"""What needs servers has a test of its own, of the same name."""
EXAMPLES = sorted(path for path in (ROOT / "docs" / "examples").glob("*.py") if path.stem not in SERVED)

SAID = {
    "langchain_agent": [
        "human 苏州明天天气怎么样？",
        "ai    weather",
        "tool  苏州：多云，24 度",
        "ai    多云，24 度，适合出门。",
        "human 我问的是哪儿？",
        "ai    您问的是苏州。",
    ],
    "langchain_chain": [
        "assistant: 黄河短一些，约 5464 公里。",
        "  human 长江有多长？",
        "  ai    约 6300 公里。",
        "  human 黄河呢？",
        "  ai    黄河短一些，约 5464 公里。",
    ],
    "llamaindex_agent": [
        "assistant: 上海有 24870000 人。",
        "  user      上海有多少人？",
        "  assistant ['tool_call']",
        "  tool      24870000",
        "  assistant 上海有 24870000 人。",
    ],
    "rag_with_sources": [
        "苏轼生于 1037 年。",
        "  https://example.com/su-shi: 苏轼，1037 年生于眉州",
        "  a conversation: user: 苏轼是谁？ assistant: 北宋文学家。",
    ],
}
"""By an example's name: lines that it prints, in this order."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_as_it_is(example: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, str(example)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    for line in SAID[example.stem]:
        assert line in lines, ran.stdout
        lines = lines[lines.index(line) + 1 :]
    assert {file.name.partition(".")[0] for file in tmp_path.iterdir()} <= {"threads"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_read_in_a_minute(example: Path) -> None:
    lines = example.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 70
    assert "With an account" in "\n".join(lines)
    assert "our model goes here" in "\n".join(lines)


def test_each_example_is_told_of_in_the_docs() -> None:
    told = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    assert {path.stem for path in EXAMPLES} == set(SAID)
    assert [path.name for path in EXAMPLES if f"(examples/{path.name})" not in told] == []
    assert [name for name in SERVED if f"(examples/{name}.py)" not in told] == []
    assert [name for name in SERVED if not Path(__file__).with_name(f"test_{name}.py").exists()] == []
