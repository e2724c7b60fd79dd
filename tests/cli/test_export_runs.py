"""A run over many threads goes on past what fails, and ends where all would fail alike."""

from __future__ import annotations

import asyncio
import io
import re
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from provider_threads import (
    AuthenticationError,
    NotSentError,
    OverlayError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
    ThreadNotFoundError,
    ThreadsError,
)
from provider_threads.cli.export_files import Target, WholeFile
from provider_threads.cli.export_threads import Content, into_target
from provider_threads.cli.many_threads import Outcome, Run, perform
from provider_threads.cli.outcome import ExitCode
from provider_threads.cli.progress import Display

KNOWN: Any = {"provider": "minimax", "operation": "list_messages"}
OUTAGES: list[Callable[[], ThreadsError]] = [
    lambda: NotSentError("no way", cause_type="ConnectError", **KNOWN),
    lambda: ProviderUnavailableError("busy", **KNOWN),
    lambda: RateLimitedError("slow down", **KNOWN),
    lambda: OverlayError("database is locked"),
]


def outage(number: int) -> ThreadsError:
    return OUTAGES[number % len(OUTAGES)]()


def gone() -> ThreadsError:
    return ThreadNotFoundError("no such thread", **KNOWN)


def ran(outcomes: list[ThreadsError | None], at_once: int = 1) -> Run:
    """A run in which the threads end like this."""
    run = Run(len(outcomes))

    async def work(thread: str) -> Outcome:
        await asyncio.sleep(0)
        if (error := outcomes[int(thread)]) is not None:
            raise error
        return Outcome(thread, messages=2)

    asyncio.run(perform([str(n) for n in range(len(outcomes))], work, run, lambda outcome: None, at_once=at_once))
    return run


def test_ten_outages_in_a_row_end_the_run_with_the_last_ones_code() -> None:
    run = ran([None, *map(outage, range(50)), None])
    assert (run.done, len(run.failures), run.untried) == (1, 10, 41)
    assert run.exit_code is ExitCode.UNAVAILABLE


@pytest.mark.parametrize("other", [None, gone()])
def test_an_answer_in_between_begins_the_row_anew(other: ThreadsError | None) -> None:
    nine = [outage(n) for n in range(9)]
    run = ran([*nine, other, *nine, other, *nine])
    assert (run.untried, run.ended_by) == (0, None)
    assert run.exit_code is ExitCode.PARTLY


def test_a_thread_that_was_whole_already_is_no_sign_of_life() -> None:
    run = Run(20)
    for n in range(10):
        run.note(Outcome("whole", skipped=True))
        run.note(Outcome("failed", error=outage(n)))
    assert run.ended_by is not None


@pytest.mark.parametrize(
    ("kind", "code"), [(AuthenticationError, ExitCode.CREDENTIAL), (QuotaExhaustedError, ExitCode.LIMIT)]
)
@pytest.mark.parametrize("at_once", [1, 4])
def test_what_the_whole_account_is_refused_ends_the_run_at_once(
    kind: type[AuthenticationError], code: ExitCode, at_once: int
) -> None:
    run = ran([None, *(kind("no", **KNOWN) for _ in range(30))], at_once)
    assert (run.done, len(run.failures), run.untried, run.exit_code) == (1, 1, 29, code)


def test_the_exit_code_is_the_reasons_where_all_failed_for_one() -> None:
    assert ran([None, None]).exit_code is ExitCode.DONE
    assert ran([gone(), gone()]).exit_code is ExitCode.NOT_FOUND
    assert ran([gone(), outage(0)]).exit_code is ExitCode.PARTLY
    assert ran([gone(), None]).exit_code is ExitCode.PARTLY


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_so_many_are_under_way_at_once_and_each_is_done_once(at_once: int) -> None:
    under_way, most, begun = set[str](), 0, list[str]()

    async def work(thread: str) -> Outcome:
        nonlocal most
        begun.append(thread)
        under_way.add(thread)
        most = max(most, len(under_way))
        await asyncio.sleep(0.001)
        under_way.remove(thread)
        return Outcome(thread)

    threads = [str(n) for n in range(12)]
    run = Run(12)
    asyncio.run(perform(threads, work, run, lambda outcome: None, at_once=at_once))
    assert (most, begun, run.done) == (min(at_once, 12), threads, 12)


@pytest.mark.parametrize("fault", [OSError("the disk is full"), asyncio.CancelledError(), KeyboardInterrupt()])
def test_a_fault_of_this_machine_ends_the_run_once_all_have_tidied_up(fault: BaseException) -> None:
    tidied: list[str] = []

    async def work(thread: str) -> Outcome:
        if thread == "2":
            await asyncio.sleep(0.01)
            raise fault
        try:
            await asyncio.sleep(60)
        finally:
            tidied.append(thread)
        return Outcome(thread)

    run = Run(4)
    tidied_by_then: list[str] = []

    async def perform_all() -> None:
        try:
            await perform(["0", "1", "2", "3"], work, run, lambda outcome: None, at_once=3)
        finally:
            tidied_by_then.extend(tidied)

    with pytest.raises(type(fault)):
        asyncio.run(perform_all())
    assert sorted(tidied_by_then) == ["0", "1"]
    assert run.untried == 4


class Terminal(io.StringIO):
    """What stderr is to somebody who sits at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("stderr", [Terminal, io.StringIO])
def test_a_bar_moves_on_a_terminal_and_nowhere_else(
    stderr: type[io.StringIO], as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, said = stderr(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr(sys, "stdout", said)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    display = Display(Run(3), "exported to", "out", as_json=as_json)
    with display.shown():
        display.read(1234)
        for outcome in (Outcome("a", 1234), Outcome("b", error=gone())):
            display.run.note(outcome)
            display.ended(outcome)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())
    bar = stderr is Terminal and not as_json
    assert ("2/3 threads" in text) is bar
    assert ("1,234 messages, " in text and "1 failed" in text) is bar
    assert len(said.getvalue().splitlines()) == (3 if as_json else 0)
    assert ("1 of 3 threads exported to out, 1,234 messages." in text) is not as_json
    assert ("1 thread not done." in text) is not as_json


class Short(Content):
    """A thread of two messages."""

    def __init__(self) -> None:
        pass

    async def write(self, thread: str, target: Target) -> Outcome:
        target.write("two\nlines\n")
        return Outcome(thread, 2)


def test_a_thread_that_is_whole_when_the_run_is_stopped_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, path = Run(3), tmp_path / "thread.jsonl"

    async def stopped_while_a_file_is_finished() -> None:
        loop, over = asyncio.get_running_loop(), threading.Event()

        def stop() -> None:
            running.cancel()
            over.set()

        def stop_and_sync(descriptor: int) -> None:
            loop.call_soon_threadsafe(stop)
            assert over.wait(20)

        monkeypatch.setattr("os.fsync", stop_and_sync)
        work = partial(into_target, Short(), WholeFile(path), str(path))
        running = asyncio.create_task(perform(["a", "b", "c"], work, run, lambda outcome: None, at_once=1))
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(stopped_while_a_file_is_finished())
    assert path.read_text() == "two\nlines\n"
    assert (run.done, run.messages, run.untried) == (1, 2, 2)
