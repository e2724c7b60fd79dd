"""What is said where an extra is not installed: its packages are hidden from Python, one after another."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from typing import Any
from unittest import mock

from provider_threads import Limits, MiniMax, ThreadClient
from provider_threads.cli.demo import demo

from .wrong_turns_told import Rows, said

_MISSING = {
    "`import langchain_threads`": ("langchain_core", "langchain_threads", None),
    "`from langchain_threads import ThreadMiddleware`": ("langchain", "langchain_threads.middleware", None),
    "`import llamaindex_threads`": ("llama_index", "llamaindex_threads", None),
    "`from provider_threads.overlay import Overlay`": ("sqlalchemy", "provider_threads.overlay", None),
    "`from provider_threads.emulator import Emulator`": ("starlette", "provider_threads.emulator", "Emulator"),
    "`from provider_threads.html import thread_page`": ("jinja2", "provider_threads.html", None),
}


def extras() -> Rows:
    """A row for each module or class that needs one."""
    rows = [(done, said(_imported(*hidden), (ImportError,))) for done, hidden in _MISSING.items()]

    def with_overlay() -> None:
        from langchain_threads import MiniMaxChatMessageHistory

        MiniMaxChatMessageHistory("thread_1", api_key="key", group_id="1", overlay="threads.db")

    def with_redis() -> None:
        ThreadClient(MiniMax("key", "1"), limits=Limits(redis="redis://localhost"))

    with _hidden("sqlalchemy", "provider_threads.overlay"):
        rows.append(("a history or store with `overlay=`", said(with_overlay, (ImportError,))))
    with _hidden("redis", "provider_threads.redis_traffic"):
        rows.append(("a client with `limits=Limits(redis=…)`", said(with_redis, (ImportError,))))
    with mock.patch("provider_threads.cli.demo.find_spec", return_value=None):  # as of a package that is not there
        rows.append(("`provider-threads demo` with the extra `cli` alone", said(demo, (ImportError,))))
    return rows


class _Absent(MetaPathFinder):
    """Finds that a package is not there, in the words of Python."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == self._package:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def _imported(package: str, module: str, name: str | None) -> Callable[[], Any]:
    def wrong() -> None:
        with _hidden(package, module):
            found = importlib.import_module(module)
            if name is not None:
                getattr(found, name)

    return wrong


@contextmanager
def _hidden(package: str, module: str) -> Iterator[None]:
    """As if `package` were not installed, and `module` not imported yet; afterwards everything is as it was."""
    parent, _, child = module.rpartition(".")
    with mock.patch.dict(sys.modules):
        for name in list(sys.modules):
            if name.partition(".")[0] == package or name == module or name.startswith(f"{module}."):
                del sys.modules[name]
        kept = vars(sys.modules[parent]).get(child) if parent else None
        absent = _Absent(package)
        sys.meta_path.insert(0, absent)
        try:
            yield
        finally:
            sys.meta_path.remove(absent)
            if parent and kept is not None:
                setattr(sys.modules[parent], child, kept)
