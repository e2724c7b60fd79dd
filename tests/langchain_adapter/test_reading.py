"""A thread's messages as LangChain messages."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    message_to_dict,
    messages_from_dict,
)

from provider_threads import ForeignThreadWarning, ProtocolError
from provider_threads.emulator import Emulator, SeedMessage, Switches
from tests.reliability.row import Property

from .conversations import OpenHistory, Reading, said

PARTS = {
    "minimax": [
        {"type": "text", "text": {"value": "第一行", "annotations": []}},
        {"type": "image_file", "image_file": {"file_id": "file_42"}},
        {"type": "hologram", "hologram": {"depth": 3}},
        {"type": "text", "text": {"value": "第二行"}},
    ],
    "appbuilder": [
        {"type": "text", "text": {"value": "第一行", "annotations": []}},
        {"type": "image_file", "image_file": {"file_id": "file_42"}},
        {"type": "hologram", "hologram": {"depth": 3}},
        {"type": "text", "text": {"value": "第二行"}},
    ],
    "hunyuan": [
        {"Index": 0, "Type": "text", "Text": {"Value": "第一行"}},
        {"Index": 1, "Type": "image_file", "image_file": {"file_id": "file_42"}},
        {"Index": 2, "Type": "hologram", "hologram": {"depth": 3}},
        {"Index": 3, "Type": "text", "Text": {"Value": "第二行"}},
    ],
}


def test_roles_become_langchains_own_classes(platform: str, history_of: OpenHistory, read: Reading) -> None:
    seeds = [SeedMessage("system", "be kind"), SeedMessage("user", "问"), SeedMessage("assistant", "答 😀")]
    messages = read(history_of(platform, seeds))
    assert [type(message) for message in messages] == [SystemMessage, HumanMessage, AIMessage]
    assert said(messages) == ["be kind", "问", "答 😀"]
    assert all(type(message.content) is str for message in messages)


def test_the_ai_of_minimax_is_the_assistant(history_of: OpenHistory, emulator: Emulator) -> None:
    history = history_of("minimax", [SeedMessage("assistant", "答")])
    assert emulator.messages("minimax", history.thread_id)[0].role == "ai"
    (message,) = history.messages
    assert type(message) is AIMessage
    assert message.response_metadata["provider_role"] == "ai"


@pytest.mark.parametrize("role", ["moderator", "tool", "developer", "User"])
def test_an_unknown_role_is_kept_and_never_guessed(platform: str, history_of: OpenHistory, role: str) -> None:
    (message,) = history_of(platform, [SeedMessage(role, "…")]).messages
    assert type(message) is ChatMessage
    assert message.role == role
    assert message.response_metadata["provider_role"] == role


def test_the_id_is_the_platforms(platform: str, history_of: OpenHistory, emulator: Emulator, read: Reading) -> None:
    history = history_of(platform, [SeedMessage("user", "a"), SeedMessage("assistant", "b")])
    assert [message.id for message in read(history)] == [
        stored.id
        for stored in emulator.messages(platform, history.thread_id)  # type: ignore[arg-type]  # one of three
    ]


def test_two_messages_under_one_id_stay_two(platform: str, history_of: OpenHistory, read: Reading) -> None:
    seeds = [SeedMessage("user", "a", id="msg_abc123"), SeedMessage("assistant", "b", id="msg_abc123")]
    messages = read(history_of(platform, seeds))
    assert [(message.id, message.content) for message in messages] == [("msg_abc123", "a"), ("msg_abc123#2", "b")]
    assert [message.response_metadata["message_id"] for message in messages] == ["msg_abc123", "msg_abc123"]


def test_where_a_message_came_from_stands_in_its_metadata(platform: str, history_of: OpenHistory) -> None:
    seed = SeedMessage(
        "assistant",
        "答",
        file_ids=["file_1", "file_2"],
        metadata={"topic": "天气"},
        created_at=1_700_000_000,
        run_id="run_7",
        assistant_id="asst_7",
        id="msg_7",
    )
    history = history_of(platform, [seed])
    (message,) = history.messages
    known = message.response_metadata
    assert known["model_provider"] == f"{platform}-threads"
    assert known["thread_id"] == history.thread_id
    assert (known["message_id"], known["run_id"], known["assistant_id"]) == ("msg_7", "run_7", "asst_7")
    assert known["file_ids"] == ["file_1", "file_2"]
    assert known["metadata"] == {"topic": "天气"}
    assert known["created_at"].startswith("2023-11-14T")
    assert known["created_at"].endswith("+00:00")
    assert known.get("status") == ("completed" if platform == "hunyuan" else None)
    assert "output_version" not in known


def test_an_unfinished_message_says_so(history_of: OpenHistory, record_property: Property) -> None:
    (message,) = history_of("hunyuan", [SeedMessage("assistant", "halfw", status="in_progress")]).messages
    record_property("unfinished_shown", 1)
    record_property("shown_as_finished", int(message.response_metadata["status"] != "in_progress"))
    assert message.response_metadata["status"] == "in_progress"


def test_parts_that_are_not_text_are_kept_beside_the_text(platform: str, history_of: OpenHistory) -> None:
    (message,) = history_of(platform, [SeedMessage("assistant", parts=PARTS[platform])]).messages
    assert message.content == "第一行\n第二行"
    assert message.response_metadata["other_parts"] == PARTS[platform][1:3]


def test_a_message_without_content_is_an_empty_message(platform: str, history_of: OpenHistory, read: Reading) -> None:
    messages = read(history_of(platform, [SeedMessage("user", "a"), SeedMessage("assistant", None)]))
    assert said(messages) == ["a", ""]
    assert messages[1].content_blocks == []


def test_hunyuans_content_may_be_a_plain_string(history_of: OpenHistory, emulator: Emulator) -> None:
    emulator.switches = Switches(hunyuan_content="string")
    assert said(history_of("hunyuan", [SeedMessage("user", "你好")]).messages) == ["你好"]


def everything(platform: str) -> list[SeedMessage]:
    return [
        SeedMessage("user", "a", id="m", file_ids=["file_1"], metadata={"k": "v"}),
        SeedMessage("assistant", parts=PARTS[platform], id="m"),
        SeedMessage("moderator", "c"),
        SeedMessage("system", "d"),
    ]


def test_metadata_is_nothing_but_json(platform: str, history_of: OpenHistory) -> None:
    for message in history_of(platform, everything(platform)).messages:
        kept = {"kwargs": message.additional_kwargs, "metadata": message.response_metadata}
        assert json.loads(json.dumps(kept)) == kept


ALLOWED: Any = {"allowed_objects": "core"} if "allowed_objects" in inspect.signature(load).parameters else {}
"""Wanted by newer versions of LangChain, unknown to older ones."""


def through_dicts(messages: list[BaseMessage]) -> Any:
    return messages_from_dict(json.loads(json.dumps([message_to_dict(message) for message in messages])))


def through_load(messages: list[BaseMessage]) -> Any:
    return load(json.loads(json.dumps(dumpd(messages))), **ALLOWED)


def through_strings(messages: list[BaseMessage]) -> Any:
    return loads(dumps(messages), **ALLOWED)


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")  # load() is in beta
@pytest.mark.parametrize("way", [through_dicts, through_load, through_strings])
def test_messages_survive_langchains_serialisation(platform: str, history_of: OpenHistory, way: Any) -> None:
    messages = history_of(platform, everything(platform)).messages
    again = way(messages)
    assert again == messages
    assert [type(message) for message in again] == [type(message) for message in messages]
    assert [message.response_metadata for message in again] == [message.response_metadata for message in messages]


def test_every_read_gives_a_fresh_list_of_fresh_messages(platform: str, history_of: OpenHistory, read: Reading) -> None:
    history = history_of(platform, everything(platform))
    first = read(history)
    before = [message.model_copy(deep=True) for message in first]
    for message in first:
        message.content = "overwritten"
        message.additional_kwargs["k"] = "overwritten"
        message.response_metadata.clear()
    first.clear()
    assert read(history) == before


def test_nothing_is_kept_from_one_read_to_the_next(platform: str, history_of: OpenHistory, emulator: Emulator) -> None:
    history = history_of(platform, [SeedMessage("user", "a")])
    assert said(history.messages) == ["a"]
    emulator.seed(platform, [SeedMessage("assistant", "b")], thread_id=history.thread_id)  # type: ignore[arg-type]  # one of three
    assert said(history.messages) == ["a", "b"]


def test_an_answer_that_names_another_thread_is_never_mixed_in_unseen(
    platform: str, history_of: OpenHistory, read: Reading
) -> None:
    """MiniMax's and AppBuilder's own examples name another; on Hunyuan it is somebody else's conversation."""
    field = "ThreadID" if platform == "hunyuan" else "thread_id"
    foreign = SeedMessage("user", "a", fields={field: "thread_of_another"})
    history = history_of(platform, [foreign])
    if platform == "hunyuan":
        with pytest.raises(ProtocolError, match="another thread"):
            read(history)
    else:
        with pytest.warns(ForeignThreadWarning, match="on ThreadClient, passed as client="):
            (message,) = read(history)
        assert message.response_metadata["thread_id"] == history.thread_id
    with pytest.raises(ProtocolError, match="several threads"):
        read(history_of(platform, [foreign, SeedMessage("user", "b")]))


def test_an_empty_thread_is_an_empty_list(platform: str, history_of: OpenHistory, read: Reading) -> None:
    assert read(history_of(platform)) == []
