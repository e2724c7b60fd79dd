"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder as LlamaIndex's chat store and Memory's store."""

from __future__ import annotations

try:
    import llama_index.core as _llama_index_core  # noqa: F401 - to say what to install, before anything else fails
except ImportError as _error:
    raise ImportError("llamaindex_threads needs LlamaIndex: pip install 'provider-threads[llamaindex]'") from (
        None if _error.name in ("llama_index", "llama_index.core") else _error
    )

from typing import TYPE_CHECKING

from llamaindex_threads.chat_store import ThreadChatStore
from llamaindex_threads.citations import citations_of, with_footnotes, without_citations
from llamaindex_threads.messages import to_llamaindex
from llamaindex_threads.records import provenance_of
from provider_threads.on_demand import on_demand

# What the chat store does without; LlamaIndex knows that from here on, and makes it from dumps.
if TYPE_CHECKING:
    from llamaindex_threads.citation_nodes import citations_to_nodes
    from llamaindex_threads.memory_block import ThreadMemoryBlock
    from llamaindex_threads.memory_store import ThreadMemoryStore
    from llamaindex_threads.reader import ThreadReader
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        {
            "llamaindex_threads.citation_nodes": ("citations_to_nodes",),
            "llamaindex_threads.memory_block": ("ThreadMemoryBlock",),
            "llamaindex_threads.memory_store": ("ThreadMemoryStore",),
            "llamaindex_threads.reader": ("ThreadReader",),
        },
    )

__all__ = [
    "ThreadChatStore",
    "ThreadMemoryBlock",
    "ThreadMemoryStore",
    "ThreadReader",
    "citations_of",
    "citations_to_nodes",
    "provenance_of",
    "to_llamaindex",
    "with_footnotes",
    "without_citations",
]
