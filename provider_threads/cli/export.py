"""``provider-threads export``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from provider_threads.cli.account import Account, OverlayOption, with_account
from provider_threads.cli.batch import (
    ConcurrencyOption,
    ListingOption,
    NamespaceOption,
    ThreadsArgument,
    check_namespace,
    run_batch,
)
from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from provider_threads.cli.export_files import Target

__all__ = ["export"]


@with_account
def export(
    account: Account,
    threads: ThreadsArgument = None,
    listing: ListingOption = None,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="PATH", help="A file, or - for stdout; a directory for several threads."
        ),
    ] = "-",
    kind: Annotated[
        Literal["jsonl", "markdown", "html"],
        typer.Option("--format", "-f", help="jsonl for programs, markdown and html for people."),
    ] = "jsonl",
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="NAME", help="Of times that people read, such as Asia/Shanghai."),
    ] = None,
    concurrency: ConcurrencyOption = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Read threads again that are whole in the directory.")
    ] = False,
    overlay: OverlayOption = None,
    namespace: NamespaceOption = "",
) -> None:
    """Write threads into files, each whole or not at all; run it again to go on where it stopped."""
    check_namespace(namespace, overlay)
    from provider_threads.cli.thread_list import listed_threads  # noqa: PLC0415 - help needs none of it

    wanted = listed_threads(threads or [], listing, own_keys=overlay is not None)
    several = len(wanted) > 1 or listing is not None
    directory = _directory(output, several=several)
    if output == "-" and account.as_json:
        raise ConfigurationError("--json says on stdout how the export goes: name a file with --output.")
    if kind == "html":
        import provider_threads.html  # noqa: F401, PLC0415 - says what is missing before anything is sent
    zone = _zone(time_zone)

    from provider_threads.cli.export_manifest import Manifest  # noqa: PLC0415
    from provider_threads.cli.export_source import Source  # noqa: PLC0415
    from provider_threads.cli.export_threads import Content, into_directory, into_target  # noqa: PLC0415
    from provider_threads.cli.many_threads import Run  # noqa: PLC0415
    from provider_threads.cli.progress import Display  # noqa: PLC0415

    source = Source(account.async_client(), overlay, namespace)
    display = Display(Run(len(wanted)), "exported to", output, as_json=account.as_json)
    content = Content(source, kind, source.provider.title, zone, display.read)
    if directory is None:
        target, file = _target(output), None if output == "-" else output
        run_batch(source, wanted, partial(into_target, content, target, file), display, concurrency)
    else:
        settings = {"format": kind, **source.settings}
        if kind != "jsonl":
            settings["time_zone"] = time_zone or ""
        provider = source.provider
        manifest = Manifest(directory, {"platform": provider.name, "base_url": provider.base_url}, settings)
        with manifest.opened():
            run_batch(source, wanted, partial(into_directory, content, manifest, refresh), display, concurrency)


def _directory(output: str, *, several: bool) -> Path | None:
    """The directory to write to, or None where it is one file or stdout."""
    if output == "-":
        if several:
            raise ConfigurationError("several threads go into a directory: name one with --output.")
        return None
    if not output:  # as of a shell's variable that is not set
        raise ConfigurationError("--output is empty. Name a file or a directory, or leave it out for stdout.")
    path = Path(output)
    if path.is_dir():
        return path
    as_directory = output.endswith(("/", "\\"))
    if not several and not as_directory:
        return None
    if path.exists():
        wants = "a slash behind it means a directory" if as_directory else "several threads go into a directory"
        raise ConfigurationError(f"{output} is a file, and {wants}: name one with --output.")
    return path


def _target(output: str) -> Target:
    from provider_threads.cli.export_files import WholeFile, WholeStream  # noqa: PLC0415

    if output == "-":
        return WholeStream(None)
    path = Path(output)
    if path.exists() and not path.is_file():
        return WholeStream(path)
    if not path.parent.is_dir():
        raise ConfigurationError(f"{path.parent}: there is no such directory.")
    return WholeFile(path)


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown; a folder of the database; not a name at all
        raise ConfigurationError(
            "--time-zone: this machine knows no time zone of this name. Names are like Asia/Shanghai; where a system "
            "has none at all, pip install tzdata."
        ) from None
