"""The emulator as a server: starting, stopping, storing, refusing."""

import asyncio
import gc
import os
import signal
import socket
import sqlite3
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from provider_threads.emulator import Emulator, SeedMessage, Switches, serve
from provider_threads.emulator.records import StoredMessage, StoredThread
from provider_threads.emulator.storage import StorageError

from .wire import Wire


def talk(count: int) -> list[SeedMessage]:
    return [SeedMessage("user" if index % 2 == 0 else "assistant", f"m{index}") for index in range(count)]


def test_it_listens_within_the_block_and_not_after_it() -> None:
    with Emulator() as emulator, Wire(emulator) as wire:
        port = int(emulator.base_url.rpartition(":")[2])
        assert emulator.base_url == f"http://127.0.0.1:{port}"
        assert wire.minimax("POST", "create")["object"] == "thread"
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    with pytest.raises(RuntimeError, match="not running"):
        _ = emulator.base_url


def test_a_stop_is_quick_and_leaves_nothing_open() -> None:
    others = set(threading.enumerate())  # those of emulators that other tests share
    with Emulator() as emulator:
        client = httpx.Client(base_url=emulator.base_url, trust_env=False, verify=False)
        client.get("/_emulator/switches")  # a connection that is kept alive
        started = time.monotonic()
    elapsed = time.monotonic() - started
    client.close()
    gc.collect()  # what was left open would warn here, and warnings are errors
    assert elapsed < 1
    assert set(threading.enumerate()) <= others


def half_a_request(emulator: Emulator) -> socket.socket:
    """A connection that announced a body and sent only its beginning."""
    connection = socket.create_connection(("127.0.0.1", int(emulator.base_url.rpartition(":")[2])))
    token = emulator.credentials.appbuilder_token
    head = f"POST /v2/threads HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 99\r\n\r\n{{"
    connection.sendall(head.encode())
    return connection


def test_a_client_that_hangs_up_is_not_recorded_and_harms_nobody(emulator: Emulator, wire: Wire) -> None:
    half_a_request(emulator).close()
    wire.appbuilder("threads")
    assert [request.operation for request in emulator.requests] == ["threads"]


def test_a_stop_does_not_wait_for_a_client_that_never_ends_its_request() -> None:
    with Emulator() as emulator, half_a_request(emulator):
        time.sleep(0.05)  # until the request has begun
        started = time.monotonic()
        emulator.__exit__(None, None, None)
        assert time.monotonic() - started < 2


def test_one_emulator_can_be_started_again_but_not_twice() -> None:
    emulator = Emulator(switches=Switches(minimax_cursor="ignored"))
    for _ in range(2):
        with emulator:
            assert emulator.switches.minimax_cursor == "ignored"
            with pytest.raises(RuntimeError, match="running already"):
                emulator.__enter__()


def test_two_emulators_share_nothing() -> None:
    with Emulator() as first, Emulator() as second:
        thread = first.seed("minimax", talk(1))
        with pytest.raises(KeyError):
            second.messages("minimax", thread)
        assert first.base_url != second.base_url


def test_it_stops_while_the_event_loop_of_its_user_runs() -> None:
    async def use() -> int:
        with Emulator() as emulator:
            async with httpx.AsyncClient(base_url=emulator.base_url, trust_env=False, verify=False) as client:
                return (await client.get("/_emulator/switches")).status_code

    assert asyncio.run(use()) == 200


def test_a_file_survives_a_restart(tmp_path: Path) -> None:
    database = str(tmp_path / "emulator.db")
    with Emulator(database) as emulator:
        seed = SeedMessage("user", "kept 😀", file_ids=["file-1"], metadata={"k": "v"}, fields={"x": [1]})
        thread = emulator.seed("appbuilder", [seed])
        before = emulator.messages("appbuilder", thread)
    with Emulator(database) as emulator, Wire(emulator) as wire:
        assert emulator.messages("appbuilder", thread) == before
        sent = {"thread_id": thread, "role": "user", "content": "more"}
        added = wire.appbuilder("threads/messages", sent)["id"]
        assert [message.id for message in emulator.messages("appbuilder", thread)] == [before[0].id, added]


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "emulator.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageError, match="version 99"), Emulator(str(database)):
        pass


def test_a_thousand_messages_are_seeded_well_under_a_second(emulator: Emulator) -> None:
    started = time.monotonic()
    thread = emulator.seed("minimax", talk(1000))
    assert time.monotonic() - started < 0.8
    assert len(emulator.messages("minimax", thread)) == 1000


def test_concurrent_writers_lose_nothing(emulator: Emulator, wire: Wire) -> None:
    thread = emulator.seed("appbuilder")

    def write(number: int) -> None:
        sent = {"thread_id": thread, "role": "user", "content": str(number)}
        assert wire.appbuilder_answer("threads/messages", sent).status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))
    held = [message.text for message in emulator.messages("appbuilder", thread)]
    assert sorted(map(int, filter(None, held))) == list(range(100))


def test_credentials_fill_the_environment_that_sdks_read(emulator: Emulator) -> None:
    assert set(emulator.environment) == {
        "TENCENTCLOUD_SECRET_ID",
        "TENCENTCLOUD_SECRET_KEY",
        "MINIMAX_API_KEY",
        "MINIMAX_GROUP_ID",
        "APPBUILDER_TOKEN",
    }
    assert emulator.environment["APPBUILDER_TOKEN"] == emulator.credentials.appbuilder_token


def test_a_recorded_request_shows_what_was_asked_but_no_secret(emulator: Emulator, wire: Wire) -> None:
    wire.minimax("GET", "messages/list", {"thread_id": "t"}, limit=5)
    wire.tencent_error("GetThread", {"ThreadID": "t"}, **{"X-TC-Token": "a-token"})
    listed, signed = emulator.requests
    assert (listed.provider, listed.operation, listed.method) == ("minimax", "threads/messages/list", "GET")
    assert (listed.path, listed.status, listed.error) == ("/v1/threads/messages/list", 200, "2013")
    assert listed.parameters == {"thread_id": "t", "limit": "5"}
    assert signed.headers["x-tc-action"] == "GetThread"
    assert "authorization" not in signed.headers
    assert "x-tc-token" not in signed.headers
    assert "thread_id" not in repr(listed)
    emulator.clear_requests()
    assert emulator.requests == []


def test_the_date_header_tells_the_servers_clock(emulator: Emulator, wire: Wire) -> None:
    emulator.switches = Switches(clock_offset=-86_400)
    answer = wire.appbuilder_answer("threads")
    told = parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert abs(time.time() - 86_400 - told) < 5
    assert abs(answer.json()["created_at"] / 1000 - told) < 5


def test_the_application_is_asgi(emulator: Emulator) -> None:
    async def ask() -> int:
        transport = httpx.ASGITransport(emulator.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator.example") as client:
            return (await client.get("/_emulator/switches")).status_code

    assert asyncio.run(ask()) == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "emulator.example", "::"])
def test_a_host_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="other machines"):
        Emulator(host=host)
    with pytest.raises(ValueError, match="other machines"):
        serve(host)


def test_a_host_that_others_can_reach_may_be_allowed() -> None:
    with Emulator(host="0.0.0.0", allow_remote=True) as emulator:
        assert emulator.base_url.startswith("http://0.0.0.0:")


def test_it_can_listen_on_the_loopback_address_of_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback address")
    with Emulator(host="::1") as emulator:
        assert emulator.base_url.startswith("http://[::1]:")
        assert httpx.get(f"{emulator.base_url}/_emulator/switches", trust_env=False).status_code == 200


def test_a_taken_port_is_an_error_and_starts_nothing(emulator: Emulator) -> None:
    other = Emulator(port=int(emulator.base_url.rpartition(":")[2]))
    with pytest.raises(OSError, match="in use"):
        other.__enter__()
    with pytest.raises(RuntimeError, match="not running"):
        other.seed("minimax")


def test_two_threads_cannot_share_an_id(emulator: Emulator) -> None:
    storage = emulator._current().state.storage
    thread = StoredThread("mine", 0, 0, {})
    storage.add_thread("minimax", thread)
    with pytest.raises(ValueError, match="already"):
        storage.add_thread("minimax", thread, [StoredMessage("m", "mine", "user", "lost", 0)])
    assert emulator.messages("minimax", "mine") == []
    storage.add_thread("appbuilder", thread)  # another platform's ids are its own


def test_of_a_batch_that_fails_nothing_is_stored(emulator: Emulator) -> None:
    storage = emulator._current().state.storage
    thread = emulator.seed("minimax")
    unstorable = StoredMessage("half a character \ud800", thread, "user", "b", 0)
    with pytest.raises(UnicodeEncodeError):
        storage.add_messages("minimax", [StoredMessage("m", thread, "user", "a", 0), unstorable])
    assert emulator.messages("minimax", thread) == []


def test_answers_do_not_wait_for_delayed_acknowledgements(wire: Wire) -> None:
    wire.appbuilder("threads")
    started = time.monotonic()
    for _ in range(50):
        wire.appbuilder("threads")
    assert time.monotonic() - started < 1  # at 40 ms each it would be two seconds


def test_unknown_providers_are_refused(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="hunyuan, minimax, appbuilder"):
        emulator.seed("openai")  # type: ignore[arg-type]  # what a typing slip would pass
    with pytest.raises(ValueError, match="hunyuan, minimax, appbuilder"):
        emulator.messages("openai", "t")  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_runs_until_it_is_told_to_stop(number: signal.Signals) -> None:
    seen: list[str] = []

    def ready(emulator: Emulator) -> None:
        seen.append(emulator.base_url)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    serve(port=0, switches=Switches(clock_offset=1), ready=ready)
    assert len(seen) == 1
    assert signal.getsignal(number) is before


def test_a_stop_closes_connections_that_it_has_only_just_accepted() -> None:
    for _ in range(5):
        emulator = Emulator()
        with emulator:
            port = urlsplit(emulator.base_url).port
            connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        for connection in connections:
            connection.close()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        gc.collect()
    assert [str(warning.message) for warning in told if warning.category is ResourceWarning] == []
