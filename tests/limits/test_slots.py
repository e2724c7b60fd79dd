"""Slots by the numbers: when the next request may leave, by the slots that are given and the requests that left."""

from __future__ import annotations

import pytest

from provider_threads.traffic import APART_S, Pace, Traffic

EVER = float("inf")
FAST = Pace(spacing=0.125, most=2)


def test_slots_are_evenly_apart_from_the_first_one_on() -> None:
    traffic = Traffic()
    pace = Pace(0.125, 0)
    assert [traffic.slot(10.0, pace, EVER) for _ in range(4)] == [10.0, 10.125, 10.25, 10.375]
    assert traffic.slot(20.0, pace, EVER) == 20.0


def test_a_slot_at_the_deadline_comes_too_late_and_is_left_to_others() -> None:
    traffic = Traffic()
    assert traffic.slot(10.0, FAST, 10.0) is None
    assert traffic.slot(10.0, FAST, 10.125) == 10.0
    assert traffic.slot(10.0, FAST, 10.125) is None
    assert traffic.slot(10.0, FAST, 11.0) == 10.125


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_slot_keeps_its_distance_from_the_departure_that_is_so_many_before_it(most: int) -> None:
    traffic = Traffic()
    pace = Pace(0.125, most)
    for number in range(most):
        assert traffic.slot(10.0, pace, EVER) == 10.0 + number * 0.125
    for number in range(most):
        traffic.departed(11.0 + number / 4)
    # None are under way: the next follows the first of those that left, the one after it the second, and so on.
    for number in range(most):
        assert traffic.slot(11.5, pace, EVER) == max(11.5, 11.0 + number / 4 + APART_S)


def test_slots_under_way_stand_between_a_slot_and_the_departures_that_count_for_it() -> None:
    traffic = Traffic()
    pace = Pace(0.125, 3)
    assert [traffic.slot(10.0, pace, EVER) for _ in range(3)] == [10.0, 10.125, 10.25]
    traffic.departed(10.75)  # late; two are under way, so this one is three before the next
    assert traffic.slot(10.375, pace, EVER) == 10.75 + APART_S
    # Now three are under way: no departure counts for the next, which is spaced from the slot before.
    assert traffic.slot(10.375, pace, EVER) == 10.75 + APART_S + 0.125


def test_departures_count_in_the_order_of_their_times_however_late_they_are_told() -> None:
    traffic = Traffic()
    for _ in range(2):
        traffic.slot(10.0, FAST, EVER)
    traffic.departed(10.5)
    traffic.departed(10.25)
    assert traffic.slot(10.5, FAST, EVER) == 10.25 + APART_S
    assert traffic.slot(10.5, FAST, EVER) == 10.5 + APART_S


def test_departures_are_forgotten_when_they_matter_no_more() -> None:
    traffic = Traffic()
    for number in range(1_000):
        traffic.departed(float(number))
    assert len(traffic._departures) == 3  # of the last two of these distances, and no more
