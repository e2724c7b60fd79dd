"""Every try is told of once: to the log with safe fields, to a hook of the user's; neither gets in a call's way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from provider_threads import (
    UNLIMITED,
    AsyncThreadClient,
    CallRecord,
    ConfigurationError,
    Limits,
    NotSentError,
    OutcomeUnknownError,
    Provider,
    ProviderUnavailableError,
    ThreadClient,
    ThreadNotFoundError,
    ThreadsError,
    Timeouts,
)
from provider_threads.emulator import Emulator, Fault, SeedMessage
from provider_threads.emulator.identifiers import Provider as Platform

from .ways import WAYS, Threads, Way, threads_of

Told = list[CallRecord]
LOGGER = "provider_threads.calls"
FIELDS = ("provider", "operation", "attempt", "status", "error", "request_id", "retried")


def outcomes(told: Told) -> list[tuple[int, int | None, str | None, bool]]:
    return [(record.attempt, record.status, record.error, record.retried) for record in told]


async def test_each_try_of_a_call_is_one_record(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    told: Told = []
    client, thread = client_of(platform, on_call=told.append), emulator.seed(platform)
    emulator.faults = [Fault("status", times=1), Fault("reset_after", times=1)]
    await client.get_thread(thread)
    assert outcomes(told) == [
        (1, 503, "ProviderUnavailableError", True),
        (2, None, "OutcomeUnknownError", True),
        (3, 200, None, False),
    ]
    assert {(record.provider, record.operation) for record in told} == {(platform, "get_thread")}
    assert all(0 < record.seconds < 5 for record in told)


async def test_the_last_try_of_a_failed_call_says_that_none_follows(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    told: Told = []
    client = client_of(platform, on_call=told.append)
    emulator.faults = [Fault("status")]
    with pytest.raises(ProviderUnavailableError):
        await client.get_thread("thread_1")
    with pytest.raises(OutcomeUnknownError):
        await client.create_thread()
    assert [record.retried for record in told] == [True, True, False, False]
    assert [record.attempt for record in told] == [1, 2, 3, 1]


async def test_a_record_has_the_request_id_that_the_error_has(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    """No document of MiniMax's tells of any; where its answers have one, tests/flows/test_calls.py looks."""
    told: Told = []
    client, thread = client_of(platform, on_call=told.append), emulator.seed(platform)
    await client.get_thread(thread)
    with pytest.raises(ThreadsError) as error:
        await client.get_thread("no_such_thread")
    ids = [record.request_id for record in told]
    assert getattr(error.value, "request_id", None) == ids[1]
    if platform != "minimax":
        assert all(ids)
        assert len(set(ids)) == 2
        assert str(ids[1]) in str(error.value)
    assert told[1].error == type(error.value).__name__


async def test_a_signature_by_the_right_clock_is_the_second_try(
    emulator: Emulator, client_of: Callable[..., Threads]
) -> None:
    told: Told = []
    emulator.faults = [Fault("clock_off")]
    await client_of("hunyuan", on_call=told.append).create_thread()
    assert outcomes(told) == [(1, 200, "AuthenticationError", True), (2, 200, None, False)]


async def test_a_try_that_never_left_took_no_time(client_of: Callable[..., Threads]) -> None:
    told: Told = []
    slow = Limits(per_second=0.001, in_flight=1)
    client = client_of("appbuilder", limits=slow, on_call=told.append, timeout=1)
    await client.create_thread()
    with pytest.raises(NotSentError):
        await client.create_thread()
    assert outcomes(told) == [(1, 200, None, False), (1, None, "NotSentError", False)]
    assert told[1].seconds == 0


async def test_the_log_has_one_line_a_try_with_fields(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    told: Told = []
    client, thread = client_of(platform, on_call=told.append), emulator.seed(platform)
    emulator.faults = [Fault("status", times=1)]
    with caplog.at_level(logging.DEBUG, LOGGER):
        await client.get_thread(thread)
    lines: list[Any] = [line for line in caplog.records if line.name == LOGGER]
    assert [line.levelname for line in lines] == ["DEBUG"] * 2
    for line, record in zip(lines, told, strict=True):
        assert [getattr(line, name) for name in FIELDS] == [getattr(record, name) for name in FIELDS]
        assert line.duration_ms == pytest.approx(record.seconds * 1e3, abs=0.1)
    first, second = (line.getMessage() for line in lines)
    assert first.startswith(f"{platform} get_thread: HTTP 503, attempt 1, ")
    assert first.endswith("ProviderUnavailableError, another try follows")
    assert second.startswith(f"{platform} get_thread: HTTP 200, attempt 2, ")
    assert second.endswith(f" ms, request id {told[1].request_id}" if platform != "minimax" else " ms")


async def test_above_debug_nothing_is_logged(
    emulator: Emulator, client_of: Callable[..., Threads], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, LOGGER):
        await client_of("minimax").get_thread(emulator.seed("minimax"))
    assert [line for line in caplog.records if line.name == LOGGER] == []


async def test_neither_log_nor_record_names_a_thread_a_text_or_a_secret(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    told: Told = []
    client = client_of(platform, on_call=told.append)
    thread = emulator.seed(platform, [SeedMessage("user", "长江有多长？")], thread_id="thread_of_user_42")
    with caplog.at_level(logging.DEBUG, LOGGER):
        view = await client.read(thread)
        await client.get_message(thread, view[0].id)
        if platform != "hunyuan":
            await client.append(thread, "干流全长")
        for fault in ("html", "truncated_json", "status", "reset_before", "foreign_messages"):
            emulator.faults = [Fault.parse(fault)]
            with pytest.raises((ThreadsError, Warning)):
                await client.read(thread)
    lines = [f"{vars(line)} {line.getMessage()}" for line in caplog.records if line.name == LOGGER]
    account = emulator.credentials
    unwanted = [thread, view[0].id, "长江", "干流", "127.0.0.1", "/v1", "/v2", "http:", account.secret_key]
    unwanted += [account.secret_id, account.minimax_api_key, account.minimax_group_id, account.appbuilder_token]
    assert len(lines) == len(told) > 8
    for line in [*lines, *map(repr, told)]:
        assert [word for word in unwanted if word in line.replace(__file__, "")] == []


class HookError(Exception):
    pass


def broken(record: CallRecord) -> None:
    raise HookError("the metrics server is away")


async def test_a_hook_that_fails_breaks_no_call_and_is_logged(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    client, thread = client_of(platform, on_call=broken), emulator.seed(platform)
    emulator.faults = [Fault("status", times=1)]
    assert (await client.get_thread(thread)).id == thread
    with pytest.raises(ThreadsError) as told:
        await client.get_thread("no_such_thread")
    assert not isinstance(told.value.__context__, HookError)
    failures = [line for line in caplog.records if line.name == LOGGER and line.levelname == "ERROR"]
    assert len(failures) == 3
    assert all(line.exc_info and line.exc_info[0] is HookError for line in failures)


async def test_an_app_whose_log_records_have_fields_of_such_names_keeps_its_own(
    emulator: Emulator,
    client_of: Callable[..., Threads],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def record(*args: Any, **settings: Any) -> logging.LogRecord:
        made = logging.LogRecord(*args, **settings)
        made.request_id = "of the app's own user"
        return made

    monkeypatch.setattr(logging, "_logRecordFactory", record)  # as setLogRecordFactory does
    with caplog.at_level(logging.DEBUG, LOGGER):
        await client_of("appbuilder").create_thread()
    (line,) = [line for line in caplog.records if line.name == LOGGER]
    assert (line.request_id, line.operation) == ("of the app's own user", "create_thread")
    assert ", request id " in line.getMessage()


async def test_logging_that_fails_breaks_no_call(
    emulator: Emulator, client_of: Callable[..., Threads], caplog: pytest.LogCaptureFixture
) -> None:
    def filtered(record: logging.LogRecord) -> bool:
        raise HookError("the log server is away")

    told: Told = []

    def count(record: CallRecord) -> None:
        told.append(record)
        raise HookError("the metrics server too")

    thread, logger = emulator.seed("minimax"), logging.getLogger(LOGGER)
    logger.addFilter(filtered)
    try:
        with caplog.at_level(logging.DEBUG, LOGGER):
            await client_of("minimax", on_call=count).append(thread, "hello")
    finally:
        logger.removeFilter(filtered)
    assert len(emulator.messages("minimax", thread)) == len(told) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("hook", ["print", asyncio.sleep])
def test_a_hook_must_be_a_function_that_is_not_awaited(
    way: Way, hook: Any, provider_of: Callable[..., Provider]
) -> None:
    with pytest.raises(ConfigurationError, match="on_call"):
        threads_of(way, provider_of("minimax"), on_call=hook)


async def test_a_call_that_was_cancelled_under_way_is_told_of(
    emulator: Emulator, provider_of: Callable[..., Provider], platform: Platform
) -> None:
    told: Told = []
    thread = emulator.seed(platform)
    emulator.faults = [Fault("latency", seconds=5)]
    async with AsyncThreadClient(provider_of(platform), on_call=told.append) as threads:
        task = asyncio.create_task(threads.get_thread(thread))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert outcomes(told) == [(1, None, "Interrupted", False)]
    assert told[0].seconds > 0


async def test_a_call_that_was_cancelled_before_its_turn_has_nothing_to_tell(
    emulator: Emulator, provider_of: Callable[..., Provider]
) -> None:
    told: Told = []
    limits = replace(UNLIMITED, per_second=1, name="cancelled-before-its-turn")
    async with AsyncThreadClient(provider_of("minimax"), on_call=told.append, limits=limits) as threads:
        await threads.create_thread()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(threads.create_thread(), 0.05)
    assert len(told) == 1


def test_an_error_that_is_not_the_platforms_is_told_of_too(provider_of: Callable[..., Provider]) -> None:
    told: Told = []
    threads = ThreadClient(provider_of("minimax"), on_call=told.append, timeout=Timeouts(total=5))
    threads.close()
    with pytest.raises(ConfigurationError, match="closed"):
        threads.get_thread("thread_1")
    assert outcomes(told) == [(1, None, "Interrupted", False)]


def test_shared_clients_have_hooks_of_their_own(emulator: Emulator, provider_of: Callable[..., Provider]) -> None:
    told: tuple[Told, Told] = ([], [])
    provider, thread = provider_of("appbuilder"), emulator.seed("appbuilder")
    one, two = (ThreadClient.shared(provider, on_call=records.append) for records in told)
    one.get_thread(thread)
    with pytest.raises(ThreadNotFoundError):
        two.get_thread("no_such_thread")
    assert [len(records) for records in told] == [1, 1]
    assert told[1][0].error == "ThreadNotFoundError"
    for client in (one, two):
        client.close()
