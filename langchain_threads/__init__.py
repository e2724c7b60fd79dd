"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder as LangChain chat histories."""

from __future__ import annotations

try:
    import langchain_core as _langchain_core  # noqa: F401 - to say what to install, before anything else fails
except ImportError as error:
    raise ImportError("langchain_threads needs LangChain: pip install 'provider-threads[langchain]'") from error

from typing import TYPE_CHECKING

from langchain_threads.checkpoints import aimport_thread, import_thread
from langchain_threads.citation_documents import citations_to_documents
from langchain_threads.citations import citations_of, with_footnotes, without_citations
from langchain_threads.history import ThreadChatMessageHistory
from langchain_threads.loader import ThreadLoader
from langchain_threads.messages import to_langchain
from langchain_threads.platforms import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
)
from langchain_threads.records import provenance_of

if TYPE_CHECKING:
    from langchain_threads.middleware import ThreadMiddleware as ThreadMiddleware
else:

    def __getattr__(name: str) -> object:
        """ThreadMiddleware when first asked for: it needs LangChain itself, which histories do without."""
        if name != "ThreadMiddleware":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from langchain_threads.middleware import ThreadMiddleware  # noqa: PLC0415 - needs the extra

        return ThreadMiddleware


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
