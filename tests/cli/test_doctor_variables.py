"""``doctor`` on variables and versions: what is set looks right, what is installed is supported; values stay unseen."""

from __future__ import annotations

import platform
from collections.abc import Callable
from pathlib import Path

import pytest

from provider_threads.cli.checks.credentials import of_credentials
from provider_threads.cli.checks.findings import Finding
from provider_threads.cli.checks.versions import of_installation
from provider_threads.emulator import Credentials

BARE = "Copy the bare value, without quotes, 'Bearer' or a trailing line break."
SPOILED = "set, and holds quotes, a space, a line break or a character outside ASCII."
PLACEHOLDER = "set, to a placeholder instead of a value."


def of_token(value: str) -> Finding:
    return of_credentials("appbuilder", {"APPBUILDER_TOKEN": value})[0]


def test_the_emulators_credentials_look_right() -> None:
    given = Credentials().environment
    for name in ("hunyuan", "minimax", "appbuilder"):
        assert {(one.status, one.message) for one in of_credentials(name, given)} == {("ok", "set.")}


@pytest.mark.parametrize(
    "value", ["'bce-v3/a/b'", '"bce-v3/a/b"', "bce-v3/a\n", "bce-v3/a b", "Bearer bce-v3/a", "密钥"]
)
def test_a_value_that_was_not_copied_bare_fails(value: str) -> None:
    assert of_token(value) == Finding("APPBUILDER_TOKEN", "failed", SPOILED, BARE)


@pytest.mark.parametrize("value", ["$TOKEN", "${TOKEN}", "%TOKEN%", "<token>", "your-token", "xxxx", "***", "..."])
def test_a_placeholder_fails(value: str) -> None:
    assert of_token(value) == Finding(
        "APPBUILDER_TOKEN", "failed", PLACEHOLDER, "Set it to AppBuilder's token, which begins with bce-v3/."
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "MINIMAX_API_KEY",
            "bce-v3/ALTAK-1/2",
            "AppBuilder's token, as if meant for APPBUILDER_TOKEN.",
        ),
        ("MINIMAX_API_KEY", "1700000000000000001", "MiniMax's group id, as if meant for MINIMAX_GROUP_ID."),
        (
            "TENCENTCLOUD_SECRET_KEY",
            "AKID0123456789",
            "Tencent Cloud's SecretId, as if meant for TENCENTCLOUD_SECRET_ID.",
        ),
    ],
)
def test_another_variables_value_is_noticed(name: str, value: str, message: str) -> None:
    of = "hunyuan" if name.startswith("TENCENT") else "minimax"
    found = {one.check: one for one in of_credentials(of, {name: value})}[name]  # type: ignore[arg-type]  # one of three
    assert (found.status, found.message) == ("warning", f"set, and looks like {message}")
    assert found.remedy in ("Set it to MiniMax's API key.", "Set it to Tencent Cloud's SecretKey.")


def test_a_value_of_another_shape_is_a_warning_alone() -> None:
    assert of_token("abc") == Finding(
        "APPBUILDER_TOKEN",
        "warning",
        "set, and does not look like AppBuilder's token, which begins with bce-v3/.",
        "Compare it with what the platform's console shows.",
    )


def test_of_half_a_pair_the_missing_half_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINIMAX_API_KEY", "key")
    there, missing = of_credentials("minimax", {"MINIMAX_API_KEY": "key"})
    assert there == Finding("MINIMAX_API_KEY", "ok", "set.")
    assert missing == Finding("MINIMAX_GROUP_ID", "failed", "not set.", "Set it to MiniMax's group id, a number.")


def test_a_variable_of_another_name_is_pointed_out_where_the_right_one_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HUNYUAN_SECRET_ID", "CANARY")
    found = of_credentials("hunyuan", {})[-1]
    assert found == Finding(
        "other variables",
        "warning",
        "are set that this library does not read: HUNYUAN_SECRET_ID.",
        "It reads TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY.",
    )
    assert "CANARY" not in str(found)


def test_a_token_of_temporary_credentials_may_look_like_anything() -> None:
    given = {**Credentials().environment, "TENCENTCLOUD_TOKEN": "123"}
    assert of_credentials("hunyuan", given)[-1] == Finding("TENCENTCLOUD_TOKEN", "ok", "set.")


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution's metadata, and nothing else, where Python looks."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, version: str, *lines: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
        (folder / "METADATA").write_text("\n".join([*head, "", ""]), "utf-8")

    return put


def found_of(name: str) -> dict[str, tuple[str, str, str | None]]:
    return {one.check: (one.status, one.message, one.remedy) for one in of_installation(name)}


def test_versions_are_held_against_what_the_distribution_itself_asks_for(install: Install) -> None:
    install("there", "1.5")
    install("old", "0.9")
    install("new", "3.0")
    install(
        "our-library",
        "7.0",
        "Requires-Python: >=3.10",
        "Requires-Dist: there<2,>=1",
        "Requires-Dist: old>=1",
        "Requires-Dist: new<3",
        "Requires-Dist: missing>=1",
        'Requires-Dist: elsewhere>=1; sys_platform == "none"',
    )
    assert found_of("our-library") == {
        "Python": ("ok", platform.python_version(), None),
        "our-library": ("ok", "7.0", None),
        "there": ("ok", "1.5", None),
        "old": ("failed", "0.9 is not supported.", "pip install 'old>=1'"),
        "new": ("failed", "3.0 is not supported.", "pip install 'new<3'"),
        "missing": ("failed", "not installed.", "pip install 'missing>=1'"),
    }


def test_an_extra_is_there_missing_or_of_an_unsupported_version(install: Install) -> None:
    install("there", "1.5")
    install("old", "0.9")
    extras = {
        "whole": ["there>=1"],
        "part": ["there>=1", "missing>=1"],
        "dated": ["old>=1"],
        "both": ["our-library[whole]", "our-library[dated]"],
        "all": ["missing"],
        "dev": ["missing"],
    }
    lines = [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {need}; extra == '{extra}'" for extra, needs in extras.items() for need in needs]
    install("our-library", "7.0", "Requires-Python: >=3.10", *lines)
    found = found_of("our-library")
    assert {check: found[check] for check in found if check.startswith("extra")} == {
        "extra whole": ("ok", "there 1.5", None),
        "extra part": ("not checked", "because it is not installed (missing).", "pip install 'our-library[part]'"),
        "extra dated": ("failed", "not supported: old 0.9.", "pip install --upgrade 'our-library[dated]'"),
        "extra both": ("failed", "not supported: old 0.9.", "pip install --upgrade 'our-library[both]'"),
    }


def test_a_python_that_is_too_old_fails(install: Install) -> None:
    install("our-library", "7.0", "Requires-Python: >=4.0")
    assert found_of("our-library")["Python"] == (
        "failed",
        f"{platform.python_version()} is not supported.",
        "Use a Python >=4.0.",
    )


def test_a_folder_that_was_never_installed_says_so() -> None:
    assert found_of("a-library-of-nobody") == {
        "a-library-of-nobody": (
            "warning",
            "runs from a folder and is not installed, so nothing says which versions it needs.",
            "pip install a-library-of-nobody",
        )
    }


def test_this_library_as_installed_is_supported() -> None:
    assert [one for one in of_installation() if one.status == "failed"] == []
