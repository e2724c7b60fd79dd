"""Completion as bash, zsh and fish ask for it."""

from __future__ import annotations

import pytest

from .conftest import Run

ASKING = {"bash": "complete_bash", "zsh": "complete_zsh", "fish": "complete_fish"}


@pytest.mark.parametrize("shell", ASKING)
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("provider-threads sh", {"show"}),
        ("provider-threads show thread_a --platform ", {"hunyuan", "minimax", "appbuilder"}),
        ("provider-threads append -p mini", {"minimax"}),
        ("provider-threads show --cred", {"--credentials-file"}),
    ],
)
def test_commands_options_and_platforms_are_completed(run: Run, shell: str, typed: str, offered: set[str]) -> None:
    done = run(
        _PROVIDER_THREADS_COMPLETE=ASKING[shell],
        COMP_WORDS=typed,
        COMP_CWORD=str(typed.count(" ")),
        _TYPER_COMPLETE_ARGS=typed,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert done.exit_code == 0
    if shell == "zsh":
        assert {word for word in offered if f'"{word}"' in done.stdout} == offered
    else:
        assert {line.partition("\t")[0] for line in done.stdout.splitlines()} == offered


@pytest.mark.parametrize(
    ("shell", "told"),
    [("bash", "complete -o default"), ("zsh", "#compdef provider-threads"), ("fish", "complete --command provider-")],
)
def test_each_shell_gets_its_script(run: Run, monkeypatch: pytest.MonkeyPatch, shell: str, told: str) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")  # else it looks which shell runs it
    done = run("--show-completion", shell)
    assert done.exit_code == 0
    assert told in done.stdout
