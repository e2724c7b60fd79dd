"""Claims of single pages that the code can confirm."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provider_threads import errors
from provider_threads.emulator import Switches
from provider_threads.providers import hunyuan_errors, minimax
from provider_threads.providers.base import refusal_by_status
from provider_threads.retry import RetryPolicy, Timeouts

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ERRORS = (ROOT / "docs/errors.md").read_text(encoding="utf-8")

CODES = [*hunyuan_errors.CODES.items(), *((str(code), refusal) for code, refusal in minimax.CODES.items())]


def rows(page: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:2] == "| "]


@pytest.mark.parametrize("name", errors.__all__)
def test_the_error_page_names_every_error_and_warning(name: str) -> None:
    tree = ERRORS.split("```text\n")[1].split("```")[0]
    assert re.search(rf"\b{name}\b", tree)


@pytest.mark.parametrize(("code", "refusal"), CODES, ids=[code for code, _ in CODES])
def test_the_error_page_puts_every_code_into_its_class(code: str, refusal: object) -> None:
    said = [row[1:] for row in rows(ERRORS) if f"`{code}`" in row[0]]
    assert said == [[f"`{refusal.error.__name__}`", "yes" if refusal.retryable else "no"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 400, 418, 500, 503])
def test_the_error_page_says_what_a_status_means(status: int) -> None:
    table = {row[0]: row[1:] for row in rows(ERRORS)}
    said = table.get(str(status)) or table["5xx" if status >= 500 else "other 4xx"]
    refusal = refusal_by_status(status)
    assert refusal is not None
    assert said == [f"`{refusal.error.__name__}`", "yes" if refusal.retryable else "no"]


def test_the_error_page_gives_the_defaults_of_the_code() -> None:
    said = {row[0]: re.findall(r"[\d.]+", row[1]) for row in rows(ERRORS) if row[0].startswith(("`Retry", "`Timeouts"))}
    retry, timeouts = RetryPolicy(), Timeouts()
    assert {name: [float(number) for number in numbers] for name, numbers in said.items()} == {
        "`RetryPolicy.attempts`": [retry.attempts],
        "`RetryPolicy.first_pause`, `longest_pause`": [retry.first_pause, retry.longest_pause],
        "`RetryPolicy.longest_retry_after`": [retry.longest_retry_after],
        "`Timeouts.connect`, `pool`": [timeouts.connect],
        "`Timeouts.read`, `write`": [timeouts.read],
        "`Timeouts.total`": [timeouts.total],
    }
    assert (timeouts.pool, timeouts.write) == (timeouts.connect, timeouts.read)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_to_a_heading_finds_it(page: Path) -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    lost = [link for link in links if link[1] not in anchors(page.parent / link[0] if link[0] else page)]
    assert lost == []


def test_the_folder_map_names_every_module_of_the_core_and_the_adapters() -> None:
    drawn = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").split("## Folders")[1].split("## ")[0]
    modules = {
        path.name
        for package in ("provider_threads", "langchain_threads", "llamaindex_threads")
        for path in (ROOT / package).rglob("*.py")
        if not path.name.startswith("__") and not {"emulator", "cli"}.intersection(path.parts)
    }
    assert modules - {"version.py"} - set(re.findall(r"\w+\.py", drawn)) == set()


def links_of(page: Path) -> list[tuple[str, str]]:
    """What a page links to, with the words that do: (words, target)."""
    return re.findall(r"\[((?:[^\]`]|`[^`]*`)+)\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))


def pages_below(folder: Path) -> set[str]:
    return {str(page.relative_to(folder)) for page in folder.rglob("*.md")} - {"index.md"}


def test_the_table_of_contents_names_every_page_and_every_decision_by_its_title() -> None:
    linked = links_of(ROOT / "docs/index.md")
    chinese = {f"zh/{page}" for page in pages_below(ROOT / "docs/zh")}
    assert pages_below(ROOT / "docs") - chinese <= {target for _, target in linked}
    for title, target in linked:
        if target.startswith("adr/"):
            number = int(target[4:8])
            heading = (ROOT / "docs" / target).read_text(encoding="utf-8").splitlines()[0]
            assert heading == f"# {number:04d}: {title}"


def test_the_chinese_table_of_contents_names_every_chinese_page() -> None:
    assert pages_below(ROOT / "docs/zh") <= {target for _, target in links_of(ROOT / "docs/zh/index.md")}


def test_every_decision_gives_context_decision_and_consequences() -> None:
    for page in (ROOT / "docs/adr").glob("*.md"):
        headings = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], page.name


def test_the_emulator_page_gives_every_switch_and_its_positions() -> None:
    page = (ROOT / "docs/emulator.md").read_text(encoding="utf-8")
    table = {row[0].strip("`"): row[1] for row in rows(page.split("## Switches")[1].split("## ")[0])}
    positions = Switches.positions()
    assert set(table) - {"Switch"} == set(positions)
    for name, choices in positions.items():
        named = [choice for choice in choices.split(" | ") if choice.isidentifier() or choice.isdecimal()]
        assert all(choice in table[name] for choice in named), name
