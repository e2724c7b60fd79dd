"""A thread's messages as LlamaIndex messages."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, CitationBlock, MessageRole, TextBlock

from llamaindex_threads import citations_of, to_llamaindex
from provider_threads import (
    Citation,
    ConfigurationError,
    ForeignThreadWarning,
    IncompleteThreadError,
    IncompleteThreadWarning,
    ProtocolError,
    ProviderError,
    ThreadClient,
)
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage

from .conversations import OpenStore, Reading, cited_answer, conversation, said, texts

PARTS = [
    {"type": "text", "text": {"value": "第一行", "annotations": []}},
    {"type": "image_file", "image_file": {"file_id": "file_42"}},
    {"type": "hologram", "hologram": {"depth": 3}},
    {"type": "text", "text": {"value": "第二行"}},
]


def test_roles_become_llamaindexs_own(platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading) -> None:
    seeds = [SeedMessage("system", "be kind"), SeedMessage("user", "问"), SeedMessage("assistant", "答 😀")]
    messages = read(store_of(platform), emulator.seed(platform, seeds))
    assert all(type(message) is ChatMessage for message in messages)
    assert [message.role for message in messages] == [MessageRole.SYSTEM, MessageRole.USER, MessageRole.ASSISTANT]
    assert said(messages) == ["be kind", "问", "答 😀"]
    assert [[type(block) for block in message.blocks] for message in messages] == [[TextBlock]] * 3


def test_the_ai_of_minimax_is_the_assistant(store_of: OpenStore, emulator: Emulator) -> None:
    (message,) = store_of("minimax").get_messages(emulator.seed("minimax", [SeedMessage("assistant", "答")]))
    assert message.role is MessageRole.ASSISTANT
    assert message.additional_kwargs["thread"]["provider_role"] == "ai"


@pytest.mark.parametrize("role", ["moderator", "tool", "developer", "chatbot", "User", "SYSTEM"])
def test_an_unknown_role_reads_as_user_and_is_kept_beside(
    platform: Any, store_of: OpenStore, emulator: Emulator, role: str
) -> None:
    (message,) = store_of(platform).get_messages(emulator.seed(platform, [SeedMessage(role, "…")]))
    assert message.role is MessageRole.USER
    assert message.additional_kwargs["thread"]["provider_role"] == role


def test_where_a_message_came_from_stands_beside_it(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    seed = SeedMessage(
        "assistant",
        "答",
        file_ids=["file_1"],
        metadata={"topic": "天气"},
        created_at=1_700_000_000,
        run_id="run_7",
        assistant_id="asst_7",
        id="msg_7",
    )
    thread_id = emulator.seed(platform, [seed, seed])
    first, second = store_of(platform).get_messages(thread_id)
    known = first.additional_kwargs["thread"]
    assert (known["provider"], known["thread_id"], known["message_id"]) == (platform, thread_id, "msg_7")
    assert (known["run_id"], known["assistant_id"], known["file_ids"]) == ("run_7", "asst_7", ["file_1"])
    assert known["metadata"] == {"topic": "天气"}
    assert known["created_at"].startswith("2023-11-14T")
    assert [message.additional_kwargs["thread"]["key"] for message in (first, second)] == ["msg_7", "msg_7#2"]
    assert json.loads(json.dumps(first.additional_kwargs)) == first.additional_kwargs


def test_parts_that_are_not_text_are_kept_beside_the_text(store_of: OpenStore, emulator: Emulator) -> None:
    for platform in ("minimax", "appbuilder"):
        thread_id = emulator.seed(platform, [SeedMessage("assistant", parts=PARTS)])  # type: ignore[arg-type]  # known
        (message,) = store_of(platform).get_messages(thread_id)
        assert message.content == "第一行\n第二行"
        assert message.additional_kwargs["thread"]["other_parts"] == PARTS[1:3]


def test_a_message_without_content_is_an_empty_message(
    platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    thread_id = emulator.seed(platform, [SeedMessage("user", "a"), SeedMessage("assistant", None)])
    assert [message.content or "" for message in read(store_of(platform), thread_id)] == ["a", ""]


def test_an_empty_thread_is_an_empty_list(
    platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    assert read(store_of(platform), emulator.seed(platform)) == []


def test_an_answer_that_names_another_thread_is_never_mixed_in_unseen(
    platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    field = "ThreadID" if platform == "hunyuan" else "thread_id"
    thread_id = emulator.seed(platform, [SeedMessage("user", "a", fields={field: "thread_of_another"})])
    if platform == "hunyuan":
        with pytest.raises(ProtocolError, match="another thread"):
            read(store_of(platform), thread_id)
    else:
        with pytest.warns(ForeignThreadWarning, match="on ThreadClient, passed as client="):
            (message,) = read(store_of(platform), thread_id)
        assert message.additional_kwargs["thread"]["thread_id"] == thread_id


def test_an_unknown_key_is_an_error_and_no_empty_conversation(
    platform: Any, store_of: OpenStore, read: Reading
) -> None:
    with pytest.raises(ProviderError) as caught:
        read(store_of(platform), "thread_nowhere")
    assert caught.value.provider == platform


@pytest.mark.parametrize("key", ["", "user 42", "../v1", None])
def test_a_key_that_is_no_thread_id_is_an_error_before_anything_is_sent(
    key: Any, platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    with pytest.raises(ConfigurationError, match="thread_id"):
        read(store_of(platform), key)
    assert emulator.requests == []


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
def test_a_long_thread_comes_in_order_and_once(
    platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    assert said(read(store_of(platform), emulator.seed(platform, conversation(450)))) == texts(450)


def test_a_limit_reads_the_newest_messages(
    platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    thread_id = emulator.seed(platform, conversation(150))
    assert said(read(store_of(platform, limit=7), thread_id)) == texts(150, start=143)


@pytest.mark.parametrize("count", [199, 200, 201])
def test_hunyuan_shows_the_newest_block_only_and_says_so_once(
    count: int, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    thread_id = emulator.seed("hunyuan", conversation(count))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        messages = read(store_of("hunyuan"), thread_id)
    whole = count == 199
    assert said(messages) == texts(count, start=0 if whole else count - 100)
    assert [warning.category for warning in caught] == ([] if whole else [IncompleteThreadWarning])


def test_a_gap_is_an_error_where_one_is_wanted(store_of: OpenStore, emulator: Emulator, read: Reading) -> None:
    with pytest.raises(IncompleteThreadError):
        read(store_of("hunyuan", on_gap="error"), emulator.seed("hunyuan", conversation(200)))


def test_what_a_caller_does_to_messages_changes_nothing(
    platform: Any, store_of: OpenStore, emulator: Emulator, read: Reading
) -> None:
    """Memory, agents and chat engines edit blocks, kwargs and lists that a store returned."""
    store = store_of(platform)
    thread_id = emulator.seed(platform, [SeedMessage("user", "a", metadata={"k": "v"}), SeedMessage("assistant", "b")])
    first = read(store, thread_id)
    before = [message.model_copy(deep=True) for message in first]
    for message in first:
        message.blocks[0].text = "overwritten"  # type: ignore[union-attr]  # a text block
        message.blocks.append(TextBlock(text="more"))
        message.additional_kwargs["thread"].clear()
        message.additional_kwargs["session_id"] = "s"
    first.clear()
    assert read(store, thread_id) == before


def test_what_a_caller_does_to_a_message_it_added_changes_nothing(store_of: OpenStore, emulator: Emulator) -> None:
    store = store_of("minimax")
    thread_id = emulator.seed("minimax")
    message = ChatMessage(role="user", content="as it was", additional_kwargs={"file_ids": ["file_1"]})
    store.add_message(thread_id, message)
    message.blocks[0].text = "overwritten"  # type: ignore[union-attr]  # a text block
    message.additional_kwargs["file_ids"].append("file_2")
    (again,) = store.get_messages(thread_id)
    assert again.content == "as it was"
    assert again.additional_kwargs["thread"]["file_ids"] == ["file_1"]


ANSWER = SeedMessage(
    "assistant",
    "晴😀【1†source】，多云【2†source】。",
    citations=[
        SeedCitation("【1†source】", "最高 9 度", url="https://weather.example/beijing"),
        SeedCitation("【2†source】", "见第 3 页", kind="file", file_id="file_9"),
    ],
)


@pytest.mark.parametrize("citations", ["metadata", "blocks"])
def test_citations_come_back_as_they_were_read(
    citations: str, store_of: OpenStore, emulator: Emulator, provider_of: Any, read: Reading
) -> None:
    thread_id = emulator.seed("minimax", [ANSWER])
    with ThreadClient(provider_of("minimax")) as client:
        (original,) = client.read(thread_id)
    (message,) = read(store_of("minimax", citations=citations), thread_id)
    assert len(original.citations) == 2
    assert citations_of(message) == original.citations
    assert message.content == ANSWER.text
    for citation in citations_of(message):
        assert str(message.content)[citation.start : citation.end] == citation.marker


def test_citations_come_as_blocks_where_asked_for(store_of: OpenStore, emulator: Emulator) -> None:
    parts = [{"type": "text", "text": {"value": "见 [1]", "annotations": [{"text": "[9]"}]}}]
    thread_id = emulator.seed("minimax", [ANSWER, SeedMessage("assistant", parts=parts)])
    cited, odd = store_of("minimax", citations="blocks").get_messages(thread_id)
    assert cited.blocks[1:] == [
        CitationBlock(
            cited_content=TextBlock(text="最高 9 度"),
            source="https://weather.example/beijing",
            title="【1†source】",
            additional_location_info={"start": 2, "end": 12},
        ),
        CitationBlock(
            cited_content=TextBlock(text="见第 3 页"),
            source="file_9",
            title="【2†source】",
            additional_location_info={"start": 15, "end": 25},
        ),
    ]
    assert odd.blocks[1:] == [
        CitationBlock(cited_content=TextBlock(text=""), source="", title="[9]", additional_location_info={})
    ]
    assert ChatMessage.model_validate_json(cited.model_dump_json()).blocks == cited.blocks


def test_citations_stay_out_of_the_blocks_unless_asked_for(store_of: OpenStore, emulator: Emulator) -> None:
    """OpenAI's, Gemini's and Ollama's integrations raise on citation blocks."""
    (message,) = store_of("minimax").get_messages(emulator.seed("minimax", [ANSWER]))
    assert [type(block) for block in message.blocks] == [TextBlock]


def test_an_annotation_of_an_unknown_kind_comes_back_whole(store_of: OpenStore, emulator: Emulator) -> None:
    annotation = {"type": "map", "text": "[1]", "start_index": 2, "end_index": 5, "map": {"tile": 4}}
    parts = [{"type": "text", "text": {"value": "见 [1] 与 [2]", "annotations": [annotation, "[2]"]}}]
    (message,) = store_of("minimax").get_messages(emulator.seed("minimax", [SeedMessage("assistant", parts=parts)]))
    loaded = ChatMessage.model_validate_json(message.model_dump_json())
    for first, second in (citations_of(message), citations_of(loaded)):
        assert first == Citation("other", marker="[1]", start=2, end=5)
        assert first.raw == annotation
        assert second == Citation("other")
        assert second.raw == "[2]"


def test_citations_of_any_other_message_are_none() -> None:
    for notes in (None, "none", ["https://a.example/"], [{"url": "https://a.example/"}]):
        assert citations_of(ChatMessage(content="a", additional_kwargs={"citations": notes})) == ()
    assert citations_of(ChatMessage(content="a")) == ()


def test_a_message_is_converted_without_a_store(emulator: Emulator, provider_of: Any) -> None:
    provider = provider_of("minimax")
    thread_id = emulator.seed("minimax", [cited_answer(2, "引文")])
    with ThreadClient(provider) as client:
        (message,) = [to_llamaindex(message, provider.name) for message in client.iter_messages(thread_id)]
    assert len(citations_of(message)) == 2


def test_a_store_says_what_its_last_read_found(store_of: OpenStore, emulator: Emulator, read: Reading) -> None:
    store = store_of("hunyuan")
    assert store.last_view is None
    read(store, emulator.seed("hunyuan", conversation(3)))
    assert store.last_view is not None
    assert store.last_view.complete
    thread_id = emulator.seed("hunyuan", conversation(300))
    with pytest.warns(IncompleteThreadWarning, match=thread_id):
        read(store, thread_id)
    assert (store.last_view.complete, store.last_view.gap_before) == (False, 100)
