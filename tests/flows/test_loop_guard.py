"""A list that cannot be read to its end is an error soon; one that progresses is never stopped."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from provider_threads import IncompleteThreadError, PaginationError, ProtocolError
from provider_threads.endpoint import Answer, Request
from provider_threads.messages import Order
from tests.reliability.row import Property

from .hosted_list import HostedList
from .scripted import Performance, in_turn, message, page, parameters_of

PLATFORMS = ("minimax", "appbuilder")
ORDERS: tuple[Order, ...] = ("asc", "desc")


def texts(performance: Performance) -> list[str]:
    return [emitted.text for emitted in performance.emitted]


def dated(order: Order, number: int) -> int:
    """A time for what comes so far down a list in this order, in seconds."""
    return 1_700_000_000 + (number if order == "asc" else -number)


def walk(name: str, order: Order, server: Any, max_pages: int | None = None) -> Performance:
    performance = Performance()
    performance.perform(performance.operations(name).iter_messages("thread_1", order, max_pages), server)
    return performance


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("name", "more"), [("minimax", None), ("appbuilder", None), ("appbuilder", True)])
def test_a_cycle_of_cursors_is_an_error_within_two_requests(
    name: str, more: bool | None, order: Order, length: int, record_property: Property
) -> None:
    pages: Iterator[Answer] = itertools.cycle(
        page(
            name, [message(name, f"m{number}_{part}", at=dated(order, 20 * number + part)) for part in range(20)], more
        )
        for number in range(length)
    )
    if length == 1 and more is None:
        # The same page whatever is asked: nothing else can be seen, and nothing says that there is more.
        pages = itertools.chain([next(pages)], ended_elsewhere(name))
    performance = Performance()
    flow = performance.operations(name).iter_messages("thread_1", order, None)
    with pytest.raises(PaginationError):
        performance.perform(flow, lambda request: next(pages))
    first_repeat = length + 1
    record_property("circles", 1)
    record_property("most_requests_past_the_repeat", len(performance.sent) - first_repeat)
    assert len(performance.sent) <= first_repeat + 2
    assert len(texts(performance)) == len(set(texts(performance)))


def ended_elsewhere(name: str) -> Any:
    """The first page again, except that the other end of the list shows other messages."""
    first = page(name, [message(name, f"m0_{part}") for part in range(20)])
    other = page(name, [message(name, f"n0_{part}") for part in range(20)])
    return itertools.chain([first], itertools.repeat(other))


@pytest.mark.parametrize("order", ORDERS)
def test_a_read_of_the_newest_is_guarded_too(order: Order) -> None:
    first = page("appbuilder", [message("appbuilder", "a"), message("appbuilder", "b")], True)
    performance = Performance()
    with pytest.raises(PaginationError):
        performance.perform(performance.operations("appbuilder").read("thread_1", 5), in_turn(first))
    assert len(performance.sent) <= 4


@pytest.mark.parametrize("order", ORDERS)
def test_a_cursor_that_does_not_move_is_an_error(order: Order) -> None:
    only = message("appbuilder", "a")
    with pytest.raises(PaginationError, match="does not move"):
        walk("appbuilder", order, in_turn(page("appbuilder", [only], True)))


@pytest.mark.parametrize("order", ORDERS)
def test_an_empty_page_that_promises_more_is_an_error(order: Order) -> None:
    performance = Performance()
    with pytest.raises(PaginationError, match="promises more"):
        performance.perform(
            performance.operations("appbuilder").iter_messages("thread_1", order, None),
            in_turn(page("appbuilder", [], True)),
        )
    assert len(performance.sent) == 1


@pytest.mark.parametrize("order", ORDERS)
def test_an_empty_page_after_a_promise_is_an_error(order: Order) -> None:
    full = page("appbuilder", [message("appbuilder", "a"), message("appbuilder", "b")], True)
    with pytest.raises(PaginationError, match="does not move"):
        walk("appbuilder", order, in_turn(full, page("appbuilder", [], True)))


def test_an_error_says_what_to_do_and_names_no_message() -> None:
    with pytest.raises(PaginationError) as stuck:
        walk("appbuilder", "asc", in_turn(page("appbuilder", [message("appbuilder", "canary")], True)))
    assert (stuck.value.provider, stuck.value.operation) == ("appbuilder", "list_messages")
    assert "limit=" in str(stuck.value)
    assert "canary" not in str(stuck.value)


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("order", ORDERS)
def test_an_id_repeated_inside_a_page_keeps_both_messages(name: str, order: Order) -> None:
    repeated = [message(name, "same", role="user"), message(name, "same", role="assistant"), message(name, "next")]
    performance = walk(name, order, in_turn(page(name, repeated, False), page(name, [], False)))
    assert [one.role for one in performance.emitted] == ["user", "assistant", "user"]
    oldest_first = ["same", "same#2", "next"] if order == "asc" else ["same#2", "same", "next"]
    assert [one.key for one in performance.emitted] == oldest_first


def test_a_question_and_its_answer_under_one_id_may_stand_on_two_pages() -> None:
    question, reply = message("minimax", "same"), message("minimax", "same", role="ai")
    server = in_turn(
        page("minimax", [message("minimax", "first"), question]),
        page("minimax", [reply, message("minimax", "last")]),
        page("minimax", []),
    )
    performance = walk("minimax", "asc", server)
    assert [(one.id, one.role) for one in performance.emitted] == [
        ("first", "user"),
        ("same", "user"),
        ("same", "assistant"),
        ("last", "user"),
    ]


@pytest.mark.parametrize("overlap", [0, 1, 2, 5])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", PLATFORMS)
def test_an_overlap_at_the_boundary_is_removed_whatever_its_length(name: str, order: Order, overlap: int) -> None:
    ids = [f"m{number}" for number in range(17)]
    starts = range(0, len(ids), 6 - overlap) if overlap < 6 else range(0)
    pages = []
    for start in starts:
        block = [message(name, one, at=dated(order, ids.index(one))) for one in ids[start : start + 6]]
        pages.append(page(name, block, start + 6 < len(ids)))
        if start + 6 >= len(ids):
            break
    performance = walk(name, order, in_turn(*pages, page(name, [], False)))
    assert texts(performance) == ids


@pytest.mark.parametrize("cursors", [True, False], ids=["cursors work", "cursors are ignored"])
@pytest.mark.parametrize("limits", [True, False], ids=["limit works", "limit is ignored"])
@pytest.mark.parametrize("default", ORDERS)
@pytest.mark.parametrize("count", [0, 1, 2, 5, 99, 100, 101, 250])
def test_a_server_that_ignores_the_order_is_noticed(count: int, default: Order, *, limits: bool, cursors: bool) -> None:
    for order in ORDERS:
        server = HostedList("minimax", count, orders=False, cursors=cursors, limits=limits, default=default, flag=False)
        expected = server.ids() if order == "asc" else server.ids()[::-1]
        if not cursors and limits and count >= 100:
            # Whatever is asked, the same 100 come: that they are all is not known, and nothing pretends so.
            with pytest.raises(PaginationError):
                walk("minimax", order, server)
        else:
            assert texts(walk("minimax", order, server)) == expected


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("count", [19, 20])
def test_a_list_as_long_as_a_page_is_read_whole_though_cursors_are_ignored(count: int, order: Order) -> None:
    for orders in (True, False):
        server = HostedList("minimax", count, orders=orders, cursors=False, limits=orders, flag=False)
        performance = walk("minimax", order, server)
        assert texts(performance) == (server.ids() if order == "asc" else server.ids()[::-1])
        assert all(parameters_of(one.request)["order"] in ORDERS for one in performance.sent)


@pytest.mark.parametrize("limit", [1, 2, 5, 30])
@pytest.mark.parametrize("count", [1, 2, 5, 6, 250])
def test_the_oldest_messages_are_never_passed_off_as_the_newest(count: int, limit: int) -> None:
    server = HostedList("minimax", count, orders=False, cursors=False, flag=False)
    performance = Performance()
    flow = performance.operations("minimax").read("thread_1", limit)
    if count >= max(limit, 2):
        with pytest.raises(PaginationError):
            performance.perform(flow, server)
    else:
        view = performance.perform(flow, server)
        assert [one.id for one in view] == server.ids()[-limit:]


def test_times_that_run_the_wrong_way_do_not_turn_a_list_whose_order_works() -> None:
    def server(request: Request) -> Answer:
        asked = HostedList("minimax", 3, flag=False)(request)
        return Answer(asked.status, asked.headers, asked.body.replace(b"17000000", b"-17000000"))

    assert texts(walk("minimax", "asc", server)) == ["msg_0", "msg_1", "msg_2"]


def test_an_order_that_is_ignored_is_noticed_while_the_list_grows() -> None:
    server = HostedList("minimax", 5, orders=False, default="asc", flag=False, growth=[1])
    assert texts(walk("minimax", "desc", server))[-5:] == [f"msg_{number}" for number in (4, 3, 2, 1, 0)]


def test_a_page_that_mixes_threads_is_an_error(record_property: Property) -> None:
    mixed = [message("minimax", "a"), message("minimax", "b", thread_id="thread_2")]
    record_property("foreign_answers", 1)
    with pytest.raises(ProtocolError, match="several threads"):
        walk("minimax", "asc", in_turn(page("minimax", mixed)))
    record_property("foreign_refused", 1)


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("order", ORDERS)
def test_three_thousand_pages_that_progress_are_not_stopped(name: str, order: Order, record_property: Property) -> None:
    pages = iter(range(3_000))

    def server(request: Request) -> Answer:
        number = next(pages, None)
        if number is None:
            return page(name, [], False)
        block = [message(name, f"m{number}_{part}", at=dated(order, 2 * number + part)) for part in range(2)]
        return page(name, block, number < 2_999)

    performance = walk(name, order, server)
    record_property("most_pages_read", len(performance.sent))
    assert len(performance.emitted) == 6_000
    assert len(performance.sent) in (3_000, 3_001)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("by_time", [False, True])
def test_the_callers_ceiling_counts_pages_that_bring_something(order: Order, *, by_time: bool) -> None:
    server = HostedList("minimax", 30, cap=10, by_time=by_time, flag=False)
    with pytest.raises(IncompleteThreadError, match="max_pages=2"):
        walk("minimax", order, server, max_pages=2)
    performance = walk("minimax", order, HostedList("minimax", 30, cap=10, by_time=by_time, flag=False), max_pages=4)
    assert len(performance.emitted) == 30


def test_a_ceiling_that_is_not_needed_does_nothing() -> None:
    assert len(walk("appbuilder", "asc", HostedList("appbuilder", 15), max_pages=1).emitted) == 15
