"""Checks of what a caller passes in, before anything is sent. Errors name the argument, never its value."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, Literal

from provider_threads.endpoint import ListFiles, ListMessages
from provider_threads.errors import ConfigurationError, UnsupportedOperationError
from provider_threads.messages import Draft
from provider_threads.providers.base import Provider

__all__ = [
    "HOSTED",
    "check_draft",
    "check_files",
    "check_http_client",
    "check_id",
    "check_key",
    "check_limit",
    "check_list",
    "check_metadata",
    "check_private",
    "check_provider",
    "check_text",
    "is_storable",
]

_ID = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]{0,254}[A-Za-z0-9_-])?")

HOSTED: Final = "thread_"
"""How the ids of all three platforms' threads begin."""

_LONGEST_KEY = 512

_MOST_PAIRS, _LONGEST_NAME, _LONGEST_VALUE = 16, 64, 512
"""Limits of thread metadata: AppBuilder's "common types" page; no other platform gives any."""


def check_provider(provider: object) -> None:
    """An instance of `Provider`: neither the class nor its name says which account."""
    if isinstance(provider, type) and issubclass(provider, Provider):
        raise ConfigurationError(
            f"provider must be a platform and an account: {provider.__name__}(), not the class {provider.__name__}."
        )
    if not isinstance(provider, Provider):
        raise ConfigurationError(
            "provider must be a platform and an account, such as MiniMax(): not its name, nor another SDK's client. A "
            "ThreadClient goes to client= of a history or store."
        )


def check_private(provider: Provider, *, allow_insecure: bool) -> None:
    """Credentials and conversations leave this machine over https only, unless asked otherwise."""
    if not provider.is_private and not allow_insecure:
        raise ConfigurationError(
            f"{provider.title}: base_url is http to another machine, which would send the credential in the clear. "
            "Use https, or pass allow_insecure=True on ThreadClient, passed as client= to a history or store."
        )


def check_id(value: object, argument: str) -> None:
    """Ids are letters, digits, ``_``, ``-``, ``.`` and ``:``, at most 256 of them, without ``..``."""
    if not isinstance(value, str):
        given = "None" if value is None else type(value).__name__
        advice = " Pass its id." if hasattr(value, "id") else ""
        raise ConfigurationError(f"{argument} must be text, as the platform issued it: a str, not {given}.{advice}")
    if not value:
        raise ConfigurationError(f"{argument} is empty. Pass the id that the platform issued.")
    if ".." in value or not _ID.fullmatch(value):
        raise ConfigurationError(
            f"{argument} holds a character that no id has (such as a slash, a space or a line break), or is longer "
            "than 256. Pass the id exactly as the platform issued it."
        )


def check_key(key: object) -> None:
    """An app's own name of a conversation, such as ``user-42``: 1 to 512 characters that every database holds."""
    if not isinstance(key, str) or not 1 <= len(key) <= _LONGEST_KEY:
        raise ConfigurationError(f"a key must be text of 1 to {_LONGEST_KEY} characters, such as 'user-42'.")
    if not is_storable(key):
        raise ConfigurationError("a key must not hold NUL or half of a surrogate pair, which no database keeps.")


def check_http_client(given: object, kind: Literal["Client", "AsyncClient"]) -> None:
    """A client of httpx of this kind, or what has its methods; None passes."""
    send = getattr(given, "send", None)
    usable = callable(send) and hasattr(given, "build_request") and hasattr(given, "is_closed")
    # httpx2's has all of this, but takes other addresses and raises other errors.
    of_httpx2 = any(base.__module__.partition(".")[0] == "httpx2" for base in type(given).__mro__)
    fits = usable and not of_httpx2 and inspect.iscoroutinefunction(send) is (kind == "AsyncClient")
    if given is not None and not fits:
        owner = "an AsyncThreadClient" if kind == "AsyncClient" else "a ThreadClient"
        which = ", which httpx2's is not" if of_httpx2 else ""
        raise ConfigurationError(f"http_client of {owner} must be an httpx.{kind}{which}.")


def check_limit(limit: object, argument: str = "limit", *, most: int | None = None) -> None:
    """A whole number from 1 to `most`; None passes."""
    if limit is None:
        return
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise ConfigurationError(f"{argument} must be a whole number.")
    if limit < 1 or (most is not None and limit > most):
        rest = f"between 1 and {most} on this platform" if most else "at least 1"
        raise ConfigurationError(f"{argument} must be {rest}; got {limit}.")


def check_list(provider: Provider, arguments: ListMessages | ListFiles) -> None:
    """A list request's limit, order and cursors."""
    check_limit(arguments.limit, most=provider.capabilities.max_limit)
    if arguments.order not in (None, "asc", "desc"):
        raise ConfigurationError("order must be 'asc' (oldest first) or 'desc' (newest first).")
    for name in ("after", "before"):
        cursor = getattr(arguments, name)
        if cursor is None:
            continue
        if not provider.capabilities.cursor:
            raise UnsupportedOperationError(
                f"{provider.title} list_messages: there is no {name}=; the platform has no cursor. Use read().",
                provider=provider.name,
                operation="list_messages",
            )
        check_id(cursor, name)


def check_text(text: object) -> None:
    """Text to store: a string with something other than white space in it, that UTF-8 can hold."""
    if not isinstance(text, str):
        raise ConfigurationError("text must be a string.")
    if not text.strip():
        raise ConfigurationError("text is empty. The platforms store no empty message.")
    _check_whole_characters(text, "text")


def is_storable(text: str) -> bool:
    """Whether every database holds `text`: without NUL and half surrogate pairs."""
    return "\0" not in text and _has_whole_characters(text)


def _has_whole_characters(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _check_whole_characters(text: str, argument: str) -> None:
    if not _has_whole_characters(text):
        raise ConfigurationError(f"{argument} holds half of a surrogate pair, which cannot be stored.")


def check_files(provider: Provider, file_ids: object, operation: str) -> None:
    """Ids of uploaded files, as many as the platform attaches to a message."""
    if isinstance(file_ids, str) or not isinstance(file_ids, Sequence):
        raise ConfigurationError("file_ids must be a sequence of ids.")
    most = provider.capabilities.max_files
    if file_ids and most == 0:
        raise UnsupportedOperationError(
            f"{provider.title} {operation}: the platform attaches no files to a message. Leave out file_ids=.",
            provider=provider.name,
            operation=operation,
        )
    if most is not None and len(file_ids) > most:
        raise ConfigurationError(f"file_ids: {provider.title} takes at most {most} files a message.")
    for file_id in file_ids:
        check_id(file_id, "file_ids")


def check_metadata(metadata: object, *, required: bool = False) -> None:
    """Pairs of strings, within the only limits a platform documents; None passes unless they are required."""
    if metadata is None and not required:
        return
    if not isinstance(metadata, Mapping) or not all(
        isinstance(item, str) for pair in metadata.items() for item in pair
    ):
        raise ConfigurationError("metadata must map strings to strings.")
    if len(metadata) > _MOST_PAIRS:
        raise ConfigurationError(f"metadata holds more than {_MOST_PAIRS} pairs.")
    if any(len(name) > _LONGEST_NAME or len(value) > _LONGEST_VALUE for name, value in metadata.items()):
        raise ConfigurationError(
            f"metadata: a name is longer than {_LONGEST_NAME} characters or a value than {_LONGEST_VALUE}."
        )
    for item in chain.from_iterable(metadata.items()):
        _check_whole_characters(item, "metadata")


def check_draft(provider: Provider, draft: Draft) -> None:
    """A message to append: its role, text, files and metadata must all be kept by the platform."""
    if not isinstance(draft, Draft):
        raise ConfigurationError("drafts must be a sequence of Draft, such as [Draft('text')].")
    if not isinstance(draft.role, str):
        raise ConfigurationError("role must be text, such as 'user'.")
    roles = provider.capabilities.write_roles
    if draft.role not in roles:
        takes = f"it takes {' and '.join(sorted(roles))} messages" if roles else "it has no action that appends"
        raise UnsupportedOperationError(
            f"{provider.title} append: the platform cannot store a message of this role from outside; {takes}. "
            f"{_ADVICE.get(provider.name, 'Append only what it takes.')}",
            provider=provider.name,
            operation="append",
        )
    check_text(draft.text)
    check_files(provider, draft.file_ids, "append")
    check_metadata(draft.metadata)
    if draft.metadata and not provider.capabilities.message_metadata:
        raise UnsupportedOperationError(
            f"{provider.title} append: the platform keeps no metadata with a message. Leave out metadata=.",
            provider=provider.name,
            operation="append",
        )


_ADVICE = {
    "hunyuan": "Only its own RunThread adds messages: use writes='none' in a chain whose run writes the turn, or an "
    "overlay, which keeps them here.",
    "minimax": "Passing write_roles={'user', 'assistant'} with the credentials lets you try: no document settles it. "
    "An overlay keeps the rest here.",
    "appbuilder": "Assistant messages come from its own runs: use writes='none' in a chain whose run writes the turn, "
    "or an overlay, which keeps them here.",
}
