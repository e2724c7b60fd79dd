"""Histories in RunnableWithMessageHistory, wired as the documentation shows: dict input and a history key.

Fed with a list instead, LangChain reads the history again after the run and cuts the input by its length.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import BaseMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import Runnable
from langchain_core.runnables.history import RunnableWithMessageHistory

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
)
from provider_threads import ConfigurationError, Provider, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage

from .conversations import SECRET_TEXT, OpenHistory, conversation

ANSWER = "晴，9 度"


class Listener(BaseCallbackHandler):
    """Hears what the chat model is asked."""

    def __init__(self) -> None:
        self.prompts: list[list[str]] = []

    def on_chat_model_start(self, serialized: Any, messages: list[list[BaseMessage]], **kwargs: Any) -> None:
        self.prompts.append([str(message.content) for message in messages[0]])


def chain(history_of_session: Callable[[str], Any]) -> Runnable[Any, Any]:
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
    model = FakeListChatModel(responses=[ANSWER])
    with warnings.catch_warnings():
        # LangChain's own class announces its end whenever it is made.
        warnings.simplefilter("ignore", DeprecationWarning)
        return RunnableWithMessageHistory(
            prompt | model, history_of_session, input_messages_key="question", history_messages_key="history"
        )


def by_invoke(runnable: Runnable[Any, Any], question: str, config: Any) -> str:
    return str(runnable.invoke({"question": question}, config).content)


def by_ainvoke(runnable: Runnable[Any, Any], question: str, config: Any) -> str:
    return str(asyncio.run(runnable.ainvoke({"question": question}, config)).content)


def by_stream(runnable: Runnable[Any, Any], question: str, config: Any) -> str:
    return "".join(str(chunk.content) for chunk in runnable.stream({"question": question}, config))


def by_astream(runnable: Runnable[Any, Any], question: str, config: Any) -> str:
    async def collected() -> str:
        return "".join([str(chunk.content) async for chunk in runnable.astream({"question": question}, config)])

    return asyncio.run(collected())


def by_batch(runnable: Runnable[Any, Any], question: str, config: Any) -> str:
    return str(runnable.batch([{"question": question}], [config])[0].content)


Call = Callable[[Runnable[Any, Any], str, Any], str]
every_call = pytest.mark.parametrize("call", [by_invoke, by_ainvoke, by_stream, by_astream, by_batch])


def session(thread_id: str, *listeners: BaseCallbackHandler) -> Any:
    return {"configurable": {"session_id": thread_id}, "callbacks": [*listeners]}


@every_call
def test_with_writes_none_a_turn_is_one_read_and_no_write(
    platform: str, call: Call, emulator: Emulator, provider_of: Callable[..., Provider], history_of: OpenHistory
) -> None:
    history = history_of(platform, conversation(4))
    _ = history.messages
    one_read = len(emulator.requests)
    emulator.clear_requests()
    errors: list[Exception] = []
    listener = Listener()
    runnable = chain(
        ThreadChatMessageHistory.factory(provider=provider_of(platform), writes="none", on_error=errors.append)
    )
    assert call(runnable, "明天呢？", session(history.thread_id, listener)) == ANSWER
    assert listener.prompts == [["message 0", "message 1", "message 2", "message 3", "明天呢？"]]
    assert len(emulator.requests) == one_read
    assert len(emulator.messages(platform, history.thread_id)) == 4  # type: ignore[arg-type]  # one of three
    assert errors == []


def test_a_batch_reads_each_thread_once_from_its_own_thread(
    platform: str, emulator: Emulator, provider_of: Callable[..., Provider], history_of: OpenHistory
) -> None:
    history_of(platform)  # holds the pool, and closes it after the test
    ids = [emulator.seed(platform, [SeedMessage("user", f"thread {number}")]) for number in range(8)]  # type: ignore[arg-type]
    listeners = [Listener() for _ in ids]
    runnable = chain(ThreadChatMessageHistory.factory(provider=provider_of(platform), writes="none"))
    runnable.batch(
        [{"question": f"question {number}"} for number in range(8)],
        [session(thread_id, listener) for thread_id, listener in zip(ids, listeners, strict=True)],
    )
    heard = [listener.prompts for listener in listeners]
    assert heard == [[[f"thread {number}", f"question {number}"]] for number in range(8)]


@every_call
def test_a_write_that_langchain_swallows_is_seen(
    platform: str,
    call: Call,
    emulator: Emulator,
    provider_of: Callable[..., Provider],
    history_of: OpenHistory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors: list[Exception] = []
    made: list[ThreadChatMessageHistory] = []
    thread_id = history_of(platform, conversation(2)).thread_id
    factory = ThreadChatMessageHistory.factory(provider=provider_of(platform), on_error=errors.append)

    def remembered(session_id: str) -> ThreadChatMessageHistory:
        made.append(factory(session_id))
        return made[-1]

    with caplog.at_level(logging.DEBUG):
        assert call(chain(remembered), SECRET_TEXT, session(thread_id)) == ANSWER
    (error,) = errors
    assert isinstance(error, UnsupportedOperationError)
    assert [history.last_error for history in made] == [error]
    ours = [record for record in caplog.records if record.name.startswith(("langchain_threads", "provider_threads"))]
    assert [record.levelname for record in ours] == ["ERROR"]
    assert thread_id in ours[0].getMessage()
    assert SECRET_TEXT not in caplog.text
    assert ANSWER not in caplog.text
    assert len({request.operation for request in emulator.requests}) == 1  # the list, nothing else
    assert len(emulator.messages(platform, thread_id)) == 2  # type: ignore[arg-type]  # one of three


@every_call
def test_where_both_sides_are_taken_the_next_turn_sees_the_last(
    call: Call, emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    errors: list[Exception] = []
    listener = Listener()
    thread_id = emulator.seed("minimax")
    provider = provider_of("minimax", write_roles={"user", "assistant"})
    with ThreadChatMessageHistory(thread_id, provider=provider) as history:
        runnable = chain(ThreadChatMessageHistory.factory(provider=provider, on_error=errors.append))
        for question in ("今天呢？", "明天呢？"):
            assert call(runnable, question, session(thread_id, listener)) == ANSWER
        assert [message.content for message in history.messages] == ["今天呢？", ANSWER, "明天呢？", ANSWER]
    assert errors == []
    assert listener.prompts == [["今天呢？"], ["今天呢？", ANSWER, "明天呢？"]]


def test_a_role_no_document_names_does_not_disturb_a_turn(
    emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    listener = Listener()
    thread_id = emulator.seed("minimax", [SeedMessage("moderator", "a"), SeedMessage("assistant", "b", id="m")])
    provider = provider_of("minimax", write_roles={"user", "assistant"})
    with ThreadChatMessageHistory(thread_id, provider=provider) as history:
        by_invoke(chain(ThreadChatMessageHistory.factory(provider=provider)), "c", session(thread_id, listener))
        assert [message.content for message in history.messages] == ["a", "b", "c", ANSWER]
    assert listener.prompts == [["a", "b", "c"]]


def test_a_failed_read_is_raised_not_swallowed(platform: str, provider_of: Callable[..., Provider]) -> None:
    runnable = chain(ThreadChatMessageHistory.factory(provider=provider_of(platform)))
    with pytest.raises(Exception, match="Check the ids"):
        by_invoke(runnable, "a", session("thread_nowhere"))


NAMED = {
    "hunyuan": (HunyuanChatMessageHistory, ("secret_id", "secret_key")),
    "minimax": (MiniMaxChatMessageHistory, ("api_key", "group_id")),
    "appbuilder": (AppBuilderChatMessageHistory, ("token",)),
}


def account(emulator: Emulator, platform: str) -> dict[str, str]:
    prefix = {"hunyuan": "", "minimax": "minimax_", "appbuilder": "appbuilder_"}[platform]
    return {name: getattr(emulator.credentials, prefix + name) for name in NAMED[platform][1]}


@pytest.mark.parametrize("source", ["arguments", "environment", "class"])
def test_a_class_named_for_its_platform_makes_histories(
    platform: str, source: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind: Any = NAMED[platform][0]
    thread_id = emulator.seed(platform, conversation(2))  # type: ignore[arg-type]  # one of three
    credentials = account(emulator, platform)
    if source == "environment":
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        credentials = {}
    settings = {**credentials, "base_url": emulator.base_url, "writes": "none"}
    factory = partial(kind, **settings) if source == "class" else kind.factory(**settings)
    listener = Listener()
    with factory(thread_id) as history:
        assert type(history) is kind
        assert by_invoke(chain(factory), "c", session(thread_id, listener)) == ANSWER
    assert listener.prompts == [["message 0", "message 1", "c"]]


def test_the_credential_may_be_pydantics_secret(platform: str, emulator: Emulator) -> None:
    from pydantic import SecretStr

    kind: Any = NAMED[platform][0]
    wrapped = {name: SecretStr(value) for name, value in account(emulator, platform).items()}
    with kind(emulator.seed(platform, conversation(2)), base_url=emulator.base_url, **wrapped) as history:  # type: ignore[arg-type]
        assert len(history.messages) == 2


def test_settings_reach_a_class_named_for_its_platform(platform: str, emulator: Emulator) -> None:
    kind: Any = NAMED[platform][0]
    thread_id = emulator.seed(platform, conversation(9))  # type: ignore[arg-type]  # one of three
    settings = {**account(emulator, platform), "base_url": emulator.base_url, "limit": 3}
    for history in (kind(thread_id, **settings), kind.factory(**settings)(thread_id)):
        with history:
            assert [message.content for message in history.messages] == ["message 6", "message 7", "message 8"]


def test_a_missing_credential_shows_when_the_factory_is_made(platform: str) -> None:
    kind: Any = NAMED[platform][0]
    variable = {
        "hunyuan": "TENCENTCLOUD_SECRET_ID",
        "minimax": "MINIMAX_API_KEY",
        "appbuilder": "APPBUILDER_TOKEN",
    }[platform]
    with pytest.raises(ConfigurationError, match=variable):
        kind.factory()
    with pytest.raises(ConfigurationError, match=variable):
        kind("thread_1")
