"""One overlay for many histories: named by path or shared, closed, copied, forked, and without a credential in it."""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
)
from provider_threads import ConfigurationError, OverlayError, Provider
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay

from .conversations import OpenHistory, said, told_by

TURN = [HumanMessage("问"), AIMessage("答")]

NAMED: dict[str, tuple[Any, dict[str, str]]] = {
    "hunyuan": (HunyuanChatMessageHistory, {"secret_id": "secret_id", "secret_key": "secret_key", "token": ""}),
    "minimax": (MiniMaxChatMessageHistory, {"api_key": "minimax_api_key", "group_id": "minimax_group_id"}),
    "appbuilder": (AppBuilderChatMessageHistory, {"token": "appbuilder_token"}),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of an overlay that is opened by its name, and closed after the test."""
    return tmp_path / "threads.db"


@pytest.fixture(autouse=True)
def closed_by_name(path: Path) -> Any:
    yield
    Overlay.at(path).close()


def test_no_credential_is_ever_in_the_overlay(platform: str, emulator: Emulator, path: Path) -> None:
    kind, names = NAMED[platform]
    account = {name: getattr(emulator.credentials, attribute) for name, attribute in names.items() if attribute}
    factory = kind.factory(base_url=emulator.base_url, overlay=path, create_threads=True, namespace="app", **account)
    with factory("user-42") as history:
        history.add_messages(TURN)
        assert said(history.messages) == ["问", "答"]
        Overlay.at(path).close()
        files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
        content = b"".join(file.read_bytes() for file in files)
        assert "问".encode() in content  # the conversation is in the clear
        for secret in account.values():
            assert secret.encode() not in content
            assert secret not in repr(history) + repr(vars(history)) + repr(Overlay.at(path))


def test_another_credential_of_the_account_finds_the_conversation_again(emulator: Emulator, path: Path) -> None:
    """What belongs together is never told by a credential: tokens are renewed."""
    account = emulator.credentials
    settings: dict[str, Any] = {"base_url": emulator.base_url, "overlay": path, "writes": "overlay"}
    thread_id = emulator.seed("appbuilder")
    with AppBuilderChatMessageHistory(thread_id, token=account.appbuilder_token, **settings) as history:
        history.add_messages(TURN)
        before = history.messages
    renewed: dict[str, Any] = {**settings, "freshness": 600}
    with AppBuilderChatMessageHistory(thread_id, token="renewed", **renewed) as history:
        assert history.messages == before


def test_histories_that_name_one_file_share_one_overlay(
    platform: str, history_of: OpenHistory, emulator: Emulator, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    named = [str(path), path, "threads.db", f"sqlite:///{path}", Overlay.at(path)]
    histories = [history_of(platform, overlay=name) for name in named]
    overlays = {id(history._memory.settings.overlay) for history in histories}
    assert len(overlays) == 1
    for history in histories:
        history.thread_id = histories[0].thread_id
    histories[0].add_messages(TURN)
    emulator.clear_requests()
    for history in histories:
        assert said(history.messages) == ["问", "答"]
    assert len(emulator.requests) <= 1  # they know of each other's looks, too


def test_a_history_that_is_closed_leaves_the_overlay_to_the_others(history_of: OpenHistory, path: Path) -> None:
    first, second = (history_of("minimax", overlay=path, freshness=0) for _ in range(2))
    second.thread_id = first.thread_id
    first.add_messages(TURN)
    first.close()
    first.close()
    assert said(second.messages) == ["问", "答"]
    with pytest.raises(ConfigurationError, match="closed"):
        first.messages  # noqa: B018 - a request


def test_an_overlay_that_is_closed_opens_again(history_of: OpenHistory, path: Path) -> None:
    with Overlay(path) as overlay:
        history = history_of("minimax", overlay=overlay)
        history.add_messages(TURN)
    assert said(history.messages) == ["问", "答"]
    overlay.close()


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_is_on_the_same_overlay(copied: Any, history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay, limit=3, writes="overlay")
    with copied(history) as other:
        other.add_messages(TURN)
        assert other._memory.settings == history._memory.settings
        assert other._memory.settings.overlay is overlay
        assert said(history.messages) == said(other.messages) == ["问", "答"]
    assert said(history.messages) == ["问", "答"]


def test_namespaces_keep_apps_apart(history_of: OpenHistory, overlay: Overlay) -> None:
    first = history_of("minimax", overlay=overlay, writes="overlay", namespace="one")
    second = history_of("minimax", overlay=overlay, writes="overlay", namespace="two")
    second.thread_id = first.thread_id
    first.add_messages(TURN)
    assert said(first.messages) == ["问", "答"]
    assert second.messages == []
    second.clear()
    assert said(first.refresh()) == ["问", "答"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the emulator runs in a thread
def test_a_forked_process_and_its_parent_write_one_conversation(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)
    history.add_messages([HumanMessage("before")])
    _ = history.messages
    child = os.fork()
    if child == 0:
        code = 1
        try:
            history.add_messages([HumanMessage("child"), AIMessage("child")])
            code = 0 if said(history.messages) == ["before", "child", "child"] else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    history.add_messages([HumanMessage("parent")])
    assert said(history.refresh()) == ["before", "child", "child", "parent"]
    history.close()


def test_a_history_over_an_overlay_serves_one_loop_after_another(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)
    for number in range(3):
        asyncio.run(history.aadd_messages([HumanMessage(str(number)), AIMessage("答")]))
        assert len(asyncio.run(history.aget_messages())) == 2 * number + 2
    asyncio.run(history.aclose())


def test_many_tasks_lose_nothing(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", overlay=overlay)

    async def turns() -> list[Any]:
        await asyncio.gather(*(history.aadd_messages([HumanMessage(f"q{n}"), AIMessage(f"a{n}")]) for n in range(12)))
        return await history.aget_messages()

    found = said(asyncio.run(turns()))
    assert sorted(found) == sorted([f"q{n}" for n in range(12)] + [f"a{n}" for n in range(12)])
    assert all(found[at + 1] == f"a{text[1:]}" for at, text in enumerate(found) if text[0] == "q")  # turns stay whole
    asyncio.run(history.aclose())


@pytest.mark.parametrize(
    ("thread_id", "settings"),
    [
        ("user 42", {}),
        ("张三@example", {"overlay": None}),
        ("", {"overlay": "threads.db"}),
        ("nul\0", {"overlay": "threads.db"}),
        ("k" * 513, {"overlay": "threads.db"}),
    ],
)
def test_a_key_that_cannot_be_one_is_refused_when_the_history_is_made(
    thread_id: str, settings: dict[str, Any], provider_of: Callable[..., Provider]
) -> None:
    with pytest.raises(ConfigurationError):
        ThreadChatMessageHistory(thread_id, provider=provider_of("minimax"), **settings)


def test_a_key_that_was_led_to_a_thread_may_be_read_without_being_allowed_to_create_one(
    provider_of: Callable[..., Provider], overlay: Overlay
) -> None:
    provider = provider_of("minimax")
    with ThreadChatMessageHistory("张三@example", provider=provider, overlay=overlay, create_threads=True) as history:
        history.add_messages(TURN)
        with ThreadChatMessageHistory("张三@example", provider=provider, overlay=overlay) as reader:
            assert reader.messages == history.messages
        with (
            ThreadChatMessageHistory("李四@example", provider=provider, overlay=overlay) as stranger,
            pytest.raises(ConfigurationError, match="create_threads=True"),
        ):
            stranger.messages  # noqa: B018 - a request


def test_the_password_of_a_database_is_shown_nowhere(
    history_of: OpenHistory, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    url = "postgresql://app:canary0password@127.0.0.1:1/threads?connect_timeout=1"
    history = history_of("minimax", overlay=url)
    shown = [repr(history), repr(vars(history)), repr(history._memory.settings)]
    for use in (lambda: history.messages, lambda: history.add_messages(TURN)):
        with pytest.raises(OverlayError) as caught:
            use()
        shown.append(told_by(caught.value))
    assert "canary0password" not in "\n".join([*shown, caplog.text])
    assert emulator.requests == []
    Overlay.at(url).close()
