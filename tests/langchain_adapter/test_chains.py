"""Histories in RunnableWithMessageHistory, wired as the documentation shows: dict input and a history key.

Fed with a list instead, LangChain reads the history again after the run and cuts the input by its length.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
)
from provider_threads import ConfigurationError, Provider, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage

from .conversations import SECRET_TEXT, OpenHistory, conversation
from .turns import Call, Listener, answer_of, by_invoke, every_call, prompted, session

ANSWER = "晴，9 度"


def chain(history_of_session: Callable[[str], Any]) -> Any:
    return prompted(FakeListChatModel(responses=[ANSWER]), history_of_session)


def asked(question: str) -> dict[str, str]:
    return {"question": question}


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
    assert answer_of(call(runnable, asked("明天呢？"), session(history.thread_id, listener))) == ANSWER
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
        assert answer_of(call(chain(remembered), asked(SECRET_TEXT), session(thread_id))) == ANSWER
    (error,) = errors
    assert isinstance(error, UnsupportedOperationError)
    assert [history.last_error for history in made] == [error]
    named = [record for record in caplog.records if record.name.startswith(("langchain_threads", "provider_threads"))]
    ours = [record for record in named if record.levelno > logging.DEBUG]
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
            assert answer_of(call(runnable, asked(question), session(thread_id, listener))) == ANSWER
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
        by_invoke(chain(ThreadChatMessageHistory.factory(provider=provider)), asked("c"), session(thread_id, listener))
        assert [message.content for message in history.messages] == ["a", "b", "c", ANSWER]
    assert listener.prompts == [["a", "b", "c"]]


def test_a_failed_read_is_raised_not_swallowed(platform: str, provider_of: Callable[..., Provider]) -> None:
    runnable = chain(ThreadChatMessageHistory.factory(provider=provider_of(platform)))
    with pytest.raises(Exception, match="Check the ids"):
        by_invoke(runnable, asked("a"), session("thread_nowhere"))


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
        assert answer_of(by_invoke(chain(factory), asked("c"), session(thread_id, listener))) == ANSWER
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
