"""ChatMessages as applications and models' integrations make them: every role, every block, any additional_kwargs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.bridge.pydantic import AnyUrl

__all__ = ["messages"]

# What JSON, databases and platforms are known to trip over, and anything else.
texts = st.one_of(
    st.sampled_from(
        ["", " ", "a", "你好 😀\n第二行", "\0", "\ud83d", "\u2028", "e\u0301", '{"$type": "path"}', "x" * 300]
    ),
    st.text(max_size=20),
)
words = st.text("abc-_$ é", min_size=1, max_size=6)
scalars: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2**63, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.binary(max_size=8),
    st.builds(Path, st.sampled_from(["/no/such/file", "a.png"])),
)
keys = st.one_of(words, st.just("$type"), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)
objects = st.dictionaries(keys, values, max_size=3)

urls = st.sampled_from(["https://i.example/a.png", "https://i.example/路?q=1", "data:image/png;base64,iVBORw0KGgo="])
files = st.just(Path(__file__))
binary = st.one_of(st.binary(max_size=12), st.just(b"\x89PNG\r\n\x1a\n\0"), st.just(b"%PDF-1.4"), st.just(b"abcd"))
counts = st.integers(0, 2**40)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def media(kind: Any, field: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A block that holds bytes, names a file, or gives an address as text or as a URL."""
    sources: list[dict[str, st.SearchStrategy[Any]]] = [
        {field: binary},
        {"path": files},
        {"url": urls},
        {"url": urls if kind is DocumentBlock else st.builds(AnyUrl, urls)},
    ]
    return st.one_of(*(st.builds(kind, **source, **more) for source in sources))


text_blocks = st.builds(TextBlock, text=texts)
images = media(ImageBlock, "image", image_mimetype=optional(st.just("image/png")), detail=optional(words))
documents = st.one_of(
    media(DocumentBlock, "data", title=optional(texts), document_mimetype=optional(words)),
    st.builds(DocumentBlock, path=st.just("no/such/file.pdf")),
)
blocks = st.one_of(
    text_blocks,
    images,
    media(AudioBlock, "audio", format=optional(words)),
    media(VideoBlock, "video", video_mimetype=optional(words), fps=optional(counts)),
    documents,
    st.builds(CachePoint, cache_control=st.builds(CacheControl, type=words, ttl=words)),
    st.builds(
        CitableBlock, title=texts, source=texts, content=st.lists(st.one_of(text_blocks, images, documents), max_size=2)
    ),
    st.builds(
        CitationBlock,
        cited_content=st.one_of(text_blocks, images),
        source=texts,
        title=texts,
        additional_location_info=st.dictionaries(words, counts, max_size=2),
    ),
    st.builds(ThinkingBlock, content=optional(texts), num_tokens=optional(counts), additional_information=objects),
    st.builds(ToolCallBlock, tool_call_id=optional(words), tool_name=words, tool_kwargs=st.one_of(objects, texts)),
)
known_keys = st.fixed_dictionaries(
    {},
    optional={
        "tool_calls": st.lists(objects, max_size=2),
        "function_call": objects,
        "tool_call_id": words,
        "name": texts,
        "thought_signatures": st.lists(optional(st.binary(max_size=8)), max_size=2),
        "citations": st.lists(objects, max_size=2),
        "thread": objects,
        "session_id": words,
        "file_ids": st.lists(st.sampled_from(["file_1", "file_2"]), max_size=2),
        "images": st.just([]),
    },
)

messages = st.builds(
    ChatMessage,
    role=st.sampled_from(MessageRole),
    blocks=st.one_of(st.builds(lambda block: [block], text_blocks), st.lists(blocks, max_size=3)),
    additional_kwargs=st.builds(lambda known, other: {**other, **known}, known_keys, objects),
)
