"""What the commands over many threads have in common: their options, and the run itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from provider_threads.cli.export_source import Source
    from provider_threads.cli.many_threads import Outcome
    from provider_threads.cli.progress import Display

__all__ = ["ConcurrencyOption", "ListingOption", "NamespaceOption", "ThreadsArgument", "check_namespace", "run_batch"]

ThreadsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="THREAD", help="Ids of threads; with an overlay also your own keys."),
]
ListingOption = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="A file of ids, one a line, # begins a comment line; - for stdin."),
]
ConcurrencyOption = Annotated[
    int | None,
    typer.Option("--concurrency", metavar="N", min=1, help="Threads at a time; 10, or what the platform takes."),
]
NamespaceOption = Annotated[
    str, typer.Option("--namespace", metavar="NAME", help="The app's division of the overlay, if it has one.")
]


def check_namespace(namespace: str, overlay: str | None) -> None:
    """A namespace is one of an overlay."""
    if namespace and overlay is None:
        raise ConfigurationError("--namespace is a division of an overlay: name that with --overlay.")


def run_batch(
    source: Source,
    threads: Sequence[str],
    work: Callable[[str], Awaitable[Outcome]],
    display: Display,
    concurrency: int | None,
) -> None:
    """Do `work` for all threads, and end the command with the code of what came of it. The source is closed."""
    import asyncio  # noqa: PLC0415 - help needs none of it

    from provider_threads.cli.many_threads import MOST_AT_ONCE, perform  # noqa: PLC0415

    most = source.provider.limits.in_flight
    at_once = concurrency or int(min(MOST_AT_ONCE, most or MOST_AT_ONCE))

    async def perform_all() -> None:
        async with source:
            await perform(threads, work, display.run, display.ended, at_once=at_once)

    with display.shown():
        asyncio.run(perform_all())
    run = display.run
    if run.only_error is not None and not display.as_json:
        raise run.only_error
    if run.exit_code:
        raise typer.Exit(run.exit_code)
