"""Chat models and tools for agents that do as they are told, and remember what they were asked."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.types import interrupt
from pydantic import Field

LANGCHAIN = tuple(int(part) for part in version("langchain").split(".")[:3])
"""Which LangChain these tests run with; a few promises need more than the oldest."""

CONTEXT_REACHES_TASKS = sys.version_info >= (3, 11)
"""Before, Python hands no context to tasks, and LangGraph's events and interrupts do not reach awaited code."""


class Clerk(BaseChatModel):
    """Answers ``answer to …``; a question that begins with a tool's name calls that tool first.

    Attributes:
        heard: the messages of each call. failures: errors for the next calls, one each. calls: how often a tool is
            called for one question.
    """

    heard: list[list[BaseMessage]] = Field(default_factory=list)
    failures: list[Exception] = Field(default_factory=list)
    calls: int = 1
    called: int = 0
    question: str = ""

    @property
    def prompts(self) -> list[list[str]]:
        """What it was asked each time: texts, and tool calls as ``call …``."""
        return [[spoken(message) for message in messages] for messages in self.heard]

    @property
    def _llm_type(self) -> str:
        return "clerk"

    def bind_tools(self, tools: Any, **settings: Any) -> Any:  # type: ignore[override]  # a model that needs no tools told
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
        return ChatResult(generations=[ChatGeneration(message=self._answer(messages))])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        answer = self._answer(messages)
        for word in answer.text.split(" ") if answer.text else []:
            piece = AIMessageChunk(content=word if word == "answer" else f" {word}")
            yield ChatGenerationChunk(message=piece)
        calls = [
            {"name": call["name"], "args": '{"city": "上海"}', "id": call["id"], "index": 0, "type": "tool_call_chunk"}
            for call in answer.tool_calls
        ]
        last = AIMessageChunk(content="", tool_call_chunks=calls, chunk_position="last")  # type: ignore[arg-type]
        yield ChatGenerationChunk(message=last)

    def _answer(self, messages: list[BaseMessage]) -> AIMessage:
        self.heard.append([*messages])
        if self.failures:
            raise self.failures.pop(0)
        for at, message in enumerate(messages):
            if isinstance(message, HumanMessage) and "summary" not in message.text:
                self.question = message.text
                self.called = sum(isinstance(later, ToolMessage) for later in messages[at:])
        question, name = self.question, self.question.split(" ")[0]
        if name in TOOLS and self.called < self.calls:
            self.called += 1
            return AIMessage("", tool_calls=[ToolCall(name=name, args={"city": "上海"}, id=f"call_{len(messages)}")])
        return AIMessage(f"answer to {question}")


def spoken(message: BaseMessage) -> str:
    """A message's text; of a call what it calls."""
    calls = message.tool_calls if isinstance(message, AIMessage) else ()
    return " ".join(f"call {call['name']}" for call in calls) or message.text


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 9 度"


@tool
def booking(city: str) -> str:
    """Book a journey, once somebody says yes."""
    return f"{city}: {interrupt('book it?')}"


TOOLS = {known.name: known for known in (weather, booking)}


def results(messages: list[BaseMessage]) -> list[str]:
    """Texts of the tools' results among these messages."""
    return [message.text for message in messages if isinstance(message, ToolMessage)]
