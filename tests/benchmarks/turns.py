"""Count the requests of one turn on a long thread, per platform, and time what memory is asked: ``python -m`` runs it.

Each turn is the first of a process over a database that knows the thread, so nothing is fresh. The models are
LlamaIndex's and LangChain's mocks, which answer at once.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, LLMMetadata, ToolCallBlock
from llama_index.core.chat_engine import ContextChatEngine
from llama_index.core.llms.mock import MockFunctionCallingLLM, MockLLM
from llama_index.core.memory import Memory
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from langchain_threads import ThreadChatMessageHistory
from llamaindex_threads import ThreadMemoryStore
from provider_threads import AppBuilder, Hunyuan, IncompleteThreadWarning, MiniMax, Provider
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.memory import ThreadMemory
from provider_threads.overlay import Overlay

__all__ = ["LISTS", "PLATFORMS", "PLENTY", "On", "Turn", "chain", "turns_on"]

PLATFORMS: tuple[Any, ...] = ("hunyuan", "minimax", "appbuilder")

LISTS = ("GetThreadMessageList", "threads/messages/list")
_APPENDS = ("threads/messages/add", "threads/messages")
PLENTY = 10_000_000
"""Tokens: nothing is archived, so that every read is a read of everything."""

_USUAL = 30_000
"""Tokens that Memory keeps if it is told nothing."""


@dataclass(frozen=True)
class Turn:
    """What one turn took.

    Attributes:
        lists, appends, others: requests. reads, shown: how often memory was read, and how many messages it showed.
        in_memory, whole: seconds in calls of the memory, and of the turn.
    """

    name: str
    lists: int
    appends: int
    others: int
    reads: int
    shown: int
    in_memory: float
    whole: float


@dataclass
class On:
    """What a turn is taken on; `seconds` and `reads` say how long memory was asked, and what its reads showed."""

    provider: Provider
    key: str
    settings: Any
    seconds: float = 0.0
    reads: list[int] = field(default_factory=list)

    @contextmanager
    def timed(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began

    def histories(self) -> type[ThreadChatMessageHistory]:
        """Histories whose calls are timed."""
        on = self

        class Timed(ThreadChatMessageHistory):
            """Reads and writes."""

            @property
            def messages(self) -> list[BaseMessage]:  # type: ignore[override]  # as in the class itself
                with on.timed():
                    shown = super().messages
                on.reads.append(len(shown))
                return shown

            def add_messages(self, messages: Sequence[BaseMessage]) -> None:
                with on.timed():
                    super().add_messages(messages)

        return Timed

    def memory(self, token_limit: int) -> Memory:
        """A memory over a store whose calls are timed."""
        on = self

        class Timed(ThreadMemoryStore):
            """Reads, writes and archives."""

            async def get_messages(self, *arguments: Any, **settings: Any) -> list[ChatMessage]:
                with on.timed():
                    shown = await super().get_messages(*arguments, **settings)
                on.reads.append(len(shown))
                return shown

            async def add_messages(self, *arguments: Any, **settings: Any) -> None:
                with on.timed():
                    await super().add_messages(*arguments, **settings)

            async def archive_oldest_messages(self, *arguments: Any, **settings: Any) -> list[ChatMessage]:
                with on.timed():
                    return await super().archive_oldest_messages(*arguments, **settings)

        store = Timed(self.provider, **self.settings)
        return Memory.from_defaults(session_id=self.key, chat_store=store, token_limit=token_limit)


class _Model(MockLLM):
    """A mock that any conversation fits into."""

    @property
    def metadata(self) -> LLMMetadata:
        return super().metadata.model_copy(update={"context_window": PLENTY})


class _Notes(BaseRetriever):
    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="a note"), score=1.0)]


async def turns_on(platform: Any, messages: int = 10_000, freshness: float = 5.0) -> list[Turn]:
    """The first reads of a thread of `messages` messages, and turns of each kind after them."""
    roles = ("user", "assistant")
    seeds = [SeedMessage(roles[number % 2], f"message {number} of the conversation") for number in range(messages)]
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of LangChain's class, and of pydantic's old names
        warnings.simplefilter("ignore", IncompleteThreadWarning)  # Hunyuan shows 200 messages
        provider, key = _provider(emulator, platform), emulator.seed(platform, seeds)
        turns = []
        for name, perform in _PERFORM.items():
            with Overlay(Path(folder) / "threads.db") as overlay:
                on = On(provider, key, {"overlay": overlay, "freshness": freshness})
                ThreadMemory(provider=provider, overlay=overlay).keys()  # opens the database
                emulator.clear_requests()
                began = time.perf_counter()
                await perform(on)
                whole = time.perf_counter() - began
            asked = [request.operation for request in emulator.requests]
            lists, appends = (sum(operation in kind for operation in asked) for kind in (LISTS, _APPENDS))
            others = len(asked) - lists - appends
            turns.append(Turn(name, lists, appends, others, len(on.reads), max(on.reads), on.seconds, whole))
        return turns


def _provider(emulator: Emulator, platform: str) -> Provider:
    account, url = emulator.credentials, emulator.base_url
    if platform == "hunyuan":
        return Hunyuan(account.secret_id, account.secret_key, base_url=url)
    if platform == "minimax":
        return MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=url)
    return AppBuilder(account.appbuilder_token, base_url=url)


def _read(limit: int | None = None, namespace: str = "") -> Callable[[On], Awaitable[None]]:
    async def perform(on: On) -> None:
        settings = {**on.settings, "limit": limit, "namespace": namespace}
        with on.histories()(on.key, provider=on.provider, **settings) as history:
            _ = history.messages

    return perform


def chain(limit: int | None = None) -> Callable[[On], Awaitable[None]]:
    async def perform(on: On) -> None:
        errors: list[Exception] = []
        prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
        runnable = RunnableWithMessageHistory(
            prompt | FakeListChatModel(responses=["an answer"]),
            on.histories().factory(provider=on.provider, limit=limit, on_error=errors.append, **on.settings),
            input_messages_key="question",
            history_messages_key="history",
        )
        runnable.invoke({"question": "a question"}, {"configurable": {"session_id": on.key}})
        assert not errors, errors  # the runnable swallows them

    return perform


def _agent(token_limit: int) -> Callable[[On], Awaitable[None]]:
    async def perform(on: On) -> None:
        call = ToolCallBlock(tool_call_id="call_1", tool_name="look_up", tool_kwargs={"word": "river"})
        answers = [ChatMessage(role="assistant", blocks=[call]), ChatMessage(role="assistant", content="an answer")]
        told = iter(answers)
        model = MockFunctionCallingLLM(response_generator=lambda messages, **_: next(told))
        agent = FunctionAgent(llm=model, tools=[look_up], streaming=False)
        await agent.run("a question", memory=on.memory(token_limit))

    return perform


async def _engine(on: On) -> None:
    model = _Model(max_tokens=2, is_chat_model=True)
    engine = ContextChatEngine.from_defaults(retriever=_Notes(), memory=on.memory(PLENTY), llm=model)
    await engine.achat("a question")


def look_up(word: str) -> str:
    """What a word means."""
    return f"{word}: found"


_PERFORM = {
    "first read of the thread": _read(),
    "first read, limit=20": _read(20, namespace="another app"),
    "RunnableWithMessageHistory": chain(),
    "RunnableWithMessageHistory, limit=20": chain(20),
    "FunctionAgent with a tool": _agent(PLENTY),
    "ContextChatEngine": _engine,
    "FunctionAgent, where Memory archives": _agent(_USUAL),
    "FunctionAgent, after that": _agent(_USUAL),
}


def table(platform: str, turns: Iterable[Turn]) -> list[str]:
    """One line for each turn."""
    return [
        f"| {platform} | {turn.name} | {turn.lists} | {turn.appends} | {turn.others} | {turn.reads} × {turn.shown:,} "
        f"| {turn.in_memory:.2f} | {turn.whole:.2f} |"
        for turn in turns
    ]


def main() -> None:
    logging.disable(logging.WARNING)  # Hunyuan's gap, at every read
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    options = parser.parse_args()
    print(f"Threads of {options.messages:,} messages.")
    print("| Platform | Turn | lists | appends | others | reads | s in memory | s |\n|---|---|---|---|---|---|---|---|")
    for platform in PLATFORMS:
        print("\n".join(table(platform, asyncio.run(turns_on(platform, options.messages)))))


if __name__ == "__main__":
    main()
