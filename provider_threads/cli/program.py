"""The program around its commands: what they raise becomes an exit code and one sentence, in one place."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from provider_threads.cli.outcome import ExitCode, flush_output, notice, tell

__all__ = ["Program"]


class Program(TyperGroup):
    """The group of all commands. A command raises what it raises, and ends early with ``typer.Exit(code)``."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = "provider-threads",
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command line and exit with its code."""
        given = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in given[: given.index("--") if "--" in given else None]
        _prepare_streams()
        try:
            with warnings.catch_warnings():
                _say_warnings(as_json)
                code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
                flush_output()
            if code == ExitCode.INTERRUPTED:  # while the command line was read, of which typer says nothing
                tell(KeyboardInterrupt(), as_json=as_json)
        except typer.Abort as stopped:  # Ctrl-C, or the end of input at a prompt
            code = tell(KeyboardInterrupt(*stopped.args), as_json=as_json)
        except SystemExit as ended:  # help whose reader went away
            if not isinstance(ended.__context__, BrokenPipeError):
                raise
            code = tell(ended.__context__, as_json=as_json)
        except Exception as error:
            code = tell(error, as_json=as_json)
            if code is None:
                raise
        with contextlib.suppress(OSError):  # of this end something has been said already
            flush_output()
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; Ctrl-C and a reader that went away are told of here, where typer has not seen them yet."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stopped:
            raise typer.Abort(*stopped.args) from None
        except BrokenPipeError as error:
            raise typer.Exit(tell(error, as_json=False) or 0) from None


def _prepare_streams() -> None:
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us; its number must not go to a file or a socket
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows a question mark instead of ending the program.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # TextIO, where it is a real console


def _say_warnings(as_json: bool) -> None:
    """The library's warnings as sentences, and not a second time by the log."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if issubclass(category, UserWarning):
            notice(str(message), as_json=as_json)

    warnings.showwarning = show
    warnings.simplefilter("default", UserWarning)
    logger = logging.getLogger("provider_threads")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
