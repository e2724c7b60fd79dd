"""Whether what answers on this machine is the emulator, and which faults it was told to make."""

from __future__ import annotations

import json
import re

from provider_threads.cli.checks.findings import Finding
from provider_threads.cli.checks.reading import sent
from provider_threads.endpoint import Answer, Request

__all__ = ["of_emulator"]


def of_emulator(base_url: str, seconds: float) -> list[Finding]:
    """Nothing where something else answers."""
    outcome, _ = sent(base_url, Request("GET", "/_emulator/faults"), seconds)
    if not isinstance(outcome, Answer) or outcome.status != 200:
        return []
    try:
        faults = json.loads(outcome.body)["faults"]
        kinds = sorted({fault["kind"] for fault in faults if re.fullmatch(r"[a-z_]+", fault["kind"])})
    except (ValueError, LookupError, TypeError):
        return []
    if kinds:
        return [
            Finding(
                "emulator",
                "warning",
                f"answers here, and was told to make faults: {', '.join(kinds)}.",
                "Start provider-threads serve without --fault for an emulator that makes none.",
            )
        ]
    return [Finding("emulator", "ok", "answers here, and takes the credentials that provider-threads serve prints.")]
