"""Code with its words marked up by what they are, for the style sheet to colour."""

from __future__ import annotations

from html import escape
from io import StringIO
from typing import Final

from pygments.formatters.html import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

__all__ = ["CLASSES", "Colouring", "highlighted"]

CLASSES: Final = frozenset(name for name in STANDARD_TYPES.values() if name)
"""The classes that the spans of `highlighted` can have."""

# A lexer is regular expressions over a stranger's text, and of the five hundred that Pygments has not all are quick on
# every text. These are the languages of nearly all code in conversations. On texts that are made for it theirs take the
# square of the length, too: hence the limits below.
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
_SLOW: Final = frozenset({"c", "c#", "c++", "cpp", "cs", "csharp", "java"})  # up to five times as slow as the others
_LONGEST: Final = 2_500  # characters; a longer block is shown without colours
_BUDGET: Final = 80_000_000  # of squares of lengths: 12 of the longest blocks, 80 of 1,000 characters, 320 of 500

_FORMATTER: Final = HtmlFormatter(nowrap=True)


class Colouring:
    """How much of a page's code may still be coloured: the blocks that come when it is used up are plain.

    Counted are the squares of their lengths, four times for the slowest languages. The worst texts that were found
    take 0.6 s as one block, and 2 s as a page full of blocks, on one core of a small server.
    """

    def __init__(self) -> None:
        self._left = _BUDGET

    def allows(self, name: str, code: str) -> bool:
        """Whether a block of a language of this name may be coloured. If so, it is counted."""
        work = len(code) ** 2 * (4 if name in _SLOW else 1)
        if name not in _LANGUAGES or len(code) > _LONGEST or work > self._left:
            return False
        self._left -= work
        return True


def highlighted(code: str, language: str, colouring: Colouring) -> str:
    """`code` as HTML: escaped, with spans where `language` is known and `colouring` allows it.

    No character of it is added or dropped.
    """
    name = language.casefold().replace("yml", "yaml")  # which not every version knows
    if not colouring.allows(name, code):
        return escape(code)
    # By themselves lexers drop empty lines at both ends and add a last line break.
    words = list(get_lexer_by_name(name, stripnl=False, ensurenl=False).get_tokens(code))
    if "".join(word for _, word in words) != code:  # a lexer drops a byte order mark, for one
        return escape(code)
    found = StringIO()
    _FORMATTER.format(words, found)
    # The formatter ends every line, also one that the code does not end.
    return found.getvalue() if code.endswith("\n") else found.getvalue().removesuffix("\n")
