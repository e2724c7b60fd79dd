"""What each fault puts on the wire, seen by a bare httpx client and by a bare socket."""

from __future__ import annotations

import asyncio
import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from provider_threads.emulator import Emulator, Fault, SeedMessage, Switches
from provider_threads.emulator.faults import BUSY_CODES, THROTTLE_CODES, FaultKind

from .wire import Wire


@pytest.fixture
def thread(emulator: Emulator) -> str:
    """A thread of AppBuilder's with five messages."""
    return emulator.seed("appbuilder", [SeedMessage("user", f"m{number}") for number in range(5)])


def add(wire: Wire, thread: str, text: str = "new") -> httpx.Response:
    """Append a message."""
    return wire.appbuilder_answer("threads/messages", {"thread_id": thread, "role": "user", "content": text})


def texts(emulator: Emulator, thread: str) -> list[str | None]:
    return [message.text for message in emulator.messages("appbuilder", thread)]


def list_request(emulator: Emulator, thread: str) -> bytes:
    """A list request, byte for byte."""
    body = json.dumps({"thread_id": thread}).encode()
    token = emulator.credentials.appbuilder_token
    head = f"POST /v2/threads/messages/list HTTP/1.1\r\nHost: emulator\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def line(emulator: Emulator) -> Iterator[socket.socket]:
    """A connection to the emulator."""
    with socket.create_connection(address_of(emulator), timeout=5) as connection:
        yield connection


def address_of(emulator: Emulator) -> tuple[str, int]:
    host, _, port = urlsplit(emulator.base_url).netloc.partition(":")
    return host, int(port)


def rest_of(line: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    while chunk := line.recv(65_536):
        received += chunk
    return received


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("reset_before", httpx.ReadError, False),
        ("reset_after", httpx.ReadError, True),
        ("close_before", httpx.RemoteProtocolError, False),
        ("close_after", httpx.RemoteProtocolError, True),
        ("short_body", httpx.RemoteProtocolError, True),
    ],
)
def test_a_connection_ends_before_or_after_the_write_is_applied(
    emulator: Emulator, wire: Wire, thread: str, kind: FaultKind, error: type[Exception], applied: bool
) -> None:
    with emulator.faulty(Fault(kind)), pytest.raises(error):
        add(wire, thread)
    assert ("new" in texts(emulator, thread)) is applied
    assert add(wire, thread, "again").status_code == 200  # on a connection of its own
    assert texts(emulator, thread)[-1] == "again"


def test_a_reset_is_a_reset_and_a_close_is_none(emulator: Emulator, thread: str, line: socket.socket) -> None:
    emulator.faults = [Fault("close_after", times=1), Fault("reset_after")]
    line.sendall(list_request(emulator, thread))
    assert rest_of(line) == b""
    with socket.create_connection(line.getpeername(), timeout=5) as other:
        other.sendall(list_request(emulator, thread))
        with pytest.raises(ConnectionResetError):
            other.recv(1)
    assert [request.status for request in emulator.requests] == [0, 0]


def test_a_short_body_is_half_of_what_its_head_says(emulator: Emulator, thread: str, line: socket.socket) -> None:
    emulator.faults = [Fault("short_body")]
    line.sendall(list_request(emulator, thread))
    head, _, body = rest_of(line).partition(b"\r\n\r\n")
    (length,) = (int(each[16:]) for each in head.lower().split(b"\r\n") if each.startswith(b"content-length: "))
    assert len(body) == length // 2 > 100


def test_an_early_end_has_no_length_to_tell_it_by(emulator: Emulator, thread: str, line: socket.socket) -> None:
    emulator.faults = [Fault("early_eof")]
    line.sendall(list_request(emulator, thread))
    head, _, body = rest_of(line).partition(b"\r\n\r\n")
    assert b"content-length" not in head.lower()
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(body)


@pytest.mark.parametrize(("kind", "pieces"), [("header_drip", 100), ("body_drip", 40)])
def test_a_drip_comes_byte_by_byte_and_whole(
    emulator: Emulator, line: socket.socket, kind: FaultKind, pieces: int
) -> None:
    emulator.faults = [Fault(kind, seconds=0.0005)]
    line.sendall(list_request(emulator, emulator.seed("appbuilder")))
    received = []
    while chunk := line.recv(65_536):
        received.append(chunk)
    body = b"".join(received).partition(b"\r\n\r\n")[2]
    assert json.loads(body)["data"] == []
    assert len(received) > pieces
    slow = b"".join(received[:pieces])
    assert (b"\r\n\r\n" in slow) is (kind == "body_drip")


@pytest.mark.parametrize("fault", [Fault("body_drip", seconds=30), Fault("latency", seconds=30)])
def test_stopping_does_not_wait_for_an_answer_that_is_late(fault: Fault, capfd: pytest.CaptureFixture[str]) -> None:
    with Emulator(faults=[fault]) as emulator, httpx.Client(trust_env=False, verify=False) as client:
        address = address_of(emulator)
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{emulator.base_url}/v1/threads/retrieve", timeout=0.05)
        waiting = socket.create_connection(address, timeout=5)
        waiting.sendall(b"GET /v1/threads/retrieve HTTP/1.1\r\nHost: emulator\r\n\r\n")
        time.sleep(0.02)
        began = time.monotonic()
    waiting.close()
    assert time.monotonic() - began < 2
    assert capfd.readouterr().err == ""


def test_latency_comes_after_the_platform_has_done_its_work(emulator: Emulator, wire: Wire, thread: str) -> None:
    with emulator.faulty(Fault("latency", seconds=0.05, jitter=0.01)):
        began = time.monotonic()
        assert add(wire, thread).status_code == 200
        assert 0.05 <= time.monotonic() - began < 1
    wire.http.timeout = httpx.Timeout(0.05)
    with emulator.faulty(Fault("latency", seconds=30)), pytest.raises(httpx.ReadTimeout):
        add(wire, thread, "late")
    assert texts(emulator, thread)[-2:] == ["new", "late"]


def test_latency_and_another_fault_meet_one_request(emulator: Emulator, wire: Wire, thread: str) -> None:
    with emulator.faulty(Fault("latency", seconds=0.05), Fault("status", status=502)):
        began = time.monotonic()
        assert add(wire, thread).status_code == 502
        assert time.monotonic() - began >= 0.05
    assert emulator.injected == {"latency": 1, "status": 1}


@pytest.mark.parametrize("code", THROTTLE_CODES["hunyuan"] + BUSY_CODES["hunyuan"])
def test_tencent_throttles_and_fails_in_its_own_envelope(emulator: Emulator, wire: Wire, code: str) -> None:
    kind: FaultKind = "throttled" if code in THROTTLE_CODES["hunyuan"] else "busy"
    with emulator.faulty(Fault(kind, code=code)):
        assert wire.tencent_error("CreateThread") == code
    assert emulator.requests[-1].error == code


@pytest.mark.parametrize("code", THROTTLE_CODES["minimax"] + BUSY_CODES["minimax"])
def test_minimax_throttles_and_fails_in_its_own_envelope(emulator: Emulator, wire: Wire, code: str) -> None:
    kind: FaultKind = "throttled" if code in THROTTLE_CODES["minimax"] else "busy"
    with emulator.faulty(Fault(kind, code=code)):
        assert wire.minimax("POST", "create")["base_resp"]["status_code"] == int(code)


@pytest.mark.parametrize(("kind", "status"), [("throttled", 429), ("busy", 500)])
def test_appbuilder_throttles_and_fails_by_status_and_error(
    emulator: Emulator, wire: Wire, kind: FaultKind, status: int
) -> None:
    with emulator.faulty(Fault(kind)):
        answer = wire.appbuilder_answer("threads")
        assert (answer.status_code, sorted(answer.json()["error"])) == (status, ["code", "message", "param", "type"])
        emulator.switches = Switches(appbuilder_errors="gateway")
        assert wire.appbuilder_answer("threads").json()["requestId"]


def test_throttling_stores_nothing_and_failing_does_unless_told(emulator: Emulator, wire: Wire, thread: str) -> None:
    for fault, text in (
        (Fault("throttled"), "throttled"),
        (Fault("busy"), "busy"),
        (Fault("busy", applied=False), "busy, not applied"),
        (Fault("status"), "503"),
        (Fault("status", status=429, retry_after=7), "429"),
        (Fault("html"), "html"),
        (Fault("html", applied=False), "html, not applied"),
    ):
        with emulator.faulty(fault):
            answer = add(wire, thread, text)
        assert answer.headers.get("retry-after") == ("7" if text == "429" else None)
    assert texts(emulator, thread)[5:] == ["busy", "503", "html"]


def test_html_comes_instead_of_json(emulator: Emulator, wire: Wire, thread: str) -> None:
    emulator.faults = [Fault("html", times=1), Fault("status", status=502)]
    page, failure = add(wire, thread), add(wire, thread)
    for answer, status in ((page, 200), (failure, 502)):
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith("<!DOCTYPE html>")


def test_truncated_json_has_a_true_length(emulator: Emulator, wire: Wire, thread: str) -> None:
    emulator.faults = [Fault("truncated_json")]
    answer = add(wire, thread)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert len(answer.content) == int(answer.headers["content-length"])
    with pytest.raises(ValueError, match=r"\d"):
        json.loads(answer.content)


def test_a_wrong_content_type_leaves_the_json_whole(emulator: Emulator, wire: Wire, thread: str) -> None:
    emulator.faults = [Fault("wrong_content_type")]
    answer = add(wire, thread)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.json()["role"] == "user"


def test_mutated_json_is_never_another_right_answer(emulator: Emulator, wire: Wire, thread: str) -> None:
    right = wire.appbuilder("threads/messages/list", {"thread_id": thread})["data"]
    emulator.faults = [Fault("mutated_json")]
    bodies = {wire.appbuilder_answer("threads/messages/list", {"thread_id": thread}).content for _ in range(120)}
    assert len(bodies) > 30
    for body in bodies:
        data = _data(body)
        if data is None or data == right:
            continue
        # One value of another type: of all the texts that are there, none is new.
        assert set(_strings(data)) <= {*_strings(right), "another type"}


def _data(body: bytes) -> Any:
    try:
        payload = json.loads(body.removeprefix(b"\xef\xbb\xbf"), parse_constant=int)
    except (ValueError, RecursionError):
        return None
    return payload["data"] if isinstance(payload, dict) else None


def _strings(value: object) -> list[str]:
    if isinstance(value, dict | list):
        return [text for item in (value.values() if isinstance(value, dict) else value) for text in _strings(item)]
    return [value] if isinstance(value, str) else []


def test_a_gzip_bomb_is_a_kilobyte_for_each_mebibyte(emulator: Emulator, thread: str, line: socket.socket) -> None:
    emulator.faults = [Fault("gzip_bomb", mebibytes=12)]
    line.sendall(list_request(emulator, thread).replace(b"Host:", b"Connection: close\r\nHost:"))
    head, _, chunked = rest_of(line).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower()
    assert len(chunked) < 24 * 1024
    compressed = b""
    while chunked:
        size, _, chunked = chunked.partition(b"\r\n")
        compressed, chunked = compressed + chunked[: int(size, 16)], chunked[int(size, 16) + 2 :]
    inflated = zlib.decompress(compressed, 31)
    assert len(inflated) > 12 * 2**20
    assert list(json.loads(inflated)) == ["padding"]


@pytest.mark.parametrize("kind", ["reset_before", "throttled", "status", "html", "truncated_json", "mutated_json"])
def test_a_run_that_is_streamed_goes_wrong_too(emulator: Emulator, wire: Wire, kind: FaultKind) -> None:
    thread = emulator.seed("hunyuan")
    body = json.dumps({"ThreadID": thread, "AdditionalMessages": [{"Role": "user", "Content": "q"}]}).encode()
    headers = wire.tencent_headers("RunThread", body)
    whole = wire.http.post("/", content=body, headers=headers).content
    before = len(emulator.messages("hunyuan", thread))
    with emulator.faulty(Fault(kind)):
        try:
            assert wire.http.post("/", content=body, headers=headers).content != whole
        except httpx.ReadError:
            assert kind == "reset_before"
    stored = len(emulator.messages("hunyuan", thread)) - before
    assert stored == (0 if kind in ("reset_before", "throttled") else 2)


def test_faults_of_the_connection_want_the_emulators_own_server(emulator: Emulator) -> None:
    async def asked() -> None:
        way = httpx.ASGITransport(emulator.app)
        async with httpx.AsyncClient(transport=way, base_url="http://emulator") as client:
            await client.post("/v2/threads")

    emulator.faults = [Fault("reset_after")]
    with pytest.raises(RuntimeError, match="needs the emulator's own server"):
        asyncio.run(asked())
