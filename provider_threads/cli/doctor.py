"""``provider-threads doctor``."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Annotated, Final

import typer

from provider_threads.cli.account import Account, OverlayOption, with_account
from provider_threads.cli.harmless import visible
from provider_threads.cli.outcome import ExitCode
from provider_threads.cli.terminal import has_colours

if TYPE_CHECKING:
    from provider_threads.cli.checks.findings import Findings, Status

__all__ = ["doctor"]

_COLOURS: Final[dict[Status, str]] = {
    "ok": typer.colors.GREEN,
    "warning": typer.colors.YELLOW,
    "failed": typer.colors.RED,
    "not checked": typer.colors.BRIGHT_BLACK,
}
_COLUMN: Final = max(map(len, _COLOURS)) + 4


@with_account
def doctor(
    account: Account,
    thread: Annotated[
        str | None,
        typer.Option("--thread", metavar="ID", help="A thread that exists, to be read too; its text is not shown."),
    ] = None,
    overlay: OverlayOption = None,
    redis: Annotated[
        str | None,
        typer.Option(
            "--redis",
            metavar="URL",
            envvar="PROVIDER_THREADS_REDIS",
            show_envvar=False,
            help="The Redis that processes share limits through; a password is better left to that variable.",
        ),
    ] = None,
) -> None:
    """Check installation, credentials, network, clock and overlay, and say what to do; writes nothing."""
    from provider_threads.cli.checks.examination import examined  # noqa: PLC0415 - help needs none of it

    told = []
    for findings in examined(account, thread, overlay, redis):
        told.append(findings)
        if not account.as_json:
            _show(findings)
    counts = {status: sum(one.status == status for part in told for one in part.found) for status in _COLOURS}
    if account.as_json:
        _print(told, failed=counts["failed"] > 0)
    else:
        typer.echo("\n" + ", ".join(f"{number} {status}" for status, number in counts.items() if number) + ".")
    if counts["failed"]:
        raise typer.Exit(ExitCode.PARTLY)


def _show(findings: Findings) -> None:
    """A line for each check, and below it what to do."""
    typer.echo(f"\n{findings.title}")
    for one in findings.found:
        told = _folded(visible(f"{one.check}: {one.message}"))
        status = f"{one.status:<{_COLUMN - 2}}"
        typer.echo(f"  {typer.style(status, fg=_COLOURS[one.status]) if has_colours() else status}{told}")
        if one.remedy is not None:
            typer.echo(" " * _COLUMN + _folded(visible(f"→ {one.remedy}"), hanging=2))


def _folded(text: str, hanging: int = 0) -> str:
    """`text` in lines that a terminal's width has room for behind the column; whole where nobody looks, for grep."""
    if not sys.stdout.isatty():
        return text
    width = max(shutil.get_terminal_size().columns - _COLUMN, 20)
    behind = " " * (_COLUMN + hanging)
    lines = textwrap.wrap(text, width - hanging, break_long_words=False, break_on_hyphens=False)
    return f"\n{behind}".join(lines)


def _print(told: list[Findings], *, failed: bool) -> None:
    from provider_threads.cli.shapes import print_json  # noqa: PLC0415 - as above
    from provider_threads.version import __version__  # noqa: PLC0415 - as above

    checks = [
        {
            "subject": part.subject,
            "check": one.check,
            "status": one.status,
            "message": one.message,
            "remedy": one.remedy,
        }
        for part in told
        for one in part.found
    ]
    print_json({"ok": not failed, "version": __version__, "checks": checks})
