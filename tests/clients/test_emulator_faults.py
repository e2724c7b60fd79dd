"""What this library makes of each fault: reads recover, writes are sent once, every failure has its class."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from provider_threads import (
    UNLIMITED,
    AsyncThreadClient,
    AuthenticationError,
    ForeignThreadWarning,
    OutcomeUnknownError,
    PaginationError,
    ProtocolError,
    Provider,
    ProviderUnavailableError,
    RateLimitedError,
    ResponseTooLargeError,
    RetryPolicy,
    ThreadClient,
    ThreadsError,
    Timeouts,
)
from provider_threads.emulator import Emulator, Fault, SeedMessage, Switches
from provider_threads.emulator.faults import BUSY_CODES, HEADER, THROTTLE_CODES, FaultKind
from provider_threads.emulator.faults_lists import ADDED_TEXT
from provider_threads.emulator.identifiers import Provider as Platform
from tests.reliability.row import Property

from .ways import Threads

SOON = RetryPolicy(first_pause=0.001, longest_pause=0.002)
TEXTS = [f"m{number}" for number in range(5)]


def seeded(emulator: Emulator, platform: Platform, count: int = 5) -> str:
    return emulator.seed(platform, [SeedMessage("user", f"m{number}") for number in range(count)])


def stored(emulator: Emulator, platform: Platform, thread: str) -> list[str | None]:
    return [message.text for message in emulator.messages(platform, thread)]


PASSING = [
    "status",
    "status:status=429",
    "status:status=408",
    "throttled",
    "busy",
    "reset_before",
    "reset_after",
    "close_before",
    "close_after",
    "short_body",
]


async def test_a_read_recovers_within_three_tries(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    thread = seeded(emulator, platform)
    client = client_of(platform, limits=UNLIMITED)
    for fault in PASSING:
        emulator.clear_requests()
        emulator.faults = [Fault.parse(f"{fault}:times=2")]
        view = await client.read(thread)
        assert [message.text for message in view.messages] == TEXTS, fault
        assert [len(request.faults) for request in emulator.requests[:3]] == [1, 1, 0], fault
        emulator.faults = [Fault.parse(f"{fault}:times=3")]
        with pytest.raises((OutcomeUnknownError, ProviderUnavailableError, RateLimitedError)):
            await client.read(thread)
        assert emulator.faults == (), fault


@pytest.mark.parametrize("platform", ["hunyuan", "minimax"])
async def test_every_documented_code_for_wait_and_try_again_is_tried_again(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    thread = seeded(emulator, platform)
    client = client_of(platform, limits=UNLIMITED)
    faults = [Fault("throttled", code=code) for code in THROTTLE_CODES[platform]]
    faults += [Fault("busy", code=code) for code in BUSY_CODES[platform]]
    for fault in faults:
        emulator.faults = [replace(fault, times=2)]
        assert (await client.get_thread(thread)).id == thread
        emulator.faults = [fault]
        with pytest.raises(RateLimitedError if fault.kind == "throttled" else ProviderUnavailableError) as told:
            await client.get_thread(thread)
        assert told.value.code == fault.code
    assert emulator.injected["throttled"] == 5 * len(THROTTLE_CODES[platform])


async def test_a_platform_that_stays_down_is_asked_a_tenth_more_often_at_most(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    thread = seeded(emulator, platform)
    limits = replace(UNLIMITED, name=secrets.token_hex(8))
    emulator.faults = [Fault("status")]
    for _ in range(3):  # clients come and go, the account stays
        client = client_of(platform, limits=limits, retry=RetryPolicy(100, first_pause=0, longest_pause=0))
        with pytest.raises(ProviderUnavailableError):
            await client.get_thread(thread)
    asked = len(emulator.requests)
    emulator.faults = [Fault("status", times=1)]
    with pytest.raises(ProviderUnavailableError):
        await client.get_thread(thread)
    assert (asked, len(emulator.requests)) == (3 + 100, 3 + 100 + 1)
    for _ in range(5):
        await client.get_thread(thread)
    emulator.faults = [Fault("status", times=1)]
    assert (await client.get_thread(thread)).id == thread


SPOILT: list[tuple[str, type[ThreadsError]]] = [
    ("html", ProtocolError),
    ("truncated_json", ProtocolError),
    ("early_eof", ProtocolError),
    ("gzip_bomb:mebibytes=9", ResponseTooLargeError),
]


@pytest.mark.parametrize(("fault", "error"), SPOILT)
async def test_an_unreadable_answer_to_a_read_is_an_error_at_once(
    emulator: Emulator,
    client_of: Callable[..., Threads],
    platform: Platform,
    fault: str,
    error: type[ThreadsError],
    record_property: Property,
) -> None:
    thread = seeded(emulator, platform)
    emulator.faults = [Fault.parse(fault)]
    with pytest.raises(error) as told:
        await client_of(platform).read(thread)
    record_property("hopeless", 1)
    record_property("most_tries_of_the_hopeless", len(emulator.requests))
    assert len(emulator.requests) == 1
    assert "m0" not in str(told.value)


async def test_a_wrong_content_type_does_not_matter(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    thread = seeded(emulator, platform)
    emulator.faults = [Fault("wrong_content_type")]
    assert [message.text for message in (await client_of(platform).read(thread)).messages] == TEXTS


async def test_mutated_json_is_read_right_or_refused(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform
) -> None:
    thread = seeded(emulator, platform)
    client, refused = client_of(platform, limits=UNLIMITED), 0
    emulator.faults = [Fault("mutated_json")]
    for _ in range(60):
        try:
            view = await client.read(thread)
        except ProtocolError:
            refused += 1
        else:
            assert [message.text for message in view.messages] == TEXTS
    assert refused > 20


WRITES: list[tuple[str, type[ThreadsError], bool]] = [
    ("reset_before", OutcomeUnknownError, False),
    ("reset_after", OutcomeUnknownError, True),
    ("close_before", OutcomeUnknownError, False),
    ("close_after", OutcomeUnknownError, True),
    ("short_body", OutcomeUnknownError, True),
    ("early_eof", OutcomeUnknownError, True),
    ("status", OutcomeUnknownError, True),
    ("status:status=500:applied=false", OutcomeUnknownError, False),
    ("busy", OutcomeUnknownError, True),
    ("html", OutcomeUnknownError, True),
    ("truncated_json", OutcomeUnknownError, True),
    ("gzip_bomb:mebibytes=9", OutcomeUnknownError, True),
    ("throttled", RateLimitedError, False),
    ("status:status=429:retry_after=3", RateLimitedError, False),
    ("latency:seconds=30", OutcomeUnknownError, True),
]


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@pytest.mark.parametrize(("fault", "error", "applied"), WRITES)
async def test_a_write_is_sent_once_and_its_failure_is_named(
    emulator: Emulator,
    client_of: Callable[..., Threads],
    platform: Platform,
    fault: str,
    error: type[ThreadsError],
    applied: bool,
) -> None:
    thread = seeded(emulator, platform)
    emulator.faults = [Fault.parse(fault)]
    timeouts = Timeouts(read=0.05) if "latency" in fault else Timeouts()
    with pytest.raises(error) as told:
        await client_of(platform, timeout=timeouts).append(thread, "new")
    assert type(told.value) is error
    assert len(emulator.requests) == 1
    assert (stored(emulator, platform, thread)[5:] == ["new"]) is applied
    if isinstance(told.value, RateLimitedError):
        assert told.value.retry_after == (3 if "429" in fault else None)


async def test_creating_a_hunyuan_thread_is_sent_once_too(
    emulator: Emulator, client_of: Callable[..., Threads]
) -> None:
    for fault in ("reset_after", "short_body", "status", "busy", "html", "truncated_json"):
        emulator.reset()
        emulator.faults = [Fault.parse(fault)]
        with pytest.raises(OutcomeUnknownError):
            await client_of("hunyuan").create_thread()
        assert [request.operation for request in emulator.requests] == ["CreateThread"]


async def test_a_mutated_answer_to_a_write_is_understood_or_of_unknown_outcome(
    emulator: Emulator, client_of: Callable[..., Threads]
) -> None:
    thread = seeded(emulator, "minimax")
    client, unknown = client_of("minimax"), 0
    emulator.faults = [Fault("mutated_json")]
    for number in range(40):
        try:
            confirmed = await client.append(thread, f"text {number}")
        except OutcomeUnknownError:
            unknown += 1
        else:
            assert (confirmed.id, confirmed.text) == (emulator.messages("minimax", thread)[-1].id, f"text {number}")
    assert stored(emulator, "minimax", thread)[5:] == [f"text {number}" for number in range(40)]
    assert unknown > 10


async def test_a_drip_ends_with_the_time_for_the_whole_call(
    emulator: Emulator, client_of: Callable[..., Threads]
) -> None:
    thread = seeded(emulator, "appbuilder")
    emulator.faults = [Fault("body_drip", seconds=0.02)]
    with pytest.raises(OutcomeUnknownError) as told:
        await client_of("appbuilder", timeout=Timeouts(total=0.2)).read(thread)
    assert told.value.deadline_exceeded


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
@pytest.mark.parametrize("kind", ["stuck_cursor", "looping_cursor"])
@pytest.mark.parametrize("cap", [2, 5, 7])
async def test_a_cursor_that_leads_nowhere_is_an_error_and_no_loop(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform, kind: FaultKind, cap: int
) -> None:
    thread = seeded(emulator, platform, 30)
    emulator.switches = Switches.parse([f"{platform}_page_cap={cap}"])
    emulator.faults = [Fault(kind)]
    with pytest.raises(PaginationError):
        await client_of(platform).walk(thread)
    assert len(emulator.requests) <= 30 / (cap - 1) + 4
    emulator.clear_requests()
    if kind == "stuck_cursor":
        with pytest.raises(PaginationError):
            await client_of(platform).read(thread)
    else:  # from both ends at once, it does not come to where the list begins again
        assert [message.text for message in await client_of(platform).read(thread)] == [f"m{n}" for n in range(30)]
    assert len(emulator.requests) <= 30 / (cap - 1) + 4


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_list_that_grows_is_read_without_gap_or_double(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform, order: str
) -> None:
    thread = seeded(emulator, platform, 30)
    emulator.switches = Switches(appbuilder_page_cap=7, minimax_page_cap=7)
    emulator.faults = [Fault("growing_list", times=6)]
    messages = await client_of(platform).walk(thread, order=order)
    assert len({message.key for message in messages}) == len(messages)
    known = [message.text for message in messages if message.text != ADDED_TEXT]
    expected = [f"m{number}" for number in range(30)]
    assert known == (expected if order == "asc" else expected[::-1])
    assert emulator.injected["growing_list"] >= 2 - (platform == "hunyuan")


async def test_another_threads_messages_are_refused(
    emulator: Emulator, client_of: Callable[..., Threads], platform: Platform, record_property: Property
) -> None:
    thread = seeded(emulator, platform)
    emulator.seed(platform, [SeedMessage("user", "theirs")])
    emulator.faults = [Fault("foreign_messages")]
    record_property("foreign_answers", 2)
    with pytest.raises(ProtocolError):
        await client_of(platform, strict_thread_ids=True).read(thread)
    record_property("foreign_refused", 1)
    if platform == "hunyuan":
        with pytest.raises(ProtocolError):
            await client_of(platform).read(thread)
        record_property("foreign_refused", 1)
    else:  # their documents' own examples echo other ids
        with pytest.warns(ForeignThreadWarning):
            await client_of(platform).read(thread)
        record_property("foreign_warned", 1)


@pytest.mark.parametrize("seconds", [-86_400, -600, 600, 86_400])
async def test_a_clock_that_is_off_costs_one_request_more_once(
    emulator: Emulator, client_of: Callable[..., Threads], seconds: int, record_property: Property
) -> None:
    emulator.faults = [Fault("clock_off", seconds=seconds)]
    client = client_of("hunyuan")
    thread = await client.create_thread()
    of_first = len(emulator.requests)
    assert [request.error for request in emulator.requests] == ["AuthFailure.SignatureExpire", None]
    assert (await client.get_thread(thread.id)).id == thread.id
    record_property("clocks_off", 1)
    record_property("most_requests_more", of_first - 1)
    record_property("requests_more_later", len(emulator.requests) - of_first - 1)
    assert len(emulator.requests) == 3


async def test_a_server_whose_clock_jumps_is_told_apart_from_a_wrong_key(
    emulator: Emulator, client_of: Callable[..., Threads]
) -> None:
    client = client_of("hunyuan")
    emulator.faults = [Fault("clock_off", times=1)]  # by the time of the second request it is right again
    with pytest.raises(AuthenticationError, match="clock") as told:
        await client.create_thread()
    assert told.value.code == "AuthFailure.SignatureExpire"
    assert len(emulator.requests) == 2
    await client.create_thread()
    assert len(emulator.requests) == 3


async def test_a_client_of_ones_own_asks_for_faults_by_header(
    emulator: Emulator, provider_of: Callable[..., Provider], platform: Platform
) -> None:
    thread = seeded(emulator, platform)
    asking = {HEADER: "reset_after:writes=true, busy:writes=false"}
    with (
        httpx.Client(headers=asking) as own,
        ThreadClient(provider_of(platform), http_client=own, retry=SOON) as client,
    ):
        with pytest.raises(OutcomeUnknownError):
            client.create_thread()
        with pytest.raises(ProviderUnavailableError):
            client.get_thread(thread)
    async with httpx.AsyncClient(headers=asking) as also:
        with pytest.raises(OutcomeUnknownError):
            await AsyncThreadClient(provider_of(platform), http_client=also, retry=SOON).create_thread()
    assert emulator.injected == {"reset_after": 2, "busy": 3}
