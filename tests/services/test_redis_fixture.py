"""The Redis of the tests: a stated reason where there is none, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

import pytest

import tests.redis_server
from tests.redis_server import ABSENT, SERVER_VARIABLE, absent, binary, private_server

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
FIXTURES = ("-p", "tests.redis_server")


@pytest.fixture(autouse=True)
def fixtures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions in these tests load no other plugin: quicker, and one less thing to fail."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def bare_machine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is named and none installed, and a test wants one."""
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    pytester.makepyfile("def test(redis_url): raise AssertionError('never run')")


@pytest.mark.usefixtures("bare_machine")
def test_without_a_server_the_skip_says_what_to_install(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_inprocess(*FIXTURES, "-rs")
    done.assert_outcomes(skipped=1)
    (reason,) = (line for line in done.outlines if line.startswith("SKIPPED"))
    assert "apt-get install redis-server" in reason
    assert SERVER_VARIABLE in reason


@pytest.mark.usefixtures("bare_machine")
def test_where_services_are_required_their_absence_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    done = pytester.runpytest_inprocess(*FIXTURES)
    done.assert_outcomes(errors=1)
    assert ABSENT in done.outlines


def test_the_server_named_in_the_environment_is_used(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SERVER_VARIABLE, "redis://db.example:6379/0")
    monkeypatch.setattr(tests.redis_server, "private_server", None)
    pytester.makepyfile("def test(redis_url): assert redis_url == 'redis://db.example:6379/0'")
    pytester.runpytest_inprocess(*FIXTURES).assert_outcomes(passed=1)


def test_the_private_server_ends_with_a_session_that_is_killed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    if binary() is None:
        absent()
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    pytester.makepyfile(
        """
        import os, pathlib, signal

        def test(redis_url):
            pathlib.Path("port").write_text(redis_url.rpartition(":")[2].partition("/")[0])
            os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    assert pytester.runpytest_subprocess(*FIXTURES, timeout=60).ret == -signal.SIGKILL
    port = int((pytester.path / "port").read_text(encoding="utf-8"))
    give_up = time.monotonic() + 10
    while listens(port) and time.monotonic() < give_up:
        time.sleep(0.02)
    assert not listens(port)


def test_a_server_that_does_not_come_up_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tests.redis_server, "WITHIN", 0.2)
    with pytest.raises(RuntimeError, match="Redis did not start"), private_server("/bin/false"):
        raise AssertionError("never started")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
