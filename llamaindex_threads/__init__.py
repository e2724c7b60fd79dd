"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder as a LlamaIndex chat store."""

from __future__ import annotations

try:
    import llama_index.core as _llama_index_core  # noqa: F401 - to say what to install, before anything else fails
except ImportError as error:
    raise ImportError("llamaindex_threads needs LlamaIndex: pip install 'provider-threads[llamaindex]'") from error

from llamaindex_threads.chat_store import ThreadChatStore
from llamaindex_threads.citations import citations_of
from llamaindex_threads.messages import to_llamaindex

__all__ = ["ThreadChatStore", "citations_of", "to_llamaindex"]
