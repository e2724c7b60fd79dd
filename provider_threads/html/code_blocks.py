"""Code with its words marked up by what they are, for the style sheet to colour."""

from __future__ import annotations

from html import escape
from io import StringIO
from typing import Final

from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

__all__ = ["CLASSES", "highlighted"]

CLASSES: Final = frozenset(name for name in STANDARD_TYPES.values() if name)
"""The classes that the spans of `highlighted` can have."""

# A lexer is regular expressions over a stranger's text, and of the five hundred that Pygments has not all are quick on
# every text. These are the languages of nearly all code in conversations, and their lexers are looked after.
_LANGUAGES: Final = frozenset(
    {
        "bash",
        "c",
        "c#",
        "c++",
        "console",
        "cpp",
        "cs",
        "csharp",
        "css",
        "diff",
        "docker",
        "dockerfile",
        "go",
        "golang",
        "html",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "kotlin",
        "lua",
        "make",
        "makefile",
        "php",
        "powershell",
        "py",
        "python",
        "python3",
        "r",
        "rb",
        "ruby",
        "rs",
        "rust",
        "scala",
        "sh",
        "shell",
        "sql",
        "swift",
        "toml",
        "ts",
        "tsx",
        "typescript",
        "xml",
        "yaml",
        "zsh",
    }
)
_LONGEST: Final = 20_000  # characters; a longer block is shown without colours

_FORMATTER: Final = HtmlFormatter(nowrap=True)


def highlighted(code: str, language: str) -> str:
    """`code` as HTML: escaped, with spans where `language` is known. No character of it is added or dropped."""
    name = language.casefold().replace("yml", "yaml")  # which not every version knows
    if name not in _LANGUAGES or len(code) > _LONGEST:
        return escape(code)
    # By themselves lexers drop empty lines at both ends and add a last line break.
    words = list(get_lexer_by_name(name, stripnl=False, ensurenl=False).get_tokens(code))
    if "".join(word for _, word in words) != code:  # a lexer drops a byte order mark, for one
        return escape(code)
    found = StringIO()
    _FORMATTER.format(words, found)
    # The formatter ends every line, also one that the code does not end.
    return found.getvalue() if code.endswith("\n") else found.getvalue().removesuffix("\n")
