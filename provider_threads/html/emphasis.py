"""Where ``*`` and ``**`` begin and end emphasis, in languages that put no spaces between words as well."""

from __future__ import annotations

import unicodedata

from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.emphasis import tokenize

__all__ = ["emphasis"]


def emphasis(state: StateInline, silent: bool) -> bool:
    """As CommonMark has it, but Chinese, Japanese and Korean characters count as a space would.

    By CommonMark's rule ``**重点：**内容`` shows its asterisks: they stand between a punctuation mark and a letter, and
    it takes a space after them for the end of something. Chinese has none.
    """
    start = state.pos
    asterisks = state.src[start] == "*"
    if not tokenize(state, silent):
        return False
    before = state.src[start - 1] if start else " "
    after = state.src[state.pos] if state.pos < state.posMax else " "
    if asterisks and (_is_wide(before) or _is_wide(after)):
        for delimiter in state.delimiters[start - state.pos :]:
            delimiter.open = delimiter.open or not after.isspace()
            delimiter.close = delimiter.close or not before.isspace()
    return True


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in ("W", "F")
