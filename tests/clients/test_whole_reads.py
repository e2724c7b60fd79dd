"""A thread with a cursor is read whole, in order, each message once, in every position of the open questions.

The largest page is set to 10 here: what matters is a thread's length against the page, not the page itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from provider_threads import Provider, ThreadClient
from provider_threads.emulator import Emulator, Switches

from .conversations import seeded
from .ways import Threads

PAGE, CAP = 10, 7
SIZES = {None: (0, 1, 2, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 1), CAP: (0, 1, 2, CAP - 1, CAP, CAP + 1, 2 * CAP + 1)}


def positions(platform: str) -> Iterator[dict[str, Any]]:
    if platform == "appbuilder":
        for cursor, reading, has_more, cap in product(
            ("inclusive", "exclusive"), ("chronological", "positional"), ("present", "absent"), (None, CAP)
        ):
            yield {
                "appbuilder_cursor": cursor,
                "appbuilder_cursor_reading": reading,
                "appbuilder_has_more": has_more,
                "appbuilder_page_cap": cap,
                "appbuilder_max_limit": PAGE,
            }
        return
    for cursor, reading, cap, default, parameters in product(
        ("inclusive", "exclusive", "ignored"),
        ("chronological", "positional"),
        (None, CAP),
        ("asc", "desc"),
        ("both", "body", "query"),
    ):
        if cursor == "ignored" and reading == "positional":
            continue  # a cursor that is ignored is not read in any way
        yield {
            "minimax_cursor": cursor,
            "minimax_cursor_reading": reading,
            "minimax_page_cap": cap,
            "minimax_default_order": default,
            "minimax_parameters": parameters,
            "minimax_max_limit": PAGE,
        }


def named(position: dict[str, Any]) -> str:
    return "-".join(str(value) for value in position.values())


POSITIONS = [
    pytest.param(platform, position, id=f"{platform}-{named(position)}")
    for platform in ("appbuilder", "minimax")
    for position in positions(platform)
]


@pytest.mark.parametrize(("platform", "position"), POSITIONS)
def test_a_thread_is_whole_in_every_position(
    emulator: Emulator, provider_of: Callable[..., Provider], platform: str, position: dict[str, Any]
) -> None:
    emulator.switches = Switches(**position)
    cap = position[f"{platform}_page_cap"]
    with ThreadClient(provider_of(platform)) as threads:
        for size in SIZES[cap]:
            thread_id, texts = seeded(emulator, platform, size)
            view = threads.read(thread_id)
            assert [message.text for message in view] == texts
            assert (view.complete, view.reached_start, view.gap_before) == (True, True, None)
            assert [message.text for message in threads.iter_messages(thread_id)] == texts
            assert [message.text for message in threads.iter_messages(thread_id, order="desc")] == texts[::-1]
            for limit in (1, 5, size or 1, size + 1):
                newest = threads.read(thread_id, limit=limit)
                assert [message.text for message in newest] == texts[-limit:]
                assert newest.complete
                if len(texts) < limit:
                    assert newest.reached_start
                if newest.reached_start:
                    assert len(newest) == len(texts)


@pytest.mark.parametrize("cap", [1, 2])
@pytest.mark.parametrize(("platform", "position"), [one for one in POSITIONS if f"-{CAP}" not in str(one.id)])
def test_a_thread_served_in_tiny_pages_is_whole_or_an_error(
    emulator: Emulator, provider_of: Callable[..., Provider], platform: str, position: dict[str, Any], cap: int
) -> None:
    from provider_threads import PaginationError

    emulator.switches = Switches(**{**position, f"{platform}_page_cap": cap})
    stuck = cap == 1 and position[f"{platform}_cursor"] == "inclusive"
    with ThreadClient(provider_of(platform)) as threads:
        for size in (0, 1, 2, 3):
            thread_id, texts = seeded(emulator, platform, size)
            reads: list[tuple[Callable[[], Any], list[str]]] = [
                (lambda thread_id=thread_id: threads.read(thread_id), texts),  # type: ignore[misc]  # bound at once
                (lambda thread_id=thread_id: threads.read(thread_id, limit=3), texts[-3:]),  # type: ignore[misc]
                (lambda thread_id=thread_id: list(threads.iter_messages(thread_id, "desc"))[::-1], texts),  # type: ignore[misc]
            ]
            for read, expected in reads:
                if stuck and size > 1:
                    with pytest.raises(PaginationError):
                        read()
                else:
                    assert [message.text for message in read()] == expected


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@pytest.mark.parametrize("size", [20, 21, 100, 101, 201])
async def test_a_thread_of_real_pages_is_whole(
    client_of: Callable[..., Threads], emulator: Emulator, platform: str, size: int
) -> None:
    threads = client_of(platform)
    thread_id, texts = seeded(emulator, platform, size)
    assert [message.text for message in await threads.read(thread_id)] == texts
    assert [message.text for message in await threads.walk(thread_id, "desc")] == texts[::-1]
    assert [message.text for message in await threads.read(thread_id, limit=100)] == texts[-100:]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_a_thousand_messages_are_whole(
    client_of: Callable[..., Threads], emulator: Emulator, platform: str
) -> None:
    threads = client_of(platform)
    thread_id, texts = seeded(emulator, platform, 1_000)
    view = await threads.read(thread_id)
    assert [message.text for message in view] == texts
    assert len({message.key for message in view}) == 1_000
    assert view.complete


REQUESTS = [
    # platform, size, limit (None: all): requests. MiniMax says nothing of more, so the end is asked for once.
    pytest.param("minimax", 0, None, 1, id="minimax empty"),
    pytest.param("minimax", 1, None, 2, id="minimax one"),
    pytest.param("minimax", 100, None, 2, id="minimax a page"),
    pytest.param("minimax", 101, None, 3, id="minimax a page and one"),
    pytest.param("minimax", 1_000, None, 11, id="minimax 1,000"),
    pytest.param("minimax", 1_000, 100, 1, id="minimax the newest page"),
    pytest.param("minimax", 1_000, 150, 2, id="minimax the newest page and a half"),
    # AppBuilder repeats the message that the cursor names: 20, then 19 new ones each.
    pytest.param("appbuilder", 0, None, 1, id="appbuilder empty"),
    pytest.param("appbuilder", 1, None, 1, id="appbuilder one"),
    pytest.param("appbuilder", 20, None, 1, id="appbuilder a page"),
    pytest.param("appbuilder", 21, None, 2, id="appbuilder a page and one"),
    pytest.param("appbuilder", 1_000, None, 53, id="appbuilder 1,000"),
    pytest.param("appbuilder", 1_000, 20, 1, id="appbuilder the newest page"),
    pytest.param("appbuilder", 1_000, 1, 1, id="appbuilder the newest"),
    pytest.param("hunyuan", 0, None, 1, id="hunyuan empty"),
    pytest.param("hunyuan", 100, None, 1, id="hunyuan a page"),
    pytest.param("hunyuan", 101, None, 2, id="hunyuan two ends"),
    pytest.param("hunyuan", 500, None, 2, id="hunyuan with a gap"),
    pytest.param("hunyuan", 500, 100, 1, id="hunyuan the newest page"),
    pytest.param("hunyuan", 500, 101, 2, id="hunyuan more than a page"),
]


@pytest.mark.parametrize(("platform", "size", "limit", "count"), REQUESTS)
async def test_a_read_costs_no_more_requests_than_it_must(
    client_of: Callable[..., Threads], emulator: Emulator, platform: str, size: int, limit: int | None, count: int
) -> None:
    thread_id, _ = seeded(emulator, platform, size)
    await client_of(platform).read(thread_id, limit=limit)
    assert len(emulator.requests) == count


async def test_an_iteration_fetches_only_what_is_taken(client_of: Callable[..., Threads], emulator: Emulator) -> None:
    threads = client_of("minimax")
    thread_id, texts = seeded(emulator, "minimax", 500)
    taken = []
    messages = threads.client.iter_messages(thread_id)
    if isinstance(threads.client, ThreadClient):
        for message in messages:  # type: ignore[union-attr]  # told apart by the client
            taken.append(message.text)
            if len(taken) == 101:
                break
    else:
        async for message in messages:  # type: ignore[union-attr]  # told apart by the client
            taken.append(message.text)
            if len(taken) == 101:
                break
        await messages.aclose()  # type: ignore[union-attr]  # a generator, as asyncio wants it closed
    assert taken == texts[:101]
    assert len(emulator.requests) == 2


async def test_an_iteration_stops_at_the_callers_ceiling(client_of: Callable[..., Threads], emulator: Emulator) -> None:
    from provider_threads import IncompleteThreadError

    threads = client_of("minimax")
    thread_id, texts = seeded(emulator, "minimax", 300)
    with pytest.raises(IncompleteThreadError, match="max_pages=2"):
        await threads.walk(thread_id, max_pages=2)
    assert len(emulator.requests) == 2
    assert [message.text for message in await threads.walk(thread_id, max_pages=4)] == texts
