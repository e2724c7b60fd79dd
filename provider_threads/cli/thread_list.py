"""Which threads a command is about: named on the command line, in a file, or on stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from provider_threads.arguments import check_id, check_key
from provider_threads.errors import ConfigurationError

__all__ = ["listed_threads"]


def listed_threads(given: Sequence[str], listing: str | None, *, own_keys: bool) -> list[str]:
    """All threads, each once, in the order in which they were first named.

    Args:
        given: on the command line. listing: a file of ids, one a line, or ``-`` for stdin. Space around an id, blank
            lines and lines that begin with ``#`` do not count.
        own_keys: whether they may be an app's own keys, which an overlay knows.

    Raises:
        ConfigurationError: one of them cannot be that, and is named by its place; or there is none.
    """
    check = check_key if own_keys else _check_thread
    threads: dict[str, None] = {}
    for place, name in [*_arguments(given), *(_lines(listing) if listing is not None else ())]:
        try:
            check(name)
        except ConfigurationError as error:
            raise ConfigurationError(f"{place}: {error}") from None
        threads[name] = None
    if not threads:
        raise ConfigurationError("no thread is named. Name one, or several in a file with --from FILE.")
    return list(threads)


def _check_thread(name: str) -> None:
    check_id(name, "a thread's id")


def _arguments(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(given, 1):
        yield f"thread {number} on the command line", name


def _lines(listing: str) -> Iterator[tuple[str, str]]:
    named = "stdin" if listing == "-" else listing
    content = sys.stdin.buffer.read() if listing == "-" else Path(listing).read_bytes()
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            name = line.decode().strip()
        except UnicodeDecodeError:
            raise ConfigurationError(f"{named}, line {number}: it is not UTF-8.") from None
        if name and not name.startswith("#"):
            yield f"{named}, line {number}", name
