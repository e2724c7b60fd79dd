"""A platform's variables: which are set, and whether what they hold looks like what belongs there. Never a value."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from provider_threads.cli.account import PLATFORMS, Platform
from provider_threads.cli.checks.findings import Finding
from provider_threads.errors import ConfigurationError
from provider_threads.secret import Secret

__all__ = ["is_any_set", "of_credentials"]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a variable holds.

    Attributes:
        what: as the platform's console calls it.
        shape: what tells such a value from all others, where anything does; a value that differs is worth a warning.
        shaped: `shape` in words.
    """

    what: str
    shape: re.Pattern[str] | None = None
    shaped: str = ""

    @property
    def described(self) -> str:
        """What it is, and how to tell it."""
        return f"{self.what}, {self.shaped}" if self.shaped else self.what


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "TENCENTCLOUD_SECRET_ID": _Kind("Tencent Cloud's SecretId", re.compile(r"AKID\w+"), "which begins with AKID"),
        "TENCENTCLOUD_SECRET_KEY": _Kind("Tencent Cloud's SecretKey"),
        "TENCENTCLOUD_TOKEN": _Kind("the token of temporary credentials"),
        "MINIMAX_API_KEY": _Kind("MiniMax's API key"),
        "MINIMAX_GROUP_ID": _Kind("MiniMax's group id", re.compile(r"[0-9]+"), "a number"),
        "APPBUILDER_TOKEN": _Kind("AppBuilder's token", re.compile(r"bce-v[0-9]+/.+"), "which begins with bce-v3/"),
    }
)

_PLACEHOLDER = re.compile(r"\$\{?\w+\}?|%\w+%|<.*>|\{+.*\}+|\*+|x{3,}|\.{3}|sk-\.*|(?:your|my)[-_].*", re.IGNORECASE)

_NAMED_FOR: Mapping[Platform, tuple[str, ...]] = MappingProxyType(
    {"hunyuan": ("HUNYUAN", "TENCENT"), "minimax": ("MINIMAX",), "appbuilder": ("APPBUILDER",)}
)


def is_any_set(platform: Platform, given: Mapping[str, str]) -> bool:
    """Whether one of the credentials that the platform needs is given."""
    return any(name in given for name in PLATFORMS[platform].needed)


def of_credentials(platform: Platform, given: Mapping[str, str]) -> list[Finding]:
    """One finding for each variable that the platform needs or that is given.

    Args:
        platform: its name. given: what is set, by the variable's name.
    """
    known = PLATFORMS[platform]
    credentials = {name: argument for name, argument in {**known.needed, **known.optional}.items() if name in _KINDS}
    findings = [
        _of_variable(name, Secret(given.get(name), argument, name), known.title)
        for name, argument in credentials.items()
        if name in given or name in known.needed
    ]
    if any(finding.status == "failed" for finding in findings):
        findings += _misnamed(platform)
    return findings


def _of_variable(name: str, secret: Secret, title: str) -> Finding:
    kind = _KINDS[name]
    if not secret.is_set:
        return Finding(name, "failed", "not set.", f"Set it to {kind.described}.")
    try:
        secret.check(title)
    except ConfigurationError:
        return Finding(
            name,
            "failed",
            "set, and holds quotes, a space, a line break or a character outside ASCII.",
            "Copy the bare value, without quotes, 'Bearer' or a trailing line break.",
        )
    if _PLACEHOLDER.fullmatch(secret.reveal()):
        return Finding(
            name,
            "failed",
            "set, to a placeholder instead of a value.",
            f"Set it to {kind.described}.",
        )
    meant = next((other for other, one in _KINDS.items() if one.shape and one.shape.fullmatch(secret.reveal())), name)
    # A token of temporary credentials may look like anything.
    if meant != name and name != "TENCENTCLOUD_TOKEN":
        return Finding(
            name,
            "warning",
            f"set, and looks like {_KINDS[meant].what}, as if meant for {meant}.",
            f"Set it to {kind.described}.",
        )
    if kind.shape is not None and not kind.shape.fullmatch(secret.reveal()):
        return Finding(
            name,
            "warning",
            f"set, and does not look like {kind.described}.",
            "Compare it with what the platform's console shows.",
        )
    return Finding(name, "ok", "set.")


def _misnamed(platform: Platform) -> list[Finding]:
    """Variables of other names that seem to mean this platform."""
    known = PLATFORMS[platform]
    others = sorted(
        name
        for name, value in os.environ.items()
        if value
        and name.upper().startswith(_NAMED_FOR[platform])
        and name not in known.needed
        and name not in known.optional
    )
    if not others:
        return []
    return [
        Finding(
            "other variables",
            "warning",
            f"are set that this library does not read: {', '.join(others)}.",
            f"It reads {' and '.join(known.needed)}.",
        )
    ]
