"""What importing a package loads and what it leaves for later, and that whatever looks at a package sees all of it."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from langchain_threads.content_blocks import PLATFORMS
from provider_threads.providers import PROVIDERS

ROOT = Path(__file__).parents[2]
PACKAGES = ("langchain_threads", "llamaindex_threads", "provider_threads")
OPTIONAL = {"langgraph", "psycopg", "redis", "sqlalchemy", "starlette", "uvicorn"}
"""What an extra brings; LlamaIndex loads SQLAlchemy by itself."""

LEFT = {
    "import provider_threads": {"anyio", "asyncio", "httpx", "pydantic", "tenacity", "provider_threads.messages"},
    "from provider_threads import AsyncThreadClient, ThreadClient": {
        "provider_threads.overlay",
        "provider_threads.passages",
        "provider_threads.redis_traffic",
        "tenacity",
    },
    "import langchain_threads": {"httpx", "langchain_core.document_loaders", "provider_threads.client", "tenacity"},
    "from langchain_threads import MiniMaxChatMessageHistory": {
        "langchain_core.document_loaders",
        "langchain_text_splitters",
        "langchain_threads.citation_documents",
        "langchain_threads.loader",
        "langchain_threads.middleware",
        "provider_threads.overlay",
        "provider_threads.passages",
        "tenacity",
    },
    "import llamaindex_threads": {
        "llamaindex_threads.citation_nodes",
        "llamaindex_threads.memory_block",
        "llamaindex_threads.memory_store",
        "llamaindex_threads.reader",
        "provider_threads.overlay",
        "provider_threads.passages",
    },
}
"""By statement, the modules that must not be there after it, beside what an extra brings."""


LOADED = {
    "from langchain_threads import MiniMaxChatMessageHistory": {"httpx", "provider_threads.client"},
    # Which tells LlamaIndex of the chat store, so that it can make one from a dump.
    "import llamaindex_threads": {"llamaindex_threads.chat_store"},
}
"""By statement, modules that must be there after it."""


MODULES = {"provider_threads": "errors", "langchain_threads": "loader", "llamaindex_threads": "reader"}
"""By package, a module that nothing loads before it is asked for."""


def told_by(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@cache
def told_of(package: str) -> dict[str, set[str]]:
    """What one process tells of a package, in this order, since to import one takes a second."""
    module = MODULES[package]
    script = f"""
import json, sys
import {package} as package
loaded = [*sys.modules]
on_demand = [*set(dir(package)) - set(vars(package))]
module = [package.{module}.__name__]
from {package} import *
missing = [name for name in package.__all__ if name not in globals() or name not in vars(package)]
print(json.dumps(dict(loaded=loaded, on_demand=on_demand, module=module, missing=missing)))
"""
    return {what: set(names) for what, names in json.loads(" ".join(told_by(script))).items()}


@pytest.mark.parametrize("statement", LEFT)
def test_an_import_leaves_what_it_does_not_need(statement: str) -> None:
    word, _, package = statement.partition(" ")
    alone = word == "import"
    loaded = told_of(package)["loaded"] if alone else set(told_by(f"import sys\n{statement}\nprint(*sys.modules)"))
    assert LOADED.get(statement, set()) <= loaded
    by_the_framework = {"sqlalchemy"} if "llama" in statement else set()
    assert (LEFT[statement] | OPTIONAL - by_the_framework) & loaded == set()


def type_checked(package: str) -> dict[str, str]:
    """By name the module that type checkers are told it comes from."""
    tree = ast.parse(Path(str(importlib.import_module(package).__file__)).read_text(encoding="utf-8"))
    (checked,) = (node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in imports for alias in node.names}


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_are_told_of_the_names_that_come_on_demand(package: str) -> None:
    module = importlib.import_module(package)
    told = type_checked(package)
    assert told
    assert [name for name, origin in told.items() if getattr(module, name) is not found_in(origin, name)] == []


def found_in(module: str, name: str) -> object:
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("package", PACKAGES)
def test_before_a_name_was_asked_for_it_is_listed_and_after_a_star_import_it_is_there(package: str) -> None:
    told = told_of(package)
    assert (told["on_demand"], told["missing"]) == (set(type_checked(package)), set())


@pytest.mark.parametrize("package", PACKAGES)
def test_a_name_that_a_package_does_not_have_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'Threads'"):
        _ = importlib.import_module(package).Threads
    with pytest.raises(ImportError, match="cannot import name 'Threads'"):
        exec(f"from {package} import Threads")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_module_can_be_reached_as_an_attribute(package: str) -> None:
    module = f"{package}.{MODULES[package]}"
    assert module not in told_of(package)["loaded"]
    assert told_of(package)["module"] == {module}


def test_threads_may_ask_for_different_names_at_once() -> None:
    script = """
import threading
import langchain_threads
names = [name for name in langchain_threads.__all__ if name != "ThreadMiddleware"]
together, failed = threading.Barrier(len(names)), []
def ask(name):
    together.wait()
    try:
        getattr(langchain_threads, name)
    except BaseException as error:
        failed.append((name, error))
asking = [threading.Thread(target=ask, args=(name,)) for name in names]
for one in asking: one.start()
for one in asking: one.join()
print(len(names) > 8, failed)
"""
    assert told_by(script) == ["True", "[]"]


def test_a_pickle_names_the_module_of_a_class_and_is_read_before_anything_was_asked_for() -> None:
    script = """
import pickle
import provider_threads
sent = pickle.dumps([provider_threads.Draft("question"), provider_threads.ConfigurationError("no")])
print(sent.hex())
"""
    (sent,) = told_by(script)
    script = f"import pickle; draft, error = pickle.loads(bytes.fromhex({sent!r})); print(draft.text, error)"
    assert told_by(script) == ["question", "no"]


def test_messages_read_as_content_blocks_once_the_package_is_imported() -> None:
    script = """
import langchain_threads
from langchain_core.messages import AIMessage
citation = {"type": "citation", "id": "1:1", "url": "https://example.com"}
told = {"model_provider": "minimax-threads"}
message = AIMessage("text", additional_kwargs={"citations": [citation]}, response_metadata=told)
print(message.content_blocks[0]["annotations"][0]["url"])
"""
    assert told_by(script) == ["https://example.com"]
    assert set(PLATFORMS) == set(PROVIDERS)
