"""Where a message is on the platform, what was edited there, and what another framework wrote."""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    FunctionMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    SystemMessage,
    SystemMessageChunk,
    ToolMessage,
    ToolMessageChunk,
    message_to_dict,
    messages_from_dict,
)

from langchain_threads import ThreadChatMessageHistory, provenance_of
from provider_threads import Draft, ForeignMessageWarning, Provider, ThreadClient
from provider_threads import provenance as origins
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.entries import Outgoing, Record
from provider_threads.overlay import Overlay

from .conversations import Mode, OpenHistory, Reading, said

Refreshing = Callable[[ThreadChatMessageHistory], list[BaseMessage]]


@pytest.fixture
def refresh(mode: Mode) -> Refreshing:
    """Reads a history anew, one way or the other."""
    if mode == "sync":
        return lambda history: history.refresh()
    return lambda history: asyncio.run(history.arefresh())


def test_others_messages_and_ones_own_say_where_they_are(
    platform: Any, history_of: OpenHistory, emulator: Emulator, overlay: Overlay, read: Reading
) -> None:
    seed = SeedMessage("assistant", "答", id="msg_7", run_id="run_7", created_at=1_700_000_000)
    history = history_of(platform, [seed], overlay=overlay)
    history.add_messages([HumanMessage("问", id="mine", response_metadata={"note": 1}), SystemMessage("规则")])
    theirs, mine, local = read(history)
    known = provenance_of(theirs)
    assert known is not None
    assert known.items() <= theirs.response_metadata.items()
    assert (known["thread_id"], known["message_id"], known["run_id"]) == (history.thread_id, "msg_7", "run_7")
    assert mine.response_metadata == {"note": 1}
    assert provenance_of(local) is None
    if platform == "hunyuan":
        assert provenance_of(mine) is None
    else:
        held = provenance_of(mine)
        assert held is not None
        assert held["thread_id"] == history.thread_id
        assert held["message_id"] == emulator.messages(platform, history.thread_id)[1].id
        assert held["provider_role"] == "user"
        assert json.loads(json.dumps(held)) == held
    assert json.loads(json.dumps(known)) == known


def test_a_copy_of_ones_own_message_knows_nothing_and_equals_it(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", [SeedMessage("assistant", "答")], overlay=overlay)
    history.add_user_message("问")
    theirs, mine = history.messages
    assert provenance_of(mine) is not None
    again = messages_from_dict([json.loads(json.dumps(message_to_dict(mine)))])[0]
    for other in (copy.copy(mine), copy.deepcopy(mine), mine.model_copy(), again):
        assert other == mine
        assert provenance_of(other) is None
    for other in (copy.deepcopy(theirs), *messages_from_dict([message_to_dict(theirs)])):
        assert provenance_of(other) == provenance_of(theirs)
    assert provenance_of(HumanMessage("问")) is None
    assert provenance_of(AIMessage("a", response_metadata={"model_provider": "openai", "message_id": "x"})) is None


def test_each_read_gives_messages_that_know_where_they_are(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)
    history.add_messages([HumanMessage("a"), HumanMessage("a")])
    first, second = history.messages, history.messages
    assert first == second
    for message, again in zip(first, second, strict=True):
        assert message is not again
        assert provenance_of(message) == provenance_of(again) is not None
    assert provenance_of(first[0]) != provenance_of(first[1])


def test_what_is_known_of_messages_goes_with_them(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)
    history.add_messages([HumanMessage(str(number)) for number in range(20)])
    read: set[int] = set()
    for _ in range(5):
        found = history.messages
        read |= {id(message) for message in found}
        assert read & origins._origins.keys() == {id(message) for message in found}
    kept = found[3]
    del found
    assert read & origins._origins.keys() == {id(kept)}
    assert provenance_of(kept) is not None
    itself: Any = kept
    itself.additional_kwargs["itself"] = itself  # what a circle of references keeps goes too
    del kept, itself
    gc.collect()
    assert not read & origins._origins.keys()


@pytest.fixture
def appbuilder(provider_of: Callable[..., Provider]) -> Iterator[ThreadClient]:
    with ThreadClient(provider_of("appbuilder")) as client:
        yield client


def test_a_text_edited_on_the_platform_comes_with_a_refresh(
    history_of: OpenHistory, emulator: Emulator, overlay: Overlay, appbuilder: ThreadClient, refresh: Refreshing
) -> None:
    history = history_of("appbuilder", [SeedMessage("user", "之前")], overlay=overlay)
    own = HumanMessage([{"type": "text", "text": "几度"}], id="mine", name="王", additional_kwargs={"note": 1})
    history.add_messages([own, AIMessage("9 度。"), HumanMessage("谢谢", id="thanks")])
    theirs, mine, answer, thanks = history.messages
    for message, text in ((theirs, "从前"), (mine, "几度？")):
        known = provenance_of(message)
        assert known is not None
        appbuilder.update_message(history.thread_id, known["message_id"], text)
    assert history.messages == [theirs, mine, answer, thanks]
    edited = own.model_copy(update={"content": "几度？"})
    for found in (refresh(history), history.messages):
        assert said(found) == ["从前", "几度？", "9 度。", "谢谢"]
        assert found[0].id == theirs.id
        assert found[1] == edited
        assert found[2:] == [answer, thanks]
        assert provenance_of(found[1]) is not None


def written_by_llamaindex(history: ThreadChatMessageHistory, *records: Record) -> None:
    """As LlamaIndex writes through the same overlay: what stays here has an error for a draft."""
    errors: Any = [LookupError() for _ in records]
    messages = [Outgoing(error, record) for error, record in zip(errors, records, strict=True)]
    history._memory.append(history.thread_id, messages)


def foreign(role: str, text: str, *, plain: bool = True) -> Record:
    return Record("llamaindex", role, text, json.dumps({"role": role, "blocks": [{"text": text}]}), plain)


def test_what_another_framework_wrote_shows_by_role_and_text(
    platform: str, history_of: OpenHistory, overlay: Overlay, read: Reading
) -> None:
    history = history_of(platform, overlay=overlay)
    kinds = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage, "tool": ChatMessage}
    written_by_llamaindex(history, *(foreign(role, f"我是 {role}") for role in kinds))
    found = read(history)
    assert [type(message) for message in found] == [*kinds.values()]
    assert said(found) == [f"我是 {role}" for role in kinds]
    for message, role in zip(found, kinds, strict=True):
        written = {"role": role, "blocks": [{"text": f"我是 {role}"}]}
        assert message.response_metadata == {"written_by": {"framework": "llamaindex", "message": written}}
        assert message.id is not None
        assert provenance_of(message) is None
    assert found == history.messages


def test_what_another_framework_wrote_beyond_text_is_shown_with_a_warning(
    history_of: OpenHistory, overlay: Overlay, read: Reading
) -> None:
    history = history_of("minimax", overlay=overlay)
    written_by_llamaindex(history, foreign("user", "看图"), foreign("assistant", "", plain=False))
    with pytest.warns(ForeignMessageWarning, match=r"response_metadata\['written_by'\]") as shown:
        found = read(history)
    assert len(shown) == 1
    assert said(found) == ["看图", ""]
    assert found[1].response_metadata["written_by"]["message"] == {"role": "assistant", "blocks": [{"text": ""}]}


def test_another_frameworks_message_on_the_platform_says_where_it_is_and_shows_edits(
    history_of: OpenHistory, overlay: Overlay, appbuilder: ThreadClient
) -> None:
    history = history_of("appbuilder", overlay=overlay)
    history._memory.append(history.thread_id, [Outgoing(Draft("几度"), foreign("user", "几度"))])
    (message,) = history.messages
    known = provenance_of(message)
    assert known is not None
    appbuilder.update_message(history.thread_id, known["message_id"], "几度？")
    (message,) = history.refresh()
    assert message.content == "几度？"
    assert provenance_of(message) == known


def test_a_class_that_this_version_of_langchain_does_not_know_shows_by_role_and_text(
    history_of: OpenHistory, overlay: Overlay
) -> None:
    payload = json.dumps({"type": "hologram", "data": {"content": "看", "depth": 3}})
    history = history_of("minimax", overlay=overlay)
    written_by_llamaindex(history, Record("langchain", "user", "看", payload, plain=False))
    with pytest.warns(ForeignMessageWarning):
        (message,) = history.messages
    assert type(message) is HumanMessage
    assert message.content == "看"
    assert message.response_metadata["written_by"]["message"]["data"] == {"content": "看", "depth": 3}


PLAIN = [
    HumanMessage("a"),
    AIMessage("a", response_metadata={"model_name": "m"}, id="y", name="n"),
    SystemMessage("a", id="x"),
    HumanMessage("a", additional_kwargs={"file_ids": ["file_1"]}),
    AIMessage("a", additional_kwargs={"refusal": None}),
    ChatMessage(role="moderator", content="a"),
    HumanMessageChunk(content="a"),
    AIMessageChunk(content="a"),
    SystemMessageChunk(content="a"),
]
MORE = [
    HumanMessage([{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]),
    HumanMessage(["a", "b"]),
    AIMessage("a", tool_calls=[{"name": "f", "args": {}, "id": "1"}]),
    AIMessage("a", invalid_tool_calls=[{"name": "f", "args": "{", "id": "1", "error": None}]),
    AIMessage("a", additional_kwargs={"function_call": {"name": "f", "arguments": "{}"}}),
    AIMessage("a", additional_kwargs={"reasoning_content": "想"}),
    ToolMessage("a", tool_call_id="1"),
    FunctionMessage(name="f", content="a"),
    ToolMessageChunk(content="a", tool_call_id="1"),
    FunctionMessageChunk(name="f", content="a"),
]


def test_what_is_more_than_text_says_so_to_other_frameworks(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)
    history.add_messages([*PLAIN, *MORE])
    records = [entry.record for entry in history._memory.read(history.thread_id)]
    assert [record and record.plain for record in records] == [True] * len(PLAIN) + [False] * len(MORE)
    roles = ["user", "assistant", "system", "user", "assistant", "moderator", "user", "assistant", "system"]
    roles += ["user", "user", "assistant", "assistant", "assistant", "assistant"]
    roles += ["tool", "function", "tool", "function"]
    assert [record and record.role for record in records] == roles


def test_a_message_of_others_that_is_stored_again_keeps_where_it_came_from(
    history_of: OpenHistory, overlay: Overlay
) -> None:
    first = history_of("minimax", [SeedMessage("assistant", "答", run_id="run_7")], overlay=overlay)
    second = history_of("minimax", overlay=overlay)
    (theirs,) = first.messages
    second.add_messages([theirs])
    assert second.messages == [theirs]
    assert provenance_of(second.messages[0]) == provenance_of(theirs)


def test_no_warning_is_given_for_what_langchain_wrote(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)
    history.add_messages(MORE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(history.messages) == len(MORE)
