"""Stores that are dumped, pickled and copied, as memories and workflow contexts do with them."""

from __future__ import annotations

import copy
import json
import os
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.storage.chat_store.loading import load_chat_store

from llamaindex_threads import ThreadChatStore
from provider_threads import ConfigurationError, Hunyuan, MiniMax, ThreadClient
from provider_threads.emulator import Emulator

from .conversations import OpenStore, conversation, said, texts

DUMPS: dict[str, Callable[[ThreadChatStore], Any]] = {
    "to_json": lambda store: store.to_json(),
    "to_dict": lambda store: store.to_dict(),
    "model_dump": lambda store: store.model_dump(),
    "model_dump_json": lambda store: store.model_dump_json(),
    "json": lambda store: store.json(),
    "dict": lambda store: store.dict(),
    "pickle": pickle.dumps,
    "old pickle": lambda store: pickle.dumps(store, protocol=0),
    "repr": repr,
    "str": str,
    "vars": vars,
    "memory": lambda store: ChatMemoryBuffer.from_defaults(chat_store=store).to_string(),
    "pickled memory": lambda store: pickle.dumps(ChatMemoryBuffer.from_defaults(chat_store=store)),
}
ROUND_TRIPS: dict[str, Callable[[ThreadChatStore], ThreadChatStore]] = {
    "json": lambda store: ThreadChatStore.from_json(store.to_json()),
    "dict": lambda store: ThreadChatStore.from_dict(store.to_dict()),
    "model_dump_json": lambda store: ThreadChatStore.from_json(store.model_dump_json()),
    "llamaindex": lambda store: load_chat_store(json.loads(store.to_json())),  # type: ignore[dict-item,return-value]
    "pickle": lambda store: pickle.loads(pickle.dumps(store)),
}
COPIES: dict[str, Callable[[ThreadChatStore], ThreadChatStore]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda store: store.model_copy(),
    "deep model_copy": lambda store: store.model_copy(deep=True),
}
SETTINGS: dict[str, Any] = {"writes": "none", "citations": "blocks", "limit": 3, "on_gap": "error"}
VARIABLES = {
    "hunyuan": "TENCENTCLOUD_SECRET_ID",
    "minimax": "MINIMAX_API_KEY",
    "appbuilder": "APPBUILDER_TOKEN",
}


@pytest.mark.parametrize("way", DUMPS)
def test_no_dump_holds_a_credential(platform: str, way: str, store_of: OpenStore, emulator: Emulator) -> None:
    dumped = DUMPS[way](store_of(platform))
    shown = dumped.decode("latin-1") if isinstance(dumped, bytes) else str(dumped)
    assert platform in shown
    for credential in vars(emulator.credentials).values():
        assert credential not in shown


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.parametrize("way", ROUND_TRIPS)
def test_a_loaded_store_reads_with_the_environments_credentials(
    platform: Any, way: str, store_of: OpenStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(5))
    loaded = ROUND_TRIPS[way](store_of(platform, **SETTINGS))
    assert type(loaded) is ThreadChatStore
    assert {name: getattr(loaded, name) for name in SETTINGS} == SETTINGS
    assert said(loaded.get_messages(thread_id)) == texts(5, start=2)
    loaded.close()


@pytest.mark.parametrize("way", ROUND_TRIPS)
def test_a_store_loaded_without_credentials_names_the_variable(platform: str, way: str, store_of: OpenStore) -> None:
    with pytest.raises(ConfigurationError, match=VARIABLES[platform]):
        ROUND_TRIPS[way](store_of(platform))


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_reads_without_the_environment(platform: Any, way: str, store_of: OpenStore, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(5))
    copied = COPIES[way](store_of(platform, **SETTINGS))
    assert said(copied.get_messages(thread_id)) == texts(5, start=2)


@pytest.mark.usefixtures("account_in_environment")
def test_settings_of_the_provider_come_back(emulator: Emulator) -> None:
    account = emulator.credentials
    provider = Hunyuan(account.secret_id, account.secret_key, region="ap-guangzhou", base_url=emulator.base_url)
    store = ThreadChatStore(provider)
    loaded = ThreadChatStore.from_json(store.to_json())
    assert loaded.settings == store.settings == {"region": "ap-guangzhou", "base_url": emulator.base_url}
    thread_id = emulator.seed("hunyuan", conversation(1))
    emulator.clear_requests()
    assert len(loaded.get_messages(thread_id)) == 1
    assert emulator.requests[0].headers["x-tc-region"] == "ap-guangzhou"
    loaded.close()
    store.close()


@pytest.mark.usefixtures("account_in_environment")
def test_roles_that_may_be_written_come_back(store_of: OpenStore, emulator: Emulator) -> None:
    from llama_index.core.base.llms.types import ChatMessage

    loaded = pickle.loads(pickle.dumps(store_of("minimax", write_roles={"user", "assistant"})))
    thread_id = emulator.seed("minimax")
    loaded.add_message(thread_id, ChatMessage(role="assistant", content="答"))
    assert said(loaded.get_messages(thread_id)) == ["答"]
    loaded.close()


@pytest.mark.usefixtures("account_in_environment")
def test_a_store_made_from_a_client_loads_on_the_shared_pool(provider_of: Any, emulator: Emulator) -> None:
    thread_id = emulator.seed("minimax", conversation(2))
    with ThreadClient(provider_of("minimax")) as client:
        loaded = ThreadChatStore.from_json(ThreadChatStore(client=client).to_json())
    assert said(loaded.get_messages(thread_id)) == texts(2)
    loaded.close()


@pytest.mark.usefixtures("account_in_environment")
def test_a_buffer_dumps_and_loads_with_its_store(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(4))
    buffer = ChatMemoryBuffer.from_defaults(chat_store=store_of(platform), chat_store_key=thread_id, token_limit=500)
    for loaded in (ChatMemoryBuffer.from_string(buffer.to_string()), pickle.loads(pickle.dumps(buffer))):
        assert said(loaded.get()) == texts(4)
        assert loaded.token_limit == 500
        loaded.chat_store.close()


def test_a_dump_of_an_unknown_platform_is_an_error(store_of: OpenStore) -> None:
    dumped = {**store_of("minimax").to_dict(), "platform": "elsewhere"}
    with pytest.raises(ConfigurationError, match="hunyuan"):
        ThreadChatStore.from_dict(dumped)


def test_a_dump_says_that_only_known_platforms_load_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"only these load by name.*with its provider, or pickle it"):
        ThreadChatStore(platform="harbour", settings={})


@pytest.mark.parametrize("deep", [False, True])
def test_a_copy_acts_on_the_settings_that_it_shows(deep: bool, store_of: OpenStore, emulator: Emulator) -> None:
    from llama_index.core.base.llms.types import ChatMessage

    thread_id = emulator.seed("minimax", conversation(5))
    store = store_of("minimax", limit=1)
    wider = store.model_copy(update={"limit": 3}, deep=deep)
    assert wider.limit == 3
    assert said(wider.get_messages(thread_id)) == texts(5, start=2)
    assert said(store.get_messages(thread_id)) == texts(5, start=4)
    silent = store.model_copy(update={"writes": "none"}, deep=deep)
    silent.add_message(thread_id, ChatMessage("never"))
    assert len(emulator.messages("minimax", thread_id)) == 5


@pytest.mark.parametrize(
    "update",
    [{"limit": 0}, {"writes": "all"}, {"citations": "text"}, {"platform": "hunyuan"}, {"settings": {}}, {"limt": 3}],
)
def test_a_copy_cannot_show_what_it_would_not_do(update: dict[str, Any], store_of: OpenStore) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(update))):
        store_of("minimax").model_copy(update=update)


@pytest.mark.parametrize("way", COPIES)
def test_closing_a_store_leaves_its_copy_working(way: str, store_of: OpenStore, emulator: Emulator) -> None:
    thread_id = emulator.seed("minimax", conversation(2))
    store = store_of("minimax")
    copied = COPIES[way](store)
    store.close()
    assert said(copied.get_messages(thread_id)) == texts(2)
    assert (store.last_view, len(copied.last_view or ())) == (None, 2)
    copied.close()


class Elsewhere(MiniMax):
    """A platform of the user's own, whose name no list knows."""

    name = "elsewhere"


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.parametrize("way", ["pickle", *COPIES])
def test_a_store_of_a_platform_from_outside_comes_back(way: str, emulator: Emulator) -> None:
    account, thread_id = emulator.credentials, emulator.seed("minimax", conversation(5))
    store = ThreadChatStore(Elsewhere(account.minimax_api_key, account.minimax_group_id, emulator.base_url), **SETTINGS)
    again = {**ROUND_TRIPS, **COPIES}[way](store)
    assert again.platform == "elsewhere"
    assert {name: getattr(again, name) for name in SETTINGS} == SETTINGS
    assert said(again.get_messages(thread_id)) == texts(5, start=2)
    again.close()
    store.close()


def test_settings_do_not_change_behind_the_connection(store_of: OpenStore) -> None:
    """A limit that could be assigned would be shown and not kept to."""
    store = store_of("minimax", limit=3)
    for name, value in {**SETTINGS, "limit": 9, "platform": "hunyuan", "settings": {}}.items():
        before = getattr(store, name)
        with pytest.raises(ValueError, match="frozen"):
            setattr(store, name, value)
        assert getattr(store, name) == before


def test_dumping_needs_no_credential_and_sends_nothing(store_of: OpenStore, emulator: Emulator) -> None:
    assert not set(emulator.environment) & set(os.environ)
    for dump in DUMPS.values():
        dump(store_of("minimax"))
    assert emulator.requests == []


def test_the_class_goes_by_its_own_name() -> None:
    assert ThreadChatStore.class_name() == "ThreadChatStore"
    assert "BaseChatStore" in [base.__name__ for base in ThreadChatStore.__mro__]
