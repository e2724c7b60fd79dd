"""Readers and memory blocks that are dumped, pickled and copied, as pipelines, memories and workflow contexts do."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from llama_index.core.memory import Memory

from llamaindex_threads import ThreadMemoryBlock, ThreadReader
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import OpenMemoryStore, conversation, said, texts

Kind = type[ThreadReader] | type[ThreadMemoryBlock]

READER: dict[str, Any] = {"granularity": "message", "roles": ("user",), "markers": False, "on_gap": "warn"}
BLOCK: dict[str, Any] = {"limit": 3, "name": "support", "description": "The support chat.", "priority": 2}
KINDS = [pytest.param(ThreadReader, READER, id="reader"), pytest.param(ThreadMemoryBlock, BLOCK, id="block")]

DUMPS: dict[str, Callable[[Any], Any]] = {
    "model_dump": lambda one: one.model_dump(),
    "model_dump_json": lambda one: one.model_dump_json(),
    "pickle": pickle.dumps,
    "old pickle": lambda one: pickle.dumps(one, protocol=0),
    "repr": repr,
    "vars": vars,
}
LOADED: dict[str, Callable[[Any], Any]] = {
    "dump": lambda one: type(one)(
        **{name: one.model_dump()[name] for name in one.model_dump() if name != "class_name"}
    ),
    "pickle": lambda one: pickle.loads(pickle.dumps(one)),
}
COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda one: one.model_copy(),
    "deep model_copy": lambda one: one.model_copy(deep=True),
}


def made(kind: Kind, provider: Any, thread_id: str, settings: dict[str, Any]) -> Any:
    named = {"thread_ids" if kind is ThreadReader else "thread_id": thread_id}
    return closing(kind(provider=provider, **named, **settings))


def read(one: Any) -> list[Any]:
    if isinstance(one, ThreadReader):
        return [document.text for document in one.load_data()]
    return said(asyncio.run(one.aget()))


def expected(kind: Kind) -> list[str]:
    return texts(5)[::2] if kind is ThreadReader else texts(5, start=2)


@pytest.mark.parametrize(("kind", "settings"), KINDS)
@pytest.mark.parametrize("way", DUMPS)
def test_no_dump_holds_a_credential(
    platform: str, way: str, kind: Kind, settings: Any, provider_of: Any, emulator: Emulator
) -> None:
    with made(kind, provider_of(platform), "thread_1", settings) as one:
        dumped = DUMPS[way](one)
    shown = dumped.decode("latin-1") if isinstance(dumped, bytes) else str(dumped)
    assert platform in shown
    assert not [credential for credential in vars(emulator.credentials).values() if credential in shown]


@pytest.mark.usefixtures("account_in_environment")
@pytest.mark.parametrize(("kind", "settings"), KINDS)
@pytest.mark.parametrize("way", LOADED)
def test_what_is_loaded_reads_with_the_environments_credentials(
    platform: Any, way: str, kind: Kind, settings: Any, provider_of: Any, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(5))
    with made(kind, provider_of(platform), thread_id, settings) as one, closing(LOADED[way](one)) as loaded:
        assert type(loaded) is kind
        assert {name: getattr(loaded, name) for name in settings} == settings
        assert read(loaded) == expected(kind)


@pytest.mark.parametrize(("kind", "settings"), KINDS)
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_reads_after_the_original_is_closed(
    way: str, kind: Kind, settings: Any, provider_of: Any, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", conversation(5))
    with made(kind, provider_of("minimax"), thread_id, settings) as one:
        copied = COPIES[way](one)
    with closing(copied):
        assert {name: getattr(copied, name) for name in settings} == settings
        assert read(copied) == expected(kind)


@pytest.mark.parametrize(
    ("kind", "settings", "update", "shown"),
    [
        (ThreadReader, READER, {"roles": None, "granularity": "turn"}, ["user: message 0\n\nassistant: message 1"]),
        (ThreadMemoryBlock, BLOCK, {"limit": 1}, ["message 1"]),
    ],
)
def test_a_copy_acts_on_the_settings_that_it_shows(
    kind: Kind, settings: Any, update: dict[str, Any], shown: list[str], provider_of: Any, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", conversation(2))
    with made(kind, provider_of("minimax"), thread_id, settings) as one, closing(one.model_copy(update=update)) as new:
        assert {name: getattr(new, name) for name in update} == update
        assert read(new) == shown


@pytest.mark.parametrize(("kind", "settings"), KINDS)
def test_settings_do_not_change_behind_the_connection(kind: Kind, settings: Any, provider_of: Any) -> None:
    with made(kind, provider_of("minimax"), "thread_1", settings) as one:
        for name in settings:
            with pytest.raises(ValueError, match="frozen"):
                setattr(one, name, settings[name])


@pytest.mark.parametrize(("kind", "settings"), KINDS)
def test_with_a_function_for_threads_it_pickles_and_cannot_be_dumped(
    kind: Kind, settings: Any, provider_of: Any, overlay: Overlay
) -> None:
    with made(
        kind, provider_of("minimax"), "user 42", {**settings, "overlay": overlay, "thread_for": str.upper}
    ) as one:
        with pytest.raises(ValueError, match="cannot be dumped"):
            one.model_dump()
        assert pickle.dumps(one)


@pytest.mark.usefixtures("account_in_environment")
def test_a_memory_pickles_with_its_block(
    provider_of: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    store, thread_id = memory_store_of("appbuilder", writes="overlay"), emulator.seed("minimax", conversation(5))
    with made(ThreadMemoryBlock, provider_of("minimax"), thread_id, BLOCK) as block:
        memory = Memory.from_defaults(emulator.seed("appbuilder"), memory_blocks=[block], chat_store=store)
        dumped = pickle.dumps(memory)
        again = pickle.loads(dumped)
    assert emulator.credentials.minimax_api_key.encode() not in dumped
    assert said(asyncio.run(again.aget())) == texts(5, start=2)
    again.memory_blocks[0].close()
    again.sql_store.close()
