"""``doctor`` finds what is wrong with an account and says what to do, one line a check; it writes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from provider_threads.cli.app import app
from provider_threads.cli.checks import examination
from provider_threads.emulator import Emulator, Fault, SeedMessage
from provider_threads.version import __version__

PLATFORMS = ("hunyuan", "minimax", "appbuilder")
CLOCK = "Set this machine's clock, best by its time service (NTP)."
WRONG = {
    "hunyuan": "TENCENTCLOUD_SECRET_KEY",
    "minimax": "MINIMAX_API_KEY",
    "appbuilder": "APPBUILDER_TOKEN",
}

Checks = dict[tuple[str, str], tuple[str, str, str | None]]


@pytest.fixture
def emulator(running: Emulator) -> Iterator[Emulator]:
    """The module's emulator, emptied."""
    yield running
    running.reset()


def examined(emulator: Emulator, *arguments: str, **variables: str | None) -> tuple[int, Checks]:
    """Exit code, and by subject and check what was found: status, message, remedy."""
    environment = {**emulator.environment, "PROVIDER_THREADS_BASE_URL": emulator.base_url, **variables}
    done = CliRunner().invoke(app, ["doctor", "--json", *arguments], env=environment)
    told = json.loads(done.stdout)
    assert told["ok"] is (done.exit_code == 0)
    assert told["version"] == __version__
    return done.exit_code, {
        (one["subject"], one["check"]): (one["status"], one["message"], one["remedy"]) for one in told["checks"]
    }


def failed(checks: Checks) -> dict[tuple[str, str], tuple[str, str, str | None]]:
    return {name: found for name, found in checks.items() if found[0] == "failed"}


def test_all_platforms_whose_variables_are_set_are_looked_at_with_reads_alone(emulator: Emulator) -> None:
    code, checks = examined(emulator)
    assert (code, failed(checks)) == (0, {})
    for platform in PLATFORMS:
        assert checks[platform, "credential"] == ("ok", "the platform takes it.", None)
        assert checks[platform, "clock"][0] == "ok"
        assert checks[platform, "emulator"][0] == "ok"
        assert checks[platform, "TCP"][0] == "ok"
        assert checks[platform, "DNS"] == ("not checked", "because base_url is an address, not a name.", None)
        assert checks[platform, "TLS"] == ("not checked", "because base_url is http.", None)
    assert checks["appbuilder", "limits"] == (
        "ok",
        "any number a second, as none is documented, 10 at once, unless limits= says otherwise.",
        None,
    )
    asked = {one.operation for one in emulator.requests}
    assert asked == {"GetThreadMessageList", "threads/messages/list"}
    assert {int(one.parameters.get("Limit") or one.parameters.get("limit") or 0) for one in emulator.requests} == {1}


def test_one_platform_may_be_named_and_another_with_variables_is_left_alone(emulator: Emulator) -> None:
    code, checks = examined(emulator, "--platform", "minimax", APPBUILDER_TOKEN="wrong")
    assert code == 0
    assert {subject for subject, _ in checks} == {"installation", "minimax"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_wrong_credential_fails_alone_and_its_variable_is_named(emulator: Emulator, platform: str) -> None:
    code, checks = examined(emulator, **{WRONG[platform]: "bce-v3/none"})
    assert code == 1
    assert list(failed(checks)) == [(platform, "credential")]
    _, message, remedy = checks[platform, "credential"]
    assert WRONG[platform] in (remedy or "")
    assert re.search(r"\(code [\w.]+(, request id [\w-]+)?\)\.$", message)


def test_the_remedies_for_wrong_credentials_read_as_they_should(emulator: Emulator) -> None:
    _, checks = examined(emulator, **dict.fromkeys(WRONG.values(), "bce-v3/none"))
    assert {platform: checks[platform, "credential"][2] for platform in PLATFORMS} == {
        "hunyuan": "Check TENCENTCLOUD_SECRET_KEY.",
        "minimax": "Check MINIMAX_API_KEY and MINIMAX_GROUP_ID.",
        "appbuilder": "Check APPBUILDER_TOKEN, and whether it has expired.",
    }


def test_a_thread_that_exists_is_read_and_its_text_is_not_shown(emulator: Emulator) -> None:
    thread_id = emulator.seed("appbuilder", [SeedMessage("user", "CANARY of a text")])
    code, checks = examined(emulator, "--platform", "appbuilder", "--thread", thread_id)
    assert code == 0
    assert checks["appbuilder", "thread"] == ("ok", "it can be read.", None)
    assert "CANARY" not in str(checks)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_thread_that_does_not_exist_is_told_from_a_wrong_credential(emulator: Emulator, platform: str) -> None:
    code, checks = examined(emulator, "--platform", platform, "--thread", "thread_of_another")
    assert code == 1
    assert list(failed(checks)) == [(platform, "thread")]
    assert checks[platform, "thread"][1].startswith("the platform knows no such thread (code ")
    assert checks[platform, "thread"][2] == (
        "Check that the id is whole, and that this account on this platform made the thread."
    )


def test_a_thread_of_which_platform_nobody_says_is_wrong_use(emulator: Emulator) -> None:
    done = CliRunner().invoke(app, ["doctor", "--thread", "thread_1"], env=emulator.environment)
    assert done.exit_code == 2
    assert done.stderr == "provider-threads: --thread is of one platform. Say which with --platform.\n"


def test_a_thread_id_that_no_platform_issues_is_wrong_use(emulator: Emulator) -> None:
    done = CliRunner().invoke(app, ["doctor", "-p", "minimax", "--thread", "a/../b"], env=emulator.environment)
    assert done.exit_code == 2
    assert "--thread holds a character that no id has" in done.stderr


@pytest.mark.parametrize(
    ("seconds", "statuses", "spelled"),
    [
        (600, ("failed", "warning", "warning"), "10 min behind the platform's."),
        (-8 * 3600 - 60, ("failed", "warning", "warning"), "8 h 1 min ahead of the platform's."),
        (180, ("warning", "warning", "warning"), "3 min behind the platform's."),
        (60, ("ok", "ok", "ok"), ""),
    ],
)
def test_a_clock_that_is_off_is_told_and_fails_where_tencent_would_refuse(
    emulator: Emulator, seconds: float, statuses: tuple[str, ...], spelled: str
) -> None:
    with emulator.faulty(Fault("clock_off", seconds=seconds)):
        code, checks = examined(emulator)
    found = [checks[platform, "clock"] for platform in PLATFORMS]
    assert tuple(status for status, _, _ in found) == statuses
    assert code == ("failed" in statuses)
    if spelled:
        near = re.sub(r"\b\d+ min \d+ s\b", lambda told: f"{round(_seconds(told[0]) / 60)} min", found[1][1])
        assert near == f"this machine's is {spelled}"
        assert {remedy for _, _, remedy in found} == {CLOCK}
    if statuses[0] == "failed":
        assert found[0][1].endswith("Tencent refuses signatures from five minutes on.")
        assert checks["hunyuan", "credential"][2] == "Check this machine's clock."


def _seconds(told: str) -> int:
    minutes, seconds = re.findall(r"\d+", told)
    return int(minutes) * 60 + int(seconds)


def test_the_clock_is_compared_without_credentials_too(emulator: Emulator) -> None:
    with emulator.faulty(Fault("clock_off")):
        code, checks = examined(emulator, "--platform", "minimax", MINIMAX_API_KEY="", MINIMAX_GROUP_ID="")
    assert code == 1
    assert checks["minimax", "clock"][0] == "warning"
    assert checks["minimax", "credential"] == ("not checked", "because the credentials are not whole.", None)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_turns_requests_away_leaves_the_credential_unchecked(emulator: Emulator, platform: str) -> None:
    with emulator.faulty(Fault("throttled")):
        code, checks = examined(emulator, "--platform", platform)
    assert code == 0
    status, message, remedy = checks[platform, "credential"]
    assert (status, remedy) == (
        "not checked",
        "Wait a minute and run this again; Limits(redis=...) keeps several processes to one rate.",
    )
    assert message.startswith("because the platform turns requests of this account away for now (code ")


WRONG_ANSWERS: dict[str, tuple[Fault, str, str, str]] = {
    "http 429": (
        Fault("status", status=429),
        "not checked",
        "because the platform turns requests of this account away for now (HTTP 429).",
        "Wait a minute and run this again; Limits(redis=...) keeps several processes to one rate.",
    ),
    "another server's 404": (
        Fault("status", status=404),
        "failed",
        "what answers is not MiniMax: it knows no such path (HTTP 404).",
        "Check base_url: scheme and host of the platform, without a path.",
    ),
    "a login page": (
        Fault("html"),
        "failed",
        "what answers is not MiniMax, or does not speak as it documents (HTTP 200).",
        "Check base_url, and whether a proxy or a login page answers in its place.",
    ),
    "forbidden": (
        Fault("status", status=403),
        "failed",
        "the credential may not do this (HTTP 403).",
        "Check the account's rights.",
    ),
    "down": (Fault("status", status=503), "failed", "the platform failed (HTTP 503).", "Try again in a moment."),
    "cut off": (
        Fault("close_before"),
        "failed",
        "no whole answer within 5 s (RemoteProtocolError).",
        "Run this again in a moment; if it stays so, the platform is down or something between holds it up.",
    ),
}


@pytest.mark.parametrize("what", WRONG_ANSWERS)
def test_an_answer_that_is_none_of_the_platform_says_so(emulator: Emulator, what: str) -> None:
    fault, *told = WRONG_ANSWERS[what]
    with emulator.faulty(fault):
        code, checks = examined(emulator, "--platform", "minimax")
    assert checks["minimax", "credential"] == tuple(told)
    assert code == (told[0] == "failed")
    assert checks["minimax", "emulator"] == (
        "warning",
        f"answers here, and was told to make faults: {fault.kind}.",
        "Start provider-threads serve without --fault for an emulator that makes none.",
    )


def test_an_answer_that_does_not_come_ends_after_the_time_asked_for(emulator: Emulator) -> None:
    with emulator.faulty(Fault("latency", seconds=30)):
        code, checks = examined(emulator, "--platform", "minimax", "--timeout", "0.1")
    assert code == 1
    assert checks["minimax", "credential"][1] == "no whole answer within 0.1 s (ReadTimeout)."
    assert checks["minimax", "clock"] == ("not checked", "because the answer told no date.", None)


def test_without_any_variables_it_says_which_to_set(emulator: Emulator) -> None:
    code, checks = examined(emulator, **dict.fromkeys(emulator.environment, ""))
    assert code == 1
    assert checks["platforms", "credentials"] == (
        "failed",
        "no platform's variables are set.",
        (
            "Set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY; or MINIMAX_API_KEY and MINIMAX_GROUP_ID; or "
            "APPBUILDER_TOKEN. Without an account: provider-threads demo."
        ),
    )


def test_a_credential_in_quotes_leaves_the_way_there_checked(emulator: Emulator) -> None:
    token = emulator.credentials.appbuilder_token
    code, checks = examined(emulator, "--platform", "appbuilder", APPBUILDER_TOKEN=f"'{token}'")
    assert code == 1
    assert list(failed(checks)) == [("appbuilder", "APPBUILDER_TOKEN")]
    assert checks["appbuilder", "TCP"][0] == "ok"
    assert checks["appbuilder", "credential"] == ("not checked", "because the credentials are not whole.", None)


def test_credentials_may_come_from_a_file(emulator: Emulator, tmp_path: Any) -> None:
    file = tmp_path / "account.env"
    file.write_text(f"APPBUILDER_TOKEN='{emulator.credentials.appbuilder_token}'\n", "utf-8")
    file.chmod(0o600)
    nothing = dict.fromkeys(emulator.environment, "")
    code, checks = examined(emulator, "--credentials-file", str(file), **nothing)
    assert code == 0
    assert checks["appbuilder", "credential"][0] == "ok"


def test_an_address_in_the_clear_is_refused_before_anything_is_sent(emulator: Emulator) -> None:
    code, checks = examined(emulator, "--platform", "minimax", "--base-url", "http://192.0.2.1")
    assert code == 1
    assert checks["minimax", "base_url"] == (
        "failed",
        "is http to another machine, which would send the credential in the clear.",
        "Use https, or --allow-insecure where that is meant.",
    )
    assert ("minimax", "TCP") not in checks


def test_an_address_with_a_path_is_refused(emulator: Emulator) -> None:
    code, checks = examined(emulator, "--platform", "minimax", "--base-url", "https://api.minimax.chat/v1")
    assert code == 1
    assert checks["minimax", "settings"] == (
        "failed",
        "base_url is scheme and host only, without a path, query or fragment.",
        "Nothing was sent.",
    )


def test_people_get_a_line_for_each_check_with_what_to_do_below_it(emulator: Emulator) -> None:
    environment = {**emulator.environment, "MINIMAX_API_KEY": "wrong"}
    done = CliRunner().invoke(app, ["doctor", "--base-url", emulator.base_url], env=environment)
    assert done.exit_code == 1
    assert (
        "  failed       credential: the key was refused, or it does not belong to the group (code 1004).\n"
        "               → Check MINIMAX_API_KEY and MINIMAX_GROUP_ID.\n"
    ) in done.stdout
    assert re.search(r"\n\d+ ok, (\d+ warning, )?1 failed, \d+ not checked\.\n$", done.stdout)
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("format_", ["--json", ""])
def test_no_credential_shows_itself_whatever_fails(emulator: Emulator, format_: str) -> None:
    canary = "CANARY7f3e9"
    spoiled = (
        canary,
        f'"{canary}"',
        f"{canary}\n",
        f"<{canary}>",
        f"bce-v3/{canary}",
        f"Bearer {canary}",
        "x" + canary,
    )
    for value in spoiled:
        environment = {
            **dict.fromkeys(emulator.environment, value),
            "TENCENTCLOUD_TOKEN": value,
            "HTTPS_PROXY": f"http://user:{canary}@127.0.0.1:1",
            "PROVIDER_THREADS_REDIS": f"redis://:{canary}@127.0.0.1:1/0",
            "PROVIDER_THREADS_OVERLAY": f"postgresql://user:{canary}@127.0.0.1:1/db?connect_timeout=1",
        }
        # The host is none: through the proxy, which nobody runs, or not at all.
        for address in (emulator.base_url, "https://platform.example"):
            arguments = [one for one in ("doctor", format_, "--base-url", address, "--timeout", "2") if one]
            done = CliRunner().invoke(app, arguments, env=environment)
            assert done.exit_code == 1
            assert canary not in done.output
            assert canary.lower() not in done.output.lower()


def test_a_check_with_a_fault_of_its_own_does_not_end_the_others(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[Any]:
        raise RuntimeError("CANARY")

    monkeypatch.setattr(examination, "_installation", broken)
    code, checks = examined(emulator, "--platform", "minimax")
    assert code == 1
    assert checks["installation", "this check"] == (
        "failed",
        "ended in RuntimeError, which is a fault of its own.",
        "Please report it, with this line.",
    )
    assert checks["minimax", "credential"][0] == "ok"


def test_a_subject_that_hangs_is_given_up(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    hold = threading.Event()
    monkeypatch.setattr(examination, "_installation", lambda: hold.wait(30) and [])
    monkeypatch.setattr(examination, "_WHOLE_S", 0.3)
    code, checks = examined(emulator, "--platform", "minimax")
    hold.set()
    assert code == 1
    assert checks["installation", "all of it"] == ("failed", "took longer than 0.3 s.", "Run this again in a moment.")
