"""``provider-threads show``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Any

import typer

from provider_threads.cli.account import Account, OverlayOption, with_account
from provider_threads.cli.batch import NamespaceOption, check_namespace
from provider_threads.cli.terminal import is_dumb
from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from provider_threads.client import ThreadClient
    from provider_threads.entries import State
    from provider_threads.messages import ThreadView

__all__ = ["show"]


@with_account
def show(
    account: Account,
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="The thread's id; with an overlay also a key.")],
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="The newest N messages; 20 unless given.")
    ] = None,
    whole: Annotated[bool, typer.Option("--all", help="The whole thread.")] = False,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="ROLE", help="Of these, only messages of this role. Repeatable."),
    ] = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown/--no-markdown", help="On a terminal, render Markdown, or show it as written.")
    ] = True,
    paged: Annotated[
        bool, typer.Option("--pager/--no-pager", help="On a terminal, page what is longer than the screen.")
    ] = True,
    overlay: OverlayOption = None,
    namespace: NamespaceOption = "",
) -> None:
    """Show a conversation: the newest 20 messages, or as many as you say."""
    if whole and limit is not None:
        raise ConfigurationError("--all and --limit contradict each other: pass one.")
    check_namespace(namespace, overlay)
    roles = frozenset(role or ())
    with account.client() as client:
        view = _read(client, thread, None if whole else limit or 20, overlay, namespace)
        title = f"{client.provider.title} · {thread}"
    if account.as_json:
        _write_json(view, roles)
    elif sys.stdout.isatty():
        _print_on_terminal(title, view, roles, as_markdown=as_markdown, paged=paged)
    else:
        from provider_threads.cli.conversation_plain import plain_lines  # noqa: PLC0415 - help needs none of it

        for block in plain_lines(title, view, roles):
            sys.stdout.write(block)


def _read(client: ThreadClient, thread: str, limit: int | None, overlay: str | None, namespace: str) -> ThreadView:
    if overlay is None:
        return client.read(thread, limit)
    from provider_threads.cli.memory_messages import view_of  # noqa: PLC0415 - help needs none of it
    from provider_threads.memory_operations import MemoryOperations  # noqa: PLC0415
    from provider_threads.memory_settings import checked_settings  # noqa: PLC0415
    from provider_threads.overlay import Overlay  # noqa: PLC0415

    settings = checked_settings({"limit": limit, "namespace": namespace}, Overlay.at(overlay))
    kept: tuple[State, ...] = ("active", "archived")  # what a model is no longer shown is part of the conversation
    return view_of(client.perform(lambda operations: MemoryOperations(operations, settings).read(thread, kept)))


def _write_json(view: ThreadView, roles: Collection[str]) -> None:
    from provider_threads.cli.shapes import print_line  # noqa: PLC0415 - help needs none of it
    from provider_threads.messages import GAP_LINE  # noqa: PLC0415

    messages = iter(view)
    for line in view.to_jsonl():
        if line == GAP_LINE or not roles or next(messages).role in roles:
            print_line(line)


def _print_on_terminal(title: str, view: ThreadView, roles: Collection[str], *, as_markdown: bool, paged: bool) -> None:
    from provider_threads.cli.console import console  # noqa: PLC0415 - help needs none of it
    from provider_threads.cli.conversation_rich import rendered  # noqa: PLC0415

    terminal = console()
    pieces = rendered(title, view, roles, as_markdown=as_markdown)
    if paged and (os.environ.get("PAGER") or (shutil.which("less") and not is_dumb())):
        os.environ.setdefault("LESS", "FRX")  # as git does: colours, and no pager for what fits on the screen
        with terminal.pager(styles=True):
            _print_all(terminal, pieces)
    else:
        _print_all(terminal, pieces)


def _print_all(terminal: Any, pieces: Any) -> None:
    for piece in pieces:
        terminal.print(piece)
