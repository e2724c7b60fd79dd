"""A thread as plain text, for files, pipes and screen readers: nothing is coloured, wrapped or rendered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from textwrap import indent

from provider_threads.cli.conversation import GAP, Spoken, heads_of, missing_before, spoken
from provider_threads.cli.harmless import visible
from provider_threads.messages import ThreadView

__all__ = ["plain_lines"]


def plain_lines(title: str, view: ThreadView, roles: Collection[str]) -> Iterator[str]:
    """The blocks of text, each with its line break. What a message says is indented, so that it forges no heading."""
    yield _block(title, *heads_of(view, roles))
    gap = missing_before(view)
    for at, message in enumerate(view):
        if at == gap:
            yield f"\n--- {GAP} ---\n"
        if not roles or message.role in roles:
            yield "\n" + _message(spoken(message))
    if gap == len(view) and view:
        yield f"\n--- {GAP} ---\n"


def _message(said: Spoken) -> str:
    heading = "  ".join(" ".join(part.split()) for part in (said.name, said.time, said.key, said.status) if part)
    parts = (said.text.text.strip("\n"), "\n".join(said.notes), "\n".join(said.beside))
    body = "\n\n".join(part for part in parts if part)
    return _block(heading) + (indent(_block(body), "  ") if body else "")


def _block(*lines: str) -> str:
    return "".join(f"{visible(line)}\n" for line in lines)
