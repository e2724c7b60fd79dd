"""While the platform cannot be asked, a read may show what was last known, and says so."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import (
    AuthenticationError,
    IncompleteThreadError,
    MiniMax,
    NotSentError,
    OutcomeUnknownError,
    Provider,
    ProviderUnavailableError,
    RateLimitedError,
    StaleThreadWarning,
    ThreadsError,
)
from provider_threads.emulator import Emulator

from .faults import Fault, Faults
from .memories import Memory, message, seed

MakeMemory = Callable[..., Memory]

OUTAGES: list[tuple[Fault, type[ThreadsError]]] = [
    ("unavailable", ProviderUnavailableError),
    ("rate limited", RateLimitedError),
    ("lost", OutcomeUnknownError),
    ("not applied", OutcomeUnknownError),
]


@pytest.mark.parametrize(("fault", "error"), OUTAGES)
async def test_a_stale_read_shows_what_was_last_known_and_says_so(
    emulator: Emulator,
    memory_of: MakeMemory,
    faulty: Callable[[str], Provider],
    faults: Faults,
    platform: str,
    fault: Fault,
    error: type[ThreadsError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    thread_id = seed(emulator, platform, ["one", "two"])
    memory = memory_of(faulty(platform), on_outage="stale")
    strict = memory_of(faulty(platform))
    await memory.append(thread_id, [message("system", "only here")])
    assert await memory.texts(thread_id) == ["one", "two", "only here"]
    assert memory.memory.last_view is not None
    assert not memory.memory.last_view.stale
    faults.of_all = fault
    seed(emulator, platform, ["three"], thread_id=thread_id)
    for _ in range(2):
        caplog.clear()
        with pytest.warns(StaleThreadWarning, match=f"thread {thread_id} is shown as it was last known"):
            assert await memory.texts(thread_id) == ["one", "two", "only here"]
        assert memory.memory.last_view.stale
        assert [record.levelno for record in caplog.records if "last known" in record.message] == [logging.WARNING]
        with pytest.raises(error):
            await strict.read(thread_id)
    faults.of_all = None
    assert await memory.texts(thread_id) == ["one", "two", "only here", "three"]
    assert not memory.memory.last_view.stale


async def test_a_platform_that_cannot_be_reached_is_an_outage(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], way: str
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    with Faults(emulator.base_url) as gone:
        account = emulator.credentials
        provider = MiniMax(account.minimax_api_key, account.minimax_group_id, gone.base_url)
        memory, strict = memory_of(provider, on_outage="stale"), memory_of(provider)
        await memory.read(thread_id)
    with pytest.warns(StaleThreadWarning):
        assert await memory.texts(thread_id) == ["one"]
    with pytest.raises((NotSentError, OutcomeUnknownError)):
        await strict.read(thread_id)


@pytest.mark.parametrize("platform", ["minimax", "appbuilder", "hunyuan"])
async def test_a_thread_that_was_never_read_cannot_be_shown(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, platform: str
) -> None:
    thread_id = seed(emulator, platform, ["one"])
    memory = memory_of(faulty(platform), on_outage="stale")
    faults.of_all = "unavailable"
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            await memory.read(thread_id)
        with pytest.raises(ProviderUnavailableError):
            await memory.append(thread_id, [message("system", "only here")])


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
async def test_a_thread_of_which_only_the_oldest_part_was_read_is_not_shown_as_last_known(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, platform: str
) -> None:
    thread_id = seed(emulator, platform, [f"m{number}" for number in range(250)])
    memory = memory_of(faulty(platform), on_outage="stale")
    faults.after(2, "unavailable")
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            await memory.read(thread_id)
    faults.of_all = None
    assert len(await memory.read(thread_id)) == 250


@pytest.mark.parametrize("patience", [0.0, 1.0])
async def test_a_failed_look_keeps_nothing_of_its_caller_alive(
    emulator: Emulator,
    memory_of: MakeMemory,
    faulty: Callable[[str], Provider],
    faults: Faults,
    monkeypatch: pytest.MonkeyPatch,
    patience: float,
) -> None:
    monkeypatch.setattr("provider_threads.overlay.looks._PATIENCE", patience)  # without: every failure is waited for
    thread_id = seed(emulator, "minimax", ["one"])
    memory = memory_of(faulty("minimax"))
    await memory.read(thread_id)
    faults.of_all = "unavailable"

    async def read() -> weakref.ref[threading.Event]:
        of_the_caller = threading.Event()
        with contextlib.suppress(ProviderUnavailableError):
            await memory.read(thread_id, refresh=True)
            raise AssertionError("it is out")
        return weakref.ref(of_the_caller)

    reference = await read()
    gc.collect()
    assert reference() is None


async def test_a_refusal_is_no_outage(emulator: Emulator, memory_of: MakeMemory) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    await memory_of("minimax").read(thread_id)
    wrong = memory_of(MiniMax("wrong", "wrong", emulator.base_url), on_outage="stale")
    with pytest.raises(AuthenticationError):
        await wrong.read(thread_id)


async def test_a_stale_read_is_not_fresh(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults
) -> None:
    thread_id = seed(emulator, "minimax", ["one"])
    memory = memory_of(faulty("minimax"), on_outage="stale")
    await memory.read(thread_id)
    faults.of_all = "unavailable"
    patient = memory_of(faulty("minimax"), on_outage="stale", freshness=60)
    with pytest.warns(StaleThreadWarning):
        await patient.read(thread_id, refresh=True)
    faults.of_all = None
    seed(emulator, "minimax", ["two"], thread_id=thread_id)
    patient.memory.settings.overlay.looks._by_thread.clear()  # type: ignore[union-attr]  # it has one
    assert await patient.texts(thread_id) == ["one", "two"]


@pytest.mark.parametrize("limit", [None, 1])
async def test_a_stale_window_is_the_newest_that_is_known(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, limit: Any
) -> None:
    thread_id = seed(emulator, "minimax", ["one", "two", "three"])
    await memory_of(faulty("minimax"), limit=2).read(thread_id)
    faults.of_all = "unavailable"
    memory = memory_of(faulty("minimax"), limit=limit, on_outage="stale")
    with pytest.warns(StaleThreadWarning):
        assert await memory.texts(thread_id) == ["two", "three"][-(limit or 2) :]
    assert memory.memory.last_view is not None
    assert memory.memory.last_view.reached_start is False


async def test_an_outage_while_older_messages_are_fetched_shows_the_newest_that_are_known(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, way: str
) -> None:
    thread_id = seed(emulator, "minimax", [f"m{number}" for number in range(250)])
    window = memory_of(faulty("minimax"), limit=2)
    stale, strict = (memory_of(faulty("minimax"), on_outage=on_outage) for on_outage in ("stale", "error"))
    assert await window.texts(thread_id) == ["m248", "m249"]
    for _ in range(2):
        faults.after(2, "unavailable")  # one look at what is new, one page from the start
        with pytest.warns(StaleThreadWarning):
            assert await stale.texts(thread_id) == ["m248", "m249"]
        view = stale.memory.last_view
        assert view is not None
        assert (view.stale, view.complete) == (True, False)
        faults.after(2, "unavailable")
        with pytest.raises(ProviderUnavailableError):
            await strict.read(thread_id)
    faults.of_all = None
    assert len(await stale.read(thread_id)) == 250


@pytest.mark.parametrize("limit", [None, 3])
async def test_a_stale_part_of_a_thread_is_an_error_where_a_gap_is_one(
    emulator: Emulator, memory_of: MakeMemory, faulty: Callable[[str], Provider], faults: Faults, limit: Any
) -> None:
    thread_id = seed(emulator, "minimax", ["one", "two", "three"])
    await memory_of(faulty("minimax"), limit=2).read(thread_id)
    faults.of_all = "unavailable"
    settings: dict[str, Any] = {"on_outage": "stale", "on_gap": "error"}
    with (
        pytest.warns(StaleThreadWarning),
        pytest.raises(IncompleteThreadError, match=r"newest 2 messages .* could not be asked"),
    ):
        await memory_of(faulty("minimax"), limit=limit, **settings).read(thread_id)
    with pytest.warns(StaleThreadWarning):
        assert await memory_of(faulty("minimax"), limit=2, **settings).texts(thread_id) == ["two", "three"]
