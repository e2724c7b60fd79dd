"""This machine's clock, against the ``Date`` that came with a platform's answer."""

from __future__ import annotations

from typing import Final

from provider_threads.cli.checks.findings import Finding
from provider_threads.http_dates import seconds_of

__all__ = ["of_clock"]

_TENCENT_REFUSES_S: Final = 300
"""Tencent's page on signatures: a time that is further off than five minutes is refused."""

_WARNS_S: Final = 120


def of_clock(platform: str, date: str | None, at: float) -> Finding:
    """How far the clock is off, to the second that a ``Date`` tells.

    Args:
        platform: its name. date: the header, or None. at: this machine's Unix time, in seconds, then.
    """
    told = None if date is None else seconds_of(date)
    if told is None:
        return Finding("clock", "not checked", "because the answer told no date.")
    off = round(at - told - 0.5)  # a Date leaves the rest of its second out
    if abs(off) < _WARNS_S:
        return Finding("clock", "ok", "agrees with the platform's to within two minutes.")
    message = f"this machine's is {_spelled(abs(off))} {'ahead of' if off > 0 else 'behind'} the platform's."
    remedy = "Set this machine's clock, best by its time service (NTP)."
    if platform == "hunyuan" and abs(off) >= _TENCENT_REFUSES_S:
        return Finding("clock", "failed", f"{message} Tencent refuses signatures from five minutes on.", remedy)
    return Finding("clock", "warning", message, remedy)


def _spelled(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"
