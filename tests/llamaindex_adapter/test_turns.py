"""Whole turns of agents and chat engines over an overlay: nothing is lost, and few requests are made."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, MessageRole, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.memory import ChatMemoryBuffer, ChatSummaryMemoryBuffer, Memory
from llama_index.core.tools import FunctionTool

from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import OpenMemoryStore, OpenStore, conversation, said, texts
from .test_engines import (
    ANSWER,
    QUESTION,
    Call,
    asking_engines,
    by_chat,
    context_engine,
    every_call,
    model,
    simple_engine,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # LlamaIndex's agents use pydantic's old names

QUESTION_TOO, REPLY = "后天呢？", "北京今天晴。"
LISTS = {"GetThreadMessageList", "threads/messages/list"}


@pytest.fixture(autouse=True)
def no_event_loop() -> None:
    """LlamaIndex's synchronous calls would make one and leave it open, as in a script."""
    asyncio.set_event_loop(None)


def weather(city: str = "北京") -> str:
    """What the weather is like."""
    return f"{city}：晴"


class Model(MockFunctionCallingLLM):
    """Calls its tool after each question, then answers; keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__(response_generator=self._replied, is_chat_model=True)
        self._requests: list[list[ChatMessage]] = []

    def _replied(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatMessage:
        self._requests.append(list(messages))
        if messages[-1].role == MessageRole.TOOL:
            return ChatMessage(role="assistant", content=REPLY)
        call = ToolCallBlock(
            tool_call_id=f"call_{len(self._requests)}", tool_name="weather", tool_kwargs={"city": "北京"}
        )
        return ChatMessage(role="assistant", blocks=[call])

    @property
    def requests(self) -> list[list[ChatMessage]]:
        """What each request held."""
        return self._requests


def agent_of(llm: Model) -> FunctionAgent:
    return FunctionAgent(llm=llm, tools=[FunctionTool.from_defaults(weather)], streaming=False)


def asked(agent: FunctionAgent | AgentWorkflow, question: str, memory: Any) -> str:
    async def run() -> str:
        return str(await agent.run(question, memory=memory))

    return asyncio.run(run())


def roles(messages: Sequence[ChatMessage]) -> list[str]:
    return [message.role.value for message in messages]


def requests(emulator: Emulator) -> Counter[str]:
    """How often lists were asked for, and how often messages were sent."""
    return Counter(
        "list" if request.operation in LISTS or request.method == "GET" else "send" for request in emulator.requests
    )


TURN = ["user", "assistant", "tool", "assistant"]


@pytest.mark.parametrize("kind", [agent_of, lambda llm: AgentWorkflow(agents=[agent_of(llm)])])
def test_an_agents_tool_turn_is_kept_and_the_next_session_sees_it(
    platform: Any, kind: Callable[[Model], Any], memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    first = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform))
    assert asked(kind(Model()), QUESTION, first) == REPLY
    assert [message.text for message in emulator.messages(platform, thread_id)] == [
        *texts(2),
        *([] if platform == "hunyuan" else [QUESTION]),
    ]
    second = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform))
    llm = Model()
    assert asked(kind(llm), QUESTION_TOO, second) == REPLY
    shown = [message for message in llm.requests[-1] if message.role != MessageRole.SYSTEM]
    assert roles(shown) == ["user", "assistant", *TURN, "user", "assistant", "tool"]
    (block,) = shown[3].blocks
    assert isinstance(block, ToolCallBlock)
    assert block.tool_kwargs == {"city": "北京"}
    assert shown[4].additional_kwargs["tool_call_id"] == block.tool_call_id
    assert said([shown[2], shown[4], shown[5], shown[6]]) == [QUESTION, "北京：晴", REPLY, QUESTION_TOO]
    assert roles(second.get_all()) == ["user", "assistant", *TURN, *TURN]


def test_an_agent_over_a_buffer_keeps_its_tool_turn_too(
    platform: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform)
    for number in (1, 2):
        store = store_of(platform, overlay=overlay)
        buffer = ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=thread_id, token_limit=3000)
        assert asked(agent_of(Model()), QUESTION, buffer) == REPLY
        assert roles(store.get_messages(thread_id)) == TURN * number


def test_an_agent_that_is_given_the_history_again_and_again_doubles_nothing(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    memory = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform, freshness=0))

    async def run() -> None:
        for _ in range(2):
            history = await memory.aget()
            await agent_of(Model()).run(QUESTION, memory=memory, chat_history=history)

    asyncio.run(run())
    assert roles(memory.get_all()) == ["user", "assistant", *TURN, *TURN]


@pytest.fixture
def memory_of_a_new_process(memory_store_of: OpenMemoryStore, overlay: Overlay) -> Iterator[Callable[..., Memory]]:
    """A memory whose overlay holds the thread, and knows nothing of when it was last looked at."""
    with Overlay(overlay.location) as opened:

        def make(platform: str, key: str) -> Memory:
            asyncio.run(memory_store_of(platform).get_messages(key))
            store = memory_store_of(platform, overlay=opened)
            return Memory.from_defaults(session_id=key, chat_store=store, token_limit=100_000)

        yield make


def test_a_turn_of_an_agent_with_a_tool_asks_for_the_list_at_most_twice(
    platform: Any, memory_of_a_new_process: Callable[..., Memory], emulator: Emulator
) -> None:
    """Memory reads five times in such a turn, and all of it every time."""
    memory = memory_of_a_new_process(platform, emulator.seed(platform, conversation(150)))
    emulator.clear_requests()
    asked(agent_of(Model()), QUESTION, memory)
    counted = requests(emulator)
    assert 1 <= counted["list"] <= 2
    assert counted["send"] == (0 if platform == "hunyuan" else 1)
    assert roles(memory.get_all())[-4:] == TURN
    assert len(memory.get_all()) == 154


def test_a_turn_of_an_engine_asks_for_the_list_at_most_twice(
    platform: Any, memory_of_a_new_process: Callable[..., Memory], emulator: Emulator
) -> None:
    memory = memory_of_a_new_process(platform, emulator.seed(platform, conversation(150)))
    emulator.clear_requests()
    by_chat(context_engine(memory, model()), QUESTION)
    counted = requests(emulator)
    assert 1 <= counted["list"] <= 2
    assert counted["send"] == (0 if platform == "hunyuan" else 1)


@every_call
@asking_engines
def test_an_engine_over_memory_keeps_both_sides(
    platform: Any,
    engine: Callable[..., Any],
    call: Call,
    memory_store_of: OpenMemoryStore,
    emulator: Emulator,
) -> None:
    """A stream's answer is written from a thread or a task of its own, in a loop of its own."""
    thread_id = emulator.seed(platform, conversation(2))
    memory = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform))
    llm = model()
    emulator.clear_requests()
    for question in (QUESTION, QUESTION_TOO):
        call(engine(memory, llm), question)
        written_by_then(memory, question)
    assert said(memory.get_all()) == [*texts(2), QUESTION, ANSWER, QUESTION_TOO, ANSWER]
    assert said(llm.last_chat_messages)[-4:] == ["message 1", QUESTION, ANSWER, QUESTION_TOO]
    assert requests(emulator)["send"] == (0 if platform == "hunyuan" else 2)


def written_by_then(memory: Memory, question: str) -> None:
    """Waits until the answer that follows `question` is written: a stream ends before its thread has."""
    import time

    for _ in range(100):
        history = said(memory.get_all())
        if history[-2:] == [question, ANSWER]:
            return
        time.sleep(0.05)
    raise AssertionError(f"the last two are {history[-2:]}")


@every_call
def test_a_simple_engine_over_a_buffer_keeps_both_sides(
    platform: Any, call: Call, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    store = store_of(platform, overlay=overlay)
    buffer = ChatMemoryBuffer.from_defaults(chat_store=store, chat_store_key=thread_id, token_limit=3000)
    call(simple_engine(buffer, model()), QUESTION)
    assert said(buffer.get_all()) == [*texts(2), QUESTION, ANSWER]


def test_an_engine_is_reset_and_shows_its_history(
    platform: Any, memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    engine = simple_engine(
        Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of(platform)),  # type: ignore[arg-type]
        model(),
    )
    engine.chat(QUESTION)
    assert said(engine.chat_history) == [*texts(2), QUESTION, ANSWER]
    engine.reset()
    assert engine.chat_history == []
    engine.chat(QUESTION_TOO, chat_history=[ChatMessage("given")])
    assert said(engine.chat_history) == ["given", QUESTION_TOO, ANSWER]


def test_a_buffer_is_set_reset_and_given_a_history(
    platform: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    store = store_of(platform, overlay=overlay)
    memory = ChatMemoryBuffer.from_defaults(
        chat_store=store, chat_store_key=thread_id, chat_history=[ChatMessage("given")], token_limit=3000
    )
    assert said(memory.get()) == ["given"]
    memory.put_messages([ChatMessage("a"), ChatMessage(role="assistant", content="b")])
    assert said(memory.get_all()) == ["given", "a", "b"]
    memory.set([ChatMessage("set")])
    assert said(asyncio.run(memory.aget())) == ["set"]
    memory.reset()
    assert memory.get() == []
    assert [message.text for message in emulator.messages(platform, thread_id)][:2] == texts(2)


def test_a_buffer_that_rewrites_at_every_read_sends_nothing_again(
    platform: Any, store_of: OpenStore, overlay: Overlay, emulator: Emulator
) -> None:
    """ChatSummaryMemoryBuffer empties the store and sets what is left, each time that it is read."""
    thread_id = emulator.seed(platform, conversation(20))
    store = store_of(platform, overlay=overlay)
    memory = ChatSummaryMemoryBuffer.from_defaults(
        llm=model(), chat_store=store, chat_store_key=thread_id, token_limit=30
    )
    memory.put(ChatMessage("message 20"))
    emulator.clear_requests()
    first = memory.get()
    assert 2 < len(first) < 20
    assert first[0].role == MessageRole.SYSTEM
    assert said(first[1:]) == texts(21)[-(len(first) - 1) :]
    for _ in range(3):
        assert said(memory.get()) == said(first)
    memory.put(ChatMessage(role="assistant", content="message 21"))
    assert said(memory.get())[-2:] == ["message 20", "message 21"]
    assert requests(emulator)["send"] == 0
    assert len(emulator.messages(platform, thread_id)) == (20 if platform == "hunyuan" else 21)


def test_what_an_agent_writes_into_a_message_that_it_read_is_not_stored(
    memory_store_of: OpenMemoryStore, emulator: Emulator
) -> None:
    """An agent with a state writes it into the last question, in place."""
    thread_id = emulator.seed("minimax")
    memory = Memory.from_defaults(session_id=thread_id, chat_store=memory_store_of("minimax"))
    llm = Model()
    workflow = AgentWorkflow(agents=[agent_of(llm)], initial_state={"mood": "sunny"})
    asked(workflow, QUESTION, memory)
    assert "sunny" in str(llm.requests[0])
    assert said(memory.get_all())[0] == QUESTION
    assert [message.text for message in emulator.messages("minimax", thread_id)] == [QUESTION]
