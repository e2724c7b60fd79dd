"""What is cleared is gone whatever its length, and where it cannot be cleared nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from langchain_threads import ThreadChatMessageHistory
from provider_threads import Provider, UnsupportedOperationError
from provider_threads.emulator import Emulator, Fault, SeedMessage
from provider_threads.overlay import Overlay
from tests.clients.ways import Way

from .row import Property

LENGTHS = (0, 1, 20, 21, 40, 100)

ProviderOf = Callable[..., Provider]


def cleared(history: ThreadChatMessageHistory, way: Way, **how: Any) -> None:
    if way == "sync":
        history.clear(**how)
    else:
        asyncio.run(history.aclear(**how))


@pytest.mark.parametrize("growing", [False, True])
def test_a_conversation_of_any_length_is_forgotten_though_it_grows(
    emulator: Emulator,
    provider_of: ProviderOf,
    overlay: Overlay,
    platform: Any,
    way: Way,
    record_property: Property,
    *,
    growing: bool,
) -> None:
    """One message arrives while the platform's list is read: it is forgotten too, or shown, never half of both."""
    for length in LENGTHS:
        thread = emulator.seed(platform, [SeedMessage("user", f"m{number}") for number in range(length)])
        with ThreadChatMessageHistory(thread, provider=provider_of(platform), overlay=overlay) as history:
            emulator.faults = [Fault("growing_list", times=1)] if growing else []
            cleared(history, way)
            emulator.faults = []
            shown = [message.text for message in history.refresh()]
            held = [message.text for message in emulator.messages(platform, thread)]
        assert len(held) == length + growing
        assert shown in ([], held[length:])
        record_property("cleared", 1)


def test_without_an_overlay_nothing_is_cleared_but_a_thread_that_can_be_deleted(
    emulator: Emulator, provider_of: ProviderOf, platform: Any, way: Way, record_property: Property
) -> None:
    for length in LENGTHS:
        thread = emulator.seed(platform, [SeedMessage("user", f"m{number}") for number in range(length)])
        emulator.clear_requests()
        with ThreadChatMessageHistory(thread, provider=provider_of(platform)) as history:
            with pytest.raises(UnsupportedOperationError):
                cleared(history, way)
            assert emulator.requests == []
            assert len(emulator.messages(platform, thread)) == length
            if platform == "appbuilder":
                cleared(history, way, remote=True)
                with pytest.raises(KeyError):
                    emulator.messages(platform, thread)
            else:
                with pytest.raises(UnsupportedOperationError):
                    cleared(history, way, remote=True)
                assert len(emulator.messages(platform, thread)) == length
        record_property("refused_or_deleted", 1)
