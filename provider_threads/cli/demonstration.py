"""The demo: the emulator in this process, a conversation on each platform, read through both frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
)
from langchain_threads import citations_of as citations_of_langchain
from llamaindex_threads import ThreadChatStore
from llamaindex_threads import citations_of as citations_of_llamaindex
from provider_threads import AppBuilder, Citation, Hunyuan, MiniMax, Provider, footnoted
from provider_threads.cli.shapes import print_json
from provider_threads.emulator import Credentials, Emulator, SeedCitation, SeedMessage

__all__ = ["print_demo_as_json", "run_demo"]


@dataclass(frozen=True)
class _Line:
    """One message as the demo prints it; the citations' numbers stand in the text."""

    role: str
    created_at: str | None
    text: str
    citations: tuple[_Note, ...]


@dataclass(frozen=True)
class _Note:
    number: int
    quote: str | None
    url: str | None
    file_id: str | None


@dataclass(frozen=True)
class _Conversation:
    """A thread as one framework shows it through a class of ours."""

    platform: str
    thread_id: str
    framework: Literal["LangChain", "LlamaIndex"]
    read_by: str
    messages: list[_Line]


def run_demo(echo: Callable[[str], None]) -> None:
    """Seed a thread on each platform and print it through LangChain and through LlamaIndex."""
    with Emulator() as emulator:
        echo(f"An emulator of the three platforms runs in this process, on {emulator.base_url}.")
        for shown in _conversations(emulator):
            if shown.framework == "LangChain":
                echo(f"\n━━ {shown.platform} · {shown.thread_id}")
            echo(f"\n  {shown.framework}, {shown.read_by}:")
            _print(shown.messages, echo)
    echo("\nWith an account: set the platform's variables (README.md) and leave out base_url=.")


def print_demo_as_json() -> None:
    """The same as JSON: an object a line for each platform and framework."""
    with Emulator() as emulator:
        for shown in _conversations(emulator):
            print_json(shown)


def _conversations(emulator: Emulator) -> Iterator[_Conversation]:
    account = emulator.credentials
    for name, conversation in _CONVERSATIONS.items():
        thread_id = emulator.seed(name, conversation)
        provider = _provider(name, account, emulator.base_url)
        with _history(name, thread_id, account, emulator.base_url) as history:
            lines = _from_langchain(history.messages)
            yield _Conversation(provider.title, thread_id, "LangChain", type(history).__name__, lines)
        with ThreadChatStore(provider) as store:
            lines = _from_llamaindex(store.get_messages(thread_id))
            yield _Conversation(provider.title, thread_id, "LlamaIndex", type(store).__name__, lines)


def _provider(name: str, account: Credentials, base_url: str) -> Provider:
    if name == "hunyuan":
        return Hunyuan(account.secret_id, account.secret_key, base_url=base_url)
    if name == "minimax":
        return MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=base_url)
    return AppBuilder(account.appbuilder_token, base_url=base_url)


def _history(name: str, thread_id: str, account: Credentials, base_url: str) -> ThreadChatMessageHistory:
    if name == "hunyuan":
        return HunyuanChatMessageHistory(
            thread_id, secret_id=account.secret_id, secret_key=account.secret_key, base_url=base_url
        )
    if name == "minimax":
        return MiniMaxChatMessageHistory(
            thread_id, api_key=account.minimax_api_key, group_id=account.minimax_group_id, base_url=base_url
        )
    return AppBuilderChatMessageHistory(thread_id, token=account.appbuilder_token, base_url=base_url)


def _from_langchain(messages: Sequence[Any]) -> list[_Line]:
    return [
        _line(
            type(message).__name__,
            message.response_metadata.get("created_at"),
            message.content,
            citations_of_langchain(message),
        )
        for message in messages
    ]


def _from_llamaindex(messages: Sequence[Any]) -> list[_Line]:
    return [
        _line(
            message.role.value,
            message.additional_kwargs["thread"].get("created_at"),
            message.content or "",
            citations_of_llamaindex(message),
        )
        for message in messages
    ]


def _line(role: str, created_at: str | None, text: str, citations: Sequence[Citation]) -> _Line:
    noted = footnoted(text, citations)
    notes = (
        _Note(number, citation.quote, citation.url, citation.file_id)
        for number, citation in zip(noted.numbers, citations, strict=True)
    )
    return _Line(role, created_at, noted.text, tuple(notes))


def _print(lines: Sequence[_Line], echo: Callable[[str], None]) -> None:
    for line in lines:
        time = datetime.fromisoformat(line.created_at).astimezone().strftime("%H:%M:%S") if line.created_at else "?"
        echo(f"    {line.role:<13} {time}  {line.text}")
        for note in line.citations:
            source = note.url or note.file_id or "no address given"
            echo(f"    {'':<13} {'':<8}  [{note.number}] {note.quote}  ({source})")


_CONVERSATIONS: dict[Literal["hunyuan", "minimax", "appbuilder"], list[SeedMessage]] = {
    "hunyuan": [
        SeedMessage("user", "帮我想一个周末去苏州的安排，只有一天。"),
        SeedMessage("assistant", "上午去拙政园，人少；中午在平江路吃面；下午坐船看护城河，傍晚到山塘街。"),
        SeedMessage("user", "Could you say that in English?"),
        SeedMessage(
            "assistant",
            "Morning in the Humble Administrator's Garden, noodles on Pingjiang Road, a boat on the moat, and "
            "Shantang Street at dusk.",
        ),
    ],
    "minimax": [
        SeedMessage("user", "长江有多长？在哪里入海？"),
        SeedMessage(
            "assistant",
            "长江全长约 6300 公里【1†source】，在上海的崇明岛附近流入东海【2†source】。🌊",
            citations=[
                SeedCitation(
                    marker="【1†source】", quote="长江干流全长六千三百余公里 …", url="https://example.com/yangtze"
                ),
                SeedCitation(
                    marker="【2†source】", quote="长江口的崇明岛把江水分成南北两支 …", url="https://example.com/estuary"
                ),
            ],
        ),
    ],
    "appbuilder": [
        SeedMessage("user", "把这份会议纪要总结成一句话。", file_ids=["file-510000000000001"]),
        SeedMessage("assistant", "会议决定先完成支付模块，十二月十日前上线，由王敏负责。"),
    ],
}
