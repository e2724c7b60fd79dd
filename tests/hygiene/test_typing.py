"""A user's own program is checked: what is right passes `mypy --strict`, and what is wrong is reported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
from collections.abc import Callable

from langchain_core.messages import BaseMessage
from llama_index.core.base.llms.types import ChatMessage

from langchain_threads import MiniMaxChatMessageHistory, ThreadChatMessageHistory, to_langchain
from llamaindex_threads import ThreadChatStore, to_llamaindex
from provider_threads import (
    AppBuilder,
    AsyncThreadClient,
    MiniMax,
    OnGap,
    RetryPolicy,
    SecretLike,
    ThreadClient,
    ThreadMessage,
    ThreadView,
    Writes,
)


def newest(view: ThreadView) -> tuple[str, tuple[ThreadMessage, ...]]:
    return view[-1].text, view[-3:]


def histories(key: SecretLike, writes: Writes, on_gap: OnGap) -> Callable[[str], MiniMaxChatMessageHistory]:
    return MiniMaxChatMessageHistory.factory(
        api_key=key, writes=writes, on_gap=on_gap, limit=20, write_roles={"user", "assistant"}
    )


def offline(messages: list[ThreadMessage]) -> tuple[list[BaseMessage], list[ChatMessage]]:
    return [to_langchain(one, "minimax") for one in messages], [to_llamaindex(one, "minimax") for one in messages]


def complete(history: ThreadChatMessageHistory, store: ThreadChatStore) -> bool:
    views = (history.last_view, store.last_view)
    return all(view is not None and view.complete for view in views)


async def read() -> list[str]:
    with ThreadClient.shared(MiniMax(), timeout=20, retry=RetryPolicy(attempts=1)) as threads:
        texts = [message.text for message in threads.iter_messages("thread_1")]
    async with AsyncThreadClient.shared(AppBuilder(), strict_thread_ids=True) as threads_too:
        texts += [message.text async for message in threads_too.iter_messages("thread_1")]
    return texts
"""
SETTINGS = """
[mypy]
strict = True

# As where they are installed: what is wrong inside them is for their own check.
[mypy-langchain_threads.*,llamaindex_threads.*,provider_threads.*]
follow_imports = silent

# What they import, and nothing of a user's program is made of: another six seconds.
[mypy-aiohttp.*,fsspec.*,langchain.*,langgraph.*,langsmith.*,networkx.*,nltk.*,numpy.*,PIL.*,sqlalchemy.*,workflows.*]
follow_imports = skip
"""
MISTAKES = """
from provider_threads import MiniMax, ThreadClient, ThreadView


def first(view: ThreadView) -> str:
    return view[0]  # a message


ThreadClient.shared(MiniMax(), timeout="20")
ThreadClient.shared(MiniMax(), tries=3)
"""


def test_mypy_passes_what_is_right_and_reports_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
    # A cache that stays: reading LangChain's and LlamaIndex's types anew takes seven seconds.
    options = ["--config-file=mypy.ini", f"--cache-dir={ROOT / '.mypy_cache' / 'user'}"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "program.py", "mistakes.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    reported = re.findall(r"^(.+?):(\d+): error: .*\[(.+)\]$", checked.stdout, re.MULTILINE)
    assert reported == [
        ("mistakes.py", "6", "return-value"),
        ("mistakes.py", "9", "arg-type"),
        ("mistakes.py", "10", "call-arg"),
    ], checked.stdout + checked.stderr
