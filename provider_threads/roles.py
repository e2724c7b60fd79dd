"""Roles: what the platforms call the two sides of a conversation, and what this library calls them."""

from __future__ import annotations

from typing import Final

__all__ = ["neutral_role"]

_NEUTRAL: Final = {"user": "user", "assistant": "assistant", "ai": "assistant", "system": "system"}


def neutral_role(provider_role: str) -> str:
    """``user``, ``assistant`` or ``system``; any other role as it came, never guessed.

    MiniMax's ``ai`` is the assistant. Hunyuan's role is an open string.
    """
    return _NEUTRAL.get(provider_role, provider_role)
