"""A conversation of any length is shown whole, or it is said that it is not, through the core and both adapters."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from langchain_threads import ThreadChatMessageHistory, ThreadLoader
from llamaindex_threads import ThreadChatStore, ThreadMemoryBlock, ThreadMemoryStore, ThreadReader
from provider_threads import (
    AsyncThreadClient,
    IncompleteThreadError,
    IncompleteThreadWarning,
    PaginationError,
    Provider,
    ThreadClient,
)
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.emulator.identifiers import PROVIDERS
from provider_threads.overlay import Overlay

from .row import Property

LENGTHS = (99, 100, 101, 200, 201, 250)
MOST = 250
PROVEN = 199
"""How long a thread on Hunyuan may be and still be known to be whole."""

Texts = list[str]
ProviderOf = Callable[..., Provider]


@pytest.fixture(scope="module")
def seeded(running: Emulator) -> dict[str, dict[int, str]]:
    """On each platform a thread of each length; nothing here writes to one."""
    roles = ("user", "assistant")
    messages = [SeedMessage(roles[number % 2], f"m{number}") for number in range(MOST)]
    return {name: {length: running.seed(name, messages[:length]) for length in LENGTHS} for name in PROVIDERS}


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """The module's emulator with its threads."""
    return running


def texts_of(messages: Sequence[Any]) -> Texts:
    """Of messages, or of documents."""
    names = ("text", "page_content", "content")
    return [next(getattr(one, name) for name in names if hasattr(one, name)) for one in messages]


def core(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    client = ThreadClient(provider)

    def read(thread: str) -> tuple[Texts, bool]:
        view = client.read(thread)
        walked: Texts = []
        told = False
        try:
            for message in client.iter_messages(thread):
                walked += [message.text]
        except (IncompleteThreadError, PaginationError):
            told = True
        assert told is not view.complete
        if view.complete:
            assert walked == texts_of(view)
        return texts_of(view.newest_block), not view.complete

    return read


def awaited_core(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    client = AsyncThreadClient(provider)

    def read(thread: str) -> tuple[Texts, bool]:
        view = asyncio.run(client.read(thread))
        return texts_of(view.newest_block), not view.complete

    return read


def history(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(lambda thread: ThreadChatMessageHistory(thread, provider=provider).messages)


def overlaid_history(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(lambda thread: ThreadChatMessageHistory(thread, provider=provider, overlay=overlay).messages)


def awaited_history(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(lambda thread: asyncio.run(ThreadChatMessageHistory(thread, provider=provider).aget_messages()))


def chat_store(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(ThreadChatStore(provider=provider).get_messages)


def memory_store(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    store = ThreadMemoryStore(provider=provider, overlay=overlay)
    return warned(lambda thread: asyncio.run(store.get_messages(thread)))


def memory_block(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(lambda thread: asyncio.run(ThreadMemoryBlock(thread, provider, limit=None).aget()))


def loader(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(lambda thread: ThreadLoader(thread, provider=provider, on_gap="warn", granularity="message").load())


def reader(provider: Provider, overlay: Overlay) -> Callable[[str], tuple[Texts, bool]]:
    return warned(ThreadReader(provider, on_gap="warn", granularity="message").load_data)


def warned(read: Callable[[str], Sequence[Any]]) -> Callable[[str], tuple[Texts, bool]]:
    """The texts, and whether it was said that older ones may be missing."""

    def performed(thread: str) -> tuple[Texts, bool]:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            texts = texts_of(read(thread))
        return texts, any(issubclass(warning.category, IncompleteThreadWarning) for warning in told)

    return performed


SURFACES = (
    core,
    awaited_core,
    history,
    overlaid_history,
    awaited_history,
    chat_store,
    memory_store,
    memory_block,
    loader,
    reader,
)


@pytest.mark.parametrize("surface", SURFACES, ids=lambda surface: surface.__name__)
def test_what_is_not_shown_whole_is_said_to_be_incomplete(
    platform: Any,
    seeded: dict[str, dict[int, str]],
    provider_of: ProviderOf,
    overlay: Overlay,
    surface: Callable[[Provider, Overlay], Callable[[str], tuple[Texts, bool]]],
    record_property: Property,
) -> None:
    read = surface(provider_of(platform), overlay)
    incomplete = 0
    for length, thread in seeded[platform].items():
        texts, told = read(thread)
        whole = [f"m{number}" for number in range(length)]
        if platform == "hunyuan" and length > PROVEN:
            assert told
            assert texts == whole[-100:]
            incomplete += 1
        else:
            assert not told
            assert texts == whole
    record_property("reads", len(LENGTHS))
    record_property("said_incomplete", incomplete)
