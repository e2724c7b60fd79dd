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


def followed(server: HostedList, known: int, largest: int, kept: int = 5) -> tuple[bool, list[str], int, int]:
    """What a walk after `known` messages of the list returns and emits; its requests, and the largest page it saw.

    The walk is told of the newest `kept` of them.
    """
    performance = Performance()
    context = performance.operations(server.name).context
    endpoint = context.provider.endpoints.list_messages
    assert endpoint.paging is not None
    pages = ThreadPages(context, endpoint, endpoint.paging, "thread_1", size=SIZE)
    tail = [
        ThreadMessage(name, name, "thread_1", ("user", "assistant")[number % 2], "", "")
        for number, name in enumerate(server.ids()[:known])
    ]
    tail = [
        ThreadMessage(message.id, message.id, "thread_1", message.role, message.role, "") for message in tail[-kept:]
    ]
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


@pytest.mark.parametrize("known", [2, 3, 19])
@pytest.mark.parametrize("name", ["minimax", "appbuilder"], ids=["unsaid", "said"])
def test_a_page_from_the_head_of_the_list_is_never_taken_for_what_follows(name: str, known: int) -> None:
    server = HostedList(name, 20, cursors=False)
    ended, emitted, _, _ = followed(server, known, largest=2)
    assert (ended, emitted) == (False, [])


def test_the_newest_page_settles_what_follows_where_it_begins_with_what_is_known() -> None:
    for count in (2, 3, SIZE):
        server = HostedList("minimax", count, flag=False)
        assert followed(server, 1, largest=1)[:3] == (True, server.ids()[1:], 2)


@pytest.mark.parametrize("count", [8, 9])
def test_a_list_turned_round_is_known_by_two_messages_and_not_by_one(count: int) -> None:
    server = HostedList("minimax", count, orders=False, cursors=False, default="desc", flag=False)
    known = count - SIZE + 2
    assert followed(server, known, largest=2)[:3] == (True, server.ids()[known:], 1)
    assert followed(server, known - 1, largest=2)[:2] == (False, [])


def test_a_whole_list_that_comes_whatever_is_asked_shows_what_follows() -> None:
    server = HostedList("minimax", SIZE - 1, orders=False, cursors=False, flag=False)
    assert followed(server, 3, largest=3)[:3] == (True, ["msg_3", "msg_4"], 2)
    # As long as was asked for, it may be cut.
    server = HostedList("minimax", SIZE, orders=False, cursors=False, flag=False)
    assert followed(server, 3, largest=3)[:2] == (False, [])


def test_two_known_messages_are_found_wherever_in_a_page_they_are() -> None:
    server = HostedList("minimax", 10, cursors=False, limits=False, flag=False)
    assert followed(server, 8, largest=8, kept=2)[:2] == (True, ["msg_8", "msg_9"])


def test_a_cursor_counts_also_where_the_order_is_ignored() -> None:
    for count in (SIZE, SIZE + 1):
        server = HostedList("minimax", count, orders=False, flag=False)
        assert followed(server, 1, largest=2)[:2] == (True, server.ids()[1:])
