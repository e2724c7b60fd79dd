"""A turn through RunnableWithMessageHistory over an overlay loses nothing, on any platform, however it is called."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ChatMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda

from langchain_threads import ThreadChatMessageHistory
from provider_threads import Provider
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay

from .conversations import OpenHistory, said
from .turns import STREAMING, Call, Listener, Weatherman, every_call, prompted, remembering, session

MakeFactory = Callable[..., Callable[[str], ThreadChatMessageHistory]]

BESIDE = {"model_name": "weather-1", "logprobs": {"晴": -0.5}}


@pytest.fixture
def sessions_of(provider_of: Callable[..., Provider], overlay: Overlay) -> Iterator[MakeFactory]:
    """Makes factories of histories for keys of an app, whose threads are created; none of their writes may fail."""
    errors: list[Exception] = []

    def make(platform: str, **settings: Any) -> Callable[[str], ThreadChatMessageHistory]:
        wanted = {"overlay": overlay, "create_threads": True, "on_error": errors.append, **settings}
        return ThreadChatMessageHistory.factory(provider=provider_of(platform), **wanted)

    yield make
    assert errors == []


@pytest.fixture(autouse=True)
def nothing_swallowed(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """LangChain logs what goes wrong when it stores a turn, and goes on."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


def kind_of_answer(call: Call) -> type[BaseMessage]:
    """What LangChain stores of an answer: after a stream, its pieces added up."""
    return AIMessageChunk if call in STREAMING else AIMessage


def without_ids(messages: list[BaseMessage]) -> list[BaseMessage]:
    return [message.model_copy(update={"id": None}) for message in messages]


@every_call
def test_a_turn_loses_nothing_and_the_next_one_sees_it(platform: str, call: Call, sessions_of: MakeFactory) -> None:
    listener = Listener()
    factory = sessions_of(platform)
    runnable = prompted(Weatherman(), factory)
    for question in ("今天呢？", "明天呢？"):
        call(runnable, {"question": question}, session("user-42", listener))
    stored = factory("user-42").messages
    assert said(stored) == ["今天呢？", "answer 1", "明天呢？", "answer 3"]
    assert [type(message) for message in stored] == [HumanMessage, kind_of_answer(call)] * 2
    for answer in (stored[1], stored[3]):
        assert answer.additional_kwargs == {"reasoning_content": "想一想"}
        assert {name: answer.response_metadata[name] for name in BESIDE} == BESIDE
        assert answer.id is not None
        assert answer.id.startswith("lc_run-")
        if call not in STREAMING:
            assert isinstance(answer, AIMessage)
            assert answer.usage_metadata is not None
    assert len({message.id for message in stored}) == 4
    assert listener.heard[1][:-1] == stored[:2]
    assert listener.prompts == [["今天呢？"], ["今天呢？", "answer 1", "明天呢？"]]


@every_call
def test_a_turn_of_messages_loses_nothing_either(platform: str, call: Call, sessions_of: MakeFactory) -> None:
    """Fed with a list, LangChain loads history and input from what its tracer recorded before it stores the turn."""
    listener = Listener()
    factory = sessions_of(platform)
    runnable = remembering(Weatherman(), factory)
    asked = [HumanMessage(f"question {number}", id=f"q{number}", name="王") for number in range(3)]
    for question in asked:
        call(runnable, [question], session("user-42", listener))
    stored = factory("user-42").messages
    assert stored[::2] == asked
    assert said(stored[1::2]) == ["answer 1", "answer 3", "answer 5"]
    assert len(stored) == 6
    assert all(message.response_metadata["model_name"] == "weather-1" for message in stored[1::2])
    assert [type(message) for message in stored[1::2]] == [kind_of_answer(call)] * 3
    assert [len(heard) for heard in listener.heard] == [1, 3, 5]
    assert listener.heard[2] == stored[:5]


def with_tools(number: int) -> list[BaseMessage]:
    """What an agent's run gives: a call, the tool's result with what it found, and the answer."""
    name, call_id = "weather", f"call_{number}"
    return [
        AIMessage("", tool_calls=[{"name": name, "args": {"city": "上海"}, "id": call_id}], id=f"calling-{number}"),
        ToolMessage("9 度", tool_call_id=call_id, name=name, artifact={"degrees": 9}, status="error", id=f"r{number}"),
        AIMessage(f"answer {number}", usage_metadata={"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}),
    ]


@every_call
def test_a_turn_with_tools_is_stored_with_call_and_result(
    platform: str, call: Call, sessions_of: MakeFactory, emulator: Emulator
) -> None:
    heard: list[list[BaseMessage]] = []

    def agent(prompt: Any) -> list[BaseMessage]:
        heard.append(prompt.to_messages())
        return with_tools(len(heard[-1]))

    factory = sessions_of(platform)
    runnable = prompted(RunnableLambda(agent), factory)
    for question in ("今天呢？", "明天呢？"):
        call(runnable, {"question": question}, session("user-42"))
    stored = factory("user-42").messages
    first, second = stored[:4], stored[4:]
    expected = [[HumanMessage("今天呢？")], [*stored[:4], HumanMessage("明天呢？")]]
    assert heard == expected
    assert without_ids(first) == without_ids([HumanMessage("今天呢？"), *with_tools(1)])
    assert without_ids(second) == without_ids([HumanMessage("明天呢？"), *with_tools(5)])
    assert [message.id for message in stored[1:3]] == ["calling-1", "r1"]
    takes_questions = platform != "hunyuan"
    written = [request for request in emulator.requests if "content" in request.parameters]
    assert [request.parameters["content"] for request in written] == ["今天呢？", "明天呢？"] * takes_questions


def test_sessions_side_by_side_keep_to_themselves(platform: str, sessions_of: MakeFactory, emulator: Emulator) -> None:
    factory = sessions_of(platform)
    runnable = prompted(Weatherman(), factory)
    for _ in range(2):
        runnable.batch(
            [{"question": f"question {number}"} for number in range(8)],
            [session(f"用户 {number}") for number in range(8)],
        )
    for number in range(8):
        question = f"question {number}"
        assert said(factory(f"用户 {number}").messages) == [question, "answer 1", question, "answer 3"]
    assert len([request for request in emulator.requests if created_by(request)]) == 8


def created_by(request: Any) -> bool:
    return request.operation in ("CreateThread", "threads/create", "threads")


def test_a_thread_is_created_at_the_first_write_and_once(
    platform: str, sessions_of: MakeFactory, emulator: Emulator
) -> None:
    factory = sessions_of(platform)
    history = factory("user-42")
    assert history.messages == []
    assert history.refresh() == []
    history.clear()
    assert emulator.requests == []
    history.add_ai_message("你好")
    factory("user-42").add_ai_message("又见面了")
    factory("user-43").add_user_message("在吗？")
    created = [request for request in emulator.requests if created_by(request)]
    assert len(created) == 2
    assert said(factory("user-42").messages) == ["你好", "又见面了"]
    assert said(factory("user-43").messages) == ["在吗？"]


@every_call
def test_a_turn_that_the_platforms_own_run_recorded_is_not_doubled(
    platform: Any, call: Call, sessions_of: MakeFactory, emulator: Emulator
) -> None:
    """The run adds question and answer to the thread; the next read has them, however long a read holds."""
    thread_id = emulator.seed(platform, [SeedMessage("user", "之前")])
    listener = Listener()

    def run(prompt: Any) -> AIMessage:
        question = prompt.to_messages()[-1].content
        turn = [SeedMessage("user", question, run_id="run_1"), SeedMessage("assistant", "晴", run_id="run_1")]
        emulator.seed(platform, turn, thread_id=thread_id)
        return AIMessage("晴")

    factory = sessions_of(platform, create_threads=False, writes="none", freshness=600)
    runnable = prompted(RunnableLambda(run), factory)
    call(runnable, {"question": "今天呢？"}, session(thread_id, listener))
    history = factory(thread_id)
    assert said(history.messages) == ["之前", "今天呢？", "晴"]
    call(runnable, {"question": "明天呢？"}, session(thread_id, listener))
    assert said(history.messages) == ["之前", "今天呢？", "晴", "明天呢？", "晴"]
    assert len(emulator.messages(platform, thread_id)) == 5


def test_a_role_no_document_names_does_not_disturb_a_turn(
    platform: str, history_of: OpenHistory, sessions_of: MakeFactory
) -> None:
    history = history_of(platform, [SeedMessage("moderator", "请安静")])
    factory = sessions_of(platform, create_threads=False)
    for _ in range(2):
        prompted(Weatherman(), factory).invoke({"question": "今天呢？"}, session(history.thread_id))
    stored = factory(history.thread_id).messages
    assert isinstance(stored[0], ChatMessage)
    assert said(stored) == ["请安静", "今天呢？", "answer 2", "今天呢？", "answer 4"]
