"""``provider-threads append``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from provider_threads.cli.account import Account, with_account
from provider_threads.cli.harmless import visible
from provider_threads.cli.outcome import ExitCode, error_object, flush_output, notice
from provider_threads.errors import ConfigurationError, UnsupportedOperationError

if TYPE_CHECKING:
    from provider_threads.client import ThreadClient

__all__ = ["append"]


@with_account
def append(
    account: Account,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[THREAD] TEXT",
            help="The thread's id, not with --create, and the text; - reads the text from stdin.",
            show_default=False,
        ),
    ],
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="Whose message it is.")] = "user",
    file_id: Annotated[
        list[str] | None, typer.Option("--file-id", metavar="ID", help="An uploaded file to attach. Repeatable.")
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option("--metadata", metavar="NAME=VALUE", help="A pair to store with the message. Repeatable."),
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Create the thread, and print its id before a tab.")] = False,
) -> None:
    """Append a message, once, and print its id. What was sent is never sent again, whatever becomes of it."""
    if len(words) != (1 if create else 2):
        raise ConfigurationError("pass TEXT alone with --create, and THREAD and TEXT without.")
    pairs = dict(map(_pair, metadata or ()))
    from provider_threads.arguments import check_draft, check_id  # noqa: PLC0415 - help needs none of it
    from provider_threads.cli.shapes import print_line  # noqa: PLC0415
    from provider_threads.messages import Draft  # noqa: PLC0415

    with account.client() as client:
        _check_role(client, role)
        draft = Draft(_text(words[-1]), role, tuple(file_id or ()), pairs or None)
        check_draft(client.provider, draft)  # before a thread is created for it
        if not create:
            check_id(words[0], "THREAD")
        thread = client.create_thread().id if create else words[0]
        try:
            message = client.append(thread, draft.text, draft.role, draft.file_ids, draft.metadata)
        except BaseException as error:
            if create:
                notice(f"the thread {thread} was created", as_json=account.as_json)
            if isinstance(error, KeyboardInterrupt):
                raise KeyboardInterrupt(
                    "the message may have been appended: read the thread before trying again"
                ) from None
            raise
    try:
        if account.as_json:
            print_line(message.to_json())
        else:
            sys.stdout.write(visible(f"{thread}\t{message.id}" if create else message.id) + "\n")
        flush_output()
    except OSError as error:
        told = error_object(error, None)["message"]
        notice(
            f"the message {message.id} was appended to the thread {thread}, and could not be printed: {told}",
            as_json=account.as_json,
        )
        # Not the code of a local fault, after which a script may well append it again.
        raise typer.Exit(_unprinted(error)) from None


def _unprinted(error: OSError) -> ExitCode:
    return ExitCode.BROKEN_PIPE if isinstance(error, BrokenPipeError) else ExitCode.PARTLY


def _check_role(client: ThreadClient, role: str) -> None:
    """The library's own error gives advice that is for programs."""
    provider, roles = client.provider, client.capabilities.write_roles
    if role in roles:
        return
    takes = f"only {' and '.join(sorted(roles))} messages" if roles else "no messages; its own runs write them"
    raise UnsupportedOperationError(
        f"{provider.title} append: the platform takes {takes}. Nothing was sent.",
        provider=provider.name,
        operation="append",
    )


def _pair(given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not name or not sign:
        raise ConfigurationError("--metadata must be NAME=VALUE.")
    return name, value


def _text(given: str) -> str:
    """The text, or what stdin holds, in UTF-8, without the line break at its end."""
    if given != "-":
        return given
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise ConfigurationError("the text on stdin is not UTF-8.") from None
