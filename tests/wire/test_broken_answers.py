"""Whatever bytes come back, only this library's errors get out, and they repeat none of them."""

from __future__ import annotations

import gzip
import random
import socket
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import (
    AuthenticationError,
    CallRecord,
    OutcomeUnknownError,
    ProtocolError,
    ResponseTooLargeError,
    ThreadsError,
)
from provider_threads.inflate import MAX_BODY_BYTES, BoundedBody
from tests.clients.ways import Threads

from .conftest import KEY
from .discretion import shown
from .sockets import RawServer, http, thread_json

ClientOn = Callable[..., Threads]
CANARY = "canary-text-of-a-conversation"
MIB = 1024 * 1024


def short_gzip(length: int) -> bytes:
    return gzip.compress(thread_json(text=CANARY))[:length]


UNREADABLE: dict[str, bytes] = {
    "html at 200": http(f"<html>{CANARY}</html>".encode(), content_type="text/html"),
    "cut json": http(f'{{"object": "thread", "text": "{CANARY}'.encode()),
    "nothing": http(b""),
    "no object": http(f'{{"text": "{CANARY}"}}'.encode()),
    "nan": http(f'{{"object": "thread", "id": "t", "created_at": NaN, "text": "{CANARY}"}}'.encode()),
    "a huge number": http(b'{"object": "thread", "id": "t", "created_at": ' + b"7" * 5_000 + b"}"),
    "depth": http(b'{"object": "thread", "id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "half a surrogate pair": http(b'{"object": "thread", "id": "\\ud83d"}'),
    "broken gzip": http(b"\x1f\x8b" + CANARY.encode(), headers={"Content-Encoding": "gzip"}),
    "cut gzip": http(short_gzip(30), headers={"Content-Encoding": "gzip"}),
    "gzip that is none": http(thread_json(text=CANARY), headers={"Content-Encoding": "gzip"}),
    "gzip with something after it": http(
        gzip.compress(thread_json()) + CANARY.encode(), headers={"Content-Encoding": "gzip"}
    ),
    "an encoding not asked for": http(zlib.compress(thread_json(text=CANARY)), headers={"Content-Encoding": "br"}),
    "two encodings": http(gzip.compress(thread_json()), headers={"Content-Encoding": "gzip, gzip"}),
}


@pytest.mark.parametrize("sent", UNREADABLE.values(), ids=UNREADABLE.keys())
async def test_an_answer_that_cannot_be_read_is_an_error_without_its_text(
    server: RawServer, client_on: ClientOn, sent: bytes
) -> None:
    threads = client_on(server.answering(sent).base_url)
    with pytest.raises(ProtocolError) as of_read:
        await threads.get_thread("thread_1")
    assert len(server.requests) == 1
    with pytest.raises(OutcomeUnknownError) as of_write:
        await threads.append("thread_1", f"my own {CANARY}")
    assert len(server.requests) == 2
    for error in (of_read.value, of_write.value):
        assert CANARY not in shown(error).replace(f"text='my own {CANARY}'", "")
        assert KEY not in shown(error)


NOTHING_TO_READ: dict[str, dict[str, Any]] = {
    "an encoding not asked for": {"headers": {"Content-Encoding": "br"}},
    "broken gzip": {"headers": {"Content-Encoding": "gzip"}},
    "cut": {"length": 1_000},
}


@pytest.mark.parametrize("flaw", NOTHING_TO_READ.values(), ids=NOTHING_TO_READ.keys())
async def test_a_refusal_whose_body_cannot_be_read_is_the_refusal_that_its_status_says(
    server: RawServer, client_on: ClientOn, flaw: dict[str, Any]
) -> None:
    statuses = iter(["401 Unauthorized", "503 Unavailable", "429 Too Many", "200 OK", "401 Unauthorized", "503 Away"])

    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        status = next(statuses)
        readable = http(thread_json(), headers={"Connection": "close"})
        connection.sendall(readable if status == "200 OK" else http(CANARY.encode(), status, **flaw))

    threads = client_on(server.handling(handler).base_url)
    with pytest.raises(AuthenticationError):
        await threads.get_thread("thread_1")
    assert (await threads.get_thread("thread_1")).id == "thread_1"  # after 503 and 429
    with pytest.raises(AuthenticationError):
        await threads.append("thread_1", "hello")
    with pytest.raises(OutcomeUnknownError) as failed:
        await threads.append("thread_1", "hello")
    assert failed.value.status == 503
    assert len(server.requests) == 6


@pytest.mark.parametrize("flaw", NOTHING_TO_READ.values(), ids=NOTHING_TO_READ.keys())
async def test_an_answer_that_is_lost_after_its_head_leaves_its_request_id(
    server: RawServer, client_on: ClientOn, flaw: dict[str, Any]
) -> None:
    headers = {**flaw.get("headers", {}), "X-Appbuilder-Request-Id": "req-17"}

    def handler(connection: socket.socket) -> None:
        server.request_on(connection)
        connection.sendall(http(CANARY.encode(), headers=headers, length=flaw.get("length")))

    records: list[CallRecord] = []
    threads = client_on(server.handling(handler).base_url, on_call=records.append)
    for call in (threads.get_thread("thread_1"), threads.append("thread_1", "hello")):
        with pytest.raises(ThreadsError, match="request id req-17") as caught:
            await call
        error = caught.value
        assert isinstance(error, ProtocolError | OutcomeUnknownError)
        assert (error.status, error.request_id) == (200, "req-17")
        assert (records[-1].status, records[-1].request_id) == (200, "req-17")


READABLE: dict[str, bytes] = {
    "plain": http(thread_json()),
    "another content type": http(thread_json(), content_type="text/html; charset=gbk"),
    "gzip": http(gzip.compress(thread_json()), headers={"Content-Encoding": "gzip"}),
    "gzip by its old name": http(gzip.compress(thread_json()), headers={"Content-Encoding": "X-GZIP"}),
    "identity": http(thread_json(), headers={"Content-Encoding": "identity"}),
    "a byte order mark": http(b"\xef\xbb\xbf" + thread_json()),
    "a key given twice": http(b'{"id": "another", "object": "thread", "id": "thread_1"}'),
    "chunks": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"1\r\n%c\r\n" % byte for byte in thread_json())
        + b"0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("sent", READABLE.values(), ids=READABLE.keys())
async def test_an_answer_is_read_by_its_content(server: RawServer, client_on: ClientOn, sent: bytes) -> None:
    threads = client_on(server.answering(sent).base_url)
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    assert server.connections == 1


async def test_an_answer_that_ends_with_its_connection_is_read(server: RawServer, client_on: ClientOn) -> None:
    def handler(connection: object) -> None:
        server.request_on(connection)  # type: ignore[arg-type]  # a socket
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + thread_json())  # type: ignore[attr-defined]  # a socket

    assert (await client_on(server.handling(handler).base_url).get_thread("thread_1")).id == "thread_1"


@pytest.fixture(scope="module")
def gzip_bomb() -> bytes:
    """64 KiB that inflate to 64 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    megabyte = b" " * MIB
    return b"".join(packer.compress(megabyte) for _ in range(64)) + packer.flush()


async def test_a_gzip_bomb_is_refused_in_bounded_memory(
    server: RawServer, client_on: ClientOn, gzip_bomb: bytes
) -> None:
    bomb = http(gzip_bomb, headers={"Content-Encoding": "gzip"})
    threads = client_on(server.answering(http(thread_json()), bomb).base_url)
    await threads.get_thread("thread_1")
    tracemalloc.start()
    try:
        with pytest.raises(ResponseTooLargeError):
            await threads.get_thread("thread_1")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= 16 * MIB
    assert len(server.requests) == 2


async def test_what_follows_a_compressed_body_is_not_kept(server: RawServer, client_on: ClientOn) -> None:
    endless = gzip.compress(thread_json()) + b"x" * (48 * MIB)
    threads = client_on(server.answering(http(endless, headers={"Content-Encoding": "gzip"})).base_url)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            await threads.get_thread("thread_1")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The server's own thread holds no copy: the bytes were made before.
    assert peak <= 16 * MIB


def test_a_body_that_comes_in_crumbs_takes_no_more_memory_than_it_is_long() -> None:
    length = 64 * 1024
    body = BoundedBody("")
    tracemalloc.start()
    try:
        for _ in range(length // 2):
            body.feed(bytes(bytearray(b"ab")))  # each an object of its own, as off the wire
        assert body.content() == b"ab" * (length // 2)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak <= 4 * length


@pytest.mark.parametrize("compressed", [True, False])
async def test_the_largest_body_is_read_and_one_byte_more_is_not(
    server: RawServer, client_on: ClientOn, *, compressed: bool
) -> None:
    frame = thread_json(text="")
    largest = frame.replace(b'"text": ""', b'"text": "' + b"x" * (MAX_BODY_BYTES - len(frame)) + b'"')
    assert len(largest) == MAX_BODY_BYTES
    bodies = [largest, largest + b" "]
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    sent = [http(gzip.compress(body, 1) if compressed else body, headers=headers) for body in bodies]
    threads = client_on(server.answering(*sent).base_url)
    assert (await threads.get_thread("thread_1")).id == "thread_1"
    with pytest.raises(ResponseTooLargeError, match="limit="):
        await threads.get_thread("thread_1")
    with pytest.raises(OutcomeUnknownError):
        await threads.append("thread_1", "hello")
    assert len(server.requests) == 3


async def test_nine_mebibytes_are_too_much(server: RawServer, client_on: ClientOn) -> None:
    threads = client_on(server.answering(http(b'"' + b"x" * (9 * MIB) + b'"')).base_url)
    with pytest.raises(ResponseTooLargeError):
        await threads.get_thread("thread_1")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
async def test_a_redirect_is_not_followed(server: RawServer, client_on: ClientOn, status: str) -> None:
    with RawServer().answering(http(thread_json())) as elsewhere:
        for target in (elsewhere.base_url + "/x", "/v2/other"):
            server.answering(http(thread_json(), status, {"Location": target}))
            with pytest.raises(ProtocolError, match="redirected"):
                await client_on(server.base_url).get_thread("thread_1")
        assert elsewhere.connections == 0
    assert len(server.requests) == 2


async def test_what_is_asked_for_names_this_library_and_what_it_reads(server: RawServer, client_on: ClientOn) -> None:
    await client_on(server.answering(http(thread_json())).base_url).get_thread("thread_1")
    head = server.requests[0].lower()
    assert b"accept-encoding: gzip, identity\r\n" in head
    assert b"user-agent: provider-threads/" in head
    assert f"authorization: bearer {KEY}\r\n".encode() in head


# A mutation may turn the id into another thread's, of which this platform's answers only warn.
@pytest.mark.filterwarnings("ignore::provider_threads.ForeignThreadWarning")
async def test_no_mutation_of_an_answer_gets_anything_else_out(server: RawServer, client_on: ClientOn) -> None:
    chance = random.Random(20_240_829)
    whole = thread_json(text=CANARY, metadata={"a": "b"})

    def mutated() -> bytes:
        body = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(body))
            body[at : at + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
        return bytes(body)

    bodies = [mutated() for _ in range(300)]
    threads = client_on(server.answering(*[http(body) for body in bodies]).base_url)
    said: list[str] = []
    for _ in bodies:
        try:
            await threads.get_thread("thread_1")
        except ThreadsError as error:
            said.append(repr(error))
    assert 0 < len(said) < len(bodies)
    assert "canary" not in "".join(said)
    assert "conversation" not in "".join(said)
