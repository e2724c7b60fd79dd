"""How commands end: one sentence, one code for each kind of end, as JSON where that is asked for."""

from __future__ import annotations

import inspect
import json

import pytest
from typer.core import TyperGroup

from provider_threads import errors
from provider_threads.cli import main
from provider_threads.cli.outcome import ExitCode, error_object, exit_code_of
from provider_threads.cli.program import Program
from provider_threads.emulator import Emulator, Fault, SeedMessage

from .conftest import Run

CODES = {
    "AuthenticationError": 4,
    "ConfigurationError": 2,
    "ContentRejectedError": 5,
    "IncompleteThreadError": 9,
    "InvalidRequestError": 5,
    "NotSentError": 7,
    "OverlayError": 10,
    "PaginationError": 9,
    "PermissionDeniedError": 4,
    "ProtocolError": 9,
    "ProviderError": 5,
    "ProviderUnavailableError": 7,
    "QuotaExhaustedError": 6,
    "RateLimitedError": 6,
    "ResponseTooLargeError": 9,
    "ThreadNotFoundError": 3,
    "UnsupportedOperationError": 2,
}


def made(name: str, operation: str) -> errors.ThreadsError:
    kind = getattr(errors, name)
    wanted = {"provider": "minimax", "operation": operation, "cause_type": "ReadError"}
    taken = inspect.signature(kind).parameters
    error: errors.ThreadsError = kind("said", **{key: value for key, value in wanted.items() if key in taken})
    return error


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name.endswith("Error") and name != "ThreadsError"])
def test_each_class_of_error_has_its_code(name: str) -> None:
    if name == "OutcomeUnknownError":
        writes = ("append", "create_thread", "update_thread", "update_message", "delete_thread")
        assert {exit_code_of(made(name, operation)) for operation in writes} == {8}
        assert {exit_code_of(made(name, operation)) for operation in ("read", "list_messages", "list_files")} == {7}
    else:
        assert exit_code_of(made(name, "read")) == CODES[name]


def test_a_fault_of_the_program_has_none() -> None:
    assert exit_code_of(KeyError("x")) is None
    assert exit_code_of(AssertionError()) is None


def test_every_code_says_what_it_means() -> None:
    assert all(code.meaning for code in ExitCode)
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130, 141]


def test_a_platforms_words_cannot_reach_the_terminal() -> None:
    shown = error_object(errors.ProviderError("no\x1b[2J\nway (code \x9b)", provider="x", operation="y"), 5)["message"]
    assert shown == "no␛[2J way (code <U+009B>)"


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "name"),
    [
        (("show", "thread_none"), {}, 3, "ThreadNotFoundError"),
        (("show", "thread_none"), {"APPBUILDER_TOKEN": "wrong"}, 4, "AuthenticationError"),
        (("show", "thread_none", "-p", "minimax"), {}, 5, "InvalidRequestError"),
        (("show", "thread_none"), {"PROVIDER_THREADS_BASE_URL": "http://127.0.0.1:1"}, 7, "NotSentError"),
        (("show", "../thread"), {}, 2, "ConfigurationError"),
        (("show", "thread_none", "--overlay", "/nowhere/there/t.db"), {}, 10, "OverlayError"),
        (("show", "thread_none", "--overlay", "mysql://a:canary@b/c"), {}, 2, "ConfigurationError"),
        (("show",), {}, 2, "MissingParameter"),
        (("show", "thread_none", "--limit", "none"), {}, 2, "BadParameter"),
        (("shwo",), {}, 2, "UsageError"),
        (("show", "a", "--nope"), {}, 2, "NoSuchOption"),
    ],
)
def test_an_error_is_one_sentence_or_one_object(
    run: Run, arguments: tuple[str, ...], variables: dict[str, str], code: int, name: str
) -> None:
    variables = {"PROVIDER_THREADS_PLATFORM": "appbuilder", **variables}
    said = run(*arguments, **variables)
    assert (said.exit_code, said.stdout) == (code, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith("provider-threads: ")
    assert "canary" not in line
    as_json = run(*arguments, "--json", **variables)
    assert (as_json.exit_code, as_json.stdout) == (code, "")
    (error,) = json.loads(as_json.stderr).values()
    assert (error["class"], error["exit_code"]) == (name, code)
    assert set(error) == {"class", "message", "platform", "operation", "request_id", "exit_code"}
    if code in (3, 4) or name == "ThreadNotFoundError":
        assert error["request_id"] in error["message"]


def test_a_usage_error_says_where_to_look(run: Run) -> None:
    assert (
        run("shwo").stderr
        == "provider-threads: No such command 'shwo'. Did you mean 'show'? See provider-threads --help.\n"
    )
    assert run("show", "--nope", "x").stderr.endswith(" See provider-threads show --help.\n")


def test_text_behind_two_dashes_is_no_option(run: Run) -> None:
    done = run("append", "-p", "hunyuan", "--", "thread_x", "--json")
    assert done.stderr.startswith("provider-threads: Tencent Hunyuan append")


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    done = run()
    assert "Usage: provider-threads" in done.output
    assert done.stderr == ""


def test_a_write_of_unknown_outcome_has_its_own_code_and_is_sent_once(run: Run, served: Emulator) -> None:
    thread = served.seed("appbuilder", [])
    served.clear_requests()
    with served.faulty(Fault("reset_after", writes=True)):
        done = run("append", thread, "once", "-p", "appbuilder", "--json")
    error = json.loads(done.stderr)["error"]
    assert (done.exit_code, done.stdout) == (8, "")
    assert (error["class"], error["exit_code"]) == ("OutcomeUnknownError", 8)
    assert "read the thread before trying again" in error["message"]
    assert [message.text for message in served.messages("appbuilder", thread)] == ["once"]
    assert len(served.requests) == 1


def test_ctrl_c_before_a_command_has_begun_is_one_line_too(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TyperGroup, "make_context", interrupted)  # reads the command line
    read = run("show", "thread_x", "--json")
    assert (read.exit_code, json.loads(read.stderr)["error"]["exit_code"]) == (130, 130)
    monkeypatch.setattr(Program, "main", interrupted)  # as if it came even earlier
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (130, "provider-threads: stopped\n")


def test_a_warning_of_the_library_is_a_notice(run: Run, served: Emulator) -> None:
    thread = served.seed("minimax", [SeedMessage("user", "x", fields={"thread_id": "thread_other"})])
    plain = run("show", thread, "-p", "minimax")
    assert plain.exit_code == 0
    assert plain.stderr.startswith("provider-threads: MiniMax list_messages: ")
    assert "ForeignThreadWarning" not in plain.stderr
    as_json = run("show", thread, "-p", "minimax", "--json")
    assert list(json.loads(as_json.stderr)) == ["warning"]
