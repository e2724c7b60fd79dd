"""What goes out is whole: headers, query and cookies, from a pool of our own as from a client that was given."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from provider_threads import AppBuilder, MiniMax, ThreadClient
from tests.clients.ways import Threads

from .conftest import KEY
from .sockets import RawServer, http, thread_json

ClientOn = Callable[..., Threads]


def lines_of(request: bytes) -> set[str]:
    """The request line and the headers, which may come in any order and case."""
    head = request.partition(b"\r\n\r\n")[0].decode()
    first, *headers = head.split("\r\n")
    return {first, *(name.lower() + ":" + value for name, _, value in (line.partition(":") for line in headers))}


def test_a_pool_of_our_own_sends_what_a_given_client_sends(server: RawServer) -> None:
    server.answering(http(thread_json()))
    provider = AppBuilder(KEY, base_url=server.base_url)
    with ThreadClient(provider) as threads:
        threads.get_thread("thread_1")
    with httpx.Client(trust_env=False) as given, ThreadClient(provider, http_client=given) as threads:
        threads.get_thread("thread_1")
    own, other = map(lines_of, server.requests)
    assert own == other
    assert {"connection: keep-alive", "accept: application/json", "content-length: 24"} <= own
    assert [request.partition(b"\r\n\r\n")[2] for request in server.requests] == [b'{"thread_id":"thread_1"}'] * 2


def test_a_given_client_says_itself_whether_its_connections_are_kept(server: RawServer) -> None:
    server.answering(http(thread_json()))
    provider = AppBuilder(KEY, base_url=server.base_url)
    with (
        httpx.Client(trust_env=False, headers={"Connection": "close"}) as given,
        ThreadClient(provider, http_client=given) as threads,
    ):
        threads.get_thread("thread_1")
    (lines,) = map(lines_of, server.requests)
    assert {line for line in lines if line.startswith("connection:")} == {"connection: close"}


async def test_a_cookie_comes_back_to_the_platform_that_set_it(server: RawServer, client_on: ClientOn) -> None:
    server.answering(http(thread_json(), headers={"Set-Cookie": "route=7; Path=/"}))
    threads = client_on(server.base_url)
    for _ in range(2):
        await threads.get_thread("thread_1")
    first, second = map(lines_of, server.requests)
    assert second - first == {"cookie: route=7"}


def test_queries_of_one_path_are_not_mixed_up(server: RawServer) -> None:
    ids = ["thread_1", "thread_2", "thread_1"]
    answers = {thread: http(b'{"id":"%s","base_resp":{"status_code":0}}' % thread.encode()) for thread in ids}
    server.handling(
        lambda connection: [connection.sendall(answers[thread]) for thread in ids if server.request_on(connection)]
    )
    with ThreadClient(MiniMax(KEY, "17", base_url=server.base_url)) as threads:
        for thread in ids:
            threads.get_thread(thread)
    asked = [request.split(b" ", 2)[1].decode() for request in server.requests]
    assert asked == [f"/v1/threads/retrieve?GroupId=17&thread_id={thread}" for thread in ids]
