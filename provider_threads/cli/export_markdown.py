"""A thread as Markdown for people: what a message says stays inside its own block.

A message's text is quoted, so that no heading, list or unclosed fence of it reaches beyond it. A text that would do
something outside of its quote even so (raw HTML, an image that is fetched from somewhere, the definition of a link that
others then use) stands as it is in a code block, whose fence is longer than any in it.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, tzinfo
from typing import Final

from provider_threads.citations import Source, sources_of
from provider_threads.cli.harmless import visible
from provider_threads.footnotes import footnoted
from provider_threads.messages import Part, ThreadMessage

__all__ = ["Markdown", "fenced"]

_REACHES_OUT: Final = re.compile(
    r"<(?!https?://[^\s<>]*>)[A-Za-z/!?]"  # raw HTML
    r"|!\["
    r"|\]:"
    r"|\]\((?!\s*<?https?://)"  # a link to anything but a page
)
_TICKS: Final = re.compile("`+")
_INLINE: Final = re.compile(r"([\\`*_\[\]<>&~|^$!])")
_AT_START: Final = re.compile(r"^(?:[#+=-]|\d+(?=[.)]))")
_WEB: Final = re.compile(r"https?://[^\s<>]+")

_NAMES: Final = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool"}

_GAP: Final = "\n---\n\n**Messages may be missing here: the platform does not show them.**\n\n---\n"


class Markdown:
    """One thread's document, piece by piece.

    Args:
        thread: its id or key. platform: as people write it. zone: of all times, or None for this machine's.
    """

    def __init__(self, thread: str, platform: str, zone: tzinfo | None) -> None:
        self._heading = f"# {_code(thread)}\n\n{platform}\n"
        self._zone = zone
        self._number = 0

    def head(self) -> str:
        """What comes first."""
        return self._heading

    def gap(self) -> str:
        """What stands where messages may be missing."""
        return _GAP

    def message(self, message: ThreadMessage) -> str:
        """The next message."""
        self._number += 1
        blocks = [self._title(message)]
        if message.citations:
            blocks.extend(self._cited(message))
        elif message.text.strip():
            blocks.append(_block(message.text))
        images = [part.file_id for part in message.parts if part.kind == "image" and part.file_id]
        files = dict.fromkeys([*message.file_ids, *images])
        if files:
            blocks.append(f"Attachments: {', '.join(map(_code, files))}")
        blocks.extend(_fenced(part) for part in message.parts if part.kind == "other")
        return "".join(f"\n{block}\n" for block in blocks)

    def _title(self, message: ThreadMessage) -> str:
        said = [_NAMES.get(message.role) or _escaped(message.role) or "?"]
        if message.created_at is not None:
            said.append(_in_zone(message.created_at, self._zone).isoformat(" ", "seconds"))
        if message.status not in (None, "completed"):
            said.append(_escaped(str(message.status).replace("_", " ")))
        return f"## {self._number}. {' · '.join(said)}"

    def _cited(self, message: ThreadMessage) -> list[str]:
        """The text with footnotes, a line of those that no reader would find in it, and what they refer to."""
        cited = footnoted(message.text, message.citations)
        placed: dict[int, tuple[int, int]] = {}
        for citation, number in zip(cited.citations, cited.numbers, strict=True):
            if citation.start is not None and citation.end is not None:
                placed[citation.start] = (citation.end, number)
        text, read = "", 0
        for start, (end, number) in sorted(placed.items()):
            text += f"{cited.text[read:start]}{self._label(number)}"
            read = end
        text += cited.text[read:]
        shown = set() if "`" in text or _REACHES_OUT.search(text) else {number for _, number in placed.values()}
        sources = sources_of(cited.citations)
        unplaced = [self._label(source.number) for source in sources if source.number not in shown]
        notes = [f"{self._label(source.number)}: {_note(source)}" for source in sources]
        return [
            *([_block(text)] if text.strip() else []),
            *([f"Sources: {' '.join(unplaced)}"] if unplaced else []),
            "\n".join(notes),
        ]

    def _label(self, number: int) -> str:
        return f"[^{self._number}-{number}]"


def fenced(text: str, language: str) -> str:
    """`text` as a block of code that it cannot end."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def _block(text: str) -> str:
    shown = visible(text)
    if _REACHES_OUT.search(shown):
        return fenced(shown, "text")
    return "\n".join(f"> {line}" if line.strip() else ">" for line in shown.split("\n"))


def _fenced(part: Part) -> str:
    return fenced(visible(json.dumps(part.raw, ensure_ascii=False, indent=2, default=str)), "json")


def _code(text: str) -> str:
    """`text` on one line as code that it cannot end."""
    shown = " ".join(visible(text).split())
    ticks = "`" * (1 + max(map(len, _TICKS.findall(shown)), default=0))
    space = " " if "`" in shown else ""
    return f"{ticks}{space}{shown}{space}{ticks}"


def _escaped(text: str) -> str:
    """`text` on one line, without anything in it that means something to Markdown."""
    shown = _INLINE.sub(r"\\\1", " ".join(visible(text).split()))
    return _AT_START.sub(lambda found: f"\\{found[0]}" if not found[0].isdigit() else f"{found[0]}\\", shown)


def _note(source: Source) -> str:
    named = [source.title] if source.title else [f"“{quote}”" for quote in source.quotes]
    shown = [_escaped(name) for name in named]
    address = source.url or source.file_id
    if address:
        shown.append(f"<{address}>" if _WEB.fullmatch(address) and visible(address) == address else _code(address))
    if not shown:  # nothing but the annotation itself says what it is
        only = source.citations[0]
        shown.append(_escaped(str(only.raw if isinstance(only.raw, str) else only.marker or "?")))
    return " ".join(shown)


def _in_zone(time: datetime, zone: tzinfo | None) -> datetime:
    try:
        return time.astimezone(zone)
    except (OverflowError, OSError, ValueError):  # at either end of the calendar
        return time
