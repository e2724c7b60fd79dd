"""Every call of a chat store over an overlay, on every platform, in both ways of calling."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, TextBlock
from llama_index.core.storage.chat_store import SimpleChatStore

from llamaindex_threads import provenance_of
from provider_threads import ConfigurationError, ProviderError, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay

from .conversations import Calling, OpenStore, cited_answer, conversation, said, texts, tool_turn


def sent(emulator: Emulator, platform: Any, thread_id: str) -> list[str | None]:
    return [message.text for message in emulator.messages(platform, thread_id)]


def test_a_tool_turn_comes_back_whole_and_the_platform_gets_what_it_takes(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(2))
    for message in tool_turn():
        call(store, "add_message", thread_id, message)
    shown = call(store, "get_messages", thread_id)
    assert said(shown[:2]) == texts(2)
    assert shown[2:] == tool_turn()
    assert sent(emulator, platform, thread_id)[2:] == ([] if platform == "hunyuan" else ["question 1"])


def test_set_messages_makes_them_the_conversation_and_sends_nothing(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(3))
    wanted = [ChatMessage(role="system", content="short"), *tool_turn(), ChatMessage("message 1")]
    call(store, "set_messages", thread_id, wanted)
    assert call(store, "get_messages", thread_id) == wanted
    call(store, "set_messages", thread_id, [])
    assert call(store, "get_messages", thread_id) == []
    assert sent(emulator, platform, thread_id) == texts(3)
    assert {request.operation for request in emulator.requests} <= LISTS


LISTS = {"GetThreadMessageList", "threads/messages/list"}
"""What the emulator calls the platforms' lists; AppBuilder's is told by its path."""


def test_what_is_set_again_stays_the_platforms_message(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    """Agents set the history that they were given before every run."""
    store, thread_id = store_of(platform, overlay=overlay, freshness=0), emulator.seed(platform, conversation(4))
    call(store, "add_message", thread_id, ChatMessage("mine"))
    history = call(store, "get_messages", thread_id)
    where = [provenance_of(message) for message in history]
    for _ in range(2):
        call(store, "set_messages", thread_id, history)
        again = call(store, "get_messages", thread_id)
        assert again == history
        assert [provenance_of(message) for message in again] == where
        assert [type(message.additional_kwargs.get("thread")).__name__ for message in again[:4]] == [
            "QuietProvenance"
        ] * 4
    emulator.clear_requests()
    assert said(call(store, "get_messages", thread_id)) == [*texts(4), "mine"]  # nothing came in twice


@pytest.mark.parametrize("citations", ["metadata", "blocks"])
def test_a_cited_answer_that_is_set_again_stays_the_platforms_message(
    citations: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store = store_of("minimax", overlay=overlay, citations=citations)
    thread_id = emulator.seed("minimax", [cited_answer(2, "quote")])
    history = store.get_messages(thread_id)
    assert len(history[0].blocks) == (3 if citations == "blocks" else 1)
    store.set_messages(thread_id, history)
    assert store.get_messages(thread_id) == history
    assert [entry.on_platform for entry in store._memory.read(thread_id)] == [True]


def test_delete_messages_returns_what_was_there_and_the_platform_keeps_it(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(2))
    call(store, "add_message", thread_id, ChatMessage(role="system", content="s"))
    assert said(call(store, "delete_messages", thread_id)) == ["message 0", "message 1", "s"]
    assert call(store, "get_messages", thread_id) == []
    assert call(store, "delete_messages", thread_id) is None
    call(store, "add_message", thread_id, ChatMessage("new"))
    assert said(call(store, "get_messages", thread_id)) == ["new"]
    assert sent(emulator, platform, thread_id)[:2] == texts(2)


def test_delete_messages_forgets_archived_ones_too(
    platform: Any, call: Calling, store_of: OpenStore, memory_store_of: Any, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(3))
    archive = memory_store_of(platform)
    asyncio.run(archive.archive_oldest_messages(thread_id, 1))
    assert said(call(store, "get_messages", thread_id)) == texts(3, start=1)
    assert said(call(store, "delete_messages", thread_id)) == texts(3, start=1)
    assert asyncio.run(archive.get_messages(thread_id, status=None)) == []


def test_delete_message_takes_the_index_of_what_is_shown(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store = store_of(platform, overlay=overlay)
    for idx in (0, 2, 4, -1, -5):
        thread_id = emulator.seed(platform, conversation(3))
        for message in (ChatMessage(role="system", content="message 3"), ChatMessage("message 4")):
            call(store, "add_message", thread_id, message)
        reference = SimpleChatStore(store={"key": call(store, "get_messages", thread_id)})
        assert call(store, "delete_message", thread_id, idx) == reference.delete_message("key", idx)
        assert call(store, "get_messages", thread_id) == reference.get_messages("key")


def test_delete_message_without_such_an_index_changes_nothing(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(2))
    for idx in (2, 99, -3, -99):
        assert call(store, "delete_message", thread_id, idx) is None
    assert said(call(store, "get_messages", thread_id)) == texts(2)


def test_delete_last_message_returns_it_and_none_where_there_is_none(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(1))
    call(store, "add_message", thread_id, tool_turn()[1])
    assert call(store, "delete_last_message", thread_id) == tool_turn()[1]
    assert call(store, "delete_last_message", thread_id).content == "message 0"
    assert call(store, "delete_last_message", thread_id) is None


def test_get_keys_names_what_holds_messages(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store = store_of(platform, overlay=overlay)
    assert call(store, "get_keys") == []
    ids = [emulator.seed(platform, conversation(1)) for _ in range(3)]
    for thread_id in ids:
        call(store, "get_messages", thread_id)
    call(store, "delete_messages", ids[1])
    assert call(store, "get_keys") == sorted([ids[0], ids[2]])


@pytest.mark.parametrize("name", ["get_messages", "delete_messages", "delete_last_message"])
def test_a_key_without_a_thread_is_empty_until_it_is_written_to(
    platform: Any, name: str, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store = store_of(platform, overlay=overlay, create_threads=True)
    assert not call(store, name, "user-42")
    assert emulator.requests == []
    call(store, "add_message", "user-42", ChatMessage("hi"))
    assert said(call(store, "get_messages", "user-42")) == ["hi"]
    assert call(store, "get_keys") == ["user-42"]


def test_keys_of_the_app_lead_where_it_says(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    threads = {"ann": emulator.seed(platform, conversation(1)), "bob": emulator.seed(platform, conversation(2))}
    store = store_of(platform, overlay=overlay, thread_for=threads.__getitem__)
    assert [len(call(store, "get_messages", key)) for key in ("ann", "bob")] == [1, 2]


def test_the_hosted_thread_of_a_key_is_told(
    platform: Any, store_of: OpenStore, memory_store_of: Any, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay, create_threads=True), emulator.seed(platform)
    assert store.hosted_thread_id("user-42") is None
    store.add_message("user-42", ChatMessage("hi"))
    created = store.hosted_thread_id("user-42")
    assert created is not None
    assert emulator.messages(platform, created) is not None
    for other in (store, memory_store_of(platform, create_threads=True)):
        assert asyncio.run(other.ahosted_thread_id("user-42")) == created
    assert store_of(platform).hosted_thread_id(thread_id) == thread_id


def test_namespaces_do_not_meet(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    first, second = (store_of(platform, overlay=overlay, namespace=name, create_threads=True) for name in "ab")
    call(first, "add_message", "user-42", ChatMessage("hi"))
    assert call(second, "get_messages", "user-42") == []
    assert call(second, "get_keys") == []


@pytest.mark.parametrize("name", ["get_messages", "delete_messages", "set_messages"])
def test_an_unknown_thread_is_an_error(
    platform: Any, name: str, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    arguments = ("thread_" + "0" * 32, *([[ChatMessage("a")]] if name == "set_messages" else []))
    with pytest.raises(ProviderError):
        call(store_of(platform, overlay=overlay), name, *arguments)


def test_without_an_overlay_the_refusals_say_what_an_overlay_does(platform: Any, store_of: OpenStore) -> None:
    with pytest.raises(UnsupportedOperationError, match=r"overlay='threads\.db' it works"):
        store_of(platform).delete_last_message("thread_1")


def test_a_text_edited_on_the_platform_comes_with_a_refresh(
    store_of: OpenStore, memory_store_of: Any, overlay: Overlay, emulator: Emulator, provider_of: Any
) -> None:
    from provider_threads import ThreadClient

    store, thread_id = store_of("appbuilder", overlay=overlay), emulator.seed("appbuilder", conversation(1))
    mine = ChatMessage("mine", additional_kwargs={"name": "Ann"})
    store.add_message(thread_id, mine)
    with ThreadClient(provider_of("appbuilder")) as client:
        for message in client.read(thread_id):
            client.update_message(thread_id, message.id, message.text + " (edited)")
    assert said(store.get_messages(thread_id)) == ["message 0", "mine"]
    edited = store.get_messages(thread_id, refresh=True)
    assert said(edited) == ["message 0 (edited)", "mine (edited)"]
    assert edited[1].additional_kwargs == {"name": "Ann"}
    assert said(asyncio.run(store.aget_messages(thread_id, refresh=True))) == said(edited)
    with ThreadClient(provider_of("appbuilder")) as client:
        client.update_message(thread_id, client.read(thread_id)[0].id, "edited again")
    for_memory = memory_store_of("appbuilder")
    assert said(asyncio.run(for_memory.get_messages(thread_id))) == said(edited)
    edited = asyncio.run(for_memory.get_messages(thread_id, refresh=True))
    assert said(edited)[0] == "edited again"
    store.set_messages(thread_id, edited)
    assert store.get_messages(thread_id) == edited
    assert provenance_of(store.get_messages(thread_id)[1]) is not None


@pytest.mark.parametrize("writes", ["overlay", "none"])
def test_the_platform_is_not_written_where_it_is_not_to_be(
    platform: Any, writes: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay, writes=writes), emulator.seed(platform, conversation(2))
    for message in tool_turn():
        call(store, "add_message", thread_id, message)
    kept = said(tool_turn()) if writes == "overlay" else []
    assert said(call(store, "get_messages", thread_id)) == [*texts(2), *kept]
    assert sent(emulator, platform, thread_id) == texts(2)


def test_after_a_turn_that_the_platforms_run_wrote_the_next_read_asks(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay, writes="none"), emulator.seed(platform, conversation(1))
    call(store, "get_messages", thread_id)
    emulator.clear_requests()
    call(store, "get_messages", thread_id)
    assert emulator.requests == []
    call(store, "add_message", thread_id, ChatMessage("the run wrote it"))
    call(store, "get_messages", thread_id)
    assert len(emulator.requests) == 1


def test_with_writes_provider_what_the_platform_cannot_take_is_refused(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay, writes="provider"), emulator.seed(platform)
    with pytest.raises(UnsupportedOperationError):
        call(store, "add_message", thread_id, tool_turn()[1])
    assert call(store, "get_messages", thread_id) == []


@pytest.mark.parametrize(
    "message",
    [
        ChatMessage(role="user", content="a", additional_kwargs={"tool_calls": [{"id": "1"}]}),
        ChatMessage(role="user", content="a", additional_kwargs={"function_call": {"name": "f"}}),
        ChatMessage(role="user", blocks=[TextBlock(text="a"), TextBlock(text="b")]),
        ChatMessage(role="user", blocks=[]),
        ChatMessage(role="user", content=" "),
    ],
)
def test_a_message_that_is_more_than_text_stays_here_whole(
    message: ChatMessage, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of("minimax", overlay=overlay), emulator.seed("minimax")
    store.add_message(thread_id, message)
    assert store.get_messages(thread_id) == [message]
    assert emulator.messages("minimax", thread_id) == []
    assert provenance_of(store.get_messages(thread_id)[0]) is None


@pytest.mark.parametrize("file_ids", ["file_1", [7], ["no id!"]])
def test_files_that_are_no_ids_are_refused_and_not_kept_here_instead(
    file_ids: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of("minimax", overlay=overlay), emulator.seed("minimax")
    with pytest.raises(ConfigurationError, match="file"):
        store.add_message(thread_id, ChatMessage("a", additional_kwargs={"file_ids": file_ids}))
    assert store.get_messages(thread_id) == []


@pytest.mark.parametrize("kwargs", [{"name": "Ann"}, {"file_ids": ["file_1"], "citations": [{"quote": "q"}]}])
def test_what_the_platform_would_lose_beside_text_stays_here(
    kwargs: dict[str, Any], store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of("minimax", overlay=overlay), emulator.seed("minimax")
    message = ChatMessage("text", additional_kwargs=kwargs)
    store.add_message(thread_id, message)
    assert store.get_messages(thread_id) == [message]
    (there,) = emulator.messages("minimax", thread_id)
    assert (there.text, there.file_ids) == ("text", kwargs.get("file_ids", []))
    where = provenance_of(store.get_messages(thread_id)[0])
    assert where is not None
    assert (where["thread_id"], where["message_id"]) == (thread_id, there.id)


def test_provenance_tells_of_others_messages_too(
    platform: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, [SeedMessage("assistant", "答", id="msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9")])
    for store in (store_of(platform), store_of(platform, overlay=overlay)):
        (message,) = store.get_messages(thread_id)
        where = provenance_of(message)
        assert where is not None
        assert (where["thread_id"], where["message_id"]) == (thread_id, "msg_0a1b2c3d4e5f60718293a4b5c6d7e8f9")
        assert {"provider", "key"}.isdisjoint(where)
    assert provenance_of(ChatMessage("never stored", additional_kwargs={"thread": {"topic": "rain"}})) is None


def test_changing_what_was_given_or_read_never_changes_the_store(
    platform: Any, call: Calling, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store, thread_id = store_of(platform, overlay=overlay), emulator.seed(platform, conversation(1))
    given = ChatMessage("given", additional_kwargs={"deep": {"list": [1]}})
    call(store, "add_message", thread_id, given)

    def spoil(messages: list[ChatMessage]) -> None:
        for message in messages:
            message.blocks.append(TextBlock(text="spoilt"))
            message.additional_kwargs.setdefault("deep", {"list": []})["list"].append("spoilt")
            message.additional_kwargs["session_id"] = "spoilt"
        messages.clear()

    expected = call(store, "get_messages", thread_id)
    spoil([given])
    spoil(call(store, "get_messages", thread_id))
    assert call(store, "get_messages", thread_id) == expected
    listed = [ChatMessage("set")]
    call(store, "set_messages", thread_id, listed)
    spoil(listed)
    spoil(call(store, "delete_messages", thread_id))
    call(store, "set_messages", thread_id, expected)
    assert call(store, "get_messages", thread_id) == expected


def test_eight_threads_adding_at_once_lose_nothing(
    platform: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    store = store_of(platform, overlay=overlay, create_threads=True)

    def adds(writer: int) -> None:
        for number in range(5):
            message = ChatMessage(f"{writer}:{number}")
            if (writer + number) % 2:
                store.add_message("user-42", message)
            else:
                asyncio.run(store.async_add_message("user-42", message))

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(adds, range(8)))
    found = said(store.get_messages("user-42"))
    assert sorted(found) == sorted(f"{writer}:{number}" for writer in range(8) for number in range(5))  # type: ignore[type-var]
    assert [int(text[2:]) for text in found if text and text.startswith("3:")] == list(range(5))
