"""What LangChain calls on a chat message history."""

from __future__ import annotations

import warnings
from typing import Any

from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.language_models.fake_chat_models import FakeMessagesListChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable
from langchain_core.runnables.history import RunnableWithMessageHistory

from langchain_threads import ThreadChatMessageHistory, provenance_of
from provider_threads import Provider

from .judging import SEEDS, Call, Memory

__all__ = ["Histories"]

QUESTION = "那黄河呢？"

_CALL = AIMessage("", tool_calls=[{"name": "length_of", "args": {"river": "黄河"}, "id": "call_1"}], id="a1")
_RESULT = ToolMessage("5464", tool_call_id="call_1", name="length_of")
_IMAGE = HumanMessage([{"type": "text", "text": "这是哪条河？"}, {"type": "image", "url": "https://example.com/r.png"}])
_ANSWER = AIMessage("约 5464 公里。", id="a2", response_metadata={"model_name": "a-model"})

_ROLES = {"human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}


class _InMemory(InMemoryChatMessageHistory):
    """LangChain warns of its own class, not of a subclass."""


class Histories:
    """`ThreadChatMessageHistory` beside `InMemoryChatMessageHistory`."""

    title = "LangChain: `ThreadChatMessageHistory`"

    def __init__(self) -> None:
        self.calls = _calls()

    def ours(self, provider: Provider, key: str, **settings: Any) -> Memory:
        return Memory(ThreadChatMessageHistory(key, provider=provider, **settings), key)

    async def reference(self, key: str) -> Memory:
        kinds = {"user": HumanMessage, "assistant": AIMessage}
        return Memory(_InMemory(messages=[kinds[role](text) for role, text in SEEDS]), key)

    async def shown(self, memory: Memory) -> tuple[list[BaseMessage], ...]:
        return (await memory.made.aget_messages(),)

    def place(self, message: BaseMessage) -> tuple[str, str]:
        return _ROLES.get(message.type, message.type), message.text

    def origin(self, message: BaseMessage) -> str | None:
        found = provenance_of(message)
        return found["message_id"] if found else None

    def same(self, ours: BaseMessage, reference: BaseMessage) -> bool:
        return bool(ours.id) and ours.model_copy(update={"id": reference.id or ours.id}) == reference.model_copy(
            update={"id": reference.id or ours.id}
        )


def _calls() -> list[Call]:
    def adding(*messages: BaseMessage) -> list[Any]:
        return [
            lambda memory: memory.made.add_messages([*messages]),
            lambda memory: memory.made.aadd_messages([*messages]),
        ]

    return [
        Call("`messages`, `aget_messages`", [lambda memory: memory.made.messages, _aget]),
        Call("`add_user_message`", [lambda memory: memory.made.add_user_message(QUESTION)], adds=True),
        Call("`add_ai_message`", [lambda memory: memory.made.add_ai_message(_ANSWER)], adds=True),
        Call(
            "`add_message`: a system message",
            [lambda memory: memory.made.add_message(SystemMessage("答得简短。"))],
            adds=True,
        ),
        Call("`add_message`: text and an image", [lambda memory: memory.made.add_message(_IMAGE)], adds=True),
        Call("`add_messages`, `aadd_messages`: a question", adding(HumanMessage(QUESTION)), adds=True),
        Call("the same: question and answer", adding(HumanMessage(QUESTION), _ANSWER), adds=True),
        Call("the same: a tool's call and its result", adding(_CALL, _RESULT), adds=True),
        Call("`clear`, `aclear`", [lambda memory: memory.made.clear(), lambda memory: memory.made.aclear()]),
        Call(
            "`clear(remote=True)`, `aclear(remote=True)`",
            [lambda memory: memory.made.clear(remote=True), lambda memory: memory.made.aclear(remote=True)],
            deletes_thread=True,
            on_reference=lambda memory: memory.made.clear(),
        ),
        Call("`RunnableWithMessageHistory`: `invoke`, `ainvoke`", [_invoke, _ainvoke], adds=True),
        Call("the same: `stream`, `astream`", [_stream, _astream], adds=True),
        Call("the same, fed with a list: `invoke`, `ainvoke`", [_invoke_list, _ainvoke_list], adds=True),
    ]


def _aget(memory: Memory) -> Any:
    return memory.made.aget_messages()


def _runnable(memory: Memory, *, listed: bool = False) -> Runnable[Any, Any]:
    """The chain of LangChain's documentation; `listed`, a bare model."""
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
    model = FakeMessagesListChatModel(responses=[_ANSWER])
    keys = {} if listed else {"input_messages_key": "question", "history_messages_key": "history"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # whenever one is made
        return RunnableWithMessageHistory(model if listed else prompt | model, lambda session_id: memory.made, **keys)


_CONFIG: Any = {"configurable": {"session_id": "a session"}}


def _said(memory: Memory, answer: str) -> str:
    """The answer; what the runnable swallowed is raised."""
    error = getattr(memory.made, "last_error", None)
    if error is not None:
        raise error
    return answer


def _invoke(memory: Memory) -> str:
    return _said(memory, _runnable(memory).invoke({"question": QUESTION}, _CONFIG).content)


async def _ainvoke(memory: Memory) -> str:
    return _said(memory, (await _runnable(memory).ainvoke({"question": QUESTION}, _CONFIG)).content)


def _stream(memory: Memory) -> str:
    return _said(memory, "".join(chunk.content for chunk in _runnable(memory).stream({"question": QUESTION}, _CONFIG)))


async def _astream(memory: Memory) -> str:
    chunks = [chunk.content async for chunk in _runnable(memory).astream({"question": QUESTION}, _CONFIG)]
    return _said(memory, "".join(chunks))


def _invoke_list(memory: Memory) -> str:
    return _said(memory, _runnable(memory, listed=True).invoke([HumanMessage(QUESTION)], _CONFIG).content)


async def _ainvoke_list(memory: Memory) -> str:
    answer = await _runnable(memory, listed=True).ainvoke([HumanMessage(QUESTION)], _CONFIG)
    return _said(memory, answer.content)
