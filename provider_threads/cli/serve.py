"""``provider-threads serve``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from provider_threads.cli.shapes import print_json

if TYPE_CHECKING:
    from provider_threads.emulator import Emulator

__all__ = ["serve"]


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
    as_json: Annotated[
        bool, typer.Option("--json", help="Once it serves, one line of JSON: base_url and environment.")
    ] = False,
) -> None:
    """Run the emulator of the three platforms until interrupted."""
    from provider_threads.emulator import Fault, Switches  # noqa: PLC0415 - its extra may be missing
    from provider_threads.emulator import serve as run  # noqa: PLC0415

    run(
        port=port,
        database=database,
        switches=Switches.parse(switch or []),
        faults=[Fault.parse(one) for one in fault or []],
        fault_seed=fault_seed,
        ready=_announce_as_json if as_json else _announce,
    )


def _announce(emulator: Emulator) -> None:
    typer.echo(f"Tencent Hunyuan, MiniMax and Baidu AppBuilder on {emulator.base_url}; stop with Ctrl-C.")
    typer.echo("Point this library at it with")
    typer.echo(f'  base_url="{emulator.base_url}"')
    typer.echo("Credentials that it takes:")
    for name, value in emulator.environment.items():
        typer.echo(f"  export {name}={value}")


def _announce_as_json(emulator: Emulator) -> None:
    print_json({"base_url": emulator.base_url, "environment": dict(emulator.environment)})
    sys.stdout.flush()  # whoever started it waits for this line
