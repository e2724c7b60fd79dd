"""A thread may grow while it is read: nothing that was there is missed, nothing comes twice, order holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provider_threads import PaginationError
from provider_threads.messages import Order

from .hosted_list import HostedList
from .scripted import Performance
from .two_ends_list import TwoEndsList

growing_lists = st.builds(
    HostedList,
    name=st.sampled_from(["minimax", "appbuilder"]),
    count=st.integers(0, 25),
    inclusive=st.booleans(),
    by_time=st.booleans(),
    cap=st.integers(2, 6),
    flag=st.booleans(),
    growth=st.lists(st.integers(0, 8), max_size=12),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(server=growing_lists, order=st.sampled_from(["asc", "desc"]))
def test_a_list_that_grows_between_pages_is_read_whole(server: HostedList, order: Order) -> None:
    there_at_first = set(server.ids())
    performance = Performance()
    performance.perform(performance.operations(server.name).iter_messages("thread_1", order, None), server)
    seen = [message.id for message in performance.emitted]
    assert len(seen) == len(set(seen))
    assert there_at_first <= set(seen)
    in_order = [one for one in server.ids() if one in set(seen)]
    assert seen == (in_order if order == "asc" else in_order[::-1])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(server=growing_lists, limit=st.integers(1, 30))
def test_the_newest_of_a_list_that_grows_are_those_of_the_first_answer(server: HostedList, limit: int) -> None:
    at_first = server.ids()
    performance = Performance()
    view = performance.perform(performance.operations(server.name).read("thread_1", limit), server)
    assert [message.id for message in view] == at_first[-limit:]
    assert view.complete


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    count=st.integers(0, 250), growth=st.lists(st.integers(0, 120), max_size=2), limit=st.none() | st.integers(1, 220)
)
def test_two_ends_of_a_growing_list_are_joined_truly_or_not_at_all(
    count: int, growth: list[int], limit: int | None
) -> None:
    server = TwoEndsList(count, growth=growth)
    at_first = server.ids()
    performance = Performance()
    view = performance.perform(performance.operations("hunyuan").read("thread_1", limit), server)
    read = [message.id for message in view]
    if view.complete:
        assert read == (at_first if limit is None else at_first[-limit:])
    else:
        assert view.gap_before is not None
        assert read[view.gap_before :] == at_first[-100:]
        assert read[: view.gap_before] == at_first[: view.gap_before]
        assert len(at_first) >= 200


def test_a_thread_of_one_message_that_becomes_a_page_between_two_requests_is_read_whole() -> None:
    server = HostedList("minimax", 1, inclusive=True, cap=2, flag=False, growth=[0, 2])
    performance = Performance()
    performance.perform(performance.operations("minimax").iter_messages("thread_1", "asc", None), server)
    assert [message.id for message in performance.emitted] == server.ids()


def test_what_arrives_while_times_tie_is_not_taken_for_older_messages() -> None:
    server = HostedList("minimax", 8, by_time=True, cap=4, tied=True, growth=[3])
    at_first = server.ids()
    performance = Performance()
    view = performance.perform(performance.operations("minimax").read("thread_1", 6), server)
    assert [message.id for message in view] == at_first[-6:]


def test_more_arrivals_than_a_page_shows_while_times_tie_are_an_error_and_no_guess() -> None:
    server = HostedList("minimax", 8, by_time=True, cap=4, tied=True, growth=[4])
    performance = Performance()
    with pytest.raises(PaginationError, match="more messages arrive than a page holds"):
        performance.perform(performance.operations("minimax").read("thread_1", 6), server)
