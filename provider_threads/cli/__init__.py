"""The command line, on top of everything else: it alone may import the adapters and the emulator beside the core."""

from __future__ import annotations

import importlib.util
import sys

__all__ = ["main"]


def main() -> None:
    """Run ``provider-threads``. Without the library it is built with, say what to install."""
    if importlib.util.find_spec("typer") is None:
        sys.stderr.write("provider-threads: the command line needs an extra: pip install 'provider-threads[cli]'\n")
        sys.exit(2)
    try:
        from provider_threads.cli.app import app  # noqa: PLC0415 - needs typer, which may be missing

        app()
    except KeyboardInterrupt:  # before the program could see it
        sys.stderr.write("provider-threads: stopped\n")
        sys.exit(130)
