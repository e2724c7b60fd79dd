"""A wrong clock on this machine costs one request more, once; then signatures are by the platform's clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any

import pytest

from provider_threads import AuthenticationError, Hunyuan, OutcomeUnknownError, ProviderUnavailableError
from provider_threads.accounts import Account
from provider_threads.endpoint import Answer, Request
from provider_threads.flows.steps import Failure
from provider_threads.http_dates import seconds_of
from provider_threads.operations import Operations
from provider_threads.platform_clock import PlatformClock
from tests.reliability.row import Property

from .scripted import KEY, THREADS, Clock, Performance, Server, answer, in_turn

DAY = 86_400
OFF = [-DAY, -600, -301, 301, 600, DAY]
NOW = 1_700_000_000.0
WINDOW = 300


def expired(date: str | None, name: str = "date") -> Answer:
    refused = {"Error": {"Code": "AuthFailure.SignatureExpire", "Message": "no"}, "RequestId": "req-1"}
    return answer({"Response": refused}, headers={} if date is None else {name: date})


def signed_at(request: Request) -> int:
    return int(request.headers["X-TC-Timestamp"])


@dataclass
class Machine:
    """A machine whose clock is `off` by some seconds, and a platform that accepts 300 seconds either way."""

    off: float
    account: Account = field(default_factory=Account)
    performance: Performance = field(default_factory=lambda: Performance(Clock(NOW)))
    served: list[int] = field(default_factory=list)
    provider: Hunyuan = field(default_factory=lambda: Hunyuan("AKIDexample", KEY))
    date: Callable[[float], str | None] = lambda now: formatdate(now, usegmt=True)

    def platform(self, request: Request) -> Answer:
        self.served.append(signed_at(request))
        if abs(signed_at(request) - self.performance.clock.now) > WINDOW:
            return expired(self.date(self.performance.clock.now))
        return THREADS["hunyuan"]

    @property
    def operations(self) -> Operations:
        context = self.performance.operations("hunyuan").context
        mine: Any = {"clock": lambda: self.performance.clock.now + self.off}
        return Operations(replace(context, provider=self.provider, account=self.account, **mine))

    def read(self, server: Server | None = None) -> Any:
        return self.performance.perform(self.operations.get_thread("thread_1"), server or self.platform)

    def write(self, server: Server | None = None) -> Any:
        return self.performance.perform(self.operations.create_thread(None), server or self.platform)


@pytest.mark.parametrize("off", OFF)
@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_clock_that_is_off_costs_one_more_request_once(off: int, kind: str, record_property: Property) -> None:
    machine = Machine(off)
    ask = machine.read if kind == "read" else machine.write
    assert ask().id == "thread_1"
    of_first = len(machine.served)
    assert of_first == 2
    assert machine.performance.waits == []
    machine.performance.clock.now += 3_600
    for _ in range(3):
        assert ask().id == "thread_1"
    record_property("clocks_off", 1)
    record_property("most_requests_more", of_first - 1)
    record_property("requests_more_later", len(machine.served) - of_first - 3)
    assert len(machine.served) == 5
    assert abs(machine.served[-1] - machine.performance.clock.now) <= 1


def test_other_clients_of_the_account_sign_right_at_once() -> None:
    first = Machine(-600)
    first.read()
    second = Machine(-600, account=first.account)
    second.read()
    assert len(second.served) == 1


def test_another_account_learns_by_itself() -> None:
    Machine(600).read()
    other = Machine(600)
    other.read()
    assert len(other.served) == 2


@pytest.mark.parametrize("off", [0, -299, 299])
def test_a_clock_that_is_good_enough_is_left_alone(off: int) -> None:
    machine = Machine(off)
    machine.read()
    assert machine.served == [int(NOW + off)]


def test_a_clock_that_was_set_meanwhile_is_learned_anew() -> None:
    machine = Machine(-DAY)
    machine.read()
    machine.off = 0
    machine.read()
    assert len(machine.served) == 4
    machine.write()
    assert len(machine.served) == 5
    assert machine.account.clock.ahead == pytest.approx(0, abs=1)


UNTOLD = [
    None,
    "",
    "soon",
    "Wed, 99 Nov 2024 00:00:00 GMT",
    "Fri, 31 Dec 100000 23:59:59 GMT",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "\x00",
    "9" * 5_000,
    "12345",
]


@pytest.mark.parametrize("date", UNTOLD, ids=range(len(UNTOLD)))
def test_without_a_date_that_makes_sense_the_error_stands_and_names_the_clock(date: str | None) -> None:
    machine = Machine(-600, date=lambda now: date)
    for ask in (machine.read, machine.write):
        with pytest.raises(AuthenticationError, match="Check this machine's clock") as told:
            ask()
        assert told.value.code == "AuthFailure.SignatureExpire"
        assert told.value.request_id == "req-1"
    assert len(machine.served) == 2
    assert machine.account.clock.ahead == 0


@pytest.mark.parametrize(
    ("off", "learned"),
    [(59.0, False), (60.0, True), (-59.0, False), (-60.0, True)],
)
def test_a_minute_off_explains_a_refusal_and_less_does_not(off: float, *, learned: bool) -> None:
    clock = PlatformClock()
    assert clock.learn(formatdate(NOW + off, usegmt=True), signed_at=NOW, now=NOW + 5) is learned
    assert clock.ahead == (off - 5 if learned else 0)


def test_dates_from_2020_to_2100_are_believed() -> None:
    for date, believed in (
        ("Tue, 31 Dec 2019 23:59:59 GMT", False),
        ("Wed, 01 Jan 2020 00:00:00 GMT", True),
        ("Fri, 01 Jan 2100 00:00:00 GMT", True),
        ("Fri, 01 Jan 2100 00:00:01 GMT", False),
    ):
        assert PlatformClock().learn(date, signed_at=NOW, now=NOW) is believed


def test_a_date_that_agrees_with_the_signature_explains_nothing() -> None:
    machine = Machine(0)
    with pytest.raises(AuthenticationError):
        machine.read(in_turn(expired(formatdate(NOW + 20, usegmt=True))))
    assert len(machine.performance.sent) == 1


@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_call_is_corrected_once_and_no_more(kind: str) -> None:
    """Also where the platform's date is another one every time."""
    machine, dates = Machine(0), iter(range(600, 60_000, 600))

    def never_right(request: Request) -> Answer:
        return expired(formatdate(NOW + next(dates), usegmt=True))

    with pytest.raises(AuthenticationError):
        (machine.read if kind == "read" else machine.write)(never_right)
    assert len(machine.performance.sent) == 2


def test_a_read_that_fails_before_and_after_is_corrected_once_too() -> None:
    machine, late = Machine(-600), formatdate(NOW, usegmt=True)
    busy = answer(b"", 503)
    with pytest.raises(ProviderUnavailableError):
        machine.read(in_turn(busy, expired(late), busy, busy, busy))
    assert len(machine.performance.sent) == 4
    assert [signed_at(step.request) for step in machine.performance.sent] == [NOW - 600] * 2 + [NOW] * 2


def test_a_later_try_of_a_corrected_call_is_not_corrected_again() -> None:
    machine, busy = Machine(-600), answer(b"", 503)
    dates = [formatdate(NOW + ahead, usegmt=True) for ahead in (0, 900)]
    with pytest.raises(AuthenticationError):
        machine.read(in_turn(expired(dates[0]), busy, expired(dates[1]), THREADS["hunyuan"]))
    assert len(machine.performance.sent) == 3


def test_a_write_that_fails_by_the_right_clock_is_not_sent_again() -> None:
    machine = Machine(600)
    lost = Failure(sent=True, cause_type="ReadError")
    with pytest.raises(OutcomeUnknownError):
        machine.write(in_turn(expired(formatdate(NOW, usegmt=True)), lost, THREADS["hunyuan"]))
    assert len(machine.performance.sent) == 2


def test_a_date_that_came_over_an_open_line_teaches_nothing() -> None:
    machine = Machine(-600, provider=Hunyuan("AKIDexample", KEY, base_url="http://platform.example"))
    with pytest.raises(AuthenticationError):
        machine.read()
    assert (len(machine.served), machine.account.clock.ahead) == (1, 0)


def test_no_other_refusal_teaches_about_the_clock(platform: str) -> None:
    performance = Performance()
    flow = performance.operations(platform).get_thread("thread_1")
    headers: Mapping[str, str] = {"date": formatdate(NOW + DAY, usegmt=True)}
    with pytest.raises(AuthenticationError):
        performance.perform(flow, in_turn(answer(b"", 401, headers)))
    assert len(performance.sent) == 1


def test_every_try_is_signed_at_most_a_second_before_it_leaves_by_either_clock(record_property: Property) -> None:
    machine, ages = Machine(-DAY), []
    busy = answer({"Response": {"Error": {"Code": "InternalError"}}}, headers={"retry-after": "20"})

    def slow_and_busy(request: Request) -> Answer:
        ages.append(machine.performance.clock.now + (machine.off if len(ages) == 0 else 0) - signed_at(request))
        machine.performance.clock.now += 5
        return expired(formatdate(machine.performance.clock.now, usegmt=True)) if len(ages) == 1 else busy

    with pytest.raises(ProviderUnavailableError):
        machine.read(slow_and_busy)
    record_property("signed_tries", len(ages))
    record_property("signatures", len({step.request.headers["Authorization"] for step in machine.performance.sent}))
    record_property("signature_age_s", float(max(map(abs, ages))))
    assert len(ages) == 4
    assert all(0 <= age <= 1 for age in ages)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Wed, 20 Nov 2024 00:00:00 GMT", 1_732_060_800.0),
        ("Wed, 20 Nov 2024 00:00:00 -0000", 1_732_060_800.0),
        ("Wed, 20 Nov 2024 08:00:00 +0800", 1_732_060_800.0),
        ("", None),
        ("tomorrow", None),
    ],
)
def test_a_date_is_read_as_gmt(header: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        assert seconds_of(header) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()
