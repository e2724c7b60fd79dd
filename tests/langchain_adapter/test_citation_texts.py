"""Citations on their way to a reader, as footnotes, and messages on their way to a model, without them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolCall

from langchain_threads import citations_of, provenance_of, to_langchain, with_footnotes, without_citations
from provider_threads import Citation, ThreadMessage, footnotes, without_markers
from provider_threads.emulator import SeedMessage
from tests.citations.generated_citations import cited_texts
from tests.citations.seeds import FOOTNOTED, TWO_SOURCES

from .conversations import OpenHistory


@pytest.fixture
def answer(history_of: OpenHistory) -> BaseMessage:
    (message,) = history_of("minimax", [TWO_SOURCES]).messages
    return message


def test_an_answer_reads_with_footnotes(answer: BaseMessage) -> None:
    assert with_footnotes(answer) == FOOTNOTED


def test_the_text_of_any_other_message_reads_as_it_is() -> None:
    perplexity = AIMessage("a[1]", additional_kwargs={"citations": ["https://a.example/"]})
    blocks = HumanMessage([{"type": "text", "text": "a"}, {"type": "image", "url": "https://a.example/"}, "b"])
    assert (with_footnotes(perplexity), with_footnotes(blocks)) == ("a[1]", "ab")


def test_a_model_is_given_neither_markers_nor_citations(answer: BaseMessage) -> None:
    before = answer.model_copy(deep=True)
    (bare,) = without_citations([answer])
    assert bare.content == "晴😀，多云。"
    assert bare.additional_kwargs == {}
    assert bare.content_blocks == [{"type": "text", "text": "晴😀，多云。"}]
    assert answer == before
    rest = {"content", "additional_kwargs"}
    assert type(bare) is type(answer)
    assert bare.model_dump(exclude=rest) == answer.model_dump(exclude=rest)
    assert provenance_of(bare) == provenance_of(answer)


def test_other_fields_of_a_message_stay() -> None:
    call = ToolCall(name="weather", args={}, id="call_1", type="tool_call")
    note = {"type": "citation", "start_index": 1, "end_index": 4, "extras": {"kind": "web", "marker": "[1]"}}
    chunk = AIMessageChunk(
        content="a[1]",
        id="mine",
        name="n",
        tool_calls=[call],
        additional_kwargs={"citations": [note], "file_ids": ["file_1"]},
    )
    (bare,) = without_citations([chunk])
    assert isinstance(bare, AIMessageChunk)
    assert (bare.content, bare.id, bare.name, bare.additional_kwargs) == ("a", "mine", "n", {"file_ids": ["file_1"]})
    assert bare.tool_calls == chunk.tool_calls != []


def test_messages_without_citations_are_handed_on_as_they_are() -> None:
    messages = [
        HumanMessage("a[1]"),
        AIMessage("b[1]", additional_kwargs={"citations": ["https://a.example/"]}),
        HumanMessage([{"type": "text", "text": "c"}]),
    ]
    bare = without_citations(messages)
    assert all(one is other for one, other in zip(bare, messages, strict=True))
    assert without_citations([]) == []


def test_content_blocks_lose_their_markers_and_only_the_text_blocks_change(answer: BaseMessage) -> None:
    image = {"type": "image", "url": "https://a.example/", "annotations": ["kept"]}
    annotated = dict(answer.content_blocks[0])
    message = answer.model_copy(update={"content": [annotated, image, "后"]})
    before: Any = message.model_copy(deep=True)
    (bare,) = without_citations([message])
    assert bare.content == [{"type": "text", "text": "晴😀，多云。"}, image, "后"]
    assert message == before


def test_offsets_count_in_all_text_blocks_together() -> None:
    notes = [
        {"type": "citation", "start_index": start, "end_index": start + 3, "extras": {"kind": "web", "marker": "[1]"}}
        for start in (1, 5)
    ]
    thought = {"type": "thinking", "text": "[1]"}  # no part of the message's text
    content: list[Any] = ["a[1]", thought, {"type": "text", "text": "b[1][1]"}]
    message = AIMessage(content, additional_kwargs={"citations": notes})
    assert without_citations([message])[0].content == ["a", thought, {"type": "text", "text": "b[1]"}]


def test_an_unknown_annotation_is_a_footnote_too(history_of: OpenHistory) -> None:
    annotation = {"type": "map", "text": "[1]", "start_index": 2, "end_index": 5}
    parts = [{"type": "text", "text": {"value": "见 [1] 与 [2]", "annotations": [annotation, "图 2"]}}]
    (message,) = history_of("minimax", [SeedMessage("assistant", parts=parts)]).messages
    assert with_footnotes(message) == "见 [1] 与 [2]\n\n[1] [1]\n[2] 图 2"
    assert without_citations([message])[0].content == "见  与 [2]"


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(case=cited_texts())
def test_any_message_reads_as_its_thread_does(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    original = ThreadMessage("msg_1", "msg_1", "thread_1", "assistant", "ai", text, citations=tuple(citations))
    message = to_langchain(original, "minimax")
    assert with_footnotes(message) == footnotes.with_footnotes(text, citations)
    (bare,) = without_citations([message])
    assert bare.content == without_markers(text, citations).text
    assert citations_of(bare) == ()
