"""Credentials and conversations go to the address that was given, whatever an answer says."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from provider_threads import AppBuilder, MiniMax, OutcomeUnknownError, ProtocolError, ThreadClient, ThreadsError
from tests.clients.ways import Threads, Way, threads_of
from tests.wire.conftest import KEY
from tests.wire.discretion import shown
from tests.wire.sockets import RawServer, http, thread_json

from .row import Property

STATUSES = ("301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")

ClientOn = Callable[..., Threads]


@pytest.fixture
def elsewhere() -> Iterator[RawServer]:
    """Where nobody asked to go; it would answer."""
    with RawServer().answering(http(thread_json())) as running:
        yield running


@pytest.mark.parametrize("status", STATUSES)
async def test_no_redirect_takes_a_read_or_a_write_along(
    server: RawServer, elsewhere: RawServer, client_on: ClientOn, status: str, record_property: Property
) -> None:
    same = elsewhere.base_url.replace("http:", "")
    targets = [elsewhere.base_url + "/x", f"{same}/x", "/v2/other", "?a=b", "https://[half", "\\\\x"]
    for target in targets:
        server.answering(http(thread_json(), status, {"Location": target}))
        threads = client_on(server.base_url)
        with pytest.raises(ProtocolError, match="redirected") as of_read:
            await threads.get_thread("thread_1")
        with pytest.raises(OutcomeUnknownError, match="redirected") as of_write:
            await threads.append("thread_1", "hello")
        for error in (of_read.value, of_write.value):
            assert KEY not in shown(error)
            assert target not in str(error)
    assert len(server.requests) == 2 * len(targets)
    assert {request.split(b" ")[1] for request in server.requests} == {b"/v2/threads/query", b"/v2/threads/messages"}
    assert elsewhere.connections == 0
    record_property("redirects", 2 * len(targets))


@pytest.mark.parametrize(
    "target",
    [
        "http://a:99999/",
        pytest.param("x" * 70_000, id="long"),
        "javascript:1",
        "https://xn--.example",
    ],
)
async def test_a_write_that_was_redirected_to_no_address_may_have_been_applied(
    server: RawServer, client_on: ClientOn, target: str
) -> None:
    server.answering(http(thread_json(), "302 Found", {"Location": target}))
    with pytest.raises(OutcomeUnknownError):
        await client_on(server.base_url).append("thread_1", "hello")
    assert len(server.requests) == 1


def test_so_it_may_with_a_client_of_ones_own(server: RawServer) -> None:
    server.answering(http(thread_json(), "302 Found", {"Location": "javascript:1"}))
    provider = AppBuilder(KEY, base_url=server.base_url)
    with (
        httpx.Client() as own,
        ThreadClient(provider, http_client=own) as threads,
        pytest.raises(OutcomeUnknownError),
    ):
        threads.append("thread_1", "hello")
    assert len(server.requests) == 1


@pytest.mark.parametrize("where", ["ids", "next", "Link"])
async def test_no_cursor_or_next_address_is_gone_to(
    server: RawServer, elsewhere: RawServer, way: Way, where: str, record_property: Property
) -> None:
    """Lists of other platforms name their next page by its address; a cursor of ours is only ever a value."""
    address = f"{elsewhere.base_url}/v1/threads/messages/list"
    message: dict[str, Any] = {"role": "user", "content": "a", "created_at": 1, "thread_id": "thread_1"}
    page: dict[str, Any] = {"object": "list", "base_resp": {"status_code": 0}, "has_more": True}
    page["data"] = [{**message, "id": address if where == "ids" else "msg_1"}]
    page |= {"first_id": address, "last_id": address} if where == "ids" else {}
    page |= {"next": address, "links": {"next": address}} if where == "next" else {}
    headers = {"Link": f'<{address}>; rel="next"'} if where == "Link" else {}
    server.answering(http(json.dumps(page).encode(), headers=headers))
    threads = threads_of(way, MiniMax("key", "group", base_url=server.base_url))
    with contextlib.suppress(ThreadsError):  # what comes of such a list is another test's
        await threads.read("thread_1")
    await threads.shut()
    assert elsewhere.connections == 0
    paths = {request.split(b" ")[1].partition(b"?")[0] for request in server.requests}
    assert paths == {b"/v1/threads/messages/list"}
    record_property("addresses", 1)
