"""A thread that grows between two pages, in every reading of a cursor: nothing missed, nothing doubled, order kept."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider_threads import PaginationError
from provider_threads.messages import Order
from tests.flows.hosted_list import HostedList
from tests.flows.scripted import Performance
from tests.flows.two_ends_list import TwoEndsList

from .row import Property
from .sizes import sized

INTERLEAVINGS = sized(80, 1_000)

often = settings(
    max_examples=INTERLEAVINGS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
growing_lists = st.builds(
    HostedList,
    name=st.sampled_from(["minimax", "appbuilder"]),
    count=st.integers(0, 25),
    inclusive=st.booleans(),
    by_time=st.booleans(),
    cap=st.integers(2, 6),
    flag=st.booleans(),
    tied=st.booleans(),
    growth=st.lists(st.integers(0, 8), min_size=1, max_size=12),
)


def cannot_tell(server: HostedList) -> bool:
    """Whether more may arrive, newest first, than a page shows of what has: that is an error, not a guess."""
    return server.tied and sum(server.growth) >= server.cap


two_ends = st.builds(TwoEndsList, count=st.integers(0, 230), growth=st.lists(st.integers(0, 120), max_size=2))


@often
@given(server=growing_lists, order=st.sampled_from(["asc", "desc"]))
def test_what_was_there_is_read_once_and_in_order_while_more_arrives(
    server: HostedList, order: Order, record_property: Property
) -> None:
    at_first = set(server.ids())
    performance = Performance()
    untold = cannot_tell(server)
    record_property("interleavings", 1)
    try:
        performance.perform(performance.operations(server.name).iter_messages("thread_1", order, None), server)
    except PaginationError:
        assert order == "desc"
        assert untold
        record_property("errors", 1)
        return
    seen = [message.id for message in performance.emitted]
    assert len(seen) == len(set(seen))
    assert at_first <= set(seen)
    in_order = [one for one in server.ids() if one in set(seen)]
    assert seen == (in_order if order == "asc" else in_order[::-1])


@often
@given(server=growing_lists, limit=st.none() | st.integers(1, 30))
def test_the_newest_are_those_of_the_first_answer(
    server: HostedList, limit: int | None, record_property: Property
) -> None:
    at_first = server.ids()
    performance = Performance()
    untold = cannot_tell(server)
    record_property("interleavings", 1)
    try:
        view = performance.perform(performance.operations(server.name).read("thread_1", limit), server)
    except PaginationError:
        assert limit is not None
        assert untold
        record_property("errors", 1)
        return
    read = [message.id for message in view]
    assert read == server.ids()[: len(read)] if limit is None else read == at_first[-limit:]
    assert len(read) >= min(len(at_first), limit or len(at_first))


@often
@given(server=two_ends)
def test_two_ends_that_do_not_meet_are_never_joined(server: TwoEndsList, record_property: Property) -> None:
    at_first = server.ids()
    performance = Performance()
    view = performance.perform(performance.operations("hunyuan").read("thread_1", None), server)
    read = [message.id for message in view]
    assert len(read) == len(set(read))
    newest = [message.id for message in view.newest_block]
    assert newest == at_first[len(at_first) - len(newest) :]
    assert read == at_first if view.complete else len(at_first) >= 200
    record_property("interleavings", 1)
