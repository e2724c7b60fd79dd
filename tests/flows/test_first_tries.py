"""A first try that settles the matter costs nothing of what further tries need."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest

from provider_threads import InvalidRequestError, OutcomeUnknownError, RetryPolicy

from .scripted import Performance, answer, in_turn

THREAD = {"id": "thread_1", "object": "thread", "created_at": 1_700_000_000_000}


class NoMore(RetryPolicy):
    """Fails where it is asked for tries."""

    def tries(self, **_: Any) -> NoReturn:  # type: ignore[override]  # nobody gets that far
        raise AssertionError("further tries were prepared")


def test_a_read_that_succeeds_at_once_prepares_no_further_try() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder", NoMore()).get_thread("thread_1")
    assert performance.perform(flow, in_turn(answer(THREAD))).id == "thread_1"


def test_a_refusal_for_good_prepares_no_further_try() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder", NoMore()).get_thread("thread_1")
    with pytest.raises(InvalidRequestError):
        performance.perform(flow, in_turn(answer({}, status=400)))
    assert len(performance.sent) == 1


def test_the_first_try_is_one_of_those_that_are_counted() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder", RetryPolicy(attempts=3, first_pause=1)).get_thread("thread_1")
    with pytest.raises(Exception, match="platform failed"):
        performance.perform(flow, in_turn(answer({}, status=503)))
    assert (len(performance.sent), len(performance.waits)) == (3, 2)


def test_a_write_that_may_have_been_applied_is_sent_once() -> None:
    performance = Performance()
    flow = performance.operations("appbuilder", RetryPolicy(attempts=3)).append("thread_1", "hi", "user", (), None)
    with pytest.raises(OutcomeUnknownError):
        performance.perform(flow, in_turn(answer({}, status=503)))
    assert (len(performance.sent), performance.waits) == (1, [])
