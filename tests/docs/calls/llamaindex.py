"""What LlamaIndex's engines and agents do with a memory: turns that are the same over every kind of memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.chat_engine import ContextChatEngine, SimpleChatEngine
from llama_index.core.llms.mock import MockFunctionCallingLLM, MockLLM
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from llamaindex_threads import provenance_of

from .judging import SEEDS, Call, Memory

__all__ = [
    "ANSWER",
    "QUESTION",
    "TOOL_CALL",
    "TOOL_RESULT",
    "Messages",
    "agent_turn",
    "context_chat",
    "seeds",
    "simple_chat",
    "streamed_chat",
]

QUESTION = ChatMessage("那黄河呢？")
ANSWER = ChatMessage(role="assistant", content="约 5464 公里。", additional_kwargs={"model": "a-model"})
TOOL_CALL = ChatMessage(
    role="assistant",
    blocks=[ToolCallBlock(tool_call_id="call_1", tool_name="length_of", tool_kwargs={"river": "黄河"})],
)
TOOL_RESULT = ChatMessage(role="tool", content="5464", additional_kwargs={"tool_call_id": "call_1"})


class Messages:
    """How LlamaIndex's messages are looked at."""

    def place(self, message: ChatMessage) -> tuple[str, str]:
        return message.role.value, message.content or ""

    def origin(self, message: ChatMessage) -> str | None:
        found = provenance_of(message)
        return found["message_id"] if found else None

    def same(self, ours: ChatMessage, reference: ChatMessage) -> bool:
        return ours == reference


def seeds() -> list[ChatMessage]:
    return [ChatMessage(role=role, content=text) for role, text in SEEDS]


def simple_chat() -> Call:
    """A turn of the engine that asks with what its memory gives back."""
    return Call("`SimpleChatEngine`: `chat`, `achat`", _chatting(_simple), adds=True)


def streamed_chat() -> Call:
    """The same; the answer is put into the memory by a thread, or a task."""
    return Call("the same: `stream_chat`, `astream_chat`", _streaming(_simple), adds=True)


def context_chat() -> Call:
    """A turn of an engine that retrieves."""
    return Call("`ContextChatEngine`: `chat`, `achat`", _chatting(_context), adds=True)


def agent_turn() -> Call:
    """A turn of an agent that calls a tool."""
    return Call("`FunctionAgent`: a turn with a tool", [_agent], adds=True)


class _Notes(BaseRetriever):
    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="黄河全长约 5464 公里。"), score=1.0)]


def _model() -> MockLLM:
    return MockLLM(max_tokens=2, is_chat_model=True)


def _simple(memory: Memory) -> Any:
    return SimpleChatEngine.from_defaults(memory=memory.made, llm=_model())


def _context(memory: Memory) -> Any:
    return ContextChatEngine.from_defaults(retriever=_Notes(), memory=memory.made, llm=_model())


def _chatting(engine: Any) -> list[Any]:
    async def achat(memory: Memory) -> str:
        return str(await engine(memory).achat(QUESTION.content))

    return [lambda memory: str(engine(memory).chat(QUESTION.content)), achat]


def _streaming(engine: Any) -> list[Any]:
    async def astream(memory: Memory) -> str:
        answer = await engine(memory).astream_chat(QUESTION.content)
        return "".join([token async for token in answer.async_response_gen()])

    return [lambda memory: "".join(engine(memory).stream_chat(QUESTION.content).response_gen), astream]


async def _agent(memory: Memory) -> str:
    def length_of(river: str) -> str:
        """The length of a river."""
        return f"{river}: 5464"

    asked = 0

    def answer(messages: Sequence[ChatMessage], **kwargs: Any) -> ChatMessage:
        nonlocal asked
        asked += 1
        return TOOL_CALL.model_copy(deep=True) if asked == 1 else ANSWER.model_copy(deep=True)

    agent = FunctionAgent(llm=MockFunctionCallingLLM(response_generator=answer), tools=[length_of], streaming=False)
    return str(await agent.run(QUESTION.content, memory=memory.made))
