"""Neither a credential nor a message shows where nobody asked for it."""

from __future__ import annotations

import asyncio
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
)
from provider_threads import IncompleteThreadWarning, Provider, ThreadsError, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay

from .conversations import SECRET_TEXT, OpenHistory, conversation

CANARY = "canary0credential0that0must0not0show"
NAMED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "hunyuan": (HunyuanChatMessageHistory, ("secret_id", "secret_key", "token")),
    "minimax": (MiniMaxChatMessageHistory, ("api_key", "group_id")),
    "appbuilder": (AppBuilderChatMessageHistory, ("token",)),
}


def shown_by(error: BaseException | None) -> str:
    """What a reporter shows that prints local variables: every frame but this file's, the chain of causes included."""
    lines = []
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename != __file__:
                lines.append(frame.f_code.co_filename)
                lines += [f"{name} = {printed(value)}" for name, value in frame.f_locals.items()]
        lines += [*traceback.format_exception_only(error), repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


def printed(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - as reporters do
        return "<unprintable>"


def test_str_and_repr_make_no_request_and_show_no_text(
    platform: str, history_of: OpenHistory, emulator: Emulator
) -> None:
    history = history_of(platform, [SeedMessage("user", SECRET_TEXT)])
    _ = history.messages
    emulator.clear_requests()
    for shown in (str(history), repr(history), f"{history}", repr(vars(history)), repr([history])):
        assert SECRET_TEXT not in shown
        for credential in vars(emulator.credentials).values():
            assert credential not in shown
    assert history.thread_id in str(history)
    assert type(history).__name__ in str(history)
    assert emulator.requests == []


def test_a_history_that_was_never_made_has_a_repr_for_its_traceback(platform: str) -> None:
    kind = NAMED[platform][0]
    assert repr(kind.__new__(kind)) == f"{kind.__name__}(...)"


@pytest.mark.parametrize("slip", ["thread_id", "base_url", "path", "limit", "writes", "on_gap", "http", "line break"])
@pytest.mark.parametrize("made", ["class", "factory"])
def test_a_failed_construction_shows_no_credential(platform: str, slip: str, made: str) -> None:
    kind, names = NAMED[platform]
    settings: dict[str, Any] = dict.fromkeys(names, CANARY)
    changes: dict[str, dict[str, Any]] = {
        "thread_id": {},
        "base_url": {"base_url": "https://[half"},
        "path": {"base_url": "https://api.example/v1"},
        "http": {"base_url": "http://api.example"},
        "limit": {"limit": 0},
        "writes": {"writes": "all"},
        "on_gap": {"on_gap": "ignore"},
        "line break": {names[-1]: CANARY + "\n"},
    }
    settings |= changes[slip]
    thread_id = "no id at all" if slip == "thread_id" else "thread_1"
    made_by = kind if made == "class" else lambda thread_id, **settings: kind.factory(**settings)(thread_id)
    with pytest.raises(ThreadsError) as caught:
        made_by(thread_id, **settings)
    shown = shown_by(caught.value)
    assert "langchain_threads" in shown  # frames with local variables were looked at
    assert CANARY not in shown


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_failed_read_shows_neither_credential_nor_text(
    platform: str, mode: str, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    kind, names = NAMED[platform]
    thread_id = emulator.seed(platform, [SeedMessage("user", SECRET_TEXT)])  # type: ignore[arg-type]  # one of three
    caplog.set_level("DEBUG")
    with (
        kind(thread_id, base_url=emulator.base_url, **dict.fromkeys(names, CANARY)) as history,
        pytest.raises(ThreadsError) as caught,
    ):
        _ = history.messages if mode == "sync" else asyncio.run(history.aget_messages())
    shown = shown_by(caught.value)
    assert "provider_threads" in shown
    assert CANARY not in shown
    assert SECRET_TEXT not in shown
    ours = [record.getMessage() for record in caplog.records if "threads" in record.name.partition(".")[0]]
    assert CANARY not in "\n".join(ours)


def test_a_failed_write_shows_no_text_in_error_or_log(
    history_of: OpenHistory, provider_of: Callable[..., Provider], caplog: pytest.LogCaptureFixture
) -> None:
    history = history_of("minimax")
    history.thread_id = "thread_nowhere"
    caplog.set_level("DEBUG")
    with pytest.raises(ThreadsError) as caught:
        history.add_user_message(SECRET_TEXT)
    assert SECRET_TEXT not in str(caught.value) + repr(caught.value) + repr(vars(caught.value)) + caplog.text


def test_an_error_of_another_library_is_logged_by_its_name_alone(
    history_of: OpenHistory, caplog: pytest.LogCaptureFixture
) -> None:
    """Its sentence may repeat what it was given."""

    def broken() -> Iterator[HumanMessage]:
        yield HumanMessage("a")
        raise LookupError(SECRET_TEXT)

    history = history_of("minimax")
    with pytest.raises(LookupError):
        history.add_messages(broken())  # type: ignore[arg-type]  # what a user's own code may do
    assert "LookupError" in caplog.text
    assert SECRET_TEXT not in caplog.text


def test_a_key_writes_no_line_of_its_own_into_a_log_or_a_warning(
    emulator: Emulator, provider_of: Callable[..., Provider], overlay: Overlay, caplog: pytest.LogCaptureFixture
) -> None:
    """Apps have keys from their users."""
    thread_id = emulator.seed("hunyuan", conversation(200))
    settings: dict[str, Any] = {"overlay": overlay, "thread_for": lambda key: thread_id}
    key = "user\n2026-01-01 CRITICAL forged\x1b[2J\u202e"
    with ThreadChatMessageHistory(key, provider=provider_of("hunyuan"), **settings) as history:
        with pytest.warns(IncompleteThreadWarning, match="thread 'user") as warned:
            _ = history.messages
        with pytest.raises(UnsupportedOperationError):
            history.clear(remote=True)
    told = [record.getMessage() for record in caplog.records] + [str(warning.message) for warning in warned]
    assert len(told) == 3
    assert all(sentence.isprintable() for sentence in told)


def test_a_history_takes_no_credential_into_a_pickle(history_of: OpenHistory) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(history_of("minimax"))
