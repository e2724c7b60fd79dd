"""A Hunyuan thread shows 100 messages from either end: it is whole, or says that it is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from provider_threads import IncompleteThreadError
from provider_threads.emulator import Emulator

from .conversations import seeded
from .ways import Threads

MakeClient = Callable[..., Threads]
PROVEN = [0, 1, 2, 99, 100, 101, 150, 198, 199]
UNPROVEN = [200, 201, 500]


@pytest.mark.parametrize("size", PROVEN)
async def test_up_to_199_messages_are_whole(client_of: MakeClient, emulator: Emulator, size: int) -> None:
    threads = client_of("hunyuan")
    thread_id, texts = seeded(emulator, "hunyuan", size)
    view = await threads.read(thread_id)
    assert [message.text for message in view] == texts
    assert (view.complete, view.reached_start, view.gap_before) == (True, True, None)
    assert [message.text for message in await threads.walk(thread_id)] == texts
    assert [message.text for message in await threads.walk(thread_id, "desc")] == texts[::-1]


@pytest.mark.parametrize("size", UNPROVEN)
async def test_from_200_on_the_gap_is_declared(client_of: MakeClient, emulator: Emulator, size: int) -> None:
    threads = client_of("hunyuan")
    thread_id, texts = seeded(emulator, "hunyuan", size)
    view = await threads.read(thread_id)
    assert [message.text for message in view] == texts[:100] + texts[-100:]
    assert (view.complete, view.reached_start, view.gap_before) == (False, True, 100)
    assert [message.text for message in view.newest_block] == texts[-100:]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("size", UNPROVEN)
async def test_an_iteration_raises_at_the_gap_after_all_that_is_sure(
    client_of: MakeClient, emulator: Emulator, size: int, order: str
) -> None:
    threads = client_of("hunyuan")
    thread_id, texts = seeded(emulator, "hunyuan", size)
    taken, error = await threads.walk_as_far_as_it_goes(thread_id, order)
    assert isinstance(error, IncompleteThreadError)
    assert "200 messages or more" in str(error)
    assert [message.text for message in taken] == (texts[:100] if order == "asc" else texts[:-101:-1])


@pytest.mark.parametrize("size", [*PROVEN, *UNPROVEN])
@pytest.mark.parametrize("limit", [1, 99, 100, 101, 150, 199, 1_000])
async def test_the_newest_messages_are_right_or_declared_incomplete(
    client_of: MakeClient, emulator: Emulator, size: int, limit: int
) -> None:
    threads = client_of("hunyuan")
    thread_id, texts = seeded(emulator, "hunyuan", size)
    view = await threads.read(thread_id, limit=limit)
    if size in PROVEN or limit <= 100:
        assert [message.text for message in view] == texts[-limit:]
        assert view.complete
        assert not view.reached_start or len(view) == size
    else:
        assert [message.text for message in view] == texts[-100:]
        assert (view.complete, view.reached_start, view.gap_before) == (False, False, 0)


async def test_order_is_the_lists_where_times_are_equal_or_wrong(client_of: MakeClient, emulator: Emulator) -> None:
    from provider_threads.emulator import SeedMessage

    times = [1_700_000_000, 1_700_000_000, 1_600_000_000, 1_800_000_000]
    thread_id = emulator.seed(
        "hunyuan", [SeedMessage("user", str(number), created_at=time) for number, time in enumerate(times)]
    )
    assert [message.text for message in await client_of("hunyuan").read(thread_id)] == ["0", "1", "2", "3"]
