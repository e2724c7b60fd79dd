"""Whatever comes for an answer, only this library's errors get out, and nothing of the answer's text with them."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from provider_threads import ThreadsError
from provider_threads.endpoint import Answer
from provider_threads.operations import Operations
from tests.flows.scripted import Performance, answer, in_turn
from tests.wire.discretion import shown

from .mutations import KINDS, holds_text, mutated_answer
from .row import Property
from .sizes import sized

PAYLOADS = sized(1_000, 10_000)
STATUSES = (*[200] * 12, 201, 302, 400, 404, 429, 500, 503)


def calls_of(operations: Operations) -> list[Callable[[], Any]]:
    reads: list[Callable[[], Any]] = [
        lambda: operations.read("thread_1", None),
        lambda: operations.list_messages("thread_1", 5, "asc", None, None),
        lambda: operations.get_message("thread_1", "msg_1"),
        lambda: operations.get_thread("thread_1"),
        lambda: operations.create_thread(None),
    ]
    if operations.context.provider.capabilities.write_roles:
        reads.append(lambda: operations.append("thread_1", "sent", "user", (), None))
    return reads


def error_of(platform: str, answered: Answer, chance: random.Random) -> ThreadsError | None:
    """What a call, any that there is, makes of an answer; errors of another kind come out."""
    performance = Performance()
    calls = calls_of(performance.operations(platform))
    flow = calls[chance.randrange(len(calls))]()
    try:
        performance.perform(flow, in_turn(answered))
    except ThreadsError as error:
        return error
    return None


@pytest.mark.filterwarnings("ignore::provider_threads.ForeignThreadWarning")
def test_no_mutated_answer_gets_anything_out_but_an_error_of_ours_without_its_text(
    platform: str, record_property: Property
) -> None:
    chance = random.Random(platform)
    failed = 0
    for number in range(PAYLOADS):
        body = mutated_answer(platform, KINDS[number % len(KINDS)], chance)
        error = error_of(platform, answer(body, chance.choice(STATUSES)), chance)
        failed += error is not None
        told = f"{error}{error!r}{vars(error)}" if error else ""
        assert told.isascii(), (number, told)
        assert error is None or number % 25 or not holds_text(shown(error)), number
    # Both happen often: answers that are understood all the same, and answers that are not.
    assert PAYLOADS * 0.3 < failed < PAYLOADS * 0.99
    record_property("payloads", PAYLOADS)
    record_property("errors", failed)


def test_text_is_found_wherever_it_shows() -> None:
    for form in ("다", ascii("다"), repr("다".encode())):
        assert holds_text(f"x {form} y")
    assert not holds_text("a Baidu AppBuilder error (HTTP 200).")
