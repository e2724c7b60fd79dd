"""What a memory takes beside its platform, and which of it makes sense together."""

from __future__ import annotations

import inspect
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from typing_extensions import TypedDict

from provider_threads.arguments import check_limit, is_storable
from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from provider_threads.overlay import Overlay

__all__ = ["CheckedSettings", "MemorySettings", "OnGap", "OnOutage", "Writes", "check_names", "checked_settings"]

Writes = Literal["provider", "split", "overlay", "none"]
"""Where messages go that a framework stores.

``provider``: to the platform; what it cannot take raises before anything is sent. The default without an overlay.
``split``: to the platform what it takes, the rest whole into the overlay. The default with an overlay.
``overlay``: into the overlay; the platform is read, and never written.
``none``: nowhere, because the platform's own run already wrote the turn: accepted and ignored.
"""

OnGap = Literal["warn", "error"]
"""What to make of a thread whose older messages may be missing."""

OnOutage = Literal["error", "stale"]
"""What a read does while the platform cannot be asked: raise, or show what the overlay last knew, with a warning."""


class MemorySettings(TypedDict, total=False):
    """What a memory takes beside its platform.

    Attributes:
        limit: show only this many of the newest messages; None for all.
        writes: see `Writes`.
        on_gap: see `OnGap`.
        overlay: path of a SQLite file, URL of a database, or an `Overlay`, which keeps what the platform cannot hold.
            What follows is for an overlay only.
        namespace: the app's own division of keys and threads; apps that share a database do not meet.
        create_threads: a key without a thread gets one, created on the platform at the first write. An id of a
            platform's thread, as they begin with ``thread_``, means that thread all the same.
        thread_for: the app's own way from key to thread id. Called at every read and write, in a worker thread where
            the call is asynchronous.
        freshness: seconds for which what was read is taken for the platform's present state; 0 asks every time.
        on_outage: see `OnOutage`.
    """

    limit: int | None
    writes: Writes | None
    on_gap: OnGap
    overlay: Overlay | str | os.PathLike[str] | None
    namespace: str
    create_threads: bool
    thread_for: Callable[[str], str] | None
    freshness: float
    on_outage: OnOutage


@dataclass(frozen=True, slots=True)
class CheckedSettings:
    """Settings that make sense together: see `MemorySettings`."""

    limit: int | None
    writes: Writes
    on_gap: OnGap
    overlay: Overlay | None
    namespace: str
    create_threads: bool
    thread_for: Callable[[str], str] | None
    freshness: float
    on_outage: OnOutage
    asked_writes: Writes | None
    """`writes` as it was given: what is None follows the overlay."""

    def given(self) -> MemorySettings:
        """As they may be given again."""
        return {
            "limit": self.limit,
            "writes": self.asked_writes,
            "on_gap": self.on_gap,
            "overlay": self.overlay,
            "namespace": self.namespace,
            "create_threads": self.create_threads,
            "thread_for": self.thread_for,
            "freshness": self.freshness,
            "on_outage": self.on_outage,
        }


_FRESHNESS = 5.0

_LONGEST_NAMESPACE = 64
"""Characters. With the longest key and address it still fits into an index of PostgreSQL, 2,704 bytes."""

_OF_AN_OVERLAY: dict[str, Any] = {
    "namespace": "",
    "create_threads": False,
    "thread_for": None,
    "freshness": _FRESHNESS,
    "on_outage": "error",
}
"""Settings that mean nothing without an overlay, with their defaults."""


def checked_settings(settings: MemorySettings, overlay: Overlay | None) -> CheckedSettings:
    """`settings` with what is not given filled in, and `overlay` for the one that they name.

    Raises:
        ConfigurationError: a setting is out of range, or makes no sense beside another. TypeError: it is unknown.
    """
    check_names(settings, "ThreadMemory")
    given: dict[str, Any] = {name: value for name, value in settings.items() if value is not None}
    given.pop("overlay", None)
    wanted: dict[str, Any] = {"limit": None, "on_gap": "warn", **_OF_AN_OVERLAY, **given}
    for name, default in _OF_AN_OVERLAY.items():
        if overlay is None and wanted[name] != default:
            raise ConfigurationError(f"{name}= needs an overlay: pass overlay='threads.db' too.")
    wanted["asked_writes"] = wanted.get("writes")
    wanted.setdefault("writes", "provider" if overlay is None else "split")
    _check_choice("writes", wanted["writes"], get_args(Writes))
    _check_choice("on_gap", wanted["on_gap"], get_args(OnGap))
    _check_choice("on_outage", wanted["on_outage"], get_args(OnOutage))
    check_limit(wanted["limit"])
    if overlay is None and wanted["writes"] in ("split", "overlay"):
        raise ConfigurationError(f"writes={wanted['writes']!r} needs an overlay: pass overlay='threads.db' too.")
    _check_keys(wanted)
    return CheckedSettings(overlay=overlay, **wanted)


def check_names(settings: Mapping[str, Any], taker: str) -> None:
    """TypeError, as Python words it for the constructor of `taker`, where `settings` holds another name."""
    for unknown in sorted(set(settings) - set(MemorySettings.__annotations__)):
        raise TypeError(f"{taker}.__init__() got an unexpected keyword argument {unknown!r}")


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        *most, last = map(repr, choices)
        raise ConfigurationError(f"{name} must be {', '.join(most)} or {last}.")


def _check_keys(wanted: dict[str, Any]) -> None:
    namespace, freshness = wanted["namespace"], wanted["freshness"]
    if not isinstance(namespace, str) or len(namespace) > _LONGEST_NAMESPACE or not is_storable(namespace):
        raise ConfigurationError(
            f"namespace must be text of at most {_LONGEST_NAMESPACE} characters, as every database holds it."
        )
    if isinstance(freshness, bool) or not isinstance(freshness, (int, float)) or not 0 <= freshness < math.inf:
        raise ConfigurationError("freshness must be a number of seconds, 0 or more.")
    if not isinstance(wanted["create_threads"], bool):
        raise ConfigurationError("create_threads must be True or False.")
    thread_for = wanted["thread_for"]
    if thread_for is not None and (not callable(thread_for) or inspect.iscoroutinefunction(thread_for)):
        raise ConfigurationError("thread_for must be a function, not a coroutine function, from a key to a thread id.")
    if wanted["create_threads"] and wanted["thread_for"] is not None:
        raise ConfigurationError("create_threads=True and thread_for= both say which thread a key means: pass one.")
    if wanted["create_threads"] and wanted["writes"] == "none":
        raise ConfigurationError(
            "create_threads=True creates a thread at the first write, which writes='none' ignores: pass the id of the "
            "thread that the platform's own run writes to, or thread_for=."
        )
