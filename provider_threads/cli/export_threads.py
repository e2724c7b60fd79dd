"""Threads into files: each read, written and whole, or left out; what is whole already is not read again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeAlias

import anyio.to_thread

from provider_threads.cancellation import to_its_end
from provider_threads.cli.export_files import Target, WholeFile
from provider_threads.cli.export_manifest import Manifest, WholeThread
from provider_threads.cli.export_markdown import Markdown
from provider_threads.cli.export_names import file_name
from provider_threads.cli.export_source import Source, first_missing
from provider_threads.cli.many_threads import Outcome, StoppedWhole
from provider_threads.messages import GAP_LINE

__all__ = ["EXTENSIONS", "Content", "Format", "into_directory", "into_target"]

Format = Literal["jsonl", "markdown", "html"]
EXTENSIONS: Final[dict[Format, str]] = {"jsonl": "jsonl", "markdown": "md", "html": "html"}

Read: TypeAlias = Callable[[int], None]
"""Is told of how many more messages were read."""


class Content:
    """What is written of threads.

    Args:
        source: where they are read from. kind: as what they are written. platform: as people write it.
        zone: of times that people read, or None for this machine's. read: see `Read`.
    """

    def __init__(self, source: Source, kind: Format, platform: str, zone: tzinfo | None, read: Read) -> None:
        self.extension: str = EXTENSIONS[kind]
        self._write = {"jsonl": self._jsonl, "markdown": self._markdown, "html": self._html}[kind]
        self._source = source
        self._platform = platform
        self._zone = zone
        self._read = read

    async def write(self, thread: str, target: Target) -> Outcome:
        """Write a thread: a page at a time, where platform and format let us."""
        messages, gap = await self._write(thread, target)
        return Outcome(thread, messages, gap)

    async def _jsonl(self, thread: str, target: Target) -> tuple[int, bool]:
        messages, gap = 0, False
        async for message in self._source.messages(thread):
            if message is None:
                gap = True
                target.write(f"{GAP_LINE}\n")
            else:
                messages += 1
                self._read(1)
                target.write(f"{message.to_json()}\n")
        return messages, gap

    async def _markdown(self, thread: str, target: Target) -> tuple[int, bool]:
        messages, gap = 0, False
        document = Markdown(thread, self._platform, self._zone)
        target.write(document.head())
        async for message in self._source.messages(thread):
            if message is None:
                gap = True
                target.write(document.gap())
            else:
                messages += 1
                self._read(1)
                target.write(document.message(message))
        return messages, gap

    async def _html(self, thread: str, target: Target) -> tuple[int, bool]:
        from provider_threads.cli.export_html import page_of  # noqa: PLC0415 - an extra

        view = await self._source.view(thread)
        self._read(len(view))
        work = partial(page_of, view, thread, self._platform, self._zone)
        target.write(await anyio.to_thread.run_sync(work))
        return len(view), first_missing(view) is not None


async def into_target(content: Content, target: Target, file: str | None, thread: str) -> Outcome:
    """A thread into one file or stream, which `file` names."""
    with target:
        outcome = await content.write(thread, target)
        whole = Outcome(thread, outcome.messages, outcome.gap, file=file)
        await _finished(target.finish, whole)
    return whole


async def into_directory(content: Content, manifest: Manifest, refresh: bool, thread: str) -> Outcome:
    """A thread into its file of a directory; with `refresh` also where it is whole there."""
    name = file_name(thread, content.extension)
    path = manifest.directory / name
    known = None if refresh else manifest.whole(thread, name)
    if known is not None:
        return Outcome(thread, known.messages, known.gap, skipped=True, file=str(path))
    with WholeFile(Path(path)) as target:
        outcome = await content.write(thread, target)

        def finish() -> int:
            size = target.finish()
            manifest.add(WholeThread(thread, name, size, outcome.messages, outcome.gap))
            return size

        whole = Outcome(thread, outcome.messages, outcome.gap, file=str(path))
        await _finished(finish, whole)
    return whole


async def _finished(finish: Callable[[], int], whole: Outcome) -> None:
    """Have `finish` done, to its end also where a cancellation comes meanwhile, which then tells of it."""
    over = False

    def finishing() -> None:
        nonlocal over
        finish()
        over = True

    try:
        await to_its_end(partial(anyio.to_thread.run_sync, finishing))
    except asyncio.CancelledError:
        if over:
            raise StoppedWhole(whole) from None
        raise
