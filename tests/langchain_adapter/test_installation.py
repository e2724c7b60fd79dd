"""The package in interpreters of its own: warnings as errors, without LangChain, without LangChain's base class."""

from __future__ import annotations

import importlib.util
import inspect
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

import langchain_threads.base
from provider_threads.emulator import Emulator

from .conversations import conversation

ROOT = Path(__file__).parents[2]

BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == BLOCKED or name.startswith(BLOCKED + "."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
"""


def run(
    script: str, *arguments: str, emulator: Emulator | None = None, blocked: str | None = None
) -> subprocess.CompletedProcess[str]:
    if blocked:
        script = f"BLOCKED = {blocked!r}\n{BLOCK}\n{script}"
    environment = {**os.environ, **(emulator.environment if emulator else {})}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_langchain_the_error_names_the_command() -> None:
    done = run("import langchain_threads", blocked="langchain_core")
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        "ImportError: langchain_threads needs LangChain: pip install 'provider-threads[langchain]'"
    )


def test_the_core_and_the_adapter_need_no_other_framework() -> None:
    script = """
import sys
import provider_threads
assert not [name for name in sys.modules if name.startswith(("langchain", "llama"))]
import langchain_threads
assert not [name for name in sys.modules if name.startswith(("llama_index", "llamaindex", "langgraph"))]
assert "langchain" not in sys.modules
"""
    assert (done := run(script)).returncode == 0, done.stderr


def test_importing_subclassing_and_constructing_warn_of_nothing() -> None:
    script = """
from langchain_threads import *
from langchain_threads import MiniMaxChatMessageHistory, ThreadChatMessageHistory
from provider_threads import MiniMax
class Mine(ThreadChatMessageHistory):
    pass
Mine("thread_1", provider=MiniMax("key", "group"))
MiniMaxChatMessageHistory("thread_1", api_key="key", group_id="group")
MiniMaxChatMessageHistory.factory(api_key="key", group_id="group")("thread_1")
"""
    done = run(script)
    assert (done.returncode, done.stderr) == (0, "")


STORY = """
import asyncio, sys
from langchain_threads import MiniMaxChatMessageHistory, ThreadChatMessageHistory
from provider_threads import UnsupportedOperationError
base_url, thread_id = sys.argv[1:]
history = MiniMaxChatMessageHistory(thread_id, base_url=base_url)
history.add_user_message("message 2")
assert [message.content for message in history.messages] == ["message 0", "message 1", "message 2"]
assert len(asyncio.run(history.aget_messages())) == 3
try:
    history.add_ai_message("never")
except UnsupportedOperationError:
    print([kind.__module__ for kind in ThreadChatMessageHistory.__mro__][1])
"""
NAME_GONE = "import langchain_core.chat_history\ndel langchain_core.chat_history.BaseChatMessageHistory\n"


@pytest.mark.parametrize("gone", ["module", "name", "nothing"])
def test_histories_outlive_langchains_base_class(gone: str, emulator: Emulator) -> None:
    thread_id = emulator.seed("minimax", conversation(2))
    script = NAME_GONE + STORY if gone == "name" else STORY
    blocked = "langchain_core.chat_history" if gone == "module" else None
    done = run(script, emulator.base_url, thread_id, emulator=emulator, blocked=blocked)
    home = "langchain_core.chat_history" if gone == "nothing" else "langchain_threads.base"
    assert (done.returncode, done.stdout.strip()) == (0, home), done.stderr
    assert len(emulator.messages("minimax", thread_id)) == 3


def test_citations_outlive_langchains_translator_registry(emulator: Emulator) -> None:
    script = "import langchain_threads; print(langchain_threads.citations_of.__module__)"
    gone = "import langchain_core.messages.block_translators as registry\ndel registry.register_translator\n"
    done = run(gone + script)
    assert (done.stdout.strip(), done.stderr) == ("langchain_threads.citations", "")


UNCLOSED = """
import asyncio, gc, sys
from langchain_threads import ThreadChatMessageHistory
from provider_threads import AppBuilder, Hunyuan, MiniMax
base_url, *ids = sys.argv[1:]
for kind, thread_id in zip((Hunyuan, MiniMax, AppBuilder), ids):
    factory = ThreadChatMessageHistory.factory(provider=kind(base_url=base_url))
    assert len(factory(thread_id).messages) == 2
    async def read(thread_id=thread_id, factory=factory):
        return await asyncio.gather(*(factory(thread_id).aget_messages() for _ in range(3)))
    for _ in range(2):
        assert [len(messages) for messages in asyncio.run(read())] == [2, 2, 2]
    gc.collect()
kept = ThreadChatMessageHistory(ids[2], provider=AppBuilder(base_url=base_url))
assert len(kept.messages) == len(asyncio.run(kept.aget_messages())) == 2
asyncio.run(kept.aclose())
"""


def test_histories_dropped_without_closing_leave_no_resource_warning(emulator: Emulator) -> None:
    ids = [emulator.seed(platform, conversation(2)) for platform in ("hunyuan", "minimax", "appbuilder")]
    done = run(UNCLOSED, emulator.base_url, *ids, emulator=emulator)
    assert (done.returncode, done.stderr) == (0, "")


FORK = """
import os, sys
from langchain_threads import AppBuilderChatMessageHistory
base_url, *ids = sys.argv[1:]
factory = AppBuilderChatMessageHistory.factory(base_url=base_url)
warm = factory(ids[0])
assert warm.messages[0].content == "thread 0"
children = []
for number in range(4):
    child = os.fork()
    if child == 0:
        wrong = 1
        try:
            history = factory(ids[number])
            wrong = sum(history.messages[0].content != f"thread {number}" for _ in range(15))
        finally:
            os._exit(wrong)
    children.append(child)
wrong = sum(warm.messages[0].content != "thread 0" for _ in range(15))
print(wrong, [os.waitpid(child, 0)[1] for child in children])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_processes_never_read_each_others_threads(emulator: Emulator) -> None:
    from provider_threads.emulator import SeedMessage

    ids = [emulator.seed("appbuilder", [SeedMessage("user", f"thread {number}")]) for number in range(4)]
    done = run(FORK, emulator.base_url, *ids, emulator=emulator)
    assert (done.stdout.strip(), done.stderr) == ("0 [0, 0, 0, 0]", "")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the base class, as it loads where LangChain has none."""
    import langchain_core.chat_history

    real = langchain_core.chat_history.BaseChatMessageHistory
    monkeypatch.delattr(langchain_core.chat_history, "BaseChatMessageHistory")
    spec = importlib.util.spec_from_file_location("stand_in", langchain_threads.base.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.BaseChatMessageHistory is not real
    return module


def test_the_stand_in_turns_text_into_messages(stand_in: ModuleType) -> None:
    base: Any = stand_in.BaseChatMessageHistory

    class Notes(base):  # type: ignore[misc]  # loaded above
        def __init__(self) -> None:
            self.batches: list[list[BaseMessage]] = []

        def add_messages(self, messages: list[BaseMessage]) -> None:
            self.batches.append(list(messages))

    notes = Notes()
    notes.add_user_message("问")
    notes.add_user_message(HumanMessage("问", id="1"))
    notes.add_ai_message("答")
    notes.add_ai_message(AIMessage("答", id="2"))
    notes.add_message(HumanMessage("又"))
    assert notes.batches == [
        [HumanMessage("问")],
        [HumanMessage("问", id="1")],
        [AIMessage("答")],
        [AIMessage("答", id="2")],
        [HumanMessage("又")],
    ]


def test_a_history_has_what_langchains_base_class_has(stand_in: ModuleType) -> None:
    """On the stand-in nothing of LangChain's surface is missing."""
    real = langchain_threads.base.BaseChatMessageHistory
    wanted = {name for name in (*dir(real), *inspect.get_annotations(real)) if not name.startswith("_")}
    own = vars(langchain_threads.ThreadChatMessageHistory).keys() | vars(stand_in.BaseChatMessageHistory).keys()
    assert wanted <= own
    assert {"messages", "aget_messages", "add_user_message", "aclear"} <= wanted
