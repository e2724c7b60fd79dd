"""Hunyuan's two lists are joined only where they prove to meet."""

from __future__ import annotations

import pytest

from provider_threads import IncompleteThreadError, PaginationError, ProtocolError
from provider_threads.flows.read import walk_whole_thread
from provider_threads.messages import Order

from .scripted import Performance, in_turn, message, page, parameters_of
from .two_ends_list import TwoEndsList

ORDERS: tuple[Order, ...] = ("asc", "desc")


def listed(*ids: str, more: bool | None = True) -> object:
    return page("hunyuan", [message("hunyuan", one) for one in ids], more)


def test_a_page_without_the_flag_is_not_taken_for_the_whole_thread() -> None:
    performance = Performance()
    with pytest.raises(ProtocolError, match="HasMore"):
        performance.perform(performance.operations("hunyuan").read("thread_1", None), TwoEndsList(50, flag=False))


@pytest.mark.parametrize(
    ("newest", "oldest"),
    [
        (("d", "c", "b"), ("a", "c", "b")),
        (("d", "c", "b"), ("a", "b", "x")),
        (("c", "b", "x"), ("b", "c", "d")),
    ],
)
def test_two_lists_that_contradict_each_other_are_an_error(newest: tuple[str, ...], oldest: tuple[str, ...]) -> None:
    operations = Performance().operations("hunyuan")
    for flow in (operations.read("thread_1", None), operations.iter_messages("thread_1", "desc", None)):
        with pytest.raises(PaginationError, match="contradict") as told:
            Performance().perform(flow, in_turn(listed(*newest), listed(*oldest)))  # type: ignore[arg-type]  # answers
        assert (told.value.provider, told.value.operation) == ("hunyuan", "list_messages")


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_promise_of_more_that_the_other_end_does_not_keep_is_no_gap(order: Order) -> None:
    lists = (listed("a", "b"), listed("b", "a", more=False))
    performance = Performance()
    flow = performance.operations("hunyuan").iter_messages("thread_1", order, None)
    performance.perform(flow, in_turn(*lists))  # type: ignore[arg-type]  # answers
    assert [one.id for one in performance.emitted] == ["a", "b"]


def test_a_list_without_messages_that_promises_more_is_declared_incomplete() -> None:
    performance = Performance()
    flow = performance.operations("hunyuan").read("thread_1", None)
    view = performance.perform(flow, in_turn(listed(), listed("a", "b")))  # type: ignore[arg-type]  # answers
    assert not view.complete
    assert view.newest_block == ()
    walk = performance.operations("hunyuan").iter_messages("thread_1", "asc", None)
    with pytest.raises(IncompleteThreadError) as told:
        performance.perform(walk, in_turn(listed(), listed("a", "b")))  # type: ignore[arg-type]  # answers
    assert (told.value.provider, told.value.operation) == ("hunyuan", "list_messages")
    assert performance.emitted == []


@pytest.mark.parametrize("count", [0, 1, 100, 101, 199])
def test_a_walk_shows_each_message_once_in_either_order(count: int) -> None:
    for order in ORDERS:
        performance, server = Performance(), TwoEndsList(count)
        ends = [order, "desc" if order == "asc" else "asc"]
        performance.perform(performance.operations("hunyuan").iter_messages("thread_1", order, None), server)
        assert [one.id for one in performance.emitted] == server.ids()[:: 1 if order == "asc" else -1]
        assert [parameters_of(one.request)["Order"] for one in performance.sent] == ends[: 1 if count <= 100 else 2]
        assert {parameters_of(one.request)["Limit"] for one in performance.sent} == {100}


def test_who_wants_a_whole_thread_gets_it_oldest_first() -> None:
    performance, server = Performance(), TwoEndsList(150)
    performance.perform(walk_whole_thread(performance.operations("hunyuan").context, "thread_1"), server)
    assert [one.id for one in performance.emitted] == server.ids()


@pytest.mark.parametrize("count", [200, 250])
def test_a_walk_through_a_thread_with_a_gap_ends_in_an_error_before_it(count: int) -> None:
    for order in ORDERS:
        performance, server = Performance(), TwoEndsList(count)
        flow = performance.operations("hunyuan").iter_messages("thread_1", order, None)
        with pytest.raises(IncompleteThreadError, match=r"200 messages or more.* read\(\) returns both"):
            performance.perform(flow, server)
        assert [one.id for one in performance.emitted] == server.ids()[:: 1 if order == "asc" else -1][:100]


# What a read shows, by the length of the thread and of what is asked for.
READS = [
    (count, limit) for count in (0, 1, 99, 100, 101, 150, 199) for limit in (None, 1, 20, 99, 100, 101, 150, 199, 200)
]


@pytest.mark.parametrize(("count", "limit"), READS)
def test_a_read_shows_the_newest_and_says_whether_that_is_all(count: int, limit: int | None) -> None:
    performance, server = Performance(), TwoEndsList(count)
    view = performance.perform(performance.operations("hunyuan").read("thread_1", limit), server)
    shown = count if limit is None else min(limit, count)
    assert [one.id for one in view.messages] == server.ids()[count - shown :]
    assert (view.reached_start, view.gap_before, view.complete) == (shown == count, None, True)
    assert view.limit == limit
    # The newest first; the oldest only where these do not settle it.
    asked = [parameters_of(one.request) for one in performance.sent]
    settled = count <= min(limit or 100, 100) or (limit is not None and limit <= 100)
    assert [one["Order"] for one in asked] == ["desc", "asc"][: 1 if settled else 2]
    assert [one["Limit"] for one in asked] == [min(limit or 100, 100), 100][: len(asked)]


@pytest.mark.parametrize("count", [200, 250])
def test_a_thread_of_200_is_shown_with_its_gap(count: int) -> None:
    performance, server = Performance(), TwoEndsList(count)
    view = performance.perform(performance.operations("hunyuan").read("thread_1", None), server)
    assert [one.id for one in view.messages] == server.ids()[:100] + server.ids()[-100:]
    assert (view.reached_start, view.gap_before, view.complete) == (True, 100, False)


def test_more_than_the_newest_hundred_of_a_longer_thread_are_the_hundred_behind_a_gap() -> None:
    performance, server = Performance(), TwoEndsList(250)
    view = performance.perform(performance.operations("hunyuan").read("thread_1", 120), server)
    assert [one.id for one in view.messages] == server.ids()[-100:]
    assert (view.reached_start, view.gap_before, view.complete, view.limit) == (False, 0, False, 120)
