"""The PostgreSQL of the tests: databases apart, a stated reason where there is none, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

import tests.postgres
from tests.postgres import ABSENT, SERVER_VARIABLE, absent, binaries, empty_database, make_empty, private_server

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[2]
FIXTURES = ("-p", "tests.postgres")


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


@pytest.fixture(autouse=True)
def fixtures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions in these tests load no other plugin: quicker, and one less thing to fail."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def folders() -> list[Path]:
    found = binaries()
    if not found:
        absent()
    return found


def test_two_databases_do_not_see_each_other(postgres_url: str, postgres_database: str) -> None:
    with empty_database(postgres_url) as other:
        with connect(postgres_database) as connection:
            connection.execute("CREATE TABLE seen ()")
        with connect(other) as connection:
            assert connection.execute("SELECT to_regclass('seen')").fetchone() == (None,)
        with connect(postgres_database) as connection:
            assert connection.execute("SELECT to_regclass('seen')").fetchone() == ("seen",)


def test_the_url_names_the_driver(postgres_database: str) -> None:
    assert postgres_database.startswith("postgresql+psycopg://")


def test_a_database_goes_even_with_a_connection_left_open(postgres_url: str) -> None:
    with empty_database(postgres_url) as url:
        left_over = connect(url)
    with contextlib.closing(left_over), pytest.raises(psycopg.OperationalError):
        left_over.execute("SELECT 1")
    with connect(postgres_url) as connection:
        names = connection.execute("SELECT datname FROM pg_database").fetchall()
    assert (make_url(url).database,) not in names
    assert ("postgres",) in names


def test_the_next_test_finds_nothing_of_the_last_one(postgres_database: str) -> None:
    with contextlib.closing(connect(postgres_database)) as left_over:
        left_over.execute("CREATE TABLE kept ()")
        left_over.commit()
        left_over.execute("LOCK TABLE kept")
        make_empty(postgres_database)
        with pytest.raises(psycopg.OperationalError):
            left_over.execute("SELECT 1")
    with connect(postgres_database) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)
        connection.execute("CREATE TABLE made ()")


def test_settings_of_this_machine_do_not_reach_the_connection(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c search_path=elsewhere")
    with connect(request.getfixturevalue("postgres_database")) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ('"$user", public',)


def test_the_server_named_in_the_environment_is_used(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SERVER_VARIABLE, "postgres://me:secret@db.example:5433/mine")
    monkeypatch.setattr(tests.postgres, "private_server", None)
    expected = "postgresql+psycopg://me:secret@db.example:5433/mine"
    pytester.makepyfile(f"def test(postgres_url): assert postgres_url == {expected!r}")
    pytester.runpytest_inprocess(*FIXTURES).assert_outcomes(passed=1)


@pytest.fixture
def bare_machine(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server is named and none installed, and a test wants one."""
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(tests.postgres, "PACKAGED", Path("/nowhere"))
    pytester.makepyfile("def test(postgres_database): raise AssertionError('never run')")


@pytest.mark.usefixtures("bare_machine")
def test_without_a_server_the_skip_says_what_to_install(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_inprocess(*FIXTURES, "-rs")
    done.assert_outcomes(skipped=1)
    (reason,) = (line for line in done.outlines if line.startswith("SKIPPED"))
    assert "apt-get install postgresql" in reason
    assert SERVER_VARIABLE in reason


@pytest.mark.usefixtures("bare_machine")
def test_where_services_are_required_their_absence_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    done = pytester.runpytest_inprocess(*FIXTURES)
    done.assert_outcomes(errors=1)
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    assert ABSENT in done.outlines


ENDING = """
import os
import pathlib
import signal

from tests.services.test_postgres_fixture import connect

def test(postgres_url):
    with connect(postgres_url) as connection:
        ((data,),) = connection.execute("SHOW data_directory").fetchall()
    pathlib.Path("server").write_text(f"{postgres_url} {data}")
    END
"""


def gone(pytester: pytest.Pytester) -> bool:
    url, data = (pytester.path / "server").read_text(encoding="utf-8").split()
    return not listens(make_url(url)) and not Path(data).parent.exists()


@pytest.mark.usefixtures("folders")
def test_the_private_server_ends_with_a_session_that_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    pytester.makepyfile(ENDING.replace("END", "raise AssertionError"))
    pytester.runpytest_inprocess(*FIXTURES).assert_outcomes(failed=1)
    assert gone(pytester)


@pytest.mark.usefixtures("folders")
def test_the_private_server_ends_with_a_session_that_is_killed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SERVER_VARIABLE, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    pytester.makepyfile(ENDING.replace("END", "os.kill(os.getpid(), signal.SIGKILL)"))
    assert pytester.runpytest_subprocess(*FIXTURES, timeout=60).ret == -signal.SIGKILL
    give_up = time.monotonic() + 20
    while not gone(pytester) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert gone(pytester)


def listens(url: URL) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((url.host, url.port)) == 0


def test_a_server_that_does_not_come_up_is_an_error_with_its_log(folders: list[Path]) -> None:
    message = r'(?s)did not start:.*invalid value for parameter "shared_buffers": "plenty"'
    with pytest.raises(RuntimeError, match=message), private_server(folders, "shared_buffers = plenty"):
        raise AssertionError("never started")
