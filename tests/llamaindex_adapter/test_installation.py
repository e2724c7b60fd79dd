"""The package in interpreters of its own: without LlamaIndex, and with warnings as errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from provider_threads.emulator import Emulator

from .conversations import conversation

ROOT = Path(__file__).parents[2]

WITHOUT_LLAMAINDEX = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "llama_index":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Blocked())
import provider_threads
import llamaindex_threads
"""


def run(script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_llamaindex_the_error_names_the_command() -> None:
    done = run(WITHOUT_LLAMAINDEX)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith(
        "ImportError: llamaindex_threads needs LlamaIndex: pip install 'provider-threads[llamaindex]'"
    )


UNCLOSED = """
import asyncio, gc, pickle, sys
from llamaindex_threads import ThreadChatStore
from llama_index.core.memory import ChatMemoryBuffer
from provider_threads import AppBuilder, Hunyuan, MiniMax
base_url, *ids = sys.argv[1:]
for kind, thread_id in zip((Hunyuan, MiniMax, AppBuilder), ids):
    store = ThreadChatStore(kind(base_url=base_url))
    memory = ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=thread_id)
    assert len(memory.get()) == 2
    for _ in range(2):
        assert len(asyncio.run(store.aget_messages(thread_id))) == 2
        assert len(asyncio.run(memory.aget())) == 2
    assert len(pickle.loads(pickle.dumps(store)).get_messages(thread_id)) == 2
    del store, memory
    gc.collect()
assert not [name for name in sys.modules if name.startswith("langchain")]
"""


def test_stores_dropped_without_closing_leave_no_warning_and_load_no_langchain(emulator: Emulator) -> None:
    ids = [emulator.seed(platform, conversation(2)) for platform in ("hunyuan", "minimax", "appbuilder")]
    done = run(UNCLOSED, emulator.base_url, *ids, **emulator.environment)
    assert (done.returncode, done.stderr) == (0, "")
