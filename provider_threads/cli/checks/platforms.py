"""One platform, from its variables to the answer to one read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from provider_threads.cli.account import PLATFORMS, Platform
from provider_threads.cli.checks.clock import of_clock
from provider_threads.cli.checks.credentials import of_credentials
from provider_threads.cli.checks.emulated import of_emulator
from provider_threads.cli.checks.findings import Finding
from provider_threads.cli.checks.reading import NO_THREAD, of_answer, of_thread, read, sent
from provider_threads.cli.checks.routes import is_this_machine, of_way
from provider_threads.cli.checks.shared_limits import of_limits
from provider_threads.endpoint import Answer, Request
from provider_threads.errors import ConfigurationError
from provider_threads.providers import PROVIDERS, Provider

__all__ = ["ANSWER_S", "STEP_S", "of_platform"]

STEP_S: Final = 3.0
"""For each of looking up the name, connecting, and the handshake."""

ANSWER_S: Final = 5.0
"""For the read. With the steps before it: within 15 s however much hangs, and platforms are looked at side by side."""


def of_platform(
    platform: Platform,
    given: Mapping[str, str],
    *,
    base_url: str | None = None,
    allow_insecure: bool = False,
    thread_id: str | None = None,
    most: float = ANSWER_S,
) -> list[Finding]:
    """Variables, address, the way there, the credential, the clock, the limits.

    Args:
        platform: its name. given: what is set, by the variable's name.
        base_url, allow_insecure: as clients take them. thread_id: a thread to read, or None.
        most: seconds that no step may last longer than.
    """
    found = of_credentials(platform, given)
    complete = not any(finding.status == "failed" for finding in found)
    try:
        provider = _provider(platform, given if complete else {}, base_url)
    except ConfigurationError as error:
        return [*found, Finding("settings", "failed", str(error).partition(": ")[2], "Nothing was sent.")]
    if complete and not provider.is_private and not allow_insecure:
        advice = "Use https, or --allow-insecure where that is meant."
        told = "is http to another machine, which would send the credential in the clear."
        return [*found, Finding("base_url", "failed", told, advice)]
    found += _of_address(provider, complete, thread_id, most)
    return [*found, of_limits(PROVIDERS[platform])]


def _provider(platform: Platform, given: Mapping[str, str], base_url: str | None) -> Provider:
    """The account; where nothing is given, one that is good for its address alone."""
    known = PLATFORMS[platform]
    arguments: dict[str, Any] = {argument: given.get(name, "none") for name, argument in known.needed.items()}
    arguments |= {argument: given[name] for name, argument in known.optional.items() if name in given}
    if base_url is not None:
        arguments["base_url"] = base_url
    made: Provider = PROVIDERS[platform](**arguments)
    return made


def _of_address(provider: Provider, complete: bool, thread_id: str | None, most: float) -> list[Finding]:
    way = of_way(provider.base_url, min(STEP_S, most))
    found = list(way.found)
    wanted = ["credential", *(["thread"] if thread_id else []), "clock"]
    if not way.open:
        return found + [Finding(check, "not checked", "because nothing can be sent.") for check in wanted]
    seconds = min(ANSWER_S, most)
    try:
        if is_this_machine(urlsplit(provider.base_url).hostname or ""):
            found += of_emulator(provider.base_url, min(STEP_S, most))
        if not complete:
            because = "because the credentials are not whole."
            found += [Finding(check, "not checked", because) for check in wanted[:-1]]
            outcome, at = sent(provider.base_url, Request("GET", "/"), seconds)
            date = outcome.headers.get("date") if isinstance(outcome, Answer) else None
            return [*found, of_clock(provider.name, date, at)]
        told = read(provider, thread_id or NO_THREAD, seconds)
    except ConfigurationError as error:
        return [*found, Finding("proxy", "failed", "cannot be used.", str(error))]
    found.append(of_answer(provider, told.judged, seconds))
    if thread_id:
        found.append(of_thread(provider, told.judged))
    return [*found, of_clock(provider.name, told.date, told.at)]
