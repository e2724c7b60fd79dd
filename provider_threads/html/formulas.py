r"""Formulas as models write them, ``\(…\)``, ``\[…\]`` and ``$$…$$``: kept to the letter, for readers of TeX.

Markdown would take the backslashes away and make italics of what stands between two underscores.
"""

from __future__ import annotations

import re
from typing import Final

from markdown_it.rules_inline import StateInline

__all__ = ["formula"]

# No longer than that: where the end is missing, every beginning looks for it.
_FORMULA: Final = re.compile(r"\\\(.{1,1000}?\\\)|\\\[.{1,1000}?\\\]|\$\$[^$]{1,1000}\$\$", re.DOTALL)


def formula(state: StateInline, silent: bool) -> bool:
    """A formula with its delimiters, as code."""
    if state.src[state.pos] not in "\\$":
        return False
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push("code_inline", "code", 0).content = found[0]
    state.pos = found.end()
    return True
