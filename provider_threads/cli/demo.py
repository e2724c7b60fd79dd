"""``provider-threads demo``."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON object a line, for each platform and framework.")
    ] = False,
) -> None:
    """Show a conversation of each platform through LangChain and LlamaIndex, without an account."""
    needed = {"langchain": "langchain_core", "llamaindex": "llama_index", "emulator": "starlette"}
    missing = [extra for extra, package in needed.items() if find_spec(package) is None]
    if missing:  # all at once, not one after another
        raise ImportError(f"the demo needs more: pip install 'provider-threads[{','.join(missing)}]'")
    from provider_threads.cli.demonstration import print_demo_as_json, run_demo  # noqa: PLC0415 - as above

    if as_json:
        print_demo_as_json()
    else:
        run_demo(typer.echo)
