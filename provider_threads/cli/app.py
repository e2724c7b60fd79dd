"""``provider-threads serve`` and ``provider-threads demo``."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from provider_threads.version import __version__

if TYPE_CHECKING:
    from provider_threads.emulator import Emulator

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
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
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows a question mark instead of ending the program.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # TextIO, where it is a real console


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)] = 8765,
    database: Annotated[str, typer.Option(help="SQLite file that keeps the threads; in memory unless given.")] = (
        ":memory:"
    ),
    switch: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, for a rule that no document settles; see docs/emulator.md. Repeatable."),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="KIND, KIND:PROBABILITY or KIND:NAME=VALUE…, something to go wrong; see there. Repeatable."),
    ] = None,
    fault_seed: Annotated[int, typer.Option(help="Where chance begins; the same requests meet the same faults.")] = 0,
) -> None:
    """Run the emulator of the three platforms until interrupted."""
    with _one_sentence():
        from provider_threads.emulator import Fault, Switches  # noqa: PLC0415 - its extra may be missing
        from provider_threads.emulator import serve as run  # noqa: PLC0415

        run(
            port=port,
            database=database,
            switches=Switches.parse(switch or []),
            faults=[Fault.parse(one) for one in fault or []],
            fault_seed=fault_seed,
            ready=_announce,
        )


@app.command()
def demo() -> None:
    """Show a conversation of each platform through LangChain and LlamaIndex, without an account."""
    with _one_sentence():
        from provider_threads.cli.demo import run_demo  # noqa: PLC0415 - its extras may be missing

        run_demo(typer.echo)


def _announce(emulator: Emulator) -> None:
    typer.echo(f"Tencent Hunyuan, MiniMax and Baidu AppBuilder on {emulator.base_url}; stop with Ctrl-C.")
    typer.echo("Point this library at it with")
    typer.echo(f'  base_url="{emulator.base_url}"')
    typer.echo("Credentials that it takes:")
    for name, value in emulator.environment.items():
        typer.echo(f"  export {name}={value}")


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """End what the user can mend in one sentence, not in a traceback."""
    try:
        yield
    except BrokenPipeError:
        # Who read the output, such as `head`, has enough. The interpreter flushes once more at its end: into nothing.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    except (ImportError, ValueError, OSError) as error:
        told = error.strerror if isinstance(error, OSError) and error.strerror else error
        typer.echo(f"provider-threads: {told}", err=True)
        raise typer.Exit(2) from None
