"""Every side asks once for the same page, and bare httpx is a bar on every platform."""

from __future__ import annotations

import pytest

from tests.benchmarks import overhead
from tests.benchmarks.answers import PLATFORMS, Platform


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_side_reads_the_same_page_with_one_request(platform: Platform) -> None:
    with overhead.served(platform) as server, overhead.reading(platform, server) as sides:
        assert {"ours", "bare"} <= {*sides}
        read = []
        for side in sides.values():
            server.clear_requests()
            read.append(side())
            assert len(server.arrivals) == 1
    assert [len(texts) for texts in read] == [overhead.PAGE] * len(sides)
    assert all(texts == read[0] for texts in read)


def test_ours_is_held_against_bare_httpx_and_each_sdk_that_is_installed() -> None:
    ratios = overhead.measure(quick=True)
    against = [ratio.against for ratio in ratios]
    assert against.count("bare httpx and json") == len(PLATFORMS)
    assert len(ratios) - len(PLATFORMS) <= len(overhead.SDKS)
    assert {len(ratio.samples) for ratio in ratios} == {2}
