"""Thread messages as LangChain messages, and LangChain messages as what a platform can take."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from langchain_threads.citations import annotations_of
from langchain_threads.content_blocks import model_provider, register_translator
from provider_threads import Draft, Provider, ThreadMessage
from provider_threads.memory import attached_files, is_empty, refusal_to_store
from provider_threads.model_templates import ModelTemplate
from provider_threads.provenance import add_provenance

__all__ = ["message_of_role", "role_of", "to_draft", "to_langchain"]


def to_langchain(message: ThreadMessage, provider: str) -> BaseMessage:
    """One thread message as a LangChain message; `provider` is the platform's name, such as ``"minimax"``.

    Content is plain text, ``id`` the message's key. ``additional_kwargs["citations"]`` holds standard annotations,
    ``response_metadata`` where the message came from, in JSON types only. ``user``, ``assistant`` and ``system`` become
    LangChain's classes; any other role a `ChatMessage` that keeps it.
    """
    register_translator(provider)
    metadata: dict[str, Any] = {"model_provider": model_provider(provider)}
    add_provenance(metadata, message)
    fields: dict[str, Any] = {
        "content": message.text,
        "id": message.key,
        "additional_kwargs": {"citations": annotations_of(message)} if message.citations else {},
        "response_metadata": metadata,
    }
    template = _TEMPLATES.get(message.role)
    if template is None or type(message.text) is not str or type(message.key) is not str:
        return message_of_role(message.role, **fields)
    return template.make(fields)


_FIELDS: dict[str, Any] = {"content": "", "id": "", "additional_kwargs": {}, "response_metadata": {}}
_TEMPLATES: dict[str, ModelTemplate[BaseMessage]] = {
    role: ModelTemplate(kind(**_FIELDS))
    for role, kind in (("assistant", AIMessage), ("user", HumanMessage), ("system", SystemMessage))
}


def message_of_role(role: str, **fields: Any) -> BaseMessage:
    """LangChain's class for a role; `ChatMessage` keeps one that has none."""
    if role == "assistant":
        return AIMessage(**fields)
    if role == "user":
        return HumanMessage(**fields)
    if role == "system":
        return SystemMessage(**fields)
    return ChatMessage(role=role, **fields)


def to_draft(message: BaseMessage, provider: Provider, *, whole: bool = True) -> Draft:
    """One LangChain message as what goes to the platform.

    Its id stays here, since the platform issues its own, and so does what a model's answer cost and how it ended:
    ``response_metadata``, ``usage_metadata``. ``additional_kwargs["file_ids"]`` goes along. Unless it is to be there
    `whole`, a name, other additional_kwargs and fields of the app's own stay here too.

    Raises:
        UnsupportedOperationError: the message holds something that the platform would lose.
        ConfigurationError: ``file_ids`` is no list.
    """
    if isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls):
        raise refusal_to_store(provider, "tool calls")
    if whole and message.name:
        raise refusal_to_store(provider, "a name")
    for key, value in message.additional_kwargs.items():
        if key != "file_ids" and _is_said(key, value) and (whole or key in _CALLS):
            raise refusal_to_store(provider, f"additional_kwargs[{key!r}]")
    for name, value in (message.model_extra or {}).items():
        if whole and _is_said(name, value):
            raise refusal_to_store(provider, f"a field {name!r}")
    return Draft(
        _plain_text(message, provider),
        role=role_of(message),
        file_ids=attached_files(message.additional_kwargs),
    )


_CALLS = ("tool_calls", "function_call")


def _is_said(name: str, value: object) -> bool:
    # LangChain's own messages had `example` before 1.0: every dump and checkpoint of then brings its False along.
    return not is_empty(value) and (name, value) != ("example", False)


def role_of(message: BaseMessage) -> str:
    """A message's role, by class, not by ``type``: after a stream the answer is an AIMessageChunk."""
    if isinstance(message, HumanMessage):
        return "user"
    if isinstance(message, AIMessage):
        return "assistant"
    if isinstance(message, ChatMessage):
        return message.role
    return next((role for kind, role in _ROLES.items() if isinstance(message, kind)), message.type)


_ROLES = {FunctionMessage: "function", SystemMessage: "system", ToolMessage: "tool"}


def _plain_text(message: BaseMessage, provider: Provider) -> str:
    content = message.content
    if isinstance(content, str):
        return content
    if len(content) != 1:
        raise refusal_to_store(provider, f"{len(content)} content blocks")
    block = content[0]
    if isinstance(block, str):
        return block
    kind = block.get("type")
    if kind != "text":
        raise refusal_to_store(provider, f"a content block of type {kind!r}")
    text = block.get("text")
    more = {key for key, value in block.items() if key not in ("type", "text", "id", "index") and not is_empty(value)}
    if more or not isinstance(text, str):
        raise refusal_to_store(provider, "a text block with more than text in it")
    return text
