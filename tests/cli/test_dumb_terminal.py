"""Terminals that show no colours, or where none are wanted: nothing but lines of text, and no pager."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from provider_threads.cli.app import app
from provider_threads.emulator import Emulator, SeedMessage

from .conftest import Run


class Screen(io.TextIOWrapper):
    """A terminal that keeps what it shows."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode()


def shown_on_a_screen(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    screen = Screen()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", screen)
        with pytest.raises(SystemExit) as ended:
            app(list(arguments))
    assert ended.value.code == 0
    return screen.shown


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False)],
)
def test_the_doctor_has_colours_where_they_are_shown_and_wanted(
    run: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], *, coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shown = shown_on_a_screen(monkeypatch, "doctor", "-p", "minimax")
    assert "MINIMAX_API_KEY: set." in shown
    assert ("\x1b[" in shown) is coloured


@pytest.mark.parametrize(("terminal", "pages"), [("xterm", 1), ("dumb", 0), ("", 0)])
def test_no_pager_is_started_where_it_would_ask_for_keys(
    run: Run, served: Emulator, monkeypatch: pytest.MonkeyPatch, terminal: str, pages: int
) -> None:
    thread = served.seed("minimax", [SeedMessage("user", "hello")])
    monkeypatch.delenv("PAGER", raising=False)
    monkeypatch.setenv("LESS", "FRX")
    monkeypatch.setenv("TERM", terminal)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    asked = []
    monkeypatch.setattr(Console, "pager", lambda self, **settings: asked.append(settings) or self.capture())
    shown = shown_on_a_screen(monkeypatch, "show", thread, "-p", "minimax")
    assert len(asked) == pages
    assert pages or "hello" in shown
