"""The command line, run in this process against one emulator for each module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest
from typer.testing import CliRunner, Result

from provider_threads.cli.app import app
from provider_threads.emulator import Emulator


class Run(Protocol):
    """A command line, run; what it printed and its exit code."""

    def __call__(self, *arguments: str, stdin: str | bytes | None = None, **variables: str) -> Result: ...


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    """Every platform, for the tests of one module."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def run(served: Emulator, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line with every platform's credentials in the environment, and the emulator's address."""
    for name in ("PLATFORM", "CREDENTIALS_FILE", "OVERLAY"):
        monkeypatch.delenv(f"PROVIDER_THREADS_{name}", raising=False)
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PROVIDER_THREADS_BASE_URL", served.base_url)

    def running(*arguments: str, stdin: str | bytes | None = None, **variables: str) -> Result:
        done = CliRunner().invoke(app, list(arguments), input=stdin, env=variables, prog_name="provider-threads")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return running
