"""All that is looked at, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from functools import partial
from typing import Final, TypeAlias

from provider_threads.arguments import check_id
from provider_threads.cli.account import PLATFORMS, Account, Platform
from provider_threads.cli.checks.credentials import is_any_set
from provider_threads.cli.checks.findings import Finding, Findings, in_background
from provider_threads.cli.checks.overlay import of_overlay
from provider_threads.cli.checks.platforms import STEP_S, of_platform
from provider_threads.cli.checks.shared_limits import of_redis
from provider_threads.errors import ConfigurationError

__all__ = ["examined"]

_WHOLE_S: Final = 14.5
"""Nothing is waited for longer than this after the start, whatever its steps add up to."""

_Subject: TypeAlias = tuple[str, str, Callable[[], list[Finding]]]


def examined(account: Account, thread_id: str | None, overlay: str | None, redis: str | None) -> Iterator[Findings]:
    """What was found, a subject at a time and always in the same order.

    Raises:
        ConfigurationError: `thread_id` is no id, or nothing says which platform has it; an unreadable credentials file.
    """
    given = account.variables()
    platforms: list[Platform] = [platform for platform in PLATFORMS if is_any_set(platform, given)]
    if account.platform is not None:
        platforms = [account.platform]
    if thread_id is not None:
        check_id(thread_id, "--thread")
        if len(platforms) != 1:
            raise ConfigurationError("--thread is of one platform. Say which with --platform.")
    subjects: list[_Subject] = [("installation", "Installation", _installation)]
    for platform in platforms:
        look = partial(
            of_platform,
            platform,
            given,
            base_url=account.base_url,
            allow_insecure=account.allow_insecure,
            thread_id=thread_id,
            most=account.timeout,
        )
        subjects.append((platform, PLATFORMS[platform].title, look))
    if not platforms:
        subjects.append(("platforms", "Platforms", _no_platform))
    seconds = min(STEP_S, account.timeout)
    if overlay is not None:
        subjects.append(("overlay", "Overlay", partial(of_overlay, overlay, seconds)))
    if redis is not None:
        subjects.append(("redis", "Redis", lambda: [of_redis(redis, seconds)]))
    began = time.monotonic()
    running = [(subject, title, in_background(look)) for subject, title, look in subjects]
    return (Findings(subject, title, tuple(_found(outcome, began))) for subject, title, outcome in running)


def _installation() -> list[Finding]:
    try:
        from provider_threads.cli.checks.versions import of_installation  # noqa: PLC0415 - its library may be missing
    except ImportError:
        return [
            Finding("versions", "not checked", "because the library packaging is missing.", "pip install packaging")
        ]
    return of_installation()


def _no_platform() -> list[Finding]:
    names = "; or ".join(" and ".join(known.needed) for known in PLATFORMS.values())
    return [
        Finding(
            "credentials",
            "failed",
            "no platform's variables are set.",
            f"Set {names}. Without an account: provider-threads demo.",
        )
    ]


def _found(outcome: Future[list[Finding]], began: float) -> list[Finding]:
    wait([outcome], max(began + _WHOLE_S - time.monotonic(), 0))
    if not outcome.done():
        return [Finding("all of it", "failed", f"took longer than {_WHOLE_S:g} s.", "Run this again in a moment.")]
    error = outcome.exception()
    if error is None:
        return outcome.result()
    # Its text may repeat anything; a check that fails for a reason of its own must not end the others.
    return [
        Finding(
            "this check",
            "failed",
            f"ended in {type(error).__name__}, which is a fault of its own.",
            "Please report it, with this line.",
        )
    ]
