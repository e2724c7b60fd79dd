"""Which package may import what, read from the source: inside functions too, but not for type checkers alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import provider_threads

ROOT = Path(__file__).parents[2]
SOURCES = Path(provider_threads.__file__).parents[1]  # of this checkout, or of what is installed
PACKAGES = ("langchain_threads", "llamaindex_threads", "provider_threads")
FRAMEWORKS = {"langchain", "langchain_core", "langchain_classic", "langgraph", "llama_index", "llama_index_core"}
OUTSIDE_WORLD = {"anyio", "asyncio", "http", "requests", "select", "socket", "ssl", "subprocess", "threading", "time"}


def imports_of(source: str, module: str = "module") -> set[str]:
    """Dotted names of the modules that `source`, itself the dotted name `module`, imports at run time."""
    package = module.rpartition(".")[0]
    names: set[str] = set()
    for node in _run_time_nodes(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*parents, *([node.module] if node.module else [])])
            names |= {origin} | {f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and _called(node.func) in ("__import__", "import_module"):
            names |= {arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)}
    return names


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _run_time_nodes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
        for branch in node.orelse:
            yield from _run_time_nodes(branch)
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _run_time_nodes(child)


def modules(*packages: str) -> dict[str, set[str]]:
    """What each module of these packages imports, by dotted name."""
    found = {}
    for package in packages:
        for path in sorted((SOURCES / package.replace(".", "/")).rglob("*.py")):
            name = ".".join(path.relative_to(SOURCES).with_suffix("").parts)
            found[name] = imports_of(path.read_text("utf-8"), name)
    return found


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


CORE = {
    name: names
    for name, names in modules("provider_threads").items()
    if not any(within(name, f"provider_threads.{part}") for part in ("cli", "emulator"))
}


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
import os, httpx.errors as e
from . import sibling
from ..parent import thing
from langchain_core.messages import BaseMessage
if TYPE_CHECKING:
    import never
else:
    import always
def function():
    import llama_index.core
    importlib.import_module("requests")
    __import__("socket")
"""
    assert imports_of(source, "a.b.c.module") == {
        "os",
        "httpx.errors",
        "a.b.c",
        "a.b.c.sibling",
        "a.b.parent",
        "a.b.parent.thing",
        "langchain_core.messages",
        "langchain_core.messages.BaseMessage",
        "always",
        "llama_index.core",
        "requests",
        "socket",
    }


def test_every_package_is_looked_at() -> None:
    assert {name.partition(".")[0] for name in modules(*PACKAGES)} == set(PACKAGES)
    assert len(CORE) >= 20


def test_only_the_transport_imports_httpx() -> None:
    users = {name for name, names in modules(*PACKAGES).items() if tops(names) & {"httpcore", "httpx"}}
    assert users
    assert {name.rpartition(".")[0] for name in users} == {"provider_threads.transport"}


def test_one_module_imports_redis_and_only_when_it_is_asked_for() -> None:
    users = {name for name, names in modules(*PACKAGES).items() if "redis" in tops(names)}
    assert users == {"provider_threads.redis_traffic"}


@pytest.mark.parametrize("module", CORE)
def test_the_core_imports_no_framework(module: str) -> None:
    assert not tops(CORE[module]) & (FRAMEWORKS | {"langchain_threads", "llamaindex_threads"})


def test_neither_adapter_imports_the_other_nor_its_framework() -> None:
    for package, other in (("langchain_threads", "llama"), ("llamaindex_threads", "lang")):
        for names in modules(package).values():
            assert not [name for name in tops(names) if name.startswith(other)]


def test_the_emulator_and_the_core_do_not_know_each_other() -> None:
    for names in modules("provider_threads.emulator").values():
        inner = {name for name in names if within(name, "provider_threads")}
        assert all(within(name, "provider_threads.emulator") for name in inner), inner
    for module, names in CORE.items():
        assert not [name for name in names if within(name, "provider_threads.emulator")], module


@pytest.mark.parametrize("module", [name for name in CORE if within(name, "provider_threads.providers")])
def test_a_provider_is_pure(module: str) -> None:
    assert not tops(CORE[module]) & OUTSIDE_WORLD
    forbidden = ("client", "driver", "flows", "operations", "pools", "transport")
    assert not [name for name in CORE[module] for part in forbidden if within(name, f"provider_threads.{part}")]


@pytest.mark.parametrize("module", [name for name in CORE if within(name, "provider_threads.flows")])
def test_a_flow_does_no_io(module: str) -> None:
    assert not tops(CORE[module]) & (OUTSIDE_WORLD - {"time"})  # it reads the clock for signatures and deadlines
    forbidden = ("client", "driver", "pools", "transport")
    assert not [name for name in CORE[module] for part in forbidden if within(name, f"provider_threads.{part}")]


def test_importing_the_core_loads_no_framework_and_no_server() -> None:
    heavy = FRAMEWORKS | {"starlette", "uvicorn", "typer", "sqlalchemy", "redis"}
    code = f"import provider_threads, sys; print(sorted(set({sorted(heavy)}) & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
