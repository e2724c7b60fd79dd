"""The site of the documentation, built and looked at: ``pytest -n 0 tests/docs/built_site.py`` with the extra `docs`.

Not collected by the suite, since development does without that extra; `.ci/run` names it. The built site stays in the
folder that the variable SITE names, if there is one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
FROM_THE_ROOT = {
    "readme.html": ROOT / "README.md",
    "zh/readme.html": ROOT / "README.zh-CN.md",
    "changes.html": ROOT / "CHANGELOG.md",
    "contributing.html": ROOT / "CONTRIBUTING.md",
}
LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "use": ("href",),
    "video": ("src", "poster"),
}
"""What a browser loads without being asked, by element and attribute."""

ELSEWHERE = re.compile(r"(?!data:)(\w+:|//)")
COUNTED = ("h1", "h2", "h3", "h4", "h5", "h6", "li", "pre", "table", "td", "th", "blockquote", "a", "em", "strong")


class Article(HTMLParser):
    """How often each element comes in a page's text, and what the whole page loads and links to."""

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.elements: Counter[str] = Counter()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self._inside = whole

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.loaded += [known[name] or "" for name in LOADING.get(tag, ()) if name in known]
        self.ids |= {value for name, value in attrs if name in ("id", "name") and value}
        if tag == "a" and known.get("href"):
            self.links.append(known["href"] or "")
        if tag == "article":
            self._inside = True
        if self._inside and tag in COUNTED and known.get("class") != "headerlink":
            self.elements[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._inside = False


def read(html: str, *, whole: bool = False) -> Article:
    article = Article(whole=whole)
    article.feed(html)
    return article


def build(configuration: Path, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "-f", str(configuration), "-d", str(target)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as strictly as MkDocs can: a page, link or heading that is not there ends it."""
    target = Path(os.environ.get("SITE") or tmp_path_factory.mktemp("site"))
    built = build(ROOT / ".mkdocs.yml", target)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr, built.stderr
    return target


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, str]:
    return {str(page.relative_to(site)): page.read_text(encoding="utf-8") for page in site.rglob("*.html")}


def test_every_page_of_the_repository_is_a_page_of_the_site(pages: dict[str, str]) -> None:
    docs = ROOT / "docs"
    wanted = {str(page.relative_to(docs).with_suffix(".html")) for page in docs.rglob("*.md")}
    assert wanted | set(FROM_THE_ROOT) <= set(pages)


def test_no_page_loads_anything_from_elsewhere(pages: dict[str, str]) -> None:
    loaded = {(page, what) for page, html in pages.items() for what in read(html).loaded}
    assert [what for what in loaded if ELSEWHERE.match(what[1])] == []


def test_no_style_loads_anything_from_elsewhere(site: Path, pages: dict[str, str]) -> None:
    styles = [style.read_text(encoding="utf-8") for style in site.rglob("*.css")]
    styles += [style for html in pages.values() for style in re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)]
    assert len(styles) >= 3
    for style in styles:
        assert not re.search(r"@import|url\(\s*[\"']?\s*(?!data:)(\w+:|//)", style)


def test_no_page_wakes_what_the_theme_would_fetch(pages: dict[str, str]) -> None:
    # The theme's script asks elsewhere for diagrams and for the stars of a repository, where a page has such.
    for html in pages.values():
        assert 'class="mermaid"' not in html
        assert 'data-md-component="source"' not in html


def test_every_link_leads_to_a_file_and_a_heading_of_the_site(site: Path, pages: dict[str, str]) -> None:
    known = {page: read(html) for page, html in pages.items()}
    lost = []
    for page in set(known) - {"404.html"}:  # shown at any address: its links are from the top
        for link in known[page].links:
            path, _, anchor = link.partition("#")
            target = os.path.normpath(Path(page).parent / path) if path else page
            there = (site / target).is_file() and (not anchor or anchor in known[target].ids)
            if not there and not ELSEWHERE.match(link):
                lost.append((page, link))
    assert lost == []


def sources() -> Iterator[tuple[str, Path]]:
    docs = ROOT / "docs"
    yield from FROM_THE_ROOT.items()
    for page in sorted(docs.rglob("*.md")):
        if page.parent != docs / "reference":
            yield str(page.relative_to(docs).with_suffix(".html")), page


@pytest.mark.parametrize(("page", "source"), list(sources()), ids=lambda value: value if isinstance(value, str) else "")
def test_the_site_shows_the_lists_tables_and_blocks_that_the_repositorys_host_shows(
    page: str, source: Path, pages: dict[str, str]
) -> None:
    # Two Markdowns: a list without a blank line before it is one here and none there.
    hosted = MarkdownIt("commonmark").enable("table").render(source.read_text(encoding="utf-8"))
    assert read(pages[page]).elements == read(hosted, whole=True).elements


def test_a_chinese_page_says_that_it_is_chinese(pages: dict[str, str]) -> None:
    for page, html in pages.items():
        language = re.search(r"<html lang=\"([\w-]+)\"", html)
        assert language is not None
        assert language[1] == ("zh" if page.startswith("zh/") else "en"), page


def test_the_search_knows_words_of_chinese_texts(site: Path) -> None:
    index = json.loads((site / "search/search_index.json").read_text(encoding="utf-8"))
    chinese = [entry["text"] for entry in index["docs"] if entry["location"].startswith("zh/")]
    assert any("\u200b引用\u200b" in text for text in chinese)
    assert "\\u200b" in index["config"]["separator"]


def test_the_reference_tells_what_each_name_is_for(pages: dict[str, str]) -> None:
    told = [html for page, html in pages.items() if page.startswith("reference/")]
    names = {name for html in told for name in re.findall(r'<h3 id="([\w.]+)" class="doc doc-heading"', html)}
    wanted = {
        name
        for page in (ROOT / "docs/reference").glob("*.md")
        for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert wanted <= names
    assert all("Missing docstring" not in html for html in told)


@pytest.mark.parametrize(
    "flaw",
    ["[x](nowhere.md)", "[x](start.md#nowhere)", "[x](../nowhere.md)", "[x](../tests/nowhere.py)", "[x](/start.md)"],
)
def test_a_link_that_leads_nowhere_ends_the_build(flaw: str, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text(f"# A page\n\n{flaw}\n", encoding="utf-8")
    (tmp_path / "docs/start.md").write_text("# Another\n", encoding="utf-8")
    text = (ROOT / ".mkdocs.yml").read_text(encoding="utf-8")
    text = text.split("\nnav:")[0].replace("docs/site/", f"{ROOT}/docs/site/")
    text = re.sub(r"\nplugins:\n.*?(?=\n\w)", "\nplugins: []", text, flags=re.DOTALL)
    (tmp_path / ".mkdocs.yml").write_text(text, encoding="utf-8")
    built = build(tmp_path / ".mkdocs.yml", tmp_path / "site")
    assert built.returncode != 0
    assert "nowhere" in built.stderr or "/start.md" in built.stderr
