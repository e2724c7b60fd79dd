"""``provider-threads list-files``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from provider_threads.cli.account import Account, with_account
from provider_threads.cli.harmless import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provider_threads.client import ThreadClient
    from provider_threads.messages import ThreadFile

__all__ = ["list_files"]


@with_account
def list_files(
    account: Account,
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="The thread's id.")],
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="The message's id, as show prints it.")],
) -> None:
    """List the files that are attached to a message: id, a tab, time. Baidu AppBuilder only."""
    from provider_threads.cli.shapes import print_json  # noqa: PLC0415 - help needs none of it

    with account.client() as client:
        for file in _files(client, thread, message):
            if account.as_json:
                print_json(file)
            else:
                time = file.created_at.astimezone().isoformat(" ", "seconds") if file.created_at else "-"
                sys.stdout.write(f"{visible(file.id)}\t{time}\n")


def _files(client: ThreadClient, thread: str, message: str) -> Iterator[ThreadFile]:
    """All of them, oldest first, in which order every reading of a cursor agrees, each once."""
    known: set[str] = set()
    after = None
    while True:
        page = client.list_files(thread, message, limit=client.capabilities.max_limit, order="asc", after=after)
        new = [file for file in page if file.id not in known]
        yield from new
        known.update(file.id for file in new)
        if not page.has_more or not new:
            return
        after = new[-1].id
