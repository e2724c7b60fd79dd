"""What the tests of this adapter say and hear: seeds, and histories read both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal

from langchain_core.documents import Document
from langchain_core.messages import BaseMessage

from langchain_threads import ThreadChatMessageHistory, ThreadLoader
from provider_threads.emulator import SeedMessage

CURSOR_PLATFORMS = ("minimax", "appbuilder")
WRITABLE_PLATFORMS = CURSOR_PLATFORMS
SECRET_TEXT = "山雨欲来风满楼"

Reading = Callable[[ThreadChatMessageHistory], list[BaseMessage]]
Adding = Callable[[ThreadChatMessageHistory, list[BaseMessage]], None]
OpenHistory = Callable[..., ThreadChatMessageHistory]
Loading = Callable[[ThreadLoader], list[Document]]
OpenLoader = Callable[..., ThreadLoader]
Mode = Literal["sync", "async"]


def conversation(count: int) -> list[SeedMessage]:
    """Question and answer in turn: ``message 0``, ``message 1`` …"""
    return [SeedMessage("assistant" if number % 2 else "user", f"message {number}") for number in range(count)]


def texts(count: int, start: int = 0) -> list[str]:
    return [f"message {number}" for number in range(start, count)]


def said(messages: list[BaseMessage]) -> list[Any]:
    return [message.content for message in messages]


def read_by(mode: Mode) -> Reading:
    if mode == "sync":
        return lambda history: history.messages
    return lambda history: asyncio.run(history.aget_messages())


def load_by(mode: Mode) -> Loading:
    if mode == "sync":
        return lambda loader: loader.load()
    return lambda loader: asyncio.run(loader.aload())


def contents(documents: list[Document]) -> list[str]:
    return [document.page_content for document in documents]


def add_by(mode: Mode) -> Adding:
    if mode == "sync":
        return lambda history, messages: history.add_messages(messages)
    return lambda history, messages: asyncio.run(history.aadd_messages(messages))


def told_by(error: BaseException | None) -> str:
    """All that an error says and carries, and every error behind it, also those that a traceback leaves out."""
    told = []
    while error is not None:
        told += [str(error), repr(error), repr(error.args), repr(vars(error)), repr(getattr(error, "object", ""))]
        error = error.__cause__ or error.__context__
    return "\n".join(told)
