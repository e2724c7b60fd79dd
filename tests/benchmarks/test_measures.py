"""The measurements run, in small, and what they count keeps its aim."""

from __future__ import annotations

from typing import Any

from tests.benchmarks import stores, turns


async def test_a_chains_turn_lists_a_known_thread_once_and_an_agents_twice_at_most(platform: Any) -> None:
    """Within the time of freshness, here long enough for the slowest machine."""
    first, window, *taken = await turns.turns_on(platform, messages=150, freshness=3600)
    assert (first.shown, window.shown) == (150, 20)
    assert [turn.reads for turn in taken] == [1, 1, 5, 3, 5, 5]
    chains, others = taken[:2], taken[2:]
    assert [turn.lists for turn in chains] == [1, 1]
    assert {turn.lists for turn in others} <= {1, 2}
    assert {turn.appends for turn in taken} == {0 if platform == "hunyuan" else 1}
    assert {turn.others for turn in taken} == {0}


async def test_every_store_is_timed_as_often() -> None:
    measured = await stores.measure(messages=10, repetitions=2, community=False)
    assert {len(taken) for _, seconds in measured.values() for taken in (seconds.append, seconds.read)} == {0, 2}
    assert [name for name, (_, seconds) in measured.items() if not seconds.read] == [stores.REQUEST]
    assert all("mirrored" in name for name, (_, seconds) in measured.items() if not seconds.append)
    assert [name for name, (rival, _) in measured.items() if rival] == ["LlamaIndex: SQLAlchemyChatStore, async"]
    assert len(stores.table(measured)) == 2 + len(measured) + sum(", split, " in name for name in measured)
