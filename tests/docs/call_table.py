"""What comes of each call that a framework makes on a memory, as ``docs/overlay-calls.md`` lists it.

``python -m tests.docs.call_table`` writes the page anew.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from provider_threads import ThreadsError
from provider_threads.emulator import Emulator
from provider_threads.emulator.identifiers import Provider as Platform

from .calls.chat_store import Buffers, ChatStores
from .calls.judging import MODES, PLATFORMS, Cell, Family, Judge
from .calls.langchain import Histories
from .calls.memory_store import Memories, MemoryStores

__all__ = ["HEAD", "PAGE", "page", "section"]

PAGE = Path(__file__).parents[2] / "docs" / "overlay-calls.md"

HEAD = """# What comes of each call

Every call that LangChain and LlamaIndex make on a memory, on each platform, without an [overlay](overlay.md) and with
one in each of its [modes](overlay.md#where-a-message-goes). `python -m tests.docs.call_table` writes this page from
calls that it makes on the [emulator](emulator.md), and a test keeps it so.

Each call was made on a thread of its own that held a question and an answer, and once on the framework's own store with
the same two messages: `InMemoryChatMessageHistory`, `SimpleChatStore`, `SQLAlchemyChatStore`. No cell is judged by the
absence of an error:

* **works**: it returns what the framework's store returns, and a second memory, over another connection to the same
  database, then shows what that store shows: with an overlay the messages whole, without one their roles and texts.
* **ignored**: it was accepted, nothing was sent, and nothing has changed: what `writes="none"` is for.
* **refused**: it raised this error before it sent anything, and nothing has changed; its sentence stands below the
  table. An engine or agent makes several calls in one turn, and `put_messages` one for each message: where the last
  column counts a message of such a row, that was kept, and the call after it was refused.

The last column counts the messages that were sent to the platform; where a mode is not named, none was. Platforms and
accounts are as they come: MiniMax takes users' messages alone."""

_SHORT = ("no overlay", "split", "provider", "overlay", "none")

TITLES = {"hunyuan": "Tencent Hunyuan", "minimax": "MiniMax", "appbuilder": "Baidu AppBuilder"}

Row = tuple[str, Sequence[Cell]]
"""A call's name, and what came of it in each mode; a title, and nothing."""


def page() -> str:
    """The page as it must stand."""
    return "".join([HEAD, "\n", *map(section, PLATFORMS)])


def section(platform: Platform, *, in_turn: bool = False) -> str:
    """A platform's section: every call in every mode, in all of its ways; or, quicker, from cell to cell in another."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator, _quiet():
        rows = asyncio.run(_rows(emulator, Path(folder), platform, in_turn=in_turn))
    return "\n".join(["", f"## {TITLES[platform]}", "", *_table(rows), ""])


async def _rows(emulator: Emulator, folder: Path, platform: Platform, *, in_turn: bool) -> list[Row]:
    stores = MemoryStores(folder / "references.db")
    families: list[Family] = [Histories(), ChatStores(), Buffers(), stores, Memories(stores.references)]
    judge = Judge(emulator, folder / "threads.db")
    first = PLATFORMS.index(platform)
    rows: list[Row] = []
    wrong: list[str] = []
    try:
        for family in families:
            rows.append((family.title, ()))
            for call in family.calls:
                cells = []
                for turn, writes in enumerate(MODES.values(), first):
                    try:
                        one = turn if in_turn else None
                        cells.append(await judge.cell(family, call, platform, writes, in_turn=one))
                    except (AssertionError, ThreadsError) as error:
                        wrong.append(f"{family.title}, {call.name} on {platform}, writes={writes!r}: {error!r}")
                rows.append((call.name, cells))
    finally:
        judge.close()
        await stores.references.aclose()
    assert not wrong, "\n".join(wrong)
    return rows


def _table(rows: Sequence[Row]) -> list[str]:
    notes: list[str] = []
    lines = [f"| | {' | '.join(MODES)} | sent |", "|---" * (len(MODES) + 2) + "|"]
    for name, cells in rows:
        if not cells:
            lines.append(f"| **{name}** |" + " |" * (len(MODES) + 1))
            continue
        lines.append(f"| {name} | {' | '.join(_told(cell, notes) for cell in cells)} | {_sent(cells)} |")
    return [*lines, "", *(f"{number}. {note}" for number, note in enumerate(notes, 1))]


def _told(cell: Cell, notes: list[str]) -> str:
    if not cell.refusal:
        return cell.outcome
    if cell.refusal not in notes:
        notes.append(cell.refusal)
    return f"{cell.outcome} ({notes.index(cell.refusal) + 1})"


def _sent(cells: Sequence[Cell]) -> str:
    return ", ".join(f"{mode} {cell.sent}" for mode, cell in zip(_SHORT, cells, strict=True) if cell.sent)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what frameworks say of themselves, and of refusals that come in threads and callbacks of theirs."""
    hook = threading.excepthook
    threading.excepthook = lambda args: None
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        threading.excepthook = hook
        logging.disable(logging.NOTSET)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
