"""The benchmarks of cold reads and of many threads run, in small, and count what can be counted."""

from __future__ import annotations

import pytest

from tests.benchmarks import cold_read, many_threads


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # appbuilder-sdk closes no session
def test_a_cold_read_asks_at_most_once_more_than_the_sdk_in_every_case() -> None:
    pytest.importorskip("appbuilder", reason="appbuilder-sdk is not installed")
    ratios = cold_read.measure(True)
    counted = [ratio for ratio in ratios if ratio.unit]
    assert (len(ratios), len(counted)) == (12, 4)
    assert all(sample <= 1 for ratio in counted for sample in ratio.samples)
    assert [ratio.bar for ratio in ratios if not ratio.unit] == [0.55] * 4 + [1.0] * 2 + [None] * 2


def test_many_threads_are_read_within_the_accounts_limit() -> None:
    rate, of_a_second, in_flight = many_threads.measure(True)
    assert (rate.bar, rate.better, len(rate.samples)) == (0.9, "high", 1)
    assert len(of_a_second.samples) == 1  # how many came within a second is the network's doing too
    assert max(in_flight.samples) <= 1
