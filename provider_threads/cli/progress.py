"""How a run over many threads is shown: a bar while it lasts, what it came to, and JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import typer

from provider_threads.cli.harmless import visible
from provider_threads.cli.many_threads import Outcome, Run
from provider_threads.cli.outcome import error_object, exit_code_of, notice
from provider_threads.cli.shapes import print_json

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["Display"]

_AT_ONCE: Final = 50
"""Messages after which the bar moves; it moves at the end of each thread, too."""


class Display:
    """Shows one run, in a ``with`` block; what it came to is said when the block is left, however that is.

    The bar is on stderr, and only where that is a terminal. With `as_json` each thread is a line on stdout as soon as
    it has ended, and the summary the last.

    Args:
        verb: what becomes of threads, such as ``exported``. to: where, for people; ``-`` for stdout, beside which there
            is neither a bar nor a summary, only a word about a gap.
    """

    def __init__(self, run: Run, verb: str, to: str, *, as_json: bool) -> None:
        self.run = run
        self._verb = verb
        self._to = to
        self.as_json = as_json
        self._bar: tuple[Progress, TaskID] | None = None
        self._read = 0

    @contextmanager
    def shown(self) -> Iterator[None]:
        """While the run lasts."""
        try:
            if self.as_json or self._to == "-" or not sys.stderr.isatty():
                yield
            else:
                with _progress() as progress:
                    self._bar = progress, progress.add_task("", total=self.run.total, messages=0, rate=0, failed=0)
                    try:
                        yield
                    finally:
                        self._bar = None
        finally:
            self._summarise()

    def read(self, messages: int = 1) -> None:
        """More messages were read."""
        self._read += messages
        if self._read % _AT_ONCE == 0:
            self._move()

    def ended(self, outcome: Outcome) -> None:
        """A thread has ended."""
        if self.as_json:
            print_json(outcome.as_json())
            sys.stdout.flush()
        self._move()

    def _move(self) -> None:
        if self._bar is not None:
            progress, task = self._bar
            elapsed = progress.tasks[0].elapsed
            progress.update(
                task,
                completed=self.run.total - self.run.untried,
                messages=self._read,
                rate=self._read / elapsed if elapsed else 0,
                failed=len(self.run.failures),
            )

    def _summarise(self) -> None:
        run = self.run
        if self.as_json:
            print_json(run.as_json())
            return
        if self._to == "-":
            for thread in run.gaps:
                notice(f"{thread}: messages may be missing where the output says so.", as_json=False)
        if self._to == "-" or run.only_error is not None:
            return
        done = f"{run.done:,} of {_counted(run.total, 'thread')}"
        lines = [f"{done} {self._verb} {self._to}, {_counted(run.messages, 'message')}."]
        if run.skipped:
            lines.append(f"{_counted(run.skipped, 'thread')} already whole there; --refresh reads them again.")
        if run.gaps:
            lines.append(f"{_counted(len(run.gaps), 'thread')} with messages missing that the platform does not show:")
            lines.extend(f"  {thread}" for thread in run.gaps)
        if run.failures:
            lines.append(f"{_counted(len(run.failures), 'thread')} failed:")
            lines.extend(f"  {_failure(outcome)}" for outcome in run.failures)
        if run.ended_by is not None:
            lines.append(f"{_counted(run.untried, 'thread')} not tried, since the same would become of them.")
        elif run.untried:
            lines.append(f"{_counted(run.untried, 'thread')} not done.")
        for line in lines:
            typer.echo(visible(line), err=True)


def _failure(outcome: Outcome) -> str:
    error = outcome.error
    assert error is not None  # noqa: S101 - of those that failed
    told = error_object(error, exit_code_of(error))
    return f"{outcome.thread}  {told['class']}: {told['message']}"


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _progress() -> Progress:
    from rich.progress import (  # noqa: PLC0415 - heavy
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from provider_threads.cli.console import console  # noqa: PLC0415

    return Progress(
        MofNCompleteColumn(),
        TextColumn("threads"),
        BarColumn(bar_width=None),
        TextColumn("{task.fields[messages]:,} messages, {task.fields[rate]:,.0f}/s"),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("·"),
        TimeRemainingColumn(),
        TextColumn("left"),
        expand=True,
        console=console(to_stderr=True),
    )
