"""LlamaIndex: both stores under its memories, a block, a reader, citations."""

from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms import MockLLM
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.schema import Document, NodeWithScore
from llama_index.core.storage.chat_store.base_db import MessageStatus
from typing_extensions import assert_type

from llamaindex_threads import (
    ThreadChatStore,
    ThreadMemoryBlock,
    ThreadMemoryStore,
    ThreadReader,
    citations_of,
    citations_to_nodes,
    provenance_of,
    to_llamaindex,
    with_footnotes,
    without_citations,
)
from provider_threads import AppBuilder, Citation, Hunyuan, MiniMax, ThreadClient, ThreadMessage, ThreadView


def chat_memory() -> list[ChatMessage]:
    """The chat store under `ChatMemoryBuffer`."""
    with ThreadChatStore(MiniMax(), overlay="threads.db", create_threads=True, citations="blocks") as store:
        assert_type(store, ThreadChatStore)
        store.add_message("user-42", ChatMessage(role="user", content="How long is it?"))
        store.set_messages("user-42", [ChatMessage(role="user", content="How wide?")])
        assert_type(store.get_messages("user-42", refresh=True), list[ChatMessage])
        assert_type(store.delete_message("user-42", 0), ChatMessage | None)
        assert_type(store.delete_last_message("user-42"), ChatMessage | None)
        assert_type(store.delete_messages("user-42"), list[ChatMessage] | None)
        assert_type(store.get_keys(), list[str])
        assert_type(store.last_view, ThreadView | None)
        assert_type(store.hosted_thread_id("user-42"), str | None)
        assert_type(store.model_copy(update={"limit": 20}), ThreadChatStore)
        # What LlamaIndex says of its tokenizer is not whole.
        memory = ChatMemoryBuffer.from_defaults(  # pyright: ignore[reportUnknownMemberType]
            chat_store=store, chat_store_key="user-42", llm=MockLLM()
        )
        return memory.get()


async def chat_memory_async(threads: ThreadClient) -> list[ChatMessage]:
    """The same, awaited, with a client of the app's own."""
    store = ThreadChatStore(client=threads, limit=20, writes="none")
    await store.async_add_message("thread_1", ChatMessage(role="user", content="How long is it?"))
    messages = await store.aget_messages("thread_1")
    assert_type(messages, list[ChatMessage])
    await store.aclose()
    return messages


async def memory() -> list[ChatMessage]:
    """The store under `Memory`, beside a block that shows a hosted thread."""
    store = ThreadMemoryStore(AppBuilder(), overlay="threads.db", create_threads=True)
    assert_type(await store.get_messages("user-42", status=MessageStatus.ARCHIVED, limit=10), list[ChatMessage])
    assert_type(await store.count_messages("user-42"), int)
    assert_type(await store.archive_oldest_messages("user-42", 2), list[ChatMessage])
    assert_type(await store.get_keys(), list[str])
    block = ThreadMemoryBlock("thread_1", Hunyuan(), limit=10)
    kept = Memory.from_defaults(  # pyright: ignore[reportUnknownMemberType]  # as above
        session_id="user-42", chat_store=store, memory_blocks=[block]
    )
    await kept.aput(ChatMessage(role="user", content="How long is it?"))
    return await kept.aget_all()


def documents(message: ThreadMessage) -> list[Document]:
    """Threads as documents, and one message translated by hand."""
    assert_type(to_llamaindex(message, "minimax"), ChatMessage)
    reader = ThreadReader(MiniMax(), thread_ids=["thread_1"], granularity="message")
    loaded = reader.load_data()
    assert_type(loaded, list[Document])
    return loaded


def cite(message: ChatMessage) -> str:
    """Citations of LlamaIndex's messages."""
    assert_type(citations_of(message), tuple[Citation, ...])
    assert_type(citations_to_nodes(message), list[NodeWithScore])
    assert_type(without_citations([message]), list[ChatMessage])
    assert_type(provenance_of(message), dict[str, Any] | None)
    return with_footnotes(message)
