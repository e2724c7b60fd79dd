"""A hosted thread shown beside another memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLMWithChatMemoryOfLastCall
from llama_index.core.memory import Memory
from llama_index.core.memory.memory_blocks import StaticMemoryBlock

from llamaindex_threads import ThreadChatStore, ThreadMemoryBlock, citations_of, provenance_of
from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    IncompleteThreadWarning,
    Provider,
    ThreadClient,
    ThreadsError,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay

from .conversations import Mode, OpenMemoryStore, cited_answer, conversation, said, texts, tool_turn

OpenBlock = Callable[..., ThreadMemoryBlock]
OpenMemory = Callable[..., Memory]
Getting = Callable[[Memory], list[ChatMessage]]


@pytest.fixture
def block_of(provider_of: Callable[..., Provider]) -> Iterator[OpenBlock]:
    """Makes a block of a platform's account on the emulator."""
    with ExitStack() as opened:

        def make(platform: str, thread_id: str, **settings: Any) -> ThreadMemoryBlock:
            return opened.enter_context(closing(ThreadMemoryBlock(thread_id, provider_of(platform), **settings)))

        yield make


@pytest.fixture
def get(mode: Mode) -> Getting:
    """Gets what a memory shows a model, one way or the other."""
    if mode == "sync":
        return lambda memory: memory.get()
    return lambda memory: asyncio.run(memory.aget())


@pytest.fixture(autouse=True)
def no_event_loop() -> None:
    """LlamaIndex's synchronous calls would make one and leave it open, as in a script."""
    asyncio.set_event_loop(None)


@pytest.fixture
def memory_with(memory_store_of: OpenMemoryStore, emulator: Emulator) -> OpenMemory:
    """Makes a memory of a conversation of its own, with blocks beside it; it counts words."""

    def make(*blocks: Any, **settings: Any) -> Memory:
        store = memory_store_of("appbuilder", writes="overlay")
        wanted: dict[str, Any] = {"memory_blocks": list(blocks), "tokenizer_fn": str.split, **settings}
        return Memory.from_defaults(session_id=emulator.seed("appbuilder"), chat_store=store, **wanted)

    return make


def own(*texts: str) -> list[ChatMessage]:
    return [ChatMessage(role="user", content=text) for text in texts]


def test_a_memory_shows_the_thread_before_its_own_conversation(
    platform: Any, memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    memory = memory_with(block_of(platform, emulator.seed(platform, conversation(4))), chat_history=own("own"))
    for _ in range(2):
        shown = get(memory)
        assert said(shown) == [*texts(4), "own"]
        assert [message.role.value for message in shown] == ["user", "assistant"] * 2 + ["user"]
    assert said(memory.get_all()) == ["own"]


def test_it_shows_what_the_platform_has_by_then(
    platform: Any, memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    thread_id = emulator.seed(platform, conversation(1))
    memory = memory_with(block_of(platform, thread_id))
    assert said(get(memory)) == texts(1)
    emulator.seed(platform, [SeedMessage("assistant", "later")], thread_id=thread_id)
    assert said(get(memory)) == [*texts(1), "later"]


def test_it_shows_the_newest_twenty_unless_others_are_wanted(
    platform: Any, memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    thread_id = emulator.seed(platform, conversation(30))
    assert said(get(memory_with(block_of(platform, thread_id)))) == texts(30, start=10)
    assert sum("list" in request.operation.lower() for request in emulator.requests) == 2  # the own one, and the thread
    assert said(get(memory_with(block_of(platform, thread_id, limit=3)))) == texts(30, start=27)
    assert said(get(memory_with(block_of(platform, thread_id, limit=None)))) == texts(30)


def test_an_empty_thread_shows_nothing(
    platform: Any, memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    thread_id = emulator.seed(platform, [SeedMessage("user", ""), SeedMessage("system", "rules")])
    assert said(get(memory_with(block_of(platform, thread_id), chat_history=own("own")))) == ["own"]


def test_a_thread_that_cannot_be_read_is_an_error(
    platform: str, memory_with: OpenMemory, block_of: OpenBlock, get: Getting
) -> None:
    memory = memory_with(block_of(platform, "thread_unknown"))
    with pytest.raises(ThreadsError):
        get(memory)


def test_a_thread_across_a_gap_shows_its_newest_block_with_a_warning(
    memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    memory = memory_with(block_of("hunyuan", emulator.seed("hunyuan", conversation(250)), limit=None))
    with pytest.warns(IncompleteThreadWarning):
        assert said(get(memory)) == texts(250, start=150)


def test_its_messages_say_where_they_are_from_at_few_tokens(
    memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    thread_id = emulator.seed("minimax", [cited_answer(8, "q " * 200)])
    memory = memory_with(block_of("minimax", thread_id))
    (message,) = get(memory)
    assert (provenance_of(message) or {})["thread_id"] == thread_id
    assert len(citations_of(message)) == 8
    assert memory._estimate_token_count([message]) < 20


def test_it_stands_beside_other_blocks(
    memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    """Memory puts other blocks' text into a system message, and edits what it finds."""
    block = block_of("minimax", emulator.seed("minimax", conversation(2)))
    static = StaticMemoryBlock(name="facts", static_content="the sky is blue")  # type: ignore[arg-type]  # it takes text
    for _ in range(2):
        shown = get(memory_with(static, block, chat_history=own("own")))
        assert said(shown)[1:] == [*texts(2), "own"]
        assert "the sky is blue" in (shown[0].content or "")


def test_what_is_said_only_here_is_shown_and_tools_are_not(
    platform: Any,
    memory_with: OpenMemory,
    block_of: OpenBlock,
    provider_of: Any,
    emulator: Emulator,
    overlay: Overlay,
    get: Getting,
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    with closing(ThreadChatStore(provider_of(platform), overlay=overlay)) as store:
        for message in tool_turn():
            store.add_message(thread_id, message)
    shown = get(memory_with(block_of(platform, thread_id, overlay=overlay)))
    assert said(shown) == [*texts(2), "question 1", "answer 1"]
    assert provenance_of(shown[-1]) is None


# shortened


def test_beyond_the_token_limit_the_oldest_whole_messages_go_first(
    memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    """Each counts four words: two of its text, and its provenance."""
    block = block_of("minimax", emulator.seed("minimax", conversation(10)), tokenizer_fn=str.split)
    one = memory_with()._estimate_token_count(asyncio.run(block.aget())[:1])
    history = own("word " * 10)
    memory = memory_with(block, chat_history=history, token_limit=10 + 4 * one)
    assert said(get(memory)) == [*texts(10, start=6), history[0].content]
    memory = memory_with(block, chat_history=history, token_limit=10 + 4 * one - 1)
    assert said(get(memory)) == [*texts(10, start=7), history[0].content]


def test_where_nothing_is_left_the_conversation_itself_stays(
    memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    block = block_of("minimax", emulator.seed("minimax", conversation(10)))
    history = own("word " * 30)
    assert said(get(memory_with(block, chat_history=history, token_limit=20))) == [history[0].content]


def test_with_priority_0_it_is_never_shortened(
    memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, get: Getting
) -> None:
    block = block_of("minimax", emulator.seed("minimax", conversation(10)), priority=0)
    assert said(get(memory_with(block, token_limit=5))) == texts(10)


@pytest.mark.parametrize(("tokens", "left"), [(0, 3), (1, 2), (10_000, None)])
def test_llamaindexs_own_tokens_are_counted_by_default(
    tokens: int, left: int | None, block_of: OpenBlock, emulator: Emulator
) -> None:
    block = block_of("minimax", emulator.seed("minimax", conversation(3)))

    async def shortened() -> list[ChatMessage] | None:
        return await block.atruncate(await block.aget(), tokens)

    kept = asyncio.run(shortened())
    assert (kept if kept is None else len(kept)) == left


# never written


def test_the_thread_is_never_written(
    platform: Any, memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator, mode: Mode
) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    block = block_of(platform, thread_id)
    memory = memory_with(block, token_limit=20, token_flush_size=5)
    for number in range(12):
        message = ChatMessage(role="user", content=f"word word word {number}")
        if mode == "sync":
            memory.put(message)
        else:
            asyncio.run(memory.aput(message))
    assert len(emulator.messages(platform, thread_id)) == 2
    with pytest.raises(UnsupportedOperationError, match="only shows"):
        asyncio.run(block.aput(own("a")))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # LlamaIndex's agents use pydantic's old names
def test_an_agent_sees_the_thread(
    platform: Any, memory_with: OpenMemory, block_of: OpenBlock, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(4))
    llm = MockFunctionCallingLLMWithChatMemoryOfLastCall()

    async def asked() -> None:
        memory = memory_with(block_of(platform, thread_id))
        await FunctionAgent(llm=llm, tools=[], streaming=False).run("明天呢？", memory=memory)

    asyncio.run(asked())
    assert said(llm.last_chat_messages) == [*texts(4), "明天呢？"]
    assert len(emulator.messages(platform, thread_id)) == 4


# settings


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"thread_id": "a/../b"}, "thread_id"),
        ({"limit": 0}, "limit"),
        ({"writes": "none"}, "only read"),
        ({"accept_short_term_memory": True}, "never written"),
        ({"create_threads": True}, "needs an overlay"),
    ],
)
def test_a_mistake_is_told_at_once(settings: dict[str, Any], named: str, block_of: OpenBlock) -> None:
    with pytest.raises(ConfigurationError, match=named):
        block_of("minimax", **{"thread_id": "thread_1", **settings})


def test_a_client_that_only_awaits_is_refused(provider_of: Any) -> None:
    with pytest.raises(ConfigurationError, match="event loop for each call"):
        ThreadMemoryBlock("thread_1", client=AsyncThreadClient(provider_of("minimax")))  # type: ignore[arg-type]


def test_a_client_of_ones_own_stays_open(
    memory_with: OpenMemory, provider_of: Any, emulator: Emulator, get: Getting
) -> None:
    thread_id = emulator.seed("minimax", conversation(2))
    with ThreadClient(provider_of("minimax")) as client:
        block = ThreadMemoryBlock(thread_id, client=client)
        assert said(get(memory_with(block))) == texts(2)
        block.close()
        assert client.get_thread(thread_id).id
