"""A hosted thread shown to an agent or engine whose memory is another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field
from llama_index.core.memory.memory import BaseMemoryBlock
from llama_index.core.utils import get_tokenizer
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import Unpack

from llamaindex_threads.account import ThreadAccount
from llamaindex_threads.messages import to_llamaindex
from provider_threads import AsyncThreadClient, ConfigurationError, Provider, ThreadClient, UnsupportedOperationError
from provider_threads.entries import Entry
from provider_threads.memory_settings import MemorySettings
from provider_threads.passage_reader import thread_keys
from provider_threads.passages import ROLES

__all__ = ["ThreadMemoryBlock"]

_NEWEST = 20

Tokenizer = Callable[[str], Sequence[Any]]


class ThreadMemoryBlock(ThreadAccount, BaseMemoryBlock[list[ChatMessage]]):
    """The newest messages of a hosted thread, put before the conversation of a `Memory`. It is never written.

    ::

        block = ThreadMemoryBlock("thread_…", MiniMax(), limit=20)
        memory = Memory.from_defaults(session_id="user-42", memory_blocks=[block])

    It shows what user and assistant said, as text: calls of tools, their results and system messages are left out, and
    images too, so that any model takes it wherever it is cut. Messages are fresh, and show with each read of the memory
    what the platform has then: a request each, or one every few seconds with an overlay.

    Works in any event loop, and through Memory's synchronous methods. It dumps, pickles and copies as `ThreadChatStore`
    does, without credentials.

    Args:
        thread_id: the platform's id of the thread; with an overlay also a key of your own.
        provider: a platform and an account, such as ``MiniMax()``. client: your own `ThreadClient` instead, never
            closed here.
        name, description: as of any memory block; names within one memory differ.
        priority: the block with the lowest is shortened first where the memory is over its token limit, by whole
            messages, oldest first; 0 is never shortened.
        tokenizer_fn: what the memory counts tokens with, where that is not LlamaIndex's own; not dumped.
        **memory_settings: as of `ThreadChatStore`, without ``writes``. ``limit``, how many of the newest messages to
            look at, is 20 unless it is given; None for all.

    Raises:
        ConfigurationError: the thread id is malformed, a setting makes no sense, or, when loading, a credential is
            missing.
    """

    name: str = "HostedThread"
    priority: int = 1
    accept_short_term_memory: bool = False
    thread_id: str = Field(description="The thread that is shown.")
    limit: int | None = _NEWEST
    tokenizer_fn: SkipJsonSchema[Tokenizer | None] = Field(default=None, exclude=True, repr=False)

    def __init__(
        self,
        thread_id: str,
        provider: Provider | None = None,
        client: ThreadClient | None = None,
        *,
        name: str = "HostedThread",
        description: str | None = None,
        priority: int = 1,
        accept_short_term_memory: bool = False,
        tokenizer_fn: Tokenizer | None = None,
        platform: str | None = None,
        settings: dict[str, Any] | None = None,
        **memory_settings: Unpack[MemorySettings],
    ) -> None:
        if isinstance(client, AsyncThreadClient):
            raise ConfigurationError("client must be a ThreadClient: LlamaIndex makes an event loop for each call.")
        if accept_short_term_memory:
            raise ConfigurationError("accept_short_term_memory=True makes no sense: the thread is never written.")
        if memory_settings.get("writes") is not None:
            raise ConfigurationError("writes= is a setting of stores: a ThreadMemoryBlock is only read.")
        if "limit" not in memory_settings:
            memory_settings["limit"] = _NEWEST
        (thread_id,) = thread_keys([thread_id], own=memory_settings.get("overlay") is not None)
        options = {
            "thread_id": thread_id,
            "name": name,
            "description": description,
            "priority": priority,
            "tokenizer_fn": tokenizer_fn,
        }
        loading: dict[str, Any] = {"platform": platform, "settings": settings}
        super().__init__(provider, client, options=options, **loading, **memory_settings)

    async def _aget(self, messages: list[ChatMessage] | None = None, **block_kwargs: Any) -> list[ChatMessage]:
        return await asyncio.to_thread(self._newest)

    async def _aput(self, messages: list[ChatMessage]) -> None:
        raise UnsupportedOperationError("a ThreadMemoryBlock only shows its thread; what is put into it would be lost.")

    async def atruncate(self, content: list[ChatMessage], tokens_to_truncate: int) -> list[ChatMessage] | None:
        """`content` without as many of its oldest messages as hold that many tokens; None where none is left."""
        count = self.tokenizer_fn or get_tokenizer()
        start = 0
        while start < len(content) and tokens_to_truncate > 0:
            message = content[start]
            # As Memory counts them.
            tokens_to_truncate -= len(count(message.content or "")) + len(count(str(message.additional_kwargs)))
            start += 1
        return content[start:] or None

    def _newest(self) -> list[ChatMessage]:
        said = (self._said(entry) for entry in self._memory.read(self.thread_id))
        return [message for message in said if message is not None]

    def _said(self, entry: Entry) -> ChatMessage | None:
        message = entry.as_thread_message(self.thread_id)
        if message.role not in ROLES or not message.text.strip():
            return None
        # What is only in the overlay has no place on the platform to name.
        return (
            to_llamaindex(message, self.platform)
            if entry.on_platform
            else ChatMessage(role=message.role, content=message.text)
        )
