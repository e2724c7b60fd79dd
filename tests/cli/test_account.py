"""Which platform and which credentials: never guessed between two, never in an argument, never shown."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from provider_threads import ConfigurationError
from provider_threads.cli.account import PLATFORMS, Account
from provider_threads.cli.credentials_file import read_credentials
from provider_threads.emulator import Emulator
from provider_threads.providers import PROVIDERS
from tests.reliability.places import frames_of, said_by

from .conftest import Run

CANARY = "s3cr3t-canary"


@pytest.fixture
def bare(run: Run, served: Emulator, monkeypatch: pytest.MonkeyPatch) -> Run:
    """No credential in the environment, and a thread on AppBuilder."""
    for name in served.environment:
        monkeypatch.delenv(name)
    served.seed("appbuilder", [], thread_id="thread_here")
    return run


def appbuilder_file(directory: Path, served: Emulator, *lines: str, mode: int = 0o600) -> Path:
    path = directory / "credentials.env"
    path.write_text(
        "\n".join([*lines, f'export APPBUILDER_TOKEN="{served.credentials.appbuilder_token}"  # a comment', ""])
    )
    path.chmod(mode)
    return path


def test_the_platforms_are_those_of_the_library() -> None:
    assert {name: known.title for name, known in PLATFORMS.items()} == {
        name: kind.title for name, kind in PROVIDERS.items()
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_variable_reaches_its_argument(platform: str, served: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    known = PLATFORMS[platform]  # type: ignore[index]  # parametrized by its keys
    for name in {**known.needed, **known.optional}:
        monkeypatch.setenv(name, served.environment.get(name, "ap-guangzhou"))
    given = Account(platform=platform, as_json=True).provider()  # type: ignore[arg-type]
    assert given.identity == PROVIDERS[platform]().identity  # type: ignore[call-arg]  # all is in the environment


def test_one_platform_alone_is_taken_and_said(bare: Run, served: Emulator) -> None:
    done = bare("show", "thread_here", APPBUILDER_TOKEN=served.environment["APPBUILDER_TOKEN"])
    assert (done.exit_code, done.stderr) == (0, "provider-threads: Baidu AppBuilder, whose credentials are set\n")
    assert done.stdout.startswith("Baidu AppBuilder · thread_here\n")


def test_between_two_platforms_nothing_is_guessed(bare: Run) -> None:
    done = bare("show", "thread_here", APPBUILDER_TOKEN=CANARY, MINIMAX_API_KEY=CANARY)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "credentials of MiniMax and Baidu AppBuilder are set. Say which with --platform." in done.stderr


def test_without_a_platform_every_variable_is_named(bare: Run) -> None:
    done = bare("show", "thread_here")
    assert done.exit_code == 2
    assert all(name in done.stderr for known in PLATFORMS.values() for name in known.needed)


def test_the_platform_may_come_from_the_environment(run: Run) -> None:
    done = run("append", "thread_here", "text", PROVIDER_THREADS_PLATFORM="hunyuan")
    assert "Tencent Hunyuan append" in done.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_missing_credential_is_named_where_nobody_can_be_asked(bare: Run, more: tuple[str, ...]) -> None:
    done = bare("show", "thread_here", "--platform", "minimax", *more, MINIMAX_API_KEY=CANARY)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "no MINIMAX_GROUP_ID" in done.stderr
    assert CANARY not in done.stderr


def test_a_file_gives_credentials_with_quotes_comments_and_export(bare: Run, served: Emulator, tmp_path: Path) -> None:
    path = appbuilder_file(tmp_path, served, "# mine", "", "OTHER='x y'")
    done = bare("show", "thread_here", "--credentials-file", str(path))
    assert (done.exit_code, done.stderr) == (0, "provider-threads: Baidu AppBuilder, whose credentials are set\n")


def test_what_the_file_names_replaces_all_of_that_platform(
    bare: Run, served: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "credentials.env"
    path.write_text("TENCENTCLOUD_SECRET_ID=one\nTENCENTCLOUD_SECRET_KEY=two\n")
    path.chmod(0o600)
    monkeypatch.setenv("TENCENTCLOUD_TOKEN", "of-another-pair")
    monkeypatch.setenv("MINIMAX_API_KEY", "kept")
    given = Account(credentials_file=path, as_json=True).variables()
    assert given == {"TENCENTCLOUD_SECRET_ID": "one", "TENCENTCLOUD_SECRET_KEY": "two", "MINIMAX_API_KEY": "kept"}


def test_a_dollar_in_a_file_is_a_dollar(tmp_path: Path) -> None:
    path = tmp_path / "credentials.env"
    path.write_text("APPBUILDER_TOKEN=a${HOME}b\n")
    assert Account(credentials_file=path, as_json=True).variables() == {"APPBUILDER_TOKEN": "a${HOME}b"}


@pytest.mark.parametrize("filed", [False, True])
def test_a_credential_is_in_no_frame_of_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filed: bool) -> None:
    path = tmp_path / "credentials.env"
    path.write_text(f"APPBUILDER_TOKEN={CANARY}\n")
    monkeypatch.setenv("APPBUILDER_TOKEN", CANARY)
    account = Account("appbuilder", path if filed else None, base_url="https://[half", as_json=True)
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        account.client()
    frames = frames_of(caught.value)
    assert any(file.endswith("cli/account.py") for file in frames)
    assert [file for file, shown in frames.items() if CANARY in shown] == []


@pytest.mark.skipif(os.name != "posix", reason="permissions are another thing there")
@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_may_read_is_told_of(bare: Run, served: Emulator, tmp_path: Path, mode: int) -> None:
    path = appbuilder_file(tmp_path, served, mode=mode)
    done = bare("show", "thread_here", "--json", "--credentials-file", str(path))
    assert done.exit_code == 0
    assert "chmod 600" in json.loads(done.stderr)["warning"]


@pytest.mark.parametrize(
    ("content", "told"), [(CANARY, "line 2"), (f"'{CANARY}", "line 2"), (CANARY.encode() + b"\xff", "UTF-8")]
)
def test_a_file_that_cannot_be_read_is_named_and_not_repeated(
    bare: Run, tmp_path: Path, content: str | bytes, told: str
) -> None:
    path = tmp_path / "credentials.env"
    path.write_bytes(b"APPBUILDER_TOKEN=x\n" + (content if isinstance(content, bytes) else content.encode()))
    done = bare("show", "thread_here", "--credentials-file", str(path))
    assert done.exit_code == 2
    assert str(path) in done.stderr
    assert told in done.stderr
    assert CANARY not in done.stderr
    with pytest.raises(ConfigurationError) as caught:
        read_credentials(path, as_json=False)
    assert CANARY not in said_by(caught.value)
    gone = bare("show", "thread_here", "--credentials-file", str(tmp_path / "nowhere"))
    assert (gone.exit_code, gone.stderr) == (
        2,
        f"provider-threads: {tmp_path / 'nowhere'}: No such file or directory\n",
    )


def test_a_file_without_its_parser_names_the_extra(
    bare: Run, served: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dotenv.parser", None)
    done = bare("show", "thread_here", "--credentials-file", str(appbuilder_file(tmp_path, served)))
    assert (done.exit_code, "pip install 'provider-threads[cli]'" in done.stderr) == (2, True)


def test_http_to_another_machine_wants_a_word(run: Run) -> None:
    done = run("show", "thread_here", "-p", "minimax", "--base-url", "http://192.0.2.1")
    assert done.exit_code == 2
    assert "--allow-insecure" in done.stderr
    allowed = Account(platform="minimax", base_url="http://192.0.2.1", allow_insecure=True)
    with allowed.client() as client:
        assert client.provider.base_url == "http://192.0.2.1"


def test_the_timeout_is_that_of_a_call(run: Run) -> None:
    with Account(platform="appbuilder", timeout=7.0).client() as client:
        assert client._operations.context.timeouts.total == 7.0


@pytest.mark.parametrize("command", ["show", "list-files", "append"])
def test_no_option_takes_a_secret(run: Run, command: str) -> None:
    done = run(command, "--help")
    assert not any(word in done.stdout for word in ("--token", "--api-key", "--secret", "--password"))
