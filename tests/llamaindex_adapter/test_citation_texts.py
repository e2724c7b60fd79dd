"""Citations on their way to a reader, as footnotes, and messages on their way to a model, without them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from llama_index.core.base.llms.types import ChatMessage, CitationBlock, ImageBlock, TextBlock, ToolCallBlock

from llamaindex_threads import citations_of, provenance_of, to_llamaindex, with_footnotes, without_citations
from provider_threads import Citation, ThreadMessage, footnotes, without_markers
from provider_threads.emulator import Emulator
from tests.citations.generated_citations import cited_texts
from tests.citations.seeds import FOOTNOTED, TWO_SOURCES

from .conversations import OpenStore


@pytest.fixture(params=["metadata", "blocks"])
def answer(request: pytest.FixtureRequest, store_of: OpenStore, emulator: Emulator) -> ChatMessage:
    """An answer whose citations are carried in one way and the other."""
    store = store_of("minimax", citations=request.param)
    (message,) = store.get_messages(emulator.seed("minimax", [TWO_SOURCES]))
    return message


def test_an_answer_reads_with_footnotes(answer: ChatMessage) -> None:
    assert with_footnotes(answer) == FOOTNOTED


def test_the_text_of_any_other_message_reads_as_it_is() -> None:
    assert with_footnotes(ChatMessage("a[1]", additional_kwargs={"citations": ["https://a.example/"]})) == "a[1]"
    assert with_footnotes(ChatMessage(blocks=[TextBlock(text="a"), TextBlock(text="b")])) == "a\nb"
    assert with_footnotes(ChatMessage(blocks=[])) == ""


def test_a_model_is_given_neither_markers_nor_citations(answer: ChatMessage) -> None:
    before = answer.model_copy(deep=True)
    (bare,) = without_citations([answer])
    assert bare.blocks == [TextBlock(text="晴😀，多云。")]
    assert citations_of(bare) == ()
    assert bare.additional_kwargs == {"thread": answer.additional_kwargs["thread"]}
    assert answer == before
    assert bare.role == answer.role
    assert provenance_of(bare) == provenance_of(answer) is not None
    json.dumps(bare.model_dump())


def test_other_blocks_and_fields_stay() -> None:
    call = ToolCallBlock(tool_call_id="call_1", tool_name="weather", tool_kwargs={})
    image = ImageBlock(url="https://a.example/a.png")
    blocks = [TextBlock(text="a"), image, TextBlock(text="b[1]"), call]
    note = {"kind": "web", "marker": "[1]", "start": 3, "end": 6}
    message = ChatMessage(role="assistant", blocks=blocks, additional_kwargs={"citations": [note], "k": 1})
    (bare,) = without_citations([message])
    assert bare.blocks == [TextBlock(text="a"), image, TextBlock(text="b"), call]
    assert (bare.role, bare.additional_kwargs) == ("assistant", {"k": 1})


def test_offsets_count_in_the_text_blocks_joined_by_line_breaks() -> None:
    note = {"kind": "web", "marker": "x", "start": 6, "end": 7}
    blocks = [TextBlock(text=text) for text in ("a", "b", "c", "x12x3")]
    message = ChatMessage(role="assistant", blocks=blocks, additional_kwargs={"citations": [note]})
    assert without_citations([message])[0].content == "a\nb\nc\n12x3"


def test_citation_blocks_of_others_go_too_for_models_that_raise_on_them() -> None:
    cited = CitationBlock(cited_content=TextBlock(text="q"), source="s", title="t", additional_location_info={})
    kwargs: Any = {"citations": ["https://a.example/"]}
    message = ChatMessage(role="assistant", blocks=[TextBlock(text="a[1]"), cited], additional_kwargs=kwargs)
    (bare,) = without_citations([message])
    assert bare.blocks == [TextBlock(text="a[1]")]
    assert bare.additional_kwargs == kwargs
    assert len(message.blocks) == 2


def test_messages_without_citations_are_handed_on_as_they_are() -> None:
    messages = [ChatMessage("a[1]"), ChatMessage("b", additional_kwargs={"citations": ["https://a.example/"]})]
    assert all(one is other for one, other in zip(without_citations(messages), messages, strict=True))
    assert without_citations([]) == []


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(case=cited_texts())
def test_any_message_reads_as_its_thread_does(case: tuple[str, list[Citation]]) -> None:
    text, citations = case
    original = ThreadMessage("msg_1", "msg_1", "thread_1", "assistant", "ai", text, citations=tuple(citations))
    message = to_llamaindex(original, "minimax")
    assert with_footnotes(message) == footnotes.with_footnotes(text, citations)
    (bare,) = without_citations([message])
    assert bare.content == without_markers(text, citations).text
    assert citations_of(bare) == ()
