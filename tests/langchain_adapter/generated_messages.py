"""Messages of every class that LangChain has, as Hypothesis makes them up: what its classes take and JSON can say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
)

words = st.sampled_from(
    [
        "",
        "a",
        " ",
        "山雨欲来风满楼",
        "😀",
        "👩‍👩‍👧",
        "\0",
        "nul\0inside",
        "\ud83d",
        "half \udc00 a pair",
        "line\nbreak",
        "\u2028",
        '"\\',
        "é",
    ]
)
texts = words | st.text(st.characters(), max_size=8) | st.lists(words, max_size=3).map(" ".join)
names = st.sampled_from(["a", "名", "id", "type", "", "lc", "\0", "\ud83d"]) | st.text(max_size=4)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2), max_leaves=4
)
objects = st.dictionaries(names, values, max_size=2)
call_ids = st.none() | st.sampled_from(["", "call_1", "call_2", "呼"])

citations = st.fixed_dictionaries(
    {"type": st.just("citation")},
    optional={"url": texts, "title": texts, "start_index": st.integers(0, 9), "cited_text": texts, "extras": objects},
)
media = st.fixed_dictionaries(
    {"type": st.sampled_from(["image", "audio", "file", "video"])},
    optional={"base64": st.just("aGFsbG8="), "url": texts, "mime_type": texts, "file_id": texts, "id": texts},
)
blocks = (
    texts
    | st.fixed_dictionaries(
        {"type": st.just("text"), "text": texts},
        optional={"annotations": st.lists(citations, max_size=2), "id": texts, "index": st.integers(0, 3)},
    )
    | st.fixed_dictionaries({"type": st.just("image_url"), "image_url": texts | objects})
    | media
    | st.fixed_dictionaries({"type": st.just("reasoning"), "reasoning": texts}, optional={"extras": objects})
    | st.fixed_dictionaries({"type": st.just("tool_call"), "name": texts, "args": objects, "id": call_ids})
    | st.fixed_dictionaries({"type": st.just("tool_call_chunk"), "name": texts, "args": texts, "id": call_ids})
    | st.fixed_dictionaries({"type": st.just("server_tool_call"), "name": texts, "args": texts | objects, "id": texts})
    | st.fixed_dictionaries({"type": st.just("non_standard"), "value": objects})
    | objects
)
contents = texts | st.lists(blocks, max_size=3)

tool_calls = st.fixed_dictionaries({"name": texts, "args": objects, "id": call_ids})
invalid_tool_calls = st.fixed_dictionaries(
    {"name": st.none() | texts, "args": st.none() | texts, "id": call_ids, "error": st.none() | texts}
)
tool_call_chunks: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "name": st.none() | texts,
        "args": st.none() | st.sampled_from(["{}", '{"a": 1}', '{"a": [1', "[1]", "not json", ""]),
        "id": call_ids,
        "index": st.none() | st.integers(0, 2),
    }
)
usages: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"input_tokens": st.integers(0, 9), "output_tokens": st.integers(0, 9), "total_tokens": st.integers(0, 18)},
    optional={"input_token_details": st.fixed_dictionaries({}, optional={"cache_read": st.integers(0, 9)})},
)
kwargs = objects | st.fixed_dictionaries(
    {},
    optional={
        "reasoning_content": texts,
        "function_call": st.fixed_dictionaries({"name": texts, "arguments": texts}),
        "tool_calls": st.lists(
            st.fixed_dictionaries(
                {"id": texts, "function": st.fixed_dictionaries({"name": texts, "arguments": texts})}
            ),
            max_size=1,
        ),
        "file_ids": st.lists(st.sampled_from(["file_1", "file_2"]), max_size=2),
    },
)
metadata = objects | st.fixed_dictionaries(
    {"model_name": texts, "token_usage": objects},
    optional={"output_version": st.sampled_from(["v0", "v1"]), "model_provider": st.sampled_from(["openai", "mine"])},
)


def made(kind: Callable[..., BaseMessage], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[BaseMessage]:
    """Messages of one class: its own `fields`, and any choice of those that every class has."""
    common = {"additional_kwargs": kwargs, "response_metadata": metadata, "id": st.none() | texts, "name": texts}
    return st.builds(
        lambda given, extra: kind(**{**extra, **given}),
        st.fixed_dictionaries(
            {"content": contents, **fields},
            optional={name: common[name] for name in common.keys() - fields.keys()},
        ),
        # Extra fields, some called like members of the classes.
        st.just({})
        | st.dictionaries(st.sampled_from(["note", "text", "cls", "_fields_set", "example"]), values, max_size=2),
    )


answers = made(
    AIMessage,
    tool_calls=st.lists(tool_calls, max_size=2),
    invalid_tool_calls=st.lists(invalid_tool_calls, max_size=1),
    usage_metadata=st.none() | usages,
)
pieces = st.one_of(
    made(
        AIMessageChunk,
        tool_call_chunks=st.lists(tool_call_chunks, max_size=2),
        usage_metadata=st.none() | usages,
        chunk_position=st.sampled_from([None, "last"]),
    ),
    made(
        AIMessageChunk,
        tool_calls=st.lists(tool_calls, max_size=2),
        invalid_tool_calls=st.lists(invalid_tool_calls, max_size=1),
    ),
)


@st.composite
def streamed(draw: st.DrawFn) -> BaseMessage:
    """What is left of a stream: its pieces, added up."""
    whole: Any = draw(st.builds(AIMessageChunk, content=texts, id=st.none() | st.just("run--1")))
    for _ in range(draw(st.integers(1, 3))):
        whole += AIMessageChunk(
            content=draw(texts),
            tool_call_chunks=draw(st.lists(tool_call_chunks, max_size=1)),
            usage_metadata=draw(st.none() | usages),
            response_metadata=draw(st.just({}) | st.fixed_dictionaries({"model_name": texts})),
            chunk_position=draw(st.sampled_from([None, "last"])),
        )
    assert isinstance(whole, BaseMessage)
    return whole


@st.composite
def altered(draw: st.DrawFn) -> BaseMessage:
    """A message that was changed after it was made; LangChain does not look at it again."""
    message: Any = draw(answers)
    message.content = draw(contents)
    message.tool_calls = draw(st.lists(tool_calls, max_size=1))
    if message.tool_calls:
        message.tool_calls[0]["extras"] = draw(objects)
    return message  # type: ignore[no-any-return]  # it is what it was


messages: st.SearchStrategy[BaseMessage] = st.one_of(
    made(HumanMessage),
    made(HumanMessage, content=st.sampled_from(["你好", "hi 😀", "nul\0inside"])),  # for the platform, often twice
    answers,
    streamed(),
    pieces,
    altered(),
    made(SystemMessage),
    made(ToolMessage, tool_call_id=texts, artifact=values, status=st.sampled_from(["success", "error"])),
    made(FunctionMessage, name=texts),
    made(ChatMessage, role=texts | st.sampled_from(["user", "assistant", "tool", "moderator"])),
    made(HumanMessageChunk),
    made(SystemMessageChunk),
    made(ToolMessageChunk, tool_call_id=texts),
    made(FunctionMessageChunk, name=texts),
    made(ChatMessageChunk, role=texts),
)
