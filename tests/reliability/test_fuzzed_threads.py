"""Writes, reads, strangers and faults in any order: nothing confirmed is missing, nothing is doubled, order is kept."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from provider_threads.emulator import Emulator

from .fuzzed_thread import FuzzedThread
from .row import Property
from .sizes import NIGHTLY, sized

THREADS, STEPS = sized(20, 500), sized(14, 30)


# An error of ours may be told by several tries of a read that the platform answers with another thread's messages.
@pytest.mark.filterwarnings("ignore::provider_threads.ForeignThreadWarning")
def test_no_order_of_things_loses_doubles_or_disorders_a_message(
    emulator: Emulator, tmp_path: Path, record_property: Property
) -> None:
    done: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: FuzzedThread(emulator, tmp_path, done),  # type: ignore[arg-type]  # it is called like the class
        settings=settings(
            max_examples=THREADS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not NIGHTLY,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert min(done["appended"], done["reads"], done["windows"], done["failed"]) >= THREADS // 5
    for name, count in done.items():
        record_property(f"fuzzed_{name}", count)
    record_property("fuzzed_threads", THREADS)
