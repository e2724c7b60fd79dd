"""What the README claims in tables is what the code says."""

from __future__ import annotations

import io
import re
import tokenize
from pathlib import Path

import pytest

import provider_threads
from provider_threads import AppBuilder, Hunyuan, MiniMax
from provider_threads.capabilities import Capabilities

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")

ROWS = {
    "read a thread of any length": lambda can: can.cursor,
    "append a message": lambda can: bool(can.write_roles),
    "attach files when appending": lambda can: can.max_files != 0,
    "metadata on messages": lambda can: can.message_metadata,
    "metadata on threads": lambda can: can.thread_metadata,
    "edit a message": lambda can: can.update_message,
    "list a message's files": lambda can: can.list_files,
    "delete a thread": lambda can: can.delete_thread,
}


@pytest.fixture
def capabilities() -> list[Capabilities]:
    return [Hunyuan("id", "key").capabilities, MiniMax("key", "1").capabilities, AppBuilder("token").capabilities]


def table(page: str, first_row: str) -> list[list[str]]:
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    start = next(index for index, row in enumerate(rows) if row.startswith(f"| {first_row}"))
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[start:]]


@pytest.mark.parametrize("row", ROWS)
def test_the_capability_table_says_what_the_code_says(row: str, capabilities: list[Capabilities]) -> None:
    cells = {cells[0]: cells[1:] for cells in table(ENGLISH, "create and get a thread")}[row]
    assert [not cell.startswith("no") for cell in cells] == [bool(ROWS[row](can)) for can in capabilities]


def test_both_readmes_have_the_same_tables_and_code() -> None:
    for pattern in (r"^```(\w+)$", r"^(\|)", r"^(#+) "):
        assert re.findall(pattern, ENGLISH, re.MULTILINE) == re.findall(pattern, CHINESE, re.MULTILINE)
    english, chinese = (
        re.findall(r"^```bash\n(.*?)^```", page, re.MULTILINE | re.DOTALL) for page in (ENGLISH, CHINESE)
    )
    assert english == chinese


def test_every_error_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"`(\w+Error)`", ENGLISH))
    assert named
    assert all(issubclass(getattr(provider_threads, name), provider_threads.ThreadsError) for name in named)


def _code_names(page: str) -> list[str]:
    """What the python blocks say, without comments and texts, which are translated."""
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    tokens = tokenize.generate_tokens(io.StringIO("".join(blocks)).readline)
    return [token.string for token in tokens if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.OP)]


def test_both_readmes_show_the_same_code_errors_and_links() -> None:
    assert _code_names(ENGLISH) == _code_names(CHINESE)
    for pattern in (r"`(\w+(?:Error|Warning))`", r"`([A-Z]+_[A-Z_]+)`", r"\]\((?!README|docs/zh/index)([^)#]+)"):
        assert re.findall(pattern, ENGLISH) == re.findall(pattern, re.sub(r"docs/zh/(?!index)", "docs/", CHINESE))
