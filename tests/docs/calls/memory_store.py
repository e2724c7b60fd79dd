"""What LlamaIndex calls on an `AsyncDBChatStore`, by itself and through `Memory`."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import Memory as FrameworkMemory
from llama_index.core.storage.chat_store.base_db import MessageStatus
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore
from sqlalchemy.ext.asyncio import create_async_engine

from llamaindex_threads import ThreadMemoryStore
from provider_threads import Provider

from .judging import Call, Memory
from .llamaindex import (
    ANSWER,
    QUESTION,
    TOOL_CALL,
    TOOL_RESULT,
    Messages,
    agent_turn,
    context_chat,
    seeds,
    simple_chat,
    streamed_chat,
)

__all__ = ["Memories", "MemoryStores"]

_SYSTEM = ChatMessage(role="system", content="答得简短。")
_ARCHIVED = MessageStatus.ARCHIVED


class _References:
    """Stores of LlamaIndex's own, each in a table of its own in one file."""

    def __init__(self, file: Path) -> None:
        self._engine = create_async_engine(f"sqlite+aiosqlite:///{file}")
        self._numbers = itertools.count()

    async def store(self, key: str) -> SQLAlchemyChatStore:
        store = SQLAlchemyChatStore(table_name=f"messages_{next(self._numbers)}", async_engine=self._engine)
        await store.add_messages(key, seeds())
        return store

    async def aclose(self) -> None:
        await self._engine.dispose()


class MemoryStores(Messages):
    """`ThreadMemoryStore` beside `SQLAlchemyChatStore`."""

    title = "LlamaIndex: `ThreadMemoryStore`"

    def __init__(self, file: Path) -> None:
        self.references = _References(file)
        self.calls = _store_calls()

    def ours(self, provider: Provider, key: str, **settings: Any) -> Memory:
        return Memory(ThreadMemoryStore(provider, **settings), key)

    async def reference(self, key: str) -> Memory:
        return Memory(await self.references.store(key), key)

    async def shown(self, memory: Memory) -> tuple[list[ChatMessage], ...]:
        return await _by_status(memory.made, memory.key)


class Memories(Messages):
    """`Memory` over one and over the other."""

    title = "LlamaIndex: `Memory` over it"

    def __init__(self, references: _References) -> None:
        self._references = references
        self.calls = [*_memory_calls(), simple_chat(), streamed_chat(), context_chat(), agent_turn()]

    def ours(self, provider: Provider, key: str, **settings: Any) -> Memory:
        return Memory(_memory(ThreadMemoryStore(provider, **settings), key), key)

    async def reference(self, key: str) -> Memory:
        return Memory(_memory(await self._references.store(key), key), key)

    async def shown(self, memory: Memory) -> tuple[list[ChatMessage], ...]:
        return await _by_status(memory.made.sql_store, memory.key)


def _memory(store: Any, key: str) -> FrameworkMemory:
    return FrameworkMemory.from_defaults(
        session_id=key, chat_store=store, token_limit=400, chat_history_token_ratio=0.5
    )


async def _by_status(store: Any, key: str) -> tuple[list[ChatMessage], ...]:
    """The active messages, the archived, and all in their order."""
    return tuple([await store.get_messages(key, status=status) for status in (MessageStatus.ACTIVE, _ARCHIVED, None)])


def _on_key(name: str, *arguments: Any, **settings: Any) -> list[Any]:
    return [lambda memory: getattr(memory.made, name)(memory.key, *arguments, **settings)]


def _store_calls() -> list[Call]:
    async def keys(memory: Memory) -> Any:
        await memory.made.get_messages(memory.key)
        return [key == memory.key for key in await memory.made.get_keys()]

    async def rewrite(memory: Memory) -> None:
        shown = await memory.made.get_messages(memory.key)
        await memory.made.set_messages(memory.key, [_SYSTEM, *shown[1:], QUESTION])

    async def first_deleted(memory: Memory) -> ChatMessage:
        # SQLAlchemyChatStore takes the row's id for idx; LlamaIndex's other stores, and this library, the place.
        return (await memory.made.delete_oldest_messages(memory.key, 1))[0]

    async def archived(memory: Memory) -> Any:
        await memory.made.archive_oldest_messages(memory.key, 1)
        return await memory.made.get_messages(memory.key, status=_ARCHIVED)

    async def archived_deleted(memory: Memory) -> None:
        await memory.made.archive_oldest_messages(memory.key, 1)
        await memory.made.delete_messages(memory.key, status=_ARCHIVED)

    async def read_after_archiving(memory: Memory) -> Any:
        await memory.made.archive_oldest_messages(memory.key, 1)
        return await memory.made.get_messages(memory.key, status=None)

    async def counted(memory: Memory) -> list[int]:
        await memory.made.archive_oldest_messages(memory.key, 1)
        return [await memory.made.count_messages(memory.key, status=status) for status in (*MessageStatus, None)]

    return [
        Call("`get_messages`", _on_key("get_messages")),
        Call("`get_messages(status=ARCHIVED)`", [archived]),
        Call("`get_messages(status=None)`", [read_after_archiving]),
        Call("`get_messages(limit=1)`", _on_key("get_messages", limit=1)),
        Call("`get_messages(limit=1, offset=1)`", _on_key("get_messages", limit=1, offset=1)),
        Call("`count_messages`, of each status and of all", [counted]),
        Call("`add_message`: a question", _on_key("add_message", QUESTION), adds=True),
        Call("`add_message`: an answer", _on_key("add_message", ANSWER), adds=True),
        Call("`add_message(status=ARCHIVED)`", _on_key("add_message", QUESTION, _ARCHIVED), adds=True),
        Call(
            "`add_messages`: a turn with a tool",
            _on_key("add_messages", [QUESTION, TOOL_CALL, TOOL_RESULT, ANSWER]),
            adds=True,
        ),
        Call("`set_messages`", [rewrite]),
        Call("`set_messages(status=ARCHIVED)`", _on_key("set_messages", [_SYSTEM, QUESTION], _ARCHIVED)),
        Call("`delete_message`", _on_key("delete_message", 0), on_reference=first_deleted),
        Call("`delete_messages`", _on_key("delete_messages")),
        Call("`delete_messages(status=ARCHIVED)`", [archived_deleted]),
        Call("`delete_oldest_messages`", _on_key("delete_oldest_messages", 1)),
        Call("`archive_oldest_messages`", _on_key("archive_oldest_messages", 1)),
        Call("`get_keys`", [keys]),
    ]


def _memory_calls() -> list[Call]:
    def both(name: str, *arguments: Any) -> list[Any]:
        return [
            lambda memory: getattr(memory.made, f"a{name}")(*arguments),
            lambda memory: getattr(memory.made, name)(*arguments),
        ]

    async def overflowing(memory: Memory) -> Any:
        for number in range(6):
            await memory.made.aput(ChatMessage(f"question {number}: " + "word " * 60))
        return [message.content for message in await memory.made.aget()]

    return [
        Call("`aget`, `get`", both("get")),
        Call("`aget_all`, `get_all`", both("get_all")),
        Call("`aput`, `put`: a question", both("put", QUESTION), adds=True),
        Call("the same: an answer", both("put", ANSWER), adds=True),
        Call(
            "`aput_messages`, `put_messages`: a turn with a tool",
            both("put_messages", [QUESTION, TOOL_CALL, TOOL_RESULT, ANSWER]),
            adds=True,
        ),
        Call("`aput` beyond the token limit, which archives", [overflowing], adds=True),
        Call("`aset`, `set`", both("set", [_SYSTEM, QUESTION])),
        Call("`areset`, `reset`", both("reset")),
    ]
