"""How a fault is described, which requests meet it, and how it is turned on."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from provider_threads.cli.app import app
from provider_threads.emulator import Emulator, Fault
from provider_threads.emulator.faults import HEADER, KINDS
from provider_threads.emulator.identifiers import Provider
from tests.cli.test_demo import PROGRAM

from .wire import Wire


def listed(wire: Wire, count: int = 1, asking: str | None = None) -> list[int]:
    """The HTTP statuses of so many lists of AppBuilder's."""
    headers = {} if asking is None else {HEADER: asking}
    body = {"thread_id": wire.emulator.seed("appbuilder")}
    return [wire.appbuilder_answer("threads/messages/list", body, **headers).status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("reset_after", Fault("reset_after")),
        ("reset_after:0.1", Fault("reset_after", 0.1)),
        ("reset_after:1", Fault("reset_after", 1)),
        ("status:status=429:retry_after=.5:times=2", Fault("status", status=429, retry_after=0.5, times=2)),
        (" busy : 0.5 : code = 1033 : applied = false", Fault("busy", 0.5, code="1033", applied=False)),
        (
            "close_before:platform=minimax:operation=threads",
            Fault("close_before", platform="minimax", operation="threads"),
        ),
        ("html:writes=true", Fault("html", writes=True)),
        ("clock_off:seconds=-600", Fault("clock_off", seconds=-600)),
    ],
)
def test_a_fault_is_written_in_a_line(text: str, fault: Fault) -> None:
    assert Fault.parse(text) == fault
    assert Fault.from_json(text) == fault
    assert Fault.from_json(json.loads(json.dumps(fault.as_json()))) == fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("resets", "known: latency, status"),
        ("reset_after:1.5", "probability cannot be 1.5"),
        ("reset_after:often", "probability cannot be 'often'"),
        ("reset_after:0.1:0.2", "probability is given twice"),
        ("reset_after:times=0", "times cannot be 0"),
        ("reset_after:status=503", "does not take status; it takes no option"),
        ("reset_after:applied=false", "does not take applied"),
        ("reset_after:wen=1", "a fault has no wen; it has kind, probability"),
        ("reset_after:platform=openai", "hunyuan, minimax, appbuilder"),
        ("latency:code=1002", "latency does not take code; it takes jitter, seconds"),
        ("latency:seconds=-1", "seconds cannot be -1"),
        ("clock_off:seconds=-1000000001", "seconds cannot be -1000000001"),
        ("status:status=200", "status cannot be 200"),
        ("status:status=true", "status cannot be 'true'"),
        ("html:writes=1", "writes cannot be '1'"),
        ("throttled:code=1013", "code must be one of RequestLimitExceeded"),
        ("gzip_bomb:mebibytes=0", "mebibytes cannot be 0"),
    ],
)
def test_what_is_no_fault_is_refused_in_words(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Fault.parse(text)


def test_every_kind_can_be_written_down_and_read_back() -> None:
    for kind in KINDS:
        assert Fault.from_json(Fault(kind).as_json()) == Fault.parse(kind) == Fault(kind)


@pytest.mark.parametrize(
    ("fault", "applied"),
    [
        (Fault("reset_before"), False),
        (Fault("reset_after"), True),
        (Fault("throttled"), False),
        (Fault("busy"), True),
        (Fault("status"), True),
        (Fault("status", status=429), False),
        (Fault("status", status=502, applied=False), False),
    ],
)
def test_a_fault_knows_whether_the_platform_did_what_it_was_asked(fault: Fault, applied: bool) -> None:
    assert fault.applied is applied


def test_a_code_meets_only_the_platform_that_has_it() -> None:
    fault = Fault("throttled", code="1039")
    assert fault.meets("minimax", "threads/messages/add")
    assert not fault.meets("hunyuan", "CreateThread")
    assert Fault("throttled").code_on("hunyuan") == "RequestLimitExceeded"


@pytest.mark.parametrize(
    ("platform", "write", "read"),
    [
        ("hunyuan", "RunThread", "GetThread"),
        ("minimax", "threads/messages/add", "threads/messages/list"),
        ("appbuilder", "threads/messages", "threads/messages/list"),
    ],
)
def test_writes_and_reads_are_told_apart(platform: Provider, write: str, read: str) -> None:
    writes, reads = Fault("html", writes=True), Fault("html", writes=False)
    assert (writes.meets(platform, write), writes.meets(platform, read)) == (True, False)
    assert (reads.meets(platform, write), reads.meets(platform, read)) == (False, True)


def test_assigned_faults_take_effect_at_once_and_are_counted(emulator: Emulator, wire: Wire) -> None:
    assert listed(wire) == [200]
    emulator.faults = [Fault("status", times=2)]
    assert listed(wire, 3) == [503, 503, 200]
    assert emulator.faults == ()
    assert emulator.injected == {"status": 2}
    assert [request.faults for request in emulator.requests] == [(), ("status",), ("status",), ()]


def test_a_block_of_faults_leaves_the_others_alone(emulator: Emulator, wire: Wire) -> None:
    emulator.inject(Fault("status", status=500, platform="minimax"))
    with emulator.faulty(Fault("status", status=502), Fault("latency", seconds=0.001)):
        assert listed(wire) == [502]
        assert [fault.kind for fault in emulator.faults] == ["status", "status", "latency"]
    assert listed(wire) == [200]
    assert emulator.faults == (Fault("status", status=500, platform="minimax"),)


def test_a_request_asks_for_a_fault_of_its_own(emulator: Emulator, wire: Wire) -> None:
    emulator.faults = [Fault("status", status=500)]
    assert listed(wire, asking="status:status=429") == [429]
    assert listed(wire, asking="latency:seconds=0.001, status:status=502") == [502]
    assert emulator.requests[-1].faults == ("latency", "status")
    assert listed(wire) == [500]


def test_a_header_that_comes_twice_is_read_twice(emulator: Emulator, wire: Wire) -> None:
    headers = [(HEADER, "latency:seconds=0.001"), (HEADER, "status:status=502")]
    assert wire.http.get("/v2/threads", headers=headers).status_code == 502
    assert emulator.requests[-1].faults == ("latency", "status")


def test_a_clock_is_at_most_thirty_years_off(wire: Wire) -> None:
    assert listed(wire, asking="clock_off:seconds=-1000000000") == [200]
    assert listed(wire, asking="clock_off:seconds=1000000000") == [200]


def test_a_header_that_is_no_fault_is_answered_in_words(wire: Wire) -> None:
    answer = wire.appbuilder_answer("threads", **{HEADER: "nonsense"})
    assert answer.status_code == 400
    assert "unknown fault 'nonsense'" in answer.json()["error"]
    assert wire.emulator.injected == {}


def test_probabilities_add_up_and_repeat_with_their_seed() -> None:
    def run(seed: int, count: int = 400) -> list[int]:
        faults = [Fault("status", 0.2, status=500), Fault("status", 0.3, status=502)]
        with Emulator(faults=faults, fault_seed=seed) as emulator, Wire(emulator) as wire:
            return listed(wire, count)

    first = run(1)
    assert run(1, 100) == first[:100]
    assert run(2, 100) != first[:100]
    shares = [first.count(status) / len(first) for status in (500, 502, 200)]
    assert shares == pytest.approx([0.2, 0.3, 0.5], abs=0.08)


def test_a_reset_puts_the_faults_back_to_where_they_began() -> None:
    with Emulator(faults=[Fault("status", times=1)]) as emulator, Wire(emulator) as wire:
        assert listed(wire, 2) == [503, 200]
        emulator.inject(Fault("html"))
        emulator.reset()
        assert (emulator.faults, emulator.injected) == ((Fault("status", times=1),), {})
        assert listed(wire, 2) == [503, 200]


def test_faults_are_turned_on_by_flag() -> None:
    command = [*PROGRAM, "serve", "--port", "0", "--fault", "status:status=429:times=1", "--fault", "status:status=502"]
    with subprocess.Popen([*command, "--fault-seed", "3"], stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            (base_url,) = re.findall(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            asked = [httpx.get(f"{base_url}/v1/threads/retrieve", trust_env=False).status_code for _ in range(2)]
            assert asked == [429, 502]
        finally:
            running.kill()


def test_a_flag_that_is_no_fault_ends_in_one_sentence() -> None:
    done = CliRunner().invoke(app, ["serve", "--port", "0", "--fault", "reset"])
    assert done.exit_code == 2
    assert done.output.startswith("provider-threads: unknown fault 'reset'; known: latency")


@pytest.fixture
def admin(wire: Wire) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{wire.emulator.base_url}/_emulator/", trust_env=False, verify=False) as client:
        yield client


def test_faults_are_put_added_shown_and_taken_back_over_http(admin: httpx.Client, wire: Wire) -> None:
    def sent(method: str, body: object = None) -> Any:
        answer = admin.request(method, "faults", json={} if body is None else body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    sent("PUT", {"faults": ["html:0.5", {"kind": "status", "status": 502, "times": 1}], "seed": 5})
    kinds = [fault["kind"] for fault in sent("POST", {"faults": ["latency:platform=minimax"]})["faults"]]
    assert kinds == ["html", "status", "latency"]
    sent("PUT", {"faults": [{"kind": "status", "status": 502, "times": 1}]})
    assert listed(wire, 2) == [502, 200]
    assert admin.get("faults").json() == {"faults": [], "injected": {"status": 1}}
    sent("PUT", {"faults": ["html"]})
    assert sent("DELETE")["faults"] == []
    assert listed(wire) == [200]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"faults": "html"}, "must be a list"),
        ({"fault": ["status"]}, "must be a list"),
        ({"faults": [5]}, "a fault is a text such as"),
        ({"faults": [{"probability": 1}]}, "with a kind"),
        ({"faults": [{"kind": ["html"]}]}, "unknown fault"),
        ({"faults": [{"kind": "html", "probability": "1"}]}, "probability cannot be '1'"),
        ({"faults": [{"kind": "html", "probability": True}]}, "probability cannot be True"),
        ({"faults": [], "seed": "x"}, "seed a whole number"),
    ],
)
def test_wrong_faults_over_http_are_refused_and_change_nothing(admin: httpx.Client, body: object, told: str) -> None:
    admin.put("faults", json={"faults": ["html"]}).raise_for_status()
    answer = admin.put("faults", json=body)
    assert answer.status_code == 400
    assert told in answer.json()["error"]
    assert [fault["kind"] for fault in admin.get("faults").json()["faults"]] == ["html"]
