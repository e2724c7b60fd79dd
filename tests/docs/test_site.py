"""The site of the documentation, as far as its sources tell; tests/docs/built_site.py builds it and looks at that."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import provider_threads

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGES = (
    "provider_threads",
    "provider_threads.emulator",
    "provider_threads.html",
    "provider_threads.overlay",
    "langchain_threads",
    "llamaindex_threads",
)
BESIDE = {
    "langchain_threads.ThreadMiddleware",  # public, though no star import brings it, since that needs an extra
    "provider_threads.memory_settings.MemorySettings",  # what `**settings` of histories and stores are
}


class Plain(yaml.SafeLoader):
    """MkDocs' configuration without the objects in it."""


Plain.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)


@pytest.fixture(scope="module")
def configuration() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / ".mkdocs.yml").read_text(encoding="utf-8"), Plain)
    return loaded


def named(entry: Any) -> Iterator[str]:
    """Every page below an entry of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for inner in entry.values() if isinstance(entry, dict) else entry:
            yield from named(inner)


def test_the_navigation_names_every_page_once(configuration: dict[str, Any]) -> None:
    from_the_root = {"readme.md", "zh/readme.md", "changes.md", "contributing.md"}
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} | from_the_root
    assert Counter(named(configuration["nav"])) == Counter(pages)


def test_the_build_is_strict_and_fetches_no_font(configuration: dict[str, Any]) -> None:
    assert configuration["strict"] is True
    assert configuration["theme"]["font"] is False


def exported(package: str) -> list[str]:
    """What a package's ``__all__`` lists, without loading a framework for it."""
    sources = Path(provider_threads.__file__).parents[1]  # of this checkout, or of what is installed
    source = (sources / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")
    (listed,) = (
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    names: list[str] = ast.literal_eval(listed)
    return names


def test_every_public_name_has_its_place_in_the_reference() -> None:
    told = [
        name
        for page in (DOCS / "reference").glob("*.md")
        for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    public = {f"{package}.{name}" for package in PACKAGES for name in exported(package)}
    assert Counter(told) == Counter(public | BESIDE)
