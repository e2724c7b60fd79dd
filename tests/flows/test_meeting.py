"""A whole thread is read from both ends at once: what one end alone would have read, in half as many rounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider_threads import PaginationError, ProviderUnavailableError, ThreadsError
from provider_threads.endpoint import Answer, Request
from provider_threads.flows.collect import collect
from provider_threads.flows.paging import ThreadPages
from provider_threads.flows.steps import Failure, Flow, Send, Together
from provider_threads.messages import ThreadMessage
from provider_threads.operations import Operations

from .hosted_list import HostedList
from .scripted import Performance, Server, answer, message, page, parameters_of

PLATFORMS = ("minimax", "appbuilder")
CAP = 5


def read(name: str, server: Server) -> tuple[list[str], Performance]:
    performance = Performance()
    view = performance.perform(performance.operations(name).read("thread_1", None), server)
    assert view.complete
    assert [one.key for one in view] == [one.id for one in view]
    return [one.id for one in view], performance


def from_one_end(operations: Operations) -> Flow[Any, list[ThreadMessage]]:
    endpoint = operations.context.provider.endpoints.list_messages
    assert endpoint.paging is not None
    messages, _ = yield from collect(ThreadPages(operations.context, endpoint, endpoint.paging, "thread_1").walk("asc"))
    return messages


def outcome(make: Callable[[Operations], Flow[Any, Any]], server: HostedList) -> tuple[Any, int, HostedList]:
    """What came of it, keys or the class of the error; how many requests it took; what the list is then."""
    server = replace(server, growth=list(server.growth))
    performance = Performance()
    try:
        got: Any = [one.key for one in performance.perform(make(performance.operations(server.name)), server)]
    except ThreadsError as error:
        got = type(error)
    return got, len(performance.sent), server


def both(server: HostedList) -> tuple[Any, int, HostedList]:
    return outcome(lambda operations: operations.read("thread_1", None), server)


def rounds(name: str, server: Server) -> list[int]:
    """How many requests were out at once, round after round."""
    flow = Performance().operations(name).read("thread_1", None)
    sizes: list[int] = []
    step: Any = next(flow)
    try:
        while True:
            if isinstance(step, Together):
                # Each flow's first request is taken; what it is for is the other tests' subject.
                sizes.append(len(step.flows))
                performance = Performance()
                results = [performance.perform(one, server) for one in step.flows]
                step = flow.send((results, None))
            else:
                assert isinstance(step, Send)
                sizes.append(1)
                step = flow.send(server(step.request))
    except StopIteration:
        return sizes


STILL = [
    HostedList(
        name,
        count,
        inclusive=inclusive,
        by_time=by_time,
        cap=cap,
        flag=flag,
        orders=orders,
        cursors=cursors,
        tied=tied,
        default=default,
    )
    for name, inclusive, by_time, flag, (orders, cursors, tied, default) in product(
        PLATFORMS,
        (False, True),
        (False, True),
        (False, True),
        (
            (True, True, False, "asc"),
            (True, True, True, "asc"),
            (True, False, False, "asc"),
            (False, True, False, "asc"),
            (False, True, False, "desc"),
        ),
    )
    for cap, counts in (
        (1, (0, 1, 4)),
        (2, (1, 2, 9, 10)),
        (CAP, (CAP, 2 * CAP, 2 * CAP + 1, 3 * CAP, 4 * CAP - 1, 4 * CAP, 6 * CAP + 2, 47)),
    )
    for count in counts
]


def test_a_list_that_stands_still_is_read_as_from_one_end_with_two_requests_more_at_most() -> None:
    assert len(STILL) > 1_000
    for server in STILL:
        alone, requests, _ = outcome(from_one_end, server)
        together, most, _ = both(server)
        assert together == alone, server
        assert isinstance(alone, type) or most <= requests + (2 if server.cap != 1 else 0), server


growing_lists = st.builds(
    HostedList,
    name=st.sampled_from(PLATFORMS),
    count=st.integers(2, 60),
    inclusive=st.booleans(),
    by_time=st.booleans(),
    cap=st.integers(2, 7),
    flag=st.booleans(),
    growth=st.lists(st.sampled_from((0, 0, 1, 3, 20)), min_size=1, max_size=30),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(server=growing_lists)
def test_a_list_that_grows_is_read_as_it_was_at_some_moment_of_the_read(server: HostedList) -> None:
    at_first = server.ids()
    seen, _, grown = both(server)
    assert seen == grown.ids()[: len(seen)]
    assert len(seen) >= len(at_first)


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("by_time", [False, True])
@pytest.mark.parametrize("inclusive", [False, True])
def test_a_long_thread_takes_half_the_rounds_and_no_more_requests(name: str, *, by_time: bool, inclusive: bool) -> None:
    server = HostedList(name, 997, inclusive=inclusive, by_time=by_time, cap=20)
    ids, performance = read(name, server)
    assert ids == server.ids()
    _, alone, _ = outcome(from_one_end, server)
    wrong_reading = by_time != (name == "appbuilder")  # the likelier one, by the documents, is tried first
    assert len(performance.sent) <= alone + wrong_reading
    taken = rounds(name, server)
    assert set(taken) == {1, 2}
    assert len(taken) <= alone / 2 + 3


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 39])
def test_a_short_thread_is_read_from_one_end(name: str, count: int) -> None:
    server = HostedList(name, count, cap=20, inclusive=name == "appbuilder", flag=name == "appbuilder")
    ids, performance = read(name, server)
    assert ids == server.ids()
    assert {parameters_of(one.request)["order"] for one in performance.sent} == {"asc"}
    assert set(rounds(name, server)) == {1}


def test_the_second_end_begins_only_where_two_pages_have_brought_something() -> None:
    server = HostedList("appbuilder", 100, cap=20)
    assert rounds("appbuilder", server)[:3] == [1, 1, 2]


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("inclusive", [False, True])
def test_times_that_show_no_order_cost_no_round(name: str, *, inclusive: bool) -> None:
    server = HostedList(name, 100, inclusive=inclusive, cap=20, tied=True)
    ids, performance = read(name, server)
    assert ids == server.ids()
    orders = [parameters_of(one.request)["order"] for one in performance.sent]
    assert orders.count("desc") == 1  # whether the order is heeded at all
    assert rounds(name, server) == [1, 2, *(len(orders) - 3) * [1]]


def test_of_a_page_alone_nothing_is_asked_for_in_advance() -> None:
    server = HostedList("appbuilder", 20, cap=20, tied=True)
    _, performance = read("appbuilder", server)
    assert ["after" in parameters_of(one.request) for one in performance.sent] == [False, False]


# Doubts. In each of them a walk from one end is right, and what the other end shows must not be joined to it.


class Doubtful:
    """A list of 100 in pages of ten, right from the oldest on; the newest-first side is `other`'s."""

    def __init__(self, other: Callable[[Request], Answer | Failure]) -> None:
        self._right = HostedList("appbuilder", 100, cap=10, inclusive=True)
        self._other = other
        self.asked_newest_first = 0

    def __call__(self, request: Request) -> Answer | Failure:
        if parameters_of(request)["order"] == "asc":
            return self._right(request)
        self.asked_newest_first += 1
        return self._other(request)


def pages_of(*blocks: Sequence[int]) -> Callable[[Request], Answer]:
    """Pages of messages by their numbers, in turn; the last one again and again."""
    left = list(blocks)

    def served(request: Request) -> Answer:
        block = left.pop(0) if len(left) > 1 else left[0]
        messages = [
            message("appbuilder", f"msg_{number}", role=("user", "assistant")[number % 2], at=1_700_000_000 + number)
            for number in block
        ]
        return page("appbuilder", messages, True)

    return served


def down(start: int, stop: int) -> list[int]:
    return list(range(start, stop, -1))


def otherwise(number: int, **changes: Any) -> Callable[[Request], Answer]:
    """Newest first, but one message is not the one that the other end shows."""

    def served(request: Request) -> Answer:
        right = HostedList("appbuilder", 100, cap=10, inclusive=True)(request)
        payload = json.loads(right.body)
        payload["data"] = [{**one, **(changes if one["id"] == f"msg_{number}" else {})} for one in payload["data"]]
        return answer(payload)

    return served


DOUBTS: dict[str, Callable[[], Callable[[Request], Answer | Failure]]] = {
    "a page in the other order": partial(pages_of, list(range(90, 100))),
    "an empty page that promises more": partial(pages_of, []),
    "the newest page again and again": partial(pages_of, down(99, 89)),
    "messages left out between its pages": partial(
        pages_of, down(99, 89), down(79, 69), down(70, 60), down(61, 40), down(41, 9)
    ),
    "two messages changed places where they meet": partial(
        pages_of, down(99, 89), [*down(90, 60), 59, 61, 60, *down(58, 19)]
    ),
    "an id twice": partial(pages_of, down(99, 89), [90, 89, 88, 88, 87], down(87, 40), down(41, 20)),
    "an id of long ago among the newest": partial(pages_of, [99, 98, 3, 97], down(97, 40), down(41, 20)),
    "another role where they meet": partial(otherwise, 55, role="user"),
    "another time where they meet": partial(otherwise, 55, created_at=1),
    "a cursor that is refused": lambda: (
        lambda request: (
            answer({"error": {"code": "bad", "message": "", "type": "", "param": ""}}, 400)
            if "before" in parameters_of(request) or "after" in parameters_of(request)
            else HostedList("appbuilder", 100, cap=10, inclusive=True)(request)
        )
    ),
    "a platform that fails": lambda: lambda request: answer({"error": {"code": "busy", "message": ""}}, 503),
    "no answer": lambda: lambda request: Failure(sent=True, cause_type="ReadTimeout"),
    "an answer that cannot be read": lambda: lambda request: answer(b"<html>"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_whatever_the_second_end_shows_the_thread_is_read_right(doubt: str) -> None:
    server = Doubtful(DOUBTS[doubt]())
    ids, _ = read("appbuilder", server)
    assert ids == [f"msg_{number}" for number in range(100)]
    assert server.asked_newest_first


@pytest.mark.parametrize("doubt", ["a page in the other order", "an id of long ago among the newest"])
def test_a_second_end_in_doubt_is_not_asked_again(doubt: str) -> None:
    server = Doubtful(DOUBTS[doubt]())
    read("appbuilder", server)
    assert server.asked_newest_first == 1


def test_ids_that_repeat_are_read_from_one_end() -> None:
    twins = [message("minimax", f"m{n // 2}", role=("user", "ai")[n % 2], at=n) for n in range(60)]

    def server(request: Request) -> Answer:
        asked = parameters_of(request)
        assert asked["order"] == "asc"
        start = 0
        if "after" in asked:
            start = next(at for at, one in enumerate(twins) if one["id"] == asked["after"])
        return page("minimax", twins[start : start + 10])

    performance = Performance()
    view = performance.perform(performance.operations("minimax").read("thread_1", None), server)
    assert [one.text for one in view] == [one["content"] for one in twins]
    assert len({one.key for one in view}) == 60


def test_one_id_for_two_messages_far_apart_does_not_join_what_does_not_meet() -> None:
    """The first end's page ends with an id that the second end's oldest message has, too."""
    numbers = list(range(100))
    served = [message("appbuilder", f"msg_{n}", at=1_700_000_000 + n) for n in numbers]
    served[80]["id"] = "msg_29"  # of the same role, but for its time the same

    def server(request: Request) -> Answer:
        asked = parameters_of(request)
        if asked["order"] == "desc":
            return page("appbuilder", served[80:][::-1], True)
        start = 0
        if "after" in asked:
            start = next(at for at, one in enumerate(served) if one["id"] == asked["after"]) + 1
        return page("appbuilder", served[start : start + 10], start + 10 < 100)

    performance = Performance()
    with pytest.raises(PaginationError):  # as from one end: an id comes again
        performance.perform(performance.operations("appbuilder").read("thread_1", None), server)


def test_an_error_of_the_first_end_is_the_reads_and_ends_the_second() -> None:
    told: list[Any] = []
    right = HostedList("appbuilder", 400, cap=20)

    def server(request: Request) -> Answer:
        asked = parameters_of(request)
        if asked["order"] == "asc" and asked.get("after") == "msg_59":
            return answer({"error": {"code": "busy", "message": ""}}, 503)
        return right(request)

    performance = Performance()
    operations = performance.operations("appbuilder")
    operations.context = replace(operations.context, on_call=told.append)
    with pytest.raises(ProviderUnavailableError):
        performance.perform(operations.read("thread_1", None), server)
    assert [one.error for one in told if one.error] == ["ProviderUnavailableError"] * 3
    assert len(told) == len(performance.sent)


def test_a_guess_by_times_that_are_wrong_costs_one_round_at_most() -> None:
    """Times that stand still in the middle: the ends seem to be a page apart from early on."""

    def server(request: Request) -> Answer:
        payload = json.loads(HostedList("appbuilder", 1_000, cap=20)(request).body)
        for one in payload["data"]:
            number = int(one["id"].removeprefix("msg_"))
            one["created_at"] = (number if number < 60 else 60 + max(number - 970, 0)) * 1000
        return answer(payload)

    ids, _ = read("appbuilder", server)
    assert ids == [f"msg_{number}" for number in range(1_000)]
    assert len(rounds("appbuilder", server)) <= 50 / 2 + 4
