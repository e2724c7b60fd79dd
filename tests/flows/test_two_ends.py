"""Hunyuan's two lists are joined only where they prove to meet."""

from __future__ import annotations

import pytest

from provider_threads import IncompleteThreadError, PaginationError, ProtocolError
from provider_threads.messages import Order

from .scripted import Performance, in_turn, message, page
from .two_ends_list import TwoEndsList


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
    performance = Performance()
    flow = performance.operations("hunyuan").read("thread_1", None)
    with pytest.raises(PaginationError, match="contradict"):
        performance.perform(flow, in_turn(listed(*newest), listed(*oldest)))  # type: ignore[arg-type]  # answers


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
    with pytest.raises(IncompleteThreadError):
        performance.perform(walk, in_turn(listed(), listed("a", "b")))  # type: ignore[arg-type]  # answers
    assert performance.emitted == []
