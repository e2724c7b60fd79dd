"""Stores in LlamaIndex's buffer, chat engines and agents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.chat_engine import CondensePlusContextChatEngine, ContextChatEngine, SimpleChatEngine
from llama_index.core.llms.mock import (
    MockFunctionCallingLLMWithChatMemoryOfLastCall,
    MockLLMWithChatMemoryOfLastCall,
)
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from llamaindex_threads import ThreadChatStore
from provider_threads import UnsupportedOperationError
from provider_threads.emulator import Emulator

from .conversations import OpenStore, conversation, said, texts

ANSWER = "text text"
QUESTION = "明天呢？"


class OneNode(BaseRetriever):
    """Finds the same passage whatever it is asked."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="北京明天多云"), score=1.0)]


def model() -> MockLLMWithChatMemoryOfLastCall:
    return MockLLMWithChatMemoryOfLastCall(max_tokens=2, is_chat_model=True)


def buffer(store: ThreadChatStore, thread_id: str) -> ChatMemoryBuffer:
    return ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=thread_id, token_limit=3000)


def context_engine(memory: ChatMemoryBuffer, llm: Any) -> Any:
    return ContextChatEngine.from_defaults(retriever=OneNode(), memory=memory, llm=llm)


def condense_engine(memory: ChatMemoryBuffer, llm: Any) -> Any:
    return CondensePlusContextChatEngine.from_defaults(retriever=OneNode(), memory=memory, llm=llm)


def simple_engine(memory: ChatMemoryBuffer, llm: Any) -> Any:
    return SimpleChatEngine.from_defaults(memory=memory, llm=llm)


def by_chat(engine: Any, question: str) -> str:
    return str(engine.chat(question))


def by_achat(engine: Any, question: str) -> str:
    return str(asyncio.run(engine.achat(question)))


def by_stream(engine: Any, question: str) -> str:
    return "".join(engine.stream_chat(question).response_gen)


def by_astream(engine: Any, question: str) -> str:
    async def collected() -> str:
        answer = await engine.astream_chat(question)
        return "".join([token async for token in answer.async_response_gen()])

    return asyncio.run(collected())


Call = Callable[[Any, str], str]
every_call = pytest.mark.parametrize("call", [by_chat, by_achat, by_stream, by_astream])
asking_engines = pytest.mark.parametrize("engine", [context_engine, condense_engine])


def test_a_buffer_reads_the_thread(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    memory = buffer(store_of(platform), emulator.seed(platform, conversation(6)))
    assert said(memory.get()) == said(memory.get_all()) == texts(6)
    assert said(asyncio.run(memory.aget())) == said(asyncio.run(memory.aget_all())) == texts(6)


def test_a_buffer_trims_what_it_shows_and_nothing_else(store_of: OpenStore, emulator: Emulator) -> None:
    thread_id = emulator.seed("appbuilder", conversation(60))
    memory = ChatMemoryBuffer.from_defaults(chat_store=store_of("appbuilder"), chat_store_key=thread_id, token_limit=40)
    shown = said(memory.get())
    assert 1 < len(shown) < 60
    assert shown == texts(60)[-len(shown) :]
    assert len(memory.get_all()) == 60


def test_a_buffer_cannot_be_set_or_reset(platform: Any, store_of: OpenStore, emulator: Emulator) -> None:
    memory = buffer(store_of(platform), emulator.seed(platform, conversation(2)))
    with pytest.raises(UnsupportedOperationError, match="another thread"):
        memory.reset()
    with pytest.raises(UnsupportedOperationError, match="another thread"):
        memory.set([ChatMessage("a")])
    with pytest.raises(UnsupportedOperationError, match="chat_history="):
        ChatMemoryBuffer.from_defaults(chat_store=store_of(platform), chat_history=[ChatMessage("a")])
    assert said(memory.get()) == texts(2)


@every_call
@asking_engines
def test_an_engine_shows_its_model_the_thread_and_writes_nothing(
    platform: Any, engine: Callable[..., Any], call: Call, store_of: OpenStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(4))
    llm = model()
    assert call(engine(buffer(store_of(platform, writes="none"), thread_id), llm), QUESTION).strip() == ANSWER
    shown = said(llm.last_chat_messages)
    assert shown[1:5] == texts(4)
    assert "北京明天多云" in str(shown[0])
    assert shown[5:] == [QUESTION]
    assert len(emulator.messages(platform, thread_id)) == 4
    assert len({request.operation for request in emulator.requests}) == 1  # the list, nothing else


@every_call
def test_a_simple_engine_over_writes_none_does_not_show_its_question(
    platform: Any, call: Call, store_of: OpenStore, emulator: Emulator
) -> None:
    """It asks with what memory gives back after the question was put: documented, so use an engine that asks."""
    thread_id = emulator.seed(platform, conversation(4))
    llm = model()
    assert call(simple_engine(buffer(store_of(platform, writes="none"), thread_id), llm), QUESTION).strip() == ANSWER
    assert said(llm.last_chat_messages) == texts(4)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # LlamaIndex's agents use pydantic's old names
def test_an_agent_over_writes_none_does_not_show_its_question(store_of: OpenStore, emulator: Emulator) -> None:
    """An agent, too, asks with what its memory gives back: documented."""
    thread_id = emulator.seed("minimax", conversation(4))
    llm = MockFunctionCallingLLMWithChatMemoryOfLastCall()

    async def asked() -> None:
        memory = buffer(store_of("minimax", writes="none"), thread_id)
        await FunctionAgent(llm=llm, tools=[], streaming=False).run(QUESTION, memory=memory)

    asyncio.run(asked())
    assert said(llm.last_chat_messages) == texts(4)


@every_call
@pytest.mark.parametrize("engine", [simple_engine, context_engine])
def test_where_both_sides_are_taken_the_next_turn_sees_the_last(
    call: Call, engine: Callable[..., Any], store_of: OpenStore, emulator: Emulator
) -> None:
    store, thread_id = store_of("minimax", write_roles={"user", "assistant"}), emulator.seed("minimax")
    llm = model()
    for question in ("今天呢？", QUESTION):
        call(engine(buffer(store, thread_id), llm), question)
    assert said(store.get_messages(thread_id)) == ["今天呢？", ANSWER, QUESTION, ANSWER]
    assert said(llm.last_chat_messages)[-3:] == ["今天呢？", ANSWER, QUESTION]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@every_call
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # LlamaIndex's writing thread
def test_an_answer_the_platform_cannot_take_is_an_error_to_who_chats(
    platform: Any, call: Call, store_of: OpenStore, emulator: Emulator
) -> None:
    """The question went out first: an engine adds one message at a time."""
    thread_id = emulator.seed(platform, conversation(2))
    with pytest.raises(UnsupportedOperationError, match="append"):
        call(context_engine(buffer(store_of(platform), thread_id), model()), QUESTION)
    assert [message.text for message in emulator.messages(platform, thread_id)] == [*texts(2), QUESTION]


@every_call
def test_over_hunyuan_an_engine_that_writes_fails_before_anything_is_sent(
    call: Call, store_of: OpenStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed("hunyuan", conversation(2))
    with pytest.raises(UnsupportedOperationError, match="writes='none'"):
        call(simple_engine(buffer(store_of("hunyuan"), thread_id), model()), QUESTION)
    assert emulator.requests == []
