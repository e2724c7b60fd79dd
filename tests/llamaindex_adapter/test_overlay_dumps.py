"""Stores with an overlay that are dumped, pickled and copied, alone, in a Memory and in a workflow's Context."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLMWithChatMemoryOfLastCall
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.storage.chat_store.loading import load_chat_store
from llama_index.core.workflow import Context, JsonPickleSerializer, JsonSerializer

from llamaindex_threads import ThreadChatStore, ThreadMemoryStore
from provider_threads import ConfigurationError
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import OpenMemoryStore, OpenStore, conversation, said, texts, tool_turn

KINDS: dict[str, Any] = {"chat store": ThreadChatStore, "memory store": ThreadMemoryStore}
SETTINGS: dict[str, Any] = {
    "writes": "overlay",
    "citations": "blocks",
    "on_gap": "error",
    "namespace": "support",
    "freshness": 0.25,
    "on_outage": "stale",
}
ROUND_TRIPS: dict[str, Callable[[Any], Any]] = {
    "json": lambda store: type(store).from_json(store.to_json()),
    "dict": lambda store: type(store).from_dict(store.to_dict()),
    "model_dump_json": lambda store: type(store).from_json(store.model_dump_json()),
    "workflow's json": lambda store: JsonSerializer().deserialize(JsonSerializer().serialize(store)),
    "workflow's pickle": lambda store: JsonPickleSerializer().deserialize(JsonPickleSerializer().serialize(store)),
    "pickle": lambda store: pickle.loads(pickle.dumps(store)),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda store: store.model_copy(),
    "deep model_copy": lambda store: store.model_copy(deep=True),
}
PASSWORD = "hunter2-is-no-password"


@pytest.fixture(autouse=True)
def no_event_loop() -> None:
    """LlamaIndex's synchronous calls would make one and leave it open, as in a script."""
    asyncio.set_event_loop(None)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return KINDS[request.param]


@pytest.fixture
def open_as(store_of: OpenStore, memory_store_of: OpenMemoryStore, overlay: Overlay) -> Callable[..., Any]:
    def make(kind: Any, platform: str, **settings: Any) -> Any:
        if kind is ThreadChatStore:
            return store_of(platform, overlay=overlay, **settings)
        return memory_store_of(platform, **settings)

    return make


def read(store: Any, key: str) -> list[ChatMessage]:
    found = store.get_messages(key)
    return asyncio.run(found) if asyncio.iscoroutine(found) else found


def add(store: Any, key: str, message: ChatMessage) -> None:
    added = store.add_message(key, message)
    if added is not None:
        asyncio.run(added)


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.parametrize("way", ROUND_TRIPS)
def test_a_loaded_store_finds_the_conversation_again(
    kind: Any, way: str, open_as: Callable[..., Any], emulator: Emulator
) -> None:
    store, thread_id = open_as(kind, "minimax", **SETTINGS), emulator.seed("minimax", conversation(2))
    for message in tool_turn():
        add(store, thread_id, message)
    again = ROUND_TRIPS[way](store)
    assert type(again) is kind
    assert {name: getattr(again, name) for name in SETTINGS} == SETTINGS
    assert again.overlay == store.overlay
    assert read(again, thread_id) == read(store, thread_id)
    assert said(read(again, thread_id)) == [*texts(2), *said(tool_turn())]
    again.close()


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.parametrize("way", ["json", "pickle"])
def test_a_store_that_creates_threads_still_knows_its_keys(
    platform: Any, kind: Any, way: str, open_as: Callable[..., Any]
) -> None:
    store = open_as(kind, platform, create_threads=True)
    add(store, "user-42", ChatMessage("hi"))
    again = ROUND_TRIPS[way](store)
    assert again.create_threads is True
    assert said(read(again, "user-42")) == ["hi"]
    again.close()


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_shares_the_overlay(kind: Any, way: str, open_as: Callable[..., Any]) -> None:
    store = open_as(kind, "minimax", create_threads=True)
    add(store, "user-42", ChatMessage("hi"))
    copied = COPIES[way](store)
    store.close()
    add(copied, "user-42", ChatMessage("again"))
    assert said(read(copied, "user-42")) == ["hi", "again"]
    copied.close()


def test_a_copy_acts_on_changed_settings(kind: Any, open_as: Callable[..., Any], tmp_path: Path) -> None:
    store = open_as(kind, "minimax", create_threads=True)
    add(store, "user-42", ChatMessage("hi"))
    elsewhere = store.model_copy(update={"namespace": "elsewhere"})
    assert (elsewhere.namespace, read(elsewhere, "user-42")) == ("elsewhere", [])
    with Overlay(tmp_path / "other.db") as other:
        moved = store.model_copy(update={"overlay": other})
        assert (moved.overlay, read(moved, "user-42")) == (other.location, [])
        moved.close()
    elsewhere.close()
    assert said(read(store, "user-42")) == ["hi"]


DUMPS: dict[str, Callable[[Any], Any]] = {
    "to_json": lambda store: store.to_json(),
    "model_dump_json": lambda store: store.model_dump_json(),
    "pickle": pickle.dumps,
    "old pickle": lambda store: pickle.dumps(store, protocol=0),
    "repr": repr,
    "vars": vars,
}


@pytest.mark.parametrize("way", DUMPS)
def test_no_dump_holds_the_database_s_password_or_a_credential(
    kind: Any, way: str, provider_of: Any, emulator: Emulator
) -> None:
    pytest.importorskip("psycopg")
    overlay = Overlay(f"postgresql://ann:{PASSWORD}@db.example/chats")
    store = kind(provider_of("minimax"), overlay=overlay)
    dumped = DUMPS[way](store)
    shown = dumped.decode("latin-1") if isinstance(dumped, bytes) else str(dumped)
    assert "ann@db.example/chats" in shown
    for secret in (PASSWORD, *vars(emulator.credentials).values()):
        assert secret not in shown
    store.close()


def of_the_users(key: str) -> str:
    """A way from key to thread that pickle finds again."""
    return key.removeprefix("user-of-")


@pytest.mark.usefixtures("account_in_environment")
def test_a_function_that_resolves_keys_pickles_and_does_not_dump(
    platform: Any, kind: Any, open_as: Callable[..., Any], emulator: Emulator
) -> None:
    """A dump without it would take keys for thread ids."""
    store, thread_id = open_as(kind, platform, thread_for=of_the_users), emulator.seed(platform, conversation(2))
    again = pickle.loads(pickle.dumps(store))
    assert said(read(again, f"user-of-{thread_id}")) == texts(2)
    again.close()
    for dump in (store.model_dump, store.model_dump_json, store.to_dict, store.to_json):
        with pytest.raises(ValueError, match=r"thread_for= is a function, which no JSON holds.* Pickle it"):
            dump()
    with pytest.raises(Exception, match="pickle"):
        pickle.dumps(open_as(kind, platform, thread_for=lambda key: key))
    assert "thread_for" not in kind.model_json_schema()["properties"]


@pytest.mark.usefixtures("account_in_environment")
def test_a_buffer_with_an_overlay_dumps_and_loads(
    platform: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    buffer = ChatMemoryBuffer.from_defaults(
        chat_store=store_of(platform, overlay=overlay), chat_store_key=thread_id, token_limit=500
    )
    for message in tool_turn():
        buffer.put(message)
    for loaded in (ChatMemoryBuffer.from_string(buffer.to_string()), pickle.loads(pickle.dumps(buffer))):
        assert loaded.get() == buffer.get()
        loaded.chat_store.close()
    store = load_chat_store(json.loads(store_of(platform, overlay=overlay).to_json()))  # type: ignore[dict-item]
    assert store.get_messages(thread_id)[2:] == tool_turn()


@pytest.mark.usefixtures("account_in_environment")
def test_a_pickled_memory_comes_back_with_its_history(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    memory = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform), token_limit=900)
    memory.put_messages(tool_turn())
    again = pickle.loads(pickle.dumps(memory))
    assert (type(again.sql_store), again.token_limit) == (ThreadMemoryStore, 900)
    assert again.get() == memory.get()
    again.put(ChatMessage("more"))
    assert said(memory.get())[-1] == "more"
    again.sql_store.close()


@pytest.mark.usefixtures("account_in_environment")
def test_a_dumped_memory_wants_its_store_again(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    """Memory leaves every store out of its dump: documented."""
    thread_id = emulator.seed(platform, conversation(2))
    store = memory_store_of(platform)
    memory = Memory.from_defaults(session_id=thread_id, chat_store=store)
    memory.put_messages(tool_turn())
    dumped = memory.model_dump_json()
    assert "sql_store" not in dumped
    loaded = ThreadMemoryStore.from_json(store.to_json())
    again = Memory.from_defaults(session_id=json.loads(dumped)["session_id"], chat_store=loaded)
    assert again.get() == memory.get()
    assert said(again.get()) == [*texts(2), *said(tool_turn())]


class Asked:
    """An agent and its workflow's Context, over the same memory."""

    def __init__(self) -> None:
        self.llm = MockFunctionCallingLLMWithChatMemoryOfLastCall()
        self.agent = FunctionAgent(llm=self.llm, tools=[], streaming=False)

    async def ask(self, question: str, context: Context, **more: Any) -> list[str | None]:
        """What the model was shown."""
        await self.agent.run(question, ctx=context, **more)
        return said(self.llm.last_chat_messages)


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # LlamaIndex's agents use pydantic's old names
@pytest.mark.parametrize("serializer", [JsonSerializer, JsonPickleSerializer])
def test_a_context_that_was_serialised_goes_on_with_the_memory_that_is_passed_again(
    platform: Any, serializer: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    """LlamaIndex leaves the memory out of what it serialises, whatever the store: documented."""
    thread_id = emulator.seed(platform, conversation(2))
    memory = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform))

    async def story() -> None:
        asked = Asked()
        context = Context(asked.agent)
        assert await asked.ask("first", context, memory=memory) == [*texts(2), "first"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # LlamaIndex says that the memory is left out
            dumped = json.dumps(context.to_dict(serializer=serializer()))
        later = Asked()
        restored = Context.from_dict(later.agent, json.loads(dumped), serializer=serializer())
        again = pickle.loads(pickle.dumps(memory))
        shown = await later.ask("second", restored, memory=again)
        assert shown[:3] == [*texts(2), "first"]
        assert shown[-1] == "second"
        again.sql_store.close()

    asyncio.run(story())
    assert said(memory.get_all())[2::2] == ["first", "second"]


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("serializer", [JsonSerializer, JsonPickleSerializer])
def test_a_store_in_a_contexts_state_survives(
    platform: Any, serializer: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))

    async def story() -> None:
        agent = Asked().agent
        context = Context(agent)
        await context.store.set("history", memory_store_of(platform))
        dumped = json.dumps(context.to_dict(serializer=serializer()))
        restored = Context.from_dict(agent, json.loads(dumped), serializer=serializer())
        store = await restored.store.get("history")
        assert said(await store.get_messages(thread_id)) == texts(2)
        store.close()

    asyncio.run(story())


def test_a_store_loaded_without_credentials_names_the_variable(kind: Any, open_as: Callable[..., Any]) -> None:
    dumped = open_as(kind, "minimax").to_json()
    with pytest.raises(ConfigurationError, match="MINIMAX_API_KEY"):
        kind.from_json(dumped)


def test_a_store_without_an_overlay_shows_none(store_of: OpenStore) -> None:
    dumped = store_of("minimax").to_dict()
    assert (dumped["overlay"], dumped["thread_for"], dumped["create_threads"]) == (None, None, False)
