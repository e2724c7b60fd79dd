"""The translation that is timed is the floor's, field by field, and the comparison would see it if it were not."""

from __future__ import annotations

import pytest

from tests.benchmarks import translation
from tests.benchmarks.answers import PLATFORMS, Platform, pages_of


@pytest.mark.parametrize("platform", PLATFORMS)
def test_both_sides_make_the_same_messages_half_of_them_with_a_citation(platform: Platform) -> None:
    for ours, held, floor in translation.sides(platform, pages_of(platform, 25, page=10)).values():
        made = ours()
        assert translation.differing(made, floor()) == translation.differing(held(), floor()) == []
        assert (len(made), sum("citations" in message.additional_kwargs for message in made)) == (25, 12)
        made[3].additional_kwargs["citations"][0]["title"] = "another"
        made[4] = made[5]
        assert translation.differing(made, floor()) == [3, 4]


def test_every_platform_is_timed_with_both_frameworks() -> None:
    ratios = translation.measure(quick=True)
    assert [ratio.bar is None for ratio in ratios].count(False) == len(PLATFORMS) * 2
    assert {len(ratio.samples) for ratio in ratios} == {2}
    assert len({ratio.what for ratio in ratios}) == len(ratios)
