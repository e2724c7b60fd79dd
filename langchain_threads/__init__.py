"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder as LangChain chat histories."""

from __future__ import annotations

try:
    # To say what to install, before anything else fails. And langchain-core's modules of messages import one another in
    # a circle: two threads that first ask for different names here would each wait for the other's.
    import langchain_core.messages.utils as _messages  # noqa: F401 - said above
except ImportError as _error:
    raise ImportError("langchain_threads needs LangChain: pip install 'provider-threads[langchain]'") from (
        None if _error.name == "langchain_core" else _error
    )

from typing import TYPE_CHECKING

from langchain_threads.content_blocks import register_platforms
from provider_threads.on_demand import on_demand

if TYPE_CHECKING:
    from langchain_threads.checkpoints import aimport_thread, import_thread
    from langchain_threads.citation_documents import citations_to_documents
    from langchain_threads.citations import citations_of, with_footnotes, without_citations
    from langchain_threads.history import ThreadChatMessageHistory
    from langchain_threads.loader import ThreadLoader
    from langchain_threads.messages import to_langchain
    from langchain_threads.middleware import ThreadMiddleware as ThreadMiddleware
    from langchain_threads.platforms import (
        AppBuilderChatMessageHistory,
        HunyuanChatMessageHistory,
        MiniMaxChatMessageHistory,
    )
    from langchain_threads.records import provenance_of
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        {
            "langchain_threads.checkpoints": ("aimport_thread", "import_thread"),
            "langchain_threads.citation_documents": ("citations_to_documents",),
            "langchain_threads.citations": ("citations_of", "with_footnotes", "without_citations"),
            "langchain_threads.history": ("ThreadChatMessageHistory",),
            "langchain_threads.loader": ("ThreadLoader",),
            "langchain_threads.messages": ("to_langchain",),
            "langchain_threads.middleware": ("ThreadMiddleware",),
            "langchain_threads.platforms": (
                "AppBuilderChatMessageHistory",
                "HunyuanChatMessageHistory",
                "MiniMaxChatMessageHistory",
            ),
            "langchain_threads.records": ("provenance_of",),
        },
    )

register_platforms()

# Without ThreadMiddleware, for which a star import would need the extra.
__all__ = [
    "AppBuilderChatMessageHistory",
    "HunyuanChatMessageHistory",
    "MiniMaxChatMessageHistory",
    "ThreadChatMessageHistory",
    "ThreadLoader",
    "aimport_thread",
    "citations_of",
    "citations_to_documents",
    "import_thread",
    "provenance_of",
    "to_langchain",
    "with_footnotes",
    "without_citations",
]
