"""Messages of threads as LangChain's standard content blocks: a translator, which LangChain is told of.

It imports nothing of the core, since the package registers it as soon as it is imported.
"""

from __future__ import annotations

from typing import Any, Final, cast

from langchain_core.messages import AIMessage

__all__ = ["PLATFORMS", "model_provider", "register_platforms", "register_translator"]

PLATFORMS: Final = ("hunyuan", "minimax", "appbuilder")
"""Their names, as in `provider_threads.providers`."""


def model_provider(provider_name: str) -> str:
    """What ``response_metadata["model_provider"]`` says: a name that no chat model uses."""
    return f"{provider_name}-threads"


def _content_blocks(message: AIMessage) -> list[Any]:
    """A message from a thread as standard blocks. It must not raise: `content_blocks` would."""
    blocks: list[dict[str, Any]] = []
    if text := str(message.text):
        block: dict[str, Any] = {"type": "text", "text": text}
        notes = message.additional_kwargs.get("citations")
        if isinstance(notes, list) and notes:
            # Copies: callers edit blocks.
            block["annotations"] = [dict(note) for note in notes if isinstance(note, dict)]
        blocks.append(block)
    blocks += [
        {"type": "tool_call", "id": call["id"], "name": call["name"], "args": call["args"]}
        for call in message.tool_calls
    ]
    return cast("list[Any]", blocks)


_registered: set[str] = set()


def register_translator(provider_name: str) -> None:
    """Tell LangChain how messages of a platform read as content blocks, once, where it lets one tell."""
    if provider_name in _registered:
        return
    try:
        from langchain_core.messages import block_translators  # noqa: PLC0415 - may not exist

        register = block_translators.register_translator
    except (ImportError, AttributeError):
        return
    register(model_provider(provider_name), _content_blocks, _content_blocks)
    _registered.add(provider_name)


def register_platforms() -> None:
    """Messages that were stored elsewhere have their blocks before any thread is read; other platforms' when one is."""
    for name in PLATFORMS:
        register_translator(name)
