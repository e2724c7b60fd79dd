"""Canned pages are what the emulator would have sent, from a process of their own, after the time that was set."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from provider_threads.emulator import CannedEmulator, Emulator, SeedCitation, SeedMessage, Switches
from provider_threads.emulator.canned_pages import CannedPages, prepared, thread_id_of
from provider_threads.emulator.identifiers import Provider
from provider_threads.emulator.seeding import stored_messages

from .wire import Wire

ROOT = Path(__file__).parents[2]
SIZE = 7
CONVERSATION = [
    SeedMessage(("user", "assistant")[number % 2], f"\N{SNOWFLAKE} {number}", id=f"msg_{number}", created_at=number)
    for number in range(SIZE)
]
POSITIONS: list[tuple[Provider, dict[str, Any]]] = [
    ("hunyuan", {}),
    ("hunyuan", {"hunyuan_content": "string", "hunyuan_default_limit": 2}),
    *(
        (
            "appbuilder",
            {
                "appbuilder_cursor": cursor,
                "appbuilder_cursor_reading": reading,
                "appbuilder_max_limit": 5,
                "appbuilder_page_cap": cap,
                "appbuilder_has_more": flag,
            },
        )
        for cursor, reading, cap, flag in product(
            ("inclusive", "exclusive"), ("chronological", "positional"), (None, 3), ("present", "absent")
        )
    ),
    *(
        (
            "minimax",
            {
                "minimax_cursor": cursor,
                "minimax_cursor_reading": reading,
                "minimax_without_cursor": without,
                "minimax_max_limit": 5,
                "unknown_cursor": "empty",
            },
        )
        for cursor, reading, without in [
            ("exclusive", "positional", "whole"),
            ("inclusive", "chronological", "whole"),
            ("ignored", "positional", "whole"),
            ("ignored", "positional", "limit"),
            ("ignored", "positional", "limit_and_order"),
        ]
    ),
]


def questions(platform: Provider) -> Iterator[dict[str, Any]]:
    for order, limit in product(("asc", "desc"), (2, 6, 20)):
        if platform == "hunyuan":
            yield {"Order": order, "Limit": limit}
            continue
        yield {"order": order, "limit": limit}
        for name, cursor in product(("after", "before"), ("msg_0", "msg_3", "msg_6", "msg_99")):
            yield {"order": order, "limit": limit, name: cursor}
        yield {"order": order, "limit": limit, "after": "msg_1", "before": "msg_5"}
    yield {}


def asked(platform: Provider, thread_id: str, question: dict[str, Any]) -> tuple[str, str, bytes]:
    """Method, target and body of a request for a list."""
    if platform == "hunyuan":
        body = json.dumps({"ThreadID": thread_id, **question}).encode()
        return "POST", "/", body
    parameters = {"thread_id": thread_id, **question}
    if platform == "minimax":
        return "GET", "/v1/threads/messages/list?" + urlencode(parameters), b""
    return "POST", "/v2/threads/messages/list", json.dumps(parameters).encode()


def without_names(payload: Any) -> Any:
    """What an answer says, but for request ids, and for the ids and times that seeding draws."""
    if isinstance(payload, list):
        return [without_names(item) for item in payload]
    if isinstance(payload, dict):
        drawn = {"RequestId", "RunID", "AssistantID", "run_id", "assistant_id", "base_resp"}
        return {name: without_names(value) for name, value in payload.items() if name not in drawn}
    return payload


@pytest.mark.parametrize(("platform", "position"), POSITIONS)
def test_every_list_is_the_emulators_own(running: Emulator, platform: Provider, position: dict[str, Any]) -> None:
    running.reset()
    running.switches = Switches(**position)
    thread_id = thread_id_of(0)
    stored = stored_messages(platform, thread_id, CONVERSATION, start_ms=0)
    pages = CannedPages(platform, running.switches, 1, prepared(platform, stored, running.switches))
    running.seed(platform, CONVERSATION, thread_id=thread_id)
    account = running.credentials
    with Wire(running) as wire:
        for question in questions(platform):
            method, target, body = asked(platform, thread_id, question)
            status, answer = pages.answer(target, body)
            if platform == "hunyuan":
                headers = wire.tencent_headers("GetThreadMessageList", body)
            elif platform == "minimax":
                target += f"&GroupId={account.minimax_group_id}"
                headers = {"Authorization": f"Bearer {account.minimax_api_key}"}
            else:
                headers = {"Authorization": f"Bearer {account.appbuilder_token}"}
            real = wire.http.request(method, target, content=body, headers=headers)
            assert status == real.status_code
            assert without_names(json.loads(answer)) == without_names(real.json()), question


@pytest.mark.parametrize("platform", ["hunyuan", "minimax", "appbuilder"])
def test_an_unknown_thread_and_a_broken_body_are_refused_as_the_platform_does(platform: Provider) -> None:
    with CannedEmulator(platform, CONVERSATION) as canned:
        method, target, body = asked(platform, "thread_unknown", {})
        refused = httpx.request(method, canned.base_url + target, content=body, trust_env=False)
        assert "Data" not in refused.text
        assert "data" not in refused.json()
        assert httpx.request(method, canned.base_url + target, content=b"{", trust_env=False).status_code == 400
        assert httpx.get(canned.base_url + "/v1/threads/retrieve", trust_env=False).status_code == 404


def test_every_thread_holds_the_conversation_under_its_own_id() -> None:
    cited = [
        SeedMessage("assistant", "so it is[1]", citations=[SeedCitation("[1]", "it is", url="https://example.com")])
    ]
    with CannedEmulator("minimax", cited, threads=3) as canned:
        assert len(set(canned.thread_ids)) == 3
        for thread_id in canned.thread_ids:
            _, target, _ = asked("minimax", thread_id, {})
            [message] = httpx.get(canned.base_url + target, trust_env=False).json()["data"]
            assert message["thread_id"] == thread_id
            assert message["content"][0]["text"]["annotations"][0]["web_citation"]["url"] == "https://example.com"


def test_requests_wait_their_round_trip_side_by_side_and_are_counted() -> None:
    with CannedEmulator("appbuilder", CONVERSATION, round_trip=0.2) as canned:
        _, target, body = asked("appbuilder", canned.thread_ids[0], {})

        def ask(_: int) -> float:
            began = time.monotonic()
            assert len(httpx.post(canned.base_url + target, content=body, trust_env=False).json()["data"]) == SIZE
            return time.monotonic() - began

        with ThreadPoolExecutor(4) as pool:
            assert min(pool.map(ask, range(4))) >= 0.2
        arrivals = canned.arrivals
        assert len(arrivals) == 4
        assert arrivals == sorted(arrivals)
        assert 2 <= canned.most_in_flight <= 4
        canned.clear_requests()
        assert (canned.arrivals, canned.most_in_flight) == ([], 0)


def test_a_request_in_pieces_and_two_at_once_are_answered_in_turn() -> None:
    with CannedEmulator("appbuilder", CONVERSATION) as canned:
        _, target, body = asked("appbuilder", canned.thread_ids[0], {"limit": 1})
        request = f"POST {target} HTTP/1.1\r\nHost: x\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
        port = urlsplit(canned.base_url).port or 0
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            for piece in (request[:10], request[10:-5], request[-5:] + request):
                connection.sendall(piece)
                time.sleep(0.01)
            received = b""
            while received.count(b'"has_more"') < 2:
                received += connection.recv(65_536)
            assert received.count(b"HTTP/1.1 200 OK") == 2
            connection.sendall(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 411")


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="hunyuan, minimax, appbuilder"):
        CannedEmulator("openai")  # type: ignore[arg-type]  # the slip under test
    with pytest.raises(ValueError, match="from 1"):
        CannedEmulator("minimax", threads=0)
    for seconds in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="seconds"):
            CannedEmulator("minimax", round_trip=seconds)


def test_outside_of_its_block_nothing_runs() -> None:
    canned = CannedEmulator("minimax", CONVERSATION)
    with pytest.raises(RuntimeError, match="with block"):
        _ = canned.base_url
    with canned:
        base_url = canned.base_url
        with pytest.raises(RuntimeError, match="running already"):
            canned.__enter__()
    with pytest.raises(httpx.ConnectError):
        httpx.get(base_url, trust_env=False)


def test_the_process_ends_with_a_parent_that_is_killed() -> None:
    script = (
        "import os, signal\nfrom provider_threads.emulator import CannedEmulator\n"
        "canned = CannedEmulator('minimax').__enter__()\nprint(canned.base_url, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, timeout=60, check=False)
    base_url = done.stdout.decode().strip()
    for _ in range(500):
        try:
            httpx.get(base_url, trust_env=False)
        except httpx.TransportError:
            return
        time.sleep(0.01)
    raise AssertionError("the server outlived its parent")
