"""``provider-threads demo``."""

from __future__ import annotations

import typer

__all__ = ["demo"]


def demo() -> None:
    """Show a conversation of each platform through LangChain and LlamaIndex, without an account."""
    from provider_threads.cli.demonstration import run_demo  # noqa: PLC0415 - its extras may be missing

    run_demo(typer.echo)
