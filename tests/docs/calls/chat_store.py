"""What LlamaIndex calls on a `BaseChatStore`, by itself and through `ChatMemoryBuffer`."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.storage.chat_store import SimpleChatStore

from llamaindex_threads import ThreadChatStore
from provider_threads import Provider

from .judging import Call, Memory
from .llamaindex import (
    ANSWER,
    QUESTION,
    TOOL_CALL,
    TOOL_RESULT,
    Messages,
    agent_turn,
    seeds,
    simple_chat,
)

__all__ = ["Buffers", "ChatStores"]

_SYSTEM = ChatMessage(role="system", content="答得简短。")


class ChatStores(Messages):
    """`ThreadChatStore` beside `SimpleChatStore`."""

    title = "LlamaIndex: `ThreadChatStore`"

    def __init__(self) -> None:
        self.calls = _store_calls()

    def ours(self, provider: Provider, key: str, **settings: Any) -> Memory:
        return Memory(ThreadChatStore(provider, **settings), key)

    async def reference(self, key: str) -> Memory:
        return Memory(SimpleChatStore(store={key: seeds()}), key)

    async def shown(self, memory: Memory) -> tuple[list[ChatMessage], ...]:
        return ([*await memory.made.aget_messages(memory.key)],)


class Buffers(Messages):
    """`ChatMemoryBuffer` over one and over the other."""

    title = "LlamaIndex: `ChatMemoryBuffer` over it"

    def __init__(self) -> None:
        self.calls = [*_buffer_calls(), simple_chat(), agent_turn()]

    def ours(self, provider: Provider, key: str, **settings: Any) -> Memory:
        return Memory(_buffer(ThreadChatStore(provider, **settings), key), key)

    async def reference(self, key: str) -> Memory:
        return Memory(_buffer(SimpleChatStore(store={key: seeds()}), key), key)

    async def shown(self, memory: Memory) -> tuple[list[ChatMessage], ...]:
        return ([*await memory.made.aget_all()],)


def _buffer(store: Any, key: str) -> ChatMemoryBuffer:
    return ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=key, token_limit=3000)


def _adding(*messages: ChatMessage) -> list[Any]:
    def add(memory: Memory) -> None:
        for message in messages:
            memory.made.add_message(memory.key, message)

    async def aadd(memory: Memory) -> None:
        for message in messages:
            await memory.made.async_add_message(memory.key, message)

    return [add, aadd]


def _store_calls() -> list[Call]:
    def by_key(name: str, *arguments: Any) -> list[Any]:
        return [
            lambda memory: getattr(memory.made, name)(memory.key, *arguments),
            lambda memory: getattr(memory.made, f"a{name}")(memory.key, *arguments),
        ]

    def keys(memory: Memory) -> Any:
        memory.made.get_messages(memory.key)
        return [key == memory.key for key in memory.made.get_keys()]

    async def akeys(memory: Memory) -> Any:
        await memory.made.aget_messages(memory.key)
        return [key == memory.key for key in await memory.made.aget_keys()]

    def rewritten(memory: Memory) -> list[ChatMessage]:
        return [_SYSTEM, *memory.made.get_messages(memory.key)[1:], QUESTION]

    def rewrite(memory: Memory) -> None:
        memory.made.set_messages(memory.key, rewritten(memory))

    async def arewrite(memory: Memory) -> None:
        await memory.made.aset_messages(memory.key, rewritten(memory))

    return [
        Call("`get_messages`, `aget_messages`", by_key("get_messages")),
        Call("`add_message`, `async_add_message`: a question", _adding(QUESTION), adds=True),
        Call("the same: an answer", _adding(ANSWER), adds=True),
        Call("the same: a tool's call", _adding(TOOL_CALL), adds=True),
        Call("the same: a tool's result", _adding(TOOL_RESULT), adds=True),
        Call("`set_messages`, `aset_messages`", [rewrite, arewrite]),
        Call("`delete_messages`, `adelete_messages`", by_key("delete_messages")),
        Call("`delete_message`, `adelete_message`", by_key("delete_message", 0)),
        Call("the same, of an index too far", by_key("delete_message", 7)),
        Call("`delete_last_message`, `adelete_last_message`", by_key("delete_last_message")),
        Call("`get_keys`, `aget_keys`", [keys, akeys]),
    ]


def _buffer_calls() -> list[Call]:
    def both(name: str, *arguments: Any) -> list[Any]:
        return [
            lambda memory: getattr(memory.made, name)(*arguments),
            lambda memory: getattr(memory.made, f"a{name}")(*arguments),
        ]

    def given(memory: Memory) -> None:
        ChatMemoryBuffer.from_defaults(
            chat_history=[_SYSTEM, QUESTION],
            chat_store=memory.made.chat_store,
            chat_store_key=memory.key,
            token_limit=9,
        )

    return [
        Call("`get`, `aget`", both("get")),
        Call("`get_all`, `aget_all`", both("get_all")),
        Call("`put`, `aput`: a question", both("put", QUESTION), adds=True),
        Call("the same: an answer", both("put", ANSWER), adds=True),
        Call("`put_messages`, `aput_messages`: a question and a tool's call", _putting(QUESTION, TOOL_CALL), adds=True),
        Call("`set`, `aset`", both("set", [_SYSTEM, QUESTION])),
        Call("`reset`, `areset`", both("reset")),
        Call("`from_defaults(chat_history=…)`", [given]),
    ]


def _putting(*messages: ChatMessage) -> list[Any]:
    return [
        lambda memory: memory.made.put_messages([*messages]),
        lambda memory: memory.made.aput_messages([*messages]),
    ]
