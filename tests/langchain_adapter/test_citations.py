"""Citations as LangChain's standard annotations, and back."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, message_to_dict, messages_from_dict

from langchain_threads import citations_of, to_langchain
from provider_threads import Citation, MiniMax, ThreadClient
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage, Switches

from .conversations import OpenHistory

ANSWER = SeedMessage(
    "assistant",
    "晴😀【1†source】，多云【2†source】。",
    citations=[
        SeedCitation("【1†source】", "最高 9 度", url="https://weather.example/beijing"),
        SeedCitation("【2†source】", "见第 3 页", kind="file", file_id="file_9"),
    ],
    id="msg_1",
)
STANDARD = [
    {
        "type": "citation",
        "id": "msg_1:1",
        "url": "https://weather.example/beijing",
        "start_index": 2,
        "end_index": 12,
        "cited_text": "最高 9 度",
        "extras": {"kind": "web", "marker": "【1†source】"},
    },
    {
        "type": "citation",
        "id": "msg_1:2",
        "start_index": 15,
        "end_index": 25,
        "cited_text": "见第 3 页",
        "extras": {"kind": "file", "marker": "【2†source】", "file_id": "file_9"},
    },
]


def test_citations_are_standard_annotations(history_of: OpenHistory) -> None:
    (message,) = history_of("minimax", [ANSWER]).messages
    assert message.additional_kwargs == {"citations": STANDARD}
    assert type(message.content) is str


def test_offsets_count_code_points_of_the_content(history_of: OpenHistory, emulator: Emulator) -> None:
    for units in ("code_points", "utf16"):
        emulator.switches = Switches(minimax_offsets=units)  # type: ignore[arg-type]  # both are positions
        (message,) = history_of("minimax", [ANSWER]).messages
        for note in message.additional_kwargs["citations"]:
            assert message.content[note["start_index"] : note["end_index"]] == note["extras"]["marker"]


def test_content_blocks_carry_the_annotations(history_of: OpenHistory) -> None:
    (message,) = history_of("minimax", [ANSWER]).messages
    assert message.content_blocks == [{"type": "text", "text": ANSWER.text, "annotations": STANDARD}]


def test_editing_content_blocks_leaves_the_message_alone(history_of: OpenHistory) -> None:
    (message,) = history_of("minimax", [ANSWER]).messages
    block: Any = message.content_blocks[0]
    block["annotations"][0]["url"] = "https://elsewhere.example/"
    block["annotations"].pop()
    assert message.additional_kwargs["citations"] == STANDARD


def test_a_message_without_citations_has_no_such_key(platform: str, history_of: OpenHistory) -> None:
    (message,) = history_of(platform, [SeedMessage("assistant", "答")]).messages
    assert message.additional_kwargs == {}
    assert message.content_blocks == [{"type": "text", "text": "答"}]
    assert citations_of(message) == ()


def test_citations_come_back_as_they_were_read(emulator: Emulator, history_of: OpenHistory, provider_of: Any) -> None:
    history = history_of("minimax", [ANSWER])
    with ThreadClient(provider_of("minimax")) as client:
        (original,) = client.read(history.thread_id)
    assert len(original.citations) == 2
    (message,) = history.messages
    assert citations_of(message) == original.citations
    (loaded,) = messages_from_dict(json.loads(json.dumps([message_to_dict(message)])))
    assert citations_of(loaded) == original.citations


def test_an_annotation_of_an_unknown_kind_comes_back_whole(history_of: OpenHistory) -> None:
    annotation = {"type": "map", "text": "[1]", "start_index": 2, "end_index": 5, "map": {"tile": 4}}
    parts = [{"type": "text", "text": {"value": "见 [1] 与 [2]", "annotations": [annotation, "[2]"]}}]
    (message,) = history_of("minimax", [SeedMessage("assistant", parts=parts, id="msg_1")]).messages
    noted = message.additional_kwargs["citations"]
    assert [(note["type"], note["id"]) for note in noted] == [
        ("non_standard_annotation", "msg_1:1"),
        ("non_standard_annotation", "msg_1:2"),
    ]
    assert json.loads(json.dumps(noted)) == noted
    first, second = citations_of(message)
    assert first == Citation("other", marker="[1]", start=2, end=5)
    assert first.raw == annotation
    assert second == Citation("other")
    assert second.raw == "[2]"
    assert message.content_blocks[0]["annotations"] == noted  # type: ignore[typeddict-item]  # a text block


def test_a_citation_without_a_place_is_kept_without_one(history_of: OpenHistory) -> None:
    nowhere = SeedCitation("【7†source】", "q", start=90, end=100)
    (message,) = history_of("minimax", [SeedMessage("assistant", "短", citations=[nowhere])]).messages
    (note,) = message.additional_kwargs["citations"]
    assert not {"start_index", "end_index"} & set(note)
    assert citations_of(message) == (Citation("web", marker="【7†source】", quote="q"),)


def test_citations_of_any_other_message_are_none() -> None:
    perplexity = AIMessage("a", additional_kwargs={"citations": ["https://a.example/"]})
    odd = HumanMessage("a", additional_kwargs={"citations": "none"})
    assert citations_of(perplexity) == citations_of(odd) == citations_of(HumanMessage("a")) == ()


def test_blocks_of_a_users_own_changes_still_read() -> None:
    """A property that raises breaks whatever shows the message."""
    known = {"model_provider": "minimax-threads"}
    call = {"name": "weather", "args": {"city": "北京"}, "id": "call_1", "type": "tool_call"}
    message = AIMessage("", tool_calls=[call], response_metadata=known, additional_kwargs={"citations": "odd"})
    assert message.content_blocks == [
        {"type": "tool_call", "id": "call_1", "name": "weather", "args": {"city": "北京"}}
    ]
    chunk = AIMessageChunk("答", response_metadata=known, additional_kwargs={"citations": [*STANDARD, "odd"]})
    assert chunk.content_blocks == [{"type": "text", "text": "答", "annotations": STANDARD}]


def test_a_message_is_converted_without_a_history(emulator: Emulator, provider_of: Any) -> None:
    provider: MiniMax = provider_of("minimax")
    thread_id = emulator.seed("minimax", [ANSWER])
    with ThreadClient(provider) as client:
        (message,) = [to_langchain(message, provider.name) for message in client.iter_messages(thread_id)]
    assert citations_of(message)[1].file_id == "file_9"
