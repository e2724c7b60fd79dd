"""The Chinese pages keep step with the English ones: the same names, numbers, links, tables and code."""

from __future__ import annotations

import io
import posixpath
import re
import tokenize
from pathlib import Path
from typing import Any

import pytest

from provider_threads.cli.outcome import ExitCode

DOCS = Path(__file__).parents[2] / "docs"
CHINESE = DOCS / "zh"

WHOLE = ("start.md", "errors.md", "platforms/minimax.md", "platforms/hunyuan.md", "platforms/appbuilder.md")
"""Pages that say in Chinese all that their namesakes say."""

PARTS = {
    "langchain.md": ("langchain.md", "agents.md"),
    "llamaindex.md": ("llamaindex.md",),
    "command-line.md": ("command-line.md", "export.md", "doctor.md"),
}
"""Pages that say some of what English pages say, and nothing else."""

PAGES = sorted(str(page.relative_to(CHINESE)) for page in CHINESE.rglob("*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HAN = r"[\u3400-\u9fff]"


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page's text without its blocks."""
    return BLOCK.sub("", text)


def sections(text: str) -> list[str]:
    """What stands below each heading, the heading included."""
    return re.split(r"^(?=#+ )", prose(text), flags=re.MULTILINE)[1:]


def names(text: str) -> set[str]:
    """What is set as code: names, values, codes."""
    return set(re.findall(r"`([^`\n]+)`", text))


def numbers(text: str) -> set[str]:
    """Numbers in digits, outside code and links."""
    bare = re.sub(r"`[^`\n]+`|\]\([^)]*\)", " ", text)
    return set(re.findall(r"\d[\d,.]*\d|\d", bare))


def targets(text: str, page: str) -> set[str]:
    """The pages that a page links to, whichever language they are in; where `page` is below docs/."""
    found = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    paths = {posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) for target in found}
    told_on_one_page = {
        "agents.md": "langchain.md",
        "doctor.md": "command-line.md",
        "../README.zh-CN.md": "../README.md",
    }
    return {told_on_one_page.get(path, path) for path in (path.removeprefix("zh/") for path in paths)}


def rows(text: str) -> list[list[str]]:
    return [line.strip("|").split("|") for line in prose(text).splitlines() if line.startswith("|")]


def code(text: str) -> list[str]:
    """What the python blocks say, without comments and texts, which are translated."""
    return [
        token.string
        for language, block in BLOCK.findall(text)
        if language == "python"
        for token in tokenize.generate_tokens(io.StringIO(block).readline)
        if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.OP)
    ]


def pair(name: str) -> tuple[str, str]:
    return text_of(DOCS / name), text_of(CHINESE / name)


def section_pairs() -> list[Any]:
    found = []
    for name in WHOLE:
        english, chinese = map(sections, pair(name))
        for index, (one, other) in enumerate(zip(english, chinese, strict=False)):
            found.append(pytest.param(name, one, other, id=f"{name}-{index}"))
    return found


@pytest.mark.parametrize("name", WHOLE)
def test_a_page_has_the_headings_blocks_and_code_of_its_namesake(name: str) -> None:
    english, chinese = pair(name)
    assert len(english) > 1000
    for pattern in (r"^(#+) ", r"^```(\w+)$", r"^(\*) "):
        assert re.findall(pattern, english, re.MULTILINE) == re.findall(pattern, chinese, re.MULTILINE)
    assert code(english) == code(chinese)
    shell = [[block for language, block in BLOCK.findall(text) if language == "bash"] for text in (english, chinese)]
    assert shell[0] == shell[1]


@pytest.mark.parametrize(("name", "english", "chinese"), section_pairs())
def test_a_section_says_the_same_names_and_numbers_and_leads_to_the_same_pages(
    name: str, english: str, chinese: str
) -> None:
    assert names(chinese) == names(english)
    assert numbers(chinese) == numbers(english)
    assert targets(chinese, f"zh/{name}") == targets(english, name)


@pytest.mark.parametrize("name", WHOLE)
def test_a_table_has_the_same_rows(name: str) -> None:
    english, chinese = map(rows, pair(name))
    assert [len(row) for row in chinese] == [len(row) for row in english]
    for one, other in zip(english, chinese, strict=True):
        assert [names(cell) for cell in other] == [names(cell) for cell in one]
        assert [numbers(cell) for cell in other] == [numbers(cell) for cell in one]
        assert [not cell.strip() for cell in other] == [not cell.strip() for cell in one]


def test_the_tree_of_errors_is_the_same() -> None:
    english, chinese = (re.findall(r"\b\w+(?:Error|Warning)\b", text.split("```")[1]) for text in pair("errors.md"))
    assert len(english) > 20
    assert chinese == english


def test_a_code_is_in_the_same_class_and_tried_again_as_often() -> None:
    said = {"yes": "会", "no": "不会"}
    english, chinese = map(rows, pair("errors.md"))
    tried = [(one[2].strip(), other[2].strip()) for one, other in zip(english, chinese, strict=True) if len(one) == 3]
    known = [(one, other) for one, other in tried if one in said]
    assert len(known) >= 20
    assert [other for _, other in known] == [said[one] for one, _ in known]


@pytest.mark.parametrize("name", PARTS)
def test_what_a_page_tells_is_told_in_english_too(name: str) -> None:
    english, chinese = "".join(text_of(DOCS / page) for page in PARTS[name]), text_of(CHINESE / name)
    assert {name for name in names(prose(chinese)) if name not in english} == set()
    assert numbers(prose(chinese)) <= numbers(prose(english))


@pytest.mark.parametrize("name", PARTS)
def test_a_page_gives_all_variables_and_extras_and_the_errors_of_what_it_tells(name: str) -> None:
    english, chinese = "".join(text_of(DOCS / page) for page in PARTS[name]), text_of(CHINESE / name)
    for pattern in (r"\b[A-Z]+_[A-Z_]+\b", r"provider-threads\[([\w,]+)\]"):
        assert set(re.findall(pattern, chinese)) <= set(re.findall(pattern, english))
    told = re.findall(r"^\| `(\w+\([^`]*)`", english, re.MULTILINE)
    assert [row for row in told if f"`{row}`" not in chinese] == []


@pytest.mark.parametrize("name", PARTS)
def test_a_block_of_a_page_is_a_block_in_english_too(name: str) -> None:
    def blocks(text: str) -> list[list[str]]:
        return [code(f"```python\n{block}```") for language, block in BLOCK.findall(text) if language == "python"]

    english = [block for page in PARTS[name] for block in blocks(text_of(DOCS / page))]
    chinese = blocks(text_of(CHINESE / name))
    assert [block for block in chinese if block not in english] == []


def test_the_command_lines_page_has_every_option_and_exit_code_and_shows_what_the_program_says() -> None:
    english, chinese = "".join(map(text_of, map(DOCS.joinpath, PARTS["command-line.md"]))), CHINESE / "command-line.md"
    told = text_of(chinese)
    assert set(re.findall(r"--[a-z-]+", prose(told))) >= set(re.findall(r"`(--[a-z-]+)", prose(english)))
    assert [row[0].strip() for row in rows(told) if row[0].strip().isdecimal()] == [str(int(code)) for code in ExitCode]
    shown, known = (
        [block for language, block in BLOCK.findall(text) if language == "console"] for text in (told, english)
    )
    assert shown
    assert [block for block in shown if block not in known] == []


def test_every_page_is_a_pair_or_the_contents() -> None:
    assert sorted({"index.md", *WHOLE, *PARTS}) == PAGES


@pytest.mark.parametrize("name", [*PAGES, "../../README.zh-CN.md"])
def test_a_page_is_set_as_chinese_is(name: str) -> None:
    text = re.sub(r"\[|\]\([^)]*\)|\*\*", "", re.sub(r"`[^`\n]+`", "`", prose(text_of(CHINESE / name))))
    assert re.findall(rf"{HAN}[,;:?!()]|[,;:?!(]{HAN}", text) == []  # full-width punctuation
    assert re.findall(rf"{HAN}[A-Za-z0-9`]|[A-Za-z0-9`]{HAN}", text) == []  # a space beside Latin letters and digits
    assert re.findall(rf"{HAN}\n *{HAN}", text) == []  # a break between two characters would show as a space
