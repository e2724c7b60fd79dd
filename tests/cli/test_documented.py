"""docs/command-line.md says what the program says: options, exit codes, and the examples' output."""

from __future__ import annotations

import time

import pytest
import typer

from provider_threads.cli.app import app
from tests.cli import documented


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the machine's zone cannot be set here")
def test_the_page_is_as_the_program_would_write_it() -> None:
    page = documented.PAGE.read_text(encoding="utf-8")
    assert documented.rewritten(page) == page, "run python -m tests.cli.documented"


def test_every_command_is_told_of_here_or_on_its_page() -> None:
    page = documented.PAGE.read_text(encoding="utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has them
    here = {name for name in commands if f"\n## {name}\n" in page}
    assert here | set(documented._PAGES) == set(commands)
    assert here == {command.split("provider-threads ")[1].split()[0] for command in documented.commands_of(page)}
    assert {"commands", "options of every command", "exit codes"} < set(documented.tables(page))
    assert {name for name in here if documented.own_options(name)} <= set(documented.tables(page))
