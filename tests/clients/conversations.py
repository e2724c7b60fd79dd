"""Seeded conversations whose texts are their positions."""

from __future__ import annotations

from typing import cast

from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.emulator.identifiers import Provider as Platform


def seeded(emulator: Emulator, platform: str, count: int) -> tuple[str, list[str]]:
    """A thread of `count` messages, questions and answers in turn: its id and its texts, oldest first."""
    texts = [f"message {number}" for number in range(count)]
    roles = ("user", "assistant")
    messages = [SeedMessage(roles[number % 2], text) for number, text in enumerate(texts)]
    return emulator.seed(cast("Platform", platform), messages), texts
