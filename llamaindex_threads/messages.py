"""Thread messages as LlamaIndex messages, and LlamaIndex messages as what a platform can take."""

from __future__ import annotations

from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage, ContentBlock, MessageRole, TextBlock

from llamaindex_threads.citations import as_block, as_metadata
from llamaindex_threads.quiet import QuietProvenance
from provider_threads import Draft, Provider, ThreadMessage
from provider_threads.memory import attached_files, is_empty, refusal_to_store
from provider_threads.model_templates import ModelTemplate
from provider_threads.provenance import add_provenance

__all__ = ["CitationsAs", "holds_more", "role_of", "to_draft", "to_llamaindex"]

CitationsAs = Literal["metadata", "blocks"]
"""How a message carries citations.

``metadata``: in ``additional_kwargs["citations"]``, which no model is sent and Memory's token count hardly sees.
``blocks``: as `CitationBlock` besides; OpenAI, Gemini and Ollama integrations raise on those.
"""

_USER = MessageRole.USER
_ROLES = {"user": _USER, "assistant": MessageRole.ASSISTANT, "system": MessageRole.SYSTEM}

_NOT_STORED = ("file_ids", "session_id", "thread")
"""Keys of additional_kwargs that are sent otherwise, or are LlamaIndex's and this library's own notes."""

_CALLS = ("tool_calls", "function_call")
"""Keys of additional_kwargs under which models' integrations keep calls of tools."""


def to_llamaindex(message: ThreadMessage, provider: str, citations: CitationsAs = "metadata") -> ChatMessage:
    """One thread message as a fresh LlamaIndex message; `provider` is the platform's name, such as ``"minimax"``.

    ``additional_kwargs["citations"]`` holds its citations where it has any (see `citations_of`), and
    ``additional_kwargs["thread"]`` where it came from. A role that is not user, assistant or system becomes ``user``,
    never ``system``; the role as it came stands in ``additional_kwargs["thread"]["provider_role"]``.
    """
    origin = QuietProvenance(provider=provider, key=message.key)
    add_provenance(origin, message)
    kwargs: dict[str, Any] = {"thread": origin}
    blocks: list[ContentBlock] = [TextBlock(text=message.text)]
    if message.citations:
        kwargs["citations"] = as_metadata(message.citations)
        if citations == "blocks":
            blocks += [as_block(citation) for citation in message.citations]
    role = _ROLES.get(message.role) or _USER
    return _TEMPLATE.make({"role": role, "blocks": blocks, "additional_kwargs": kwargs})


_TEMPLATE = ModelTemplate(ChatMessage(role=MessageRole.USER, blocks=[], additional_kwargs={}))


def to_draft(message: ChatMessage, provider: Provider, *, whole: bool = True) -> Draft:
    """One LlamaIndex message as what goes to the platform; ``additional_kwargs["file_ids"]`` goes along.

    Unless it is to be there `whole`, other additional_kwargs stay here.

    Raises:
        UnsupportedOperationError: the message holds something that the platform would lose.
        ConfigurationError: ``file_ids`` is no list.
    """
    for key, value in message.additional_kwargs.items():
        if key not in _NOT_STORED and not is_empty(value) and (whole or key in _CALLS):
            raise refusal_to_store(provider, f"additional_kwargs[{key!r}]")
    if len(message.blocks) > 1:
        raise refusal_to_store(provider, f"{len(message.blocks)} content blocks")
    block = message.blocks[0] if message.blocks else TextBlock(text="")
    if not isinstance(block, TextBlock):
        raise refusal_to_store(provider, f"a {type(block).__name__}")
    return Draft(
        block.text,
        role=role_of(message),
        file_ids=attached_files(message.additional_kwargs),
    )


def role_of(message: ChatMessage) -> str:
    """A message's role as text, also where it was assigned as such."""
    role: object = message.role
    return role.value if isinstance(role, MessageRole) else str(role)


def holds_more(message: ChatMessage) -> bool:
    """Whether additional_kwargs say something that role, text and files do not."""
    return any(value for key, value in message.additional_kwargs.items() if key not in _NOT_STORED)
