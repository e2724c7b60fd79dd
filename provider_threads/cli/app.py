"""Where commands are registered. Each is in a module of its own, whose heavy imports are inside the command."""

from __future__ import annotations

from typing import Annotated

import typer

from provider_threads.cli.append import append
from provider_threads.cli.demo import demo
from provider_threads.cli.doctor import doctor
from provider_threads.cli.export import export
from provider_threads.cli.list_files import list_files
from provider_threads.cli.program import Program
from provider_threads.cli.serve import serve
from provider_threads.cli.show import show
from provider_threads.cli.sync import sync
from provider_threads.version import __version__

__all__ = ["app"]

app: typer.Typer = typer.Typer(
    name="provider-threads",
    cls=Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"provider-threads {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


app.command()(show)
app.command()(list_files)
app.command()(append)
app.command()(export)
app.command()(sync)
app.command()(doctor)
app.command()(serve)
app.command()(demo)
