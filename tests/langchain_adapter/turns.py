"""Turns of a conversation through RunnableWithMessageHistory, in each of the ways that LangChain calls a runnable."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable
from langchain_core.runnables.history import RunnableWithMessageHistory


class Listener(BaseCallbackHandler):
    """Hears what the chat model is asked."""

    def __init__(self) -> None:
        self.heard: list[list[BaseMessage]] = []

    @property
    def prompts(self) -> list[list[str]]:
        return [[str(message.content) for message in messages] for messages in self.heard]

    def on_chat_model_start(self, serialized: Any, messages: list[list[BaseMessage]], **kwargs: Any) -> None:
        self.heard.append([*messages[0]])


class Weatherman(BaseChatModel):
    """Answers ``answer n`` to a conversation of n messages, with all that a platform's own model says beside it."""

    @property
    def _llm_type(self) -> str:
        return "weatherman"

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        usage = {"input_tokens": len(messages), "output_tokens": 2, "total_tokens": len(messages) + 2}
        message = AIMessage(
            f"answer {len(messages)}",
            additional_kwargs={"reasoning_content": "想一想"},
            response_metadata={"model_name": "weather-1", "logprobs": {"晴": -0.5}},
            usage_metadata=usage,  # type: ignore[arg-type]  # one of these
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        yield ChatGenerationChunk(message=AIMessageChunk(content="answer"))
        last = AIMessageChunk(
            content=f" {len(messages)}",
            additional_kwargs={"reasoning_content": "想一想"},
            response_metadata={"model_name": "weather-1", "logprobs": {"晴": -0.5}},
        )
        yield ChatGenerationChunk(message=last)


def remembering(runnable: Runnable[Any, Any], history_of_session: Callable[[str], Any], **keys: str) -> Any:
    with warnings.catch_warnings():
        # LangChain's own class announces its end whenever it is made.
        warnings.simplefilter("ignore", DeprecationWarning)
        return RunnableWithMessageHistory(runnable, history_of_session, **keys)


def prompted(runnable: Runnable[Any, Any], history_of_session: Callable[[str], Any]) -> Any:
    """As the documentation shows: dict input and a history key."""
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
    keys = {"input_messages_key": "question", "history_messages_key": "history"}
    return remembering(prompt | runnable, history_of_session, **keys)


def session(key: str, *listeners: BaseCallbackHandler) -> Any:
    return {"configurable": {"session_id": key}, "callbacks": [*listeners]}


def by_invoke(runnable: Any, question: Any, config: Any) -> list[Any]:
    return [runnable.invoke(question, config)]


def by_ainvoke(runnable: Any, question: Any, config: Any) -> list[Any]:
    return [asyncio.run(runnable.ainvoke(question, config))]


def by_stream(runnable: Any, question: Any, config: Any) -> list[Any]:
    return [*runnable.stream(question, config)]


def by_astream(runnable: Any, question: Any, config: Any) -> list[Any]:
    async def collected() -> list[Any]:
        return [chunk async for chunk in runnable.astream(question, config)]

    return asyncio.run(collected())


def by_batch(runnable: Any, question: Any, config: Any) -> list[Any]:
    return [*runnable.batch([question], [config])]


Call = Callable[[Any, Any, Any], list[Any]]
every_call = pytest.mark.parametrize("call", [by_invoke, by_ainvoke, by_stream, by_astream, by_batch])
STREAMING = (by_stream, by_astream)


def answer_of(given: list[Any]) -> str:
    """The text of what a call gave, in one piece or several."""
    return "".join(str(piece.content) for piece in given)
