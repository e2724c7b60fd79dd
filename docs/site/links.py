"""A hook of MkDocs: what pages link to outside docs/ becomes part of the site.

Pages are written for the repository, where `../CHANGELOG.md` and `../tests/wire/test_tls.py` are a click away. The
pages at its root become pages of the site, and so does each source file that a page links to; links are turned to
them. A link to something that is not there is left as it is, and the strict build names it.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
ROOT_PAGES = {
    "README.md": "readme.md",
    "README.zh-CN.md": "zh/readme.md",
    "CHANGELOG.md": "changes.md",
    "CONTRIBUTING.md": "contributing.md",
}
FOLDERS = {"docs/adr": "index.md#decisions"}
SHOWN = (".md", ".png", ".svg")
"""What is served as it lies under docs/."""

_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the root's pages, and a page for each source file that is linked to."""
    for name, uri in ROOT_PAGES.items():
        files.append(File.generated(config, uri, content=(ROOT / name).read_text(encoding="utf-8")))
    linked = {
        _place(target, file.src_uri)
        for file in files.documentation_pages()
        for target in _LINK.findall(_CODE.sub("", file.content_string))
    }
    for name in sorted(linked):
        if _page(name).startswith("source/") and (ROOT / name).is_file():
            files.append(File.generated(config, _page(name), content=_shown(name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the page's links to what they mean on the site."""
    here = page.file.src_uri

    def turned(link: re.Match[str]) -> str:
        name = _place(link[1], here)
        target = _page(name)
        if not (ROOT / name).exists():
            return link[1]
        return posixpath.relpath(target, posixpath.dirname(here) or ".")

    parts, end = [], 0
    for code in [*_CODE.finditer(markdown), None]:
        parts.append(_LINK.sub(turned, markdown[end : code.start() if code else None]))
        if code:
            parts.append(code[0])
            end = code.end()
    return "".join(parts)


def _place(target: str, uri: str) -> str:
    """The path in the repository that a link of the page `uri` leads to."""
    names = {page: name for name, page in ROOT_PAGES.items()}
    return posixpath.normpath(posixpath.join(posixpath.dirname(names.get(uri, f"docs/{uri}")), target))


def _page(name: str) -> str:
    """The site's page, picture or heading for a path in the repository."""
    if name in ROOT_PAGES or name in FOLDERS:
        return ROOT_PAGES.get(name) or FOLDERS[name]
    if name.startswith("docs/") and name.endswith(SHOWN):
        return name.removeprefix("docs/")
    return f"source/{name}.md"


def _shown(name: str) -> str:
    text = (ROOT / name).read_text(encoding="utf-8")
    language = "python" if name.endswith(".py") else "text"
    return f"---\nsearch:\n  exclude: true\n---\n\n# {name}\n\n````{language}\n{text}````\n"
