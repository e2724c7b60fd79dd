"""What the tests of this adapter say: seeds, and a store called both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.memory import Memory
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus

from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads.emulator import SeedCitation, SeedMessage

WRITABLE_PLATFORMS = ("minimax", "appbuilder")
SECRET_TEXT = "山雨欲来风满楼"

Mode = Literal["sync", "async"]
OpenStore = Callable[..., ThreadChatStore]
OpenMemoryStore = Callable[..., ThreadMemoryStore]
Calling = Callable[..., Any]
Reading = Callable[[ThreadChatStore, str], list[ChatMessage]]
Adding = Callable[[ThreadChatStore, str, ChatMessage], None]


def conversation(count: int) -> list[SeedMessage]:
    """Question and answer in turn: ``message 0``, ``message 1`` …"""
    return [SeedMessage("assistant" if number % 2 else "user", f"message {number}") for number in range(count)]


def texts(count: int, start: int = 0) -> list[str]:
    return [f"message {number}" for number in range(start, count)]


def said(messages: Any) -> list[str | None]:
    return [message.content for message in messages]


def cited_answer(citations: int, quote: str) -> SeedMessage:
    """One answer whose text is the same however many of its markers are cited."""
    markers = [f"【{number}†source】" for number in range(1, 9)]
    notes = [SeedCitation(marker, quote, url="https://weather.example/beijing") for marker in markers[:citations]]
    text = "晴，最高 9 度。" + "".join(markers)
    return SeedMessage("assistant", text, citations=notes, id="msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9")


def read_by(mode: Mode) -> Reading:
    if mode == "sync":
        return lambda store, key: store.get_messages(key)
    return lambda store, key: asyncio.run(store.aget_messages(key))


def add_by(mode: Mode) -> Adding:
    if mode == "sync":
        return lambda store, key, message: store.add_message(key, message)
    return lambda store, key, message: asyncio.run(store.async_add_message(key, message))


def call_by(mode: Mode) -> Calling:
    """Calls a chat store's method by its synchronous name."""
    if mode == "sync":
        return lambda store, name, *arguments: getattr(store, name)(*arguments)

    def awaited(store: ThreadChatStore, name: str, *arguments: Any) -> Any:
        twin = {"add_message": "async_add_message"}.get(name, f"a{name}")
        return asyncio.run(getattr(store, twin)(*arguments))

    return awaited


def tool_turn(number: int = 1) -> list[ChatMessage]:
    """What a function-calling agent stores of one turn: only the first can go to a platform that takes user text."""
    called = ToolCallBlock(tool_call_id=f"call_{number}", tool_name="weather", tool_kwargs={"city": "北京"})
    return [
        ChatMessage(role="user", content=f"question {number}"),
        ChatMessage(role="assistant", blocks=[called]),
        ChatMessage(role="tool", content="晴", additional_kwargs={"tool_call_id": f"call_{number}"}),
        ChatMessage(role="assistant", content=f"answer {number}"),
    ]


def memory_of(store: AsyncDBChatStore, key: str, **settings: Any) -> Memory:
    """Counts words; holds 24 of them, archives some of the oldest where there are more."""
    wanted: dict[str, Any] = {"token_limit": 24, "chat_history_token_ratio": 1.0, "token_flush_size": 4, **settings}
    return Memory.from_defaults(session_id=key, chat_store=store, tokenizer_fn=str.split, **wanted)


def archived(memory: Memory) -> list[str | None]:
    return said(memory.get_all(status=MessageStatus.ARCHIVED))
