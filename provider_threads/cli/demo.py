"""``provider-threads demo``."""

from __future__ import annotations

from importlib.util import find_spec

import typer

__all__ = ["demo"]


def demo() -> None:
    """Show a conversation of each platform through LangChain and LlamaIndex, without an account."""
    needed = {"langchain": "langchain_core", "llamaindex": "llama_index", "emulator": "starlette"}
    missing = [extra for extra, package in needed.items() if find_spec(package) is None]
    if missing:  # all at once, not one after another
        raise ImportError(f"the demo needs more: pip install 'provider-threads[{','.join(missing)}]'")
    from provider_threads.cli.demonstration import run_demo  # noqa: PLC0415 - its extras may be missing

    run_demo(typer.echo)
