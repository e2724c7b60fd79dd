"""How a command ends: its exit code, and the one sentence that says what was wrong and what to do.

Codes are promises to scripts, see docs/command-line.md; each means the same for every command.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from enum import IntEnum
from typing import Any

from provider_threads import errors
from provider_threads.cli.harmless import visible

__all__ = ["ExitCode", "error_object", "exit_code_of", "flush_output", "notice", "tell"]


class ExitCode(IntEnum):
    """What a command's exit code means. The order of the classes below decides where an error has several."""

    DONE = 0
    PARTLY = 1
    USAGE = 2
    NOT_FOUND = 3
    CREDENTIAL = 4
    REFUSED = 5
    LIMIT = 6
    UNAVAILABLE = 7
    UNKNOWN = 8
    UNREADABLE = 9
    OVERLAY = 10
    INTERRUPTED = 130
    BROKEN_PIPE = 141

    @property
    def meaning(self) -> str:
        """As help and documents say it."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done",
    ExitCode.PARTLY: "a part of it failed; the rest is done",
    ExitCode.USAGE: "a wrong command line, credential, local file or installation; nothing was written to the platform",
    ExitCode.NOT_FOUND: "the platform knows no such thread or message",
    ExitCode.CREDENTIAL: "the platform refused the credential, or it may not do this",
    ExitCode.REFUSED: "the platform refused the request: a parameter, an id or the text",
    ExitCode.LIMIT: "too many requests, or the account's balance is used up",
    ExitCode.UNAVAILABLE: "no connection, no answer to a read, or the platform failed; trying again may help",
    ExitCode.UNKNOWN: "a write was sent, and whether it was applied is not known; look before you send it again",
    ExitCode.UNREADABLE: "the platform's answer cannot be read or contradicts itself",
    ExitCode.OVERLAY: "the overlay's database failed",
    ExitCode.INTERRUPTED: "stopped by Ctrl-C",
    ExitCode.BROKEN_PIPE: "the reader of the output went away, as `head` does",
}

_BY_CLASS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], ExitCode], ...] = (
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
    (BrokenPipeError, ExitCode.BROKEN_PIPE),
    ((errors.ConfigurationError, errors.UnsupportedOperationError), ExitCode.USAGE),
    (errors.ThreadNotFoundError, ExitCode.NOT_FOUND),
    ((errors.AuthenticationError, errors.PermissionDeniedError), ExitCode.CREDENTIAL),
    ((errors.RateLimitedError, errors.QuotaExhaustedError), ExitCode.LIMIT),
    ((errors.NotSentError, errors.ProviderUnavailableError), ExitCode.UNAVAILABLE),
    (errors.ProviderError, ExitCode.REFUSED),
    (errors.ProtocolError, ExitCode.UNREADABLE),
    (errors.OverlayError, ExitCode.OVERLAY),
    ((ImportError, ValueError, OSError), ExitCode.USAGE),
)

_READS = ("get_thread", "list_messages", "get_message", "list_files", "read")


def exit_code_of(error: BaseException) -> ExitCode | None:
    """The code for an error; None for one that no user can mend, whose traceback is to be seen."""
    if _is_usage(error):
        return ExitCode.USAGE
    if isinstance(error, errors.OutcomeUnknownError):
        return ExitCode.UNAVAILABLE if error.operation in _READS else ExitCode.UNKNOWN
    return next((code for kind, code in _BY_CLASS if isinstance(error, kind)), None)


def error_object(error: BaseException, exit_code: int | None) -> dict[str, Any]:
    """An error as JSON: ``class``, ``message``, ``platform``, ``operation``, ``request_id`` and ``exit_code``."""
    return {
        "class": type(error).__name__,
        "message": _sentence(error),
        "platform": getattr(error, "provider", None),
        "operation": getattr(error, "operation", None),
        "request_id": getattr(error, "request_id", None),
        "exit_code": exit_code,
    }


def tell(error: BaseException, *, as_json: bool) -> int | None:
    """Say on stderr what was wrong, in one line; the exit code. None, and nothing said, for a fault of this program."""
    code = exit_code_of(error)
    if code is None:
        return None
    if code is ExitCode.BROKEN_PIPE:
        _silence_output()
    elif type(error).__name__ == "NoArgsIsHelpError":
        pass  # the help has been shown
    elif as_json:
        _say(json.dumps({"error": error_object(error, code)}))
    else:
        _say(f"provider-threads: {_sentence(error)}")
    return code


def notice(sentence: str, *, as_json: bool) -> None:
    """Say something on stderr that is no error; with ``--json`` as ``{"warning": …}``."""
    _say(json.dumps({"warning": sentence}) if as_json else f"provider-threads: {visible(sentence)}")


def flush_output() -> None:
    """Write what stdout still holds back.

    Raises:
        OSError: it takes no more, and what it held back is lost; the sentence says that it is about stdout.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        _silence_output()
        raise OSError(error.errno, error.strerror, "stdout") from None


def _silence_output() -> None:
    """Send what is still to be written to nowhere: the interpreter flushes once more at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads it
        sys.stderr.write(f"{line}\n")


def _is_usage(error: BaseException) -> bool:
    """Whether it is what typer raises of a command line that it cannot read; its base class has no public name."""
    return callable(getattr(error, "format_message", None))


def _sentence(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return f"stopped; {error}" if error.args else "stopped"
    if isinstance(error, OSError) and error.strerror:
        named = f"{error.filename}: " if isinstance(error.filename, str) else ""
        told = f"{named}{error.strerror}"
    elif _is_usage(error):
        told = str(error.format_message())  # type: ignore[attr-defined]  # see _is_usage
        if (context := getattr(error, "ctx", None)) is not None:
            told += f"{'' if told.endswith(('.', '?')) else '.'} See {context.command_path} --help."
    else:
        told = str(error) or type(error).__name__
    return " ".join(visible(told).split())
