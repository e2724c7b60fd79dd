"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder as LangChain chat histories."""

from __future__ import annotations

try:
    import langchain_core as _langchain_core  # noqa: F401 - to say what to install, before anything else fails
except ImportError as error:
    raise ImportError("langchain_threads needs LangChain: pip install 'provider-threads[langchain]'") from error

from langchain_threads.citation_documents import citations_to_documents
from langchain_threads.citations import citations_of, with_footnotes, without_citations
from langchain_threads.history import ThreadChatMessageHistory
from langchain_threads.messages import to_langchain
from langchain_threads.platforms import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
)
from langchain_threads.records import provenance_of

__all__ = [
    "AppBuilderChatMessageHistory",
    "HunyuanChatMessageHistory",
    "MiniMaxChatMessageHistory",
    "ThreadChatMessageHistory",
    "citations_of",
    "citations_to_documents",
    "provenance_of",
    "to_langchain",
    "with_footnotes",
    "without_citations",
]
