"""Python, this library, what it stands on and its extras: which versions are there, and whether they are supported."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from provider_threads.cli.checks.findings import Finding

__all__ = ["of_installation"]

_OURS = "provider-threads"

_NOT_FOR_USERS = frozenset({"all", "dev", "docs"})
"""`all` is the others together; the other two are for work on the library itself."""


def of_installation(distribution: str = _OURS) -> list[Finding]:
    """One finding for Python, one for the library, one for each package it needs, one for each extra."""
    try:
        ours = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return [
            Finding(
                distribution,
                "warning",
                "runs from a folder and is not installed, so nothing says which versions it needs.",
                f"pip install {distribution}",
            )
        ]
    needs = [Requirement(line) for line in ours.requires or ()]
    always = [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return [
        _python(ours),
        Finding(distribution, "ok", ours.version),
        *(_package(need) for need in always),
        *(
            _extra(distribution, extra, needs, always)
            for extra in ours.metadata.get_all("Provides-Extra") or ()
            if extra not in _NOT_FOR_USERS
        ),
    ]


def _python(ours: metadata.Distribution) -> Finding:
    supported = (ours.metadata.get_all("Requires-Python") or [""])[0]
    version = platform.python_version()
    if SpecifierSet(supported).contains(version, prereleases=True):
        return Finding("Python", "ok", version)
    return Finding("Python", "failed", f"{version} is not supported.", f"Use a Python {supported}.")


def _package(need: Requirement) -> Finding:
    version = _version(need.name)
    if version is None:
        return Finding(need.name, "failed", "not installed.", _install(need))
    if not need.specifier.contains(version, prereleases=True):
        return Finding(need.name, "failed", f"{version} is not supported.", _install(need))
    return Finding(need.name, "ok", version)


def _extra(distribution: str, extra: str, needs: Sequence[Requirement], always: Sequence[Requirement]) -> Finding:
    wanted = _of_extra(distribution, extra, [need for need in needs if need not in always])
    found = {need.name: _version(need.name) for need in wanted}
    missing = [name for name, version in found.items() if version is None]
    install = f"pip install '{distribution}[{extra}]'"
    check = f"extra {extra}"
    if missing:
        return Finding(check, "not checked", f"because it is not installed ({', '.join(missing)}).", install)
    unsupported = [
        f"{need.name} {found[need.name]}"
        for need in wanted
        if not need.specifier.contains(found[need.name] or "", prereleases=True)
    ]
    if unsupported:
        return Finding(
            check,
            "failed",
            f"not supported: {', '.join(unsupported)}.",
            f"pip install --upgrade '{distribution}[{extra}]'",
        )
    return Finding(check, "ok", ", ".join(f"{name} {version}" for name, version in found.items()))


def _of_extra(distribution: str, extra: str, needs: Sequence[Requirement]) -> list[Requirement]:
    """What an extra asks for, through the other extras that it is made of."""
    wanted: dict[str, Requirement] = {}
    asked, open_extras = {extra}, [extra]
    while open_extras:
        one = open_extras.pop()
        for need in needs:
            if need.marker is None or not need.marker.evaluate({"extra": one}):
                continue
            if canonicalize_name(need.name) != canonicalize_name(distribution):
                wanted[need.name] = need
                continue
            open_extras += need.extras - asked
            asked |= need.extras
    return list(wanted.values())


def _version(name: str) -> str | None:
    try:
        # A folder that was removed by hand leaves metadata without a version behind.
        return metadata.version(name) or None
    except metadata.PackageNotFoundError:
        return None


def _install(need: Requirement) -> str:
    return f"pip install '{need.name}{need.specifier}'"
