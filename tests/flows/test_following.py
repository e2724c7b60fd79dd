"""What is taken for what follows the known messages follows them, whatever a server ignores."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider_threads import ThreadMessage
from provider_threads.flows.following import walk_after
from provider_threads.flows.paging import ThreadPages

from .hosted_list import HostedList
from .scripted import Performance

SIZE = 6


def followed(server: HostedList, known: int, largest: int) -> tuple[bool, list[str], int, int]:
    """What a walk after `known` messages of the list returns and emits; its requests, and the largest page it saw."""
    performance = Performance()
    context = performance.operations(server.name).context
    endpoint = context.provider.endpoints.list_messages
    assert endpoint.paging is not None
    pages = ThreadPages(context, endpoint, endpoint.paging, "thread_1", size=SIZE)
    tail = [
        ThreadMessage(name, name, "thread_1", ("user", "assistant")[number % 2], "", "")
        for number, name in enumerate(server.ids()[:known])
    ]
    tail = [ThreadMessage(message.id, message.id, "thread_1", message.role, message.role, "") for message in tail[-5:]]
    ended = performance.perform(walk_after(pages, tail, largest), server)
    emitted = [message.id for messages in performance.emitted[::2] for message in messages]
    return ended, emitted, len(performance.sent), max(performance.emitted[1::2], default=0)


servers = st.builds(
    HostedList,
    name=st.sampled_from(["minimax", "appbuilder"]),
    count=st.integers(1, 25),
    inclusive=st.booleans(),
    by_time=st.booleans(),
    cap=st.none() | st.integers(2, 5),
    flag=st.booleans(),
    orders=st.booleans(),
    cursors=st.booleans(),
    limits=st.booleans(),
    default=st.sampled_from(["asc", "desc"]),
    tied=st.booleans(),
    growth=st.lists(st.integers(0, 4), max_size=3),
    # One that heeds a cursor in an order of its own shows nothing, or what is older: an order is always asked for.
).filter(lambda server: server.orders or not server.cursors or server.default == "asc")
# And who ignores cursors cuts a list to what was asked for, or not at all.
servers = servers.filter(lambda server: server.cursors or server.cap is None)
# Without cursor, order or times nothing tells a list from the same list turned round.
servers = servers.filter(lambda server: not server.tied or server.orders or server.default == "asc")


@settings(max_examples=500, deadline=None, derandomize=True)
@given(server=servers, known=st.integers(1, 25), largest=st.integers(1, 8))
def test_what_is_taken_for_the_rest_of_a_list_is_the_rest_of_it(server: HostedList, known: int, largest: int) -> None:
    known = min(known, server.count)
    # A platform has sent, at once, what it was seen to send.
    largest = min(largest, known, SIZE if server.limits else known, server.cap or known)
    at_first = server.ids()[known:]
    ended, emitted, _, _ = followed(server, known, largest)
    assert emitted == server.ids()[known : known + len(emitted)]
    if ended:
        assert emitted[: len(at_first)] == at_first


@pytest.mark.parametrize("inclusive", [False, True])
def test_nothing_new_is_one_request(inclusive: bool) -> None:
    for largest in range(1, SIZE + 1):
        server = HostedList("minimax", 20, inclusive=inclusive, flag=False)
        assert followed(server, 20, largest)[:3] == (True, [], 1)


@pytest.mark.parametrize("tied", [False, True])
def test_a_page_that_may_be_cut_is_doubted_once_and_then_it_is_known_how_long_pages_are(*, tied: bool) -> None:
    server = HostedList("minimax", 5, flag=False, tied=tied)
    assert followed(server, 3, largest=2) == (True, ["msg_3", "msg_4"], 2, 5)
    # Messages of one second may be in any order: that is looked into each time.
    assert followed(server, 3, largest=5)[2] == (2 if tied else 1)


def test_more_than_a_page_is_followed_by_the_cursor() -> None:
    server = HostedList("minimax", 20, flag=False)
    ended, emitted, requests, _ = followed(server, 2, largest=SIZE)
    assert (ended, emitted) == (True, server.ids()[2:])
    assert requests == 3 + 1 + 2  # three pages, one to see the end, and the first page doubted once


@pytest.mark.parametrize("known", [2, 19])
@pytest.mark.parametrize("flag", [False, True])
def test_a_page_from_the_head_of_the_list_is_never_taken_for_what_follows(known: int, *, flag: bool) -> None:
    server = HostedList("minimax", 20, flag=flag, cursors=False)
    ended, emitted, _, _ = followed(server, known, largest=2)
    assert (ended, emitted) == (False, [])
