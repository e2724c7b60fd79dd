"""Wrong turns and what this library says to each, as ``docs/wrong-turns.md`` lists them.

``python -m tests.docs.wrong_turns`` writes the page anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import httpx
from langchain_core.messages import HumanMessage

from langchain_threads import ThreadChatMessageHistory
from llamaindex_threads import ThreadChatStore
from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider, ThreadClient
from provider_threads.emulator import Credentials, Emulator

from .wrong_turns_extras import extras
from .wrong_turns_frameworks import emulators, frameworks, overlays, passed
from .wrong_turns_told import said

PAGE = Path(__file__).parents[2] / "docs" / "wrong-turns.md"

HEAD = """# Wrong turns

What a wrong turn says, word for word: this page is written by `python -m tests.docs.wrong_turns` from the library's
own answers, and a test keeps it so. The platforms' answers come from the [emulator](emulator.md); request ids differ
each time. No message repeats a credential, an id or a text."""


def sentences() -> dict[str, list[tuple[str, str]]]:
    """For each group, the wrong turns and the error each ends in."""
    with Emulator() as emulator, TemporaryDirectory() as folder:
        return {
            "Extras that are not installed": extras(),
            "Credentials": _credentials(emulator),
            "What is passed to what": passed(emulator),
            "Ids and limits, refused before anything is sent": _arguments(emulator),
            "What the platform does not know or cannot do": _platform(emulator),
            "Chains, memories and stores": frameworks(emulator),
            "The overlay": overlays(emulator, Path(folder)),
            "Answers that cannot be read": _answers(emulator),
            "The emulator": emulators(),
        }


def page() -> str:
    """The page as it must stand."""
    lines = [HEAD]
    for group, rows in sentences().items():
        lines += [f"\n## {group}\n", "| What was done | What it says |", "|---|---|"]
        lines += [f"| {done} | {said} |" for done, said in rows]
    return "\n".join(lines) + "\n"


def _accounts(emulator: Emulator) -> dict[str, Provider]:
    account, base_url = emulator.credentials, emulator.base_url
    return {
        "hunyuan": Hunyuan(account.secret_id, account.secret_key, base_url=base_url),
        "minimax": MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=base_url),
        "appbuilder": AppBuilder(account.appbuilder_token, base_url=base_url),
    }


def _credentials(emulator: Emulator) -> list[tuple[str, str]]:
    account: Credentials = emulator.credentials
    base_url = emulator.base_url
    wrong = {
        "a wrong `secret_key`": Hunyuan(account.secret_id, "wrong", base_url=base_url),
        "a wrong `api_key`": MiniMax("wrong", account.minimax_group_id, base_url=base_url),
        "another group's `group_id`": MiniMax(account.minimax_api_key, "42", base_url=base_url),
        "a wrong `token`": AppBuilder("wrong", base_url=base_url),
    }
    rows = [(f"{provider.title}: {what}", said(_reading(provider))) for what, provider in wrong.items()]
    with mock.patch.dict(os.environ, clear=True):
        missing: list[tuple[str, Callable[[], Any]]] = [
            ("`Hunyuan()` without `TENCENTCLOUD_SECRET_ID`", Hunyuan),
            ("`Hunyuan(secret_id=…)` without `TENCENTCLOUD_SECRET_KEY`", lambda: Hunyuan("id")),
            ("`MiniMax()` without `MINIMAX_API_KEY`", MiniMax),
            ("`MiniMax(api_key=…)` without `MINIMAX_GROUP_ID`", lambda: MiniMax("key")),
            ("`AppBuilder()` without `APPBUILDER_TOKEN`", AppBuilder),
            ("a token with a line break at its end", lambda: AppBuilder("token\n")),
            ("a token in quotes", lambda: AppBuilder("'bce-v3/…'")),
            ("`Bearer` before the token", lambda: AppBuilder("Bearer token")),
            ("`base_url` with a path", lambda: MiniMax("key", "1", base_url="https://api.minimax.chat/v1")),
            ("`base_url` without https", lambda: MiniMax("key", "1", base_url="api.minimax.chat")),
            ("`base_url` of http to another machine", lambda: ThreadClient(AppBuilder("token", "http://10.0.0.1"))),
            ("`ThreadClient(MiniMax)`", lambda: ThreadClient(MiniMax)),  # type: ignore[arg-type]  # wrong on purpose
            ('`ThreadClient("minimax")`', lambda: ThreadClient("minimax")),  # type: ignore[arg-type]  # wrong on purpose
        ]
        rows += [(what, said(make)) for what, make in missing]
    return rows


def _reading(provider: Provider, thread_id: str = "thread_of_user_42", **settings: Any) -> Callable[[], Any]:
    def read() -> None:
        with ThreadClient(provider, **settings) as threads:
            threads.read(thread_id)

    return read


def _arguments(emulator: Emulator) -> list[tuple[str, str]]:
    rows = []
    emulator.clear_requests()
    hunyuan, minimax, appbuilder = _accounts(emulator).values()
    for what, thread_id in (
        ("an empty thread id", ""),
        ("a thread id with `../`", "thread/../../other"),
        ("a thread id with a line break", "thread_1\nX-Header: 1"),
    ):
        rows.append((what, said(_reading(minimax, thread_id))))
    with ThreadClient(hunyuan) as on_hunyuan, ThreadClient(appbuilder) as on_appbuilder:
        listed = {
            "Hunyuan: `limit=0`": lambda: on_hunyuan.list_messages("thread_1", limit=0),
            "Hunyuan: `limit=101`": lambda: on_hunyuan.list_messages("thread_1", limit=101),
            "AppBuilder: `limit=101`": lambda: on_appbuilder.list_messages("thread_1", limit=101),
            "`order='newest'`": lambda: on_hunyuan.list_messages("thread_1", order="newest"),  # type: ignore[arg-type]  # wrong on purpose
            "an empty text": lambda: on_appbuilder.append("thread_1", " "),
            "a role that is no text": lambda: on_appbuilder.append("thread_1", "text", ["user"]),  # type: ignore[arg-type]  # wrong on purpose
            "eleven files": lambda: on_appbuilder.append("thread_1", "text", file_ids=["file-1"] * 11),
        }
        rows += [(what, said(call)) for what, call in listed.items()]
        history = ThreadChatMessageHistory("thread_1", client=on_appbuilder)
        store = ThreadChatStore(client=on_appbuilder)
        framework: dict[str, Callable[[], Any]] = {
            '`history.add_messages(["hi"])`': lambda: history.add_messages(["hi"]),  # type: ignore[list-item]  # wrong on purpose
            '`history.add_messages(HumanMessage("hi"))`': lambda: history.add_messages(HumanMessage("hi")),  # type: ignore[arg-type]  # wrong on purpose
            '`store.add_message(key, "hi")`': lambda: store.add_message("thread_1", "hi"),  # type: ignore[arg-type]  # wrong on purpose
        }
        rows += [(what, said(call)) for what, call in framework.items()]
    assert not emulator.requests, "nothing here may reach the platform"
    return rows


def _platform(emulator: Emulator) -> list[tuple[str, str]]:
    accounts = _accounts(emulator)
    rows = [
        (f"{provider.title}: an unknown thread", said(_reading(provider, "thread_unknown")))
        for provider in accounts.values()
    ]
    with ThreadClient(accounts["hunyuan"]) as hunyuan, ThreadClient(accounts["appbuilder"]) as appbuilder:
        cannot = {
            "Hunyuan: append a message": lambda: hunyuan.append("thread_1", "text"),
            "Hunyuan: a cursor": lambda: hunyuan.list_messages("thread_1", after="msg_1"),
            "Hunyuan: delete a thread": lambda: hunyuan.delete_thread("thread_1"),
            "AppBuilder: append what an assistant said": lambda: appbuilder.append("thread_1", "text", "assistant"),
            "AppBuilder: metadata on a message": lambda: appbuilder.append("thread_1", "text", metadata={"a": "b"}),
        }
        rows += [(what, said(call)) for what, call in cannot.items()]
    return rows


def _answers(emulator: Emulator) -> list[tuple[str, str]]:
    minimax, appbuilder = (_accounts(emulator)[name] for name in ("minimax", "appbuilder"))
    refused = {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}, "data": [], "object": "list"}
    rows = []
    for what, provider, answer in (
        ("HTML instead of JSON, to a read", minimax, httpx.Response(200, html="<html>maintenance</html>")),
        ("a body that breaks off, to a read", appbuilder, httpx.Response(200, content=b'{"object": "list", "da')),
        ("MiniMax: an error at HTTP 200", minimax, httpx.Response(200, json=refused)),
        ("a redirect", appbuilder, httpx.Response(302, headers={"location": "https://example.com/"})),
    ):
        with httpx.Client(transport=httpx.MockTransport(lambda request, answer=answer: answer)) as wire:
            rows.append((what, said(_reading(provider, http_client=wire))))
    broken = httpx.MockTransport(lambda request: httpx.Response(502, html="<html>bad gateway</html>"))
    with httpx.Client(transport=broken) as wire, ThreadClient(appbuilder, http_client=wire) as threads:
        rows.append(("HTTP 502 to a write", said(lambda: threads.append("thread_1", "text"))))
    closed = AppBuilder("token", base_url="http://127.0.0.1:9")
    rows.append(("nobody listens", said(_reading(closed))))
    return rows


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
