"""What the page promises of each call is what the calls do."""

from __future__ import annotations

import inspect
import uuid
from dataclasses import replace

import pytest

from provider_threads import (
    UNLIMITED,
    OutcomeUnknownError,
    Provider,
    ProviderUnavailableError,
    RetryPolicy,
    ThreadClient,
    UnsupportedOperationError,
)
from provider_threads.emulator import Emulator, Fault, SeedMessage

from .platforms import provider_on
from .promises import OPERATIONS, PLATFORMS, Operation, promises, tries

RETRY = RetryPolicy()
OUTCOMES = {0: UnsupportedOperationError, 1: OutcomeUnknownError, RETRY.attempts: ProviderUnavailableError}


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_a_call_is_tried_as_often_as_it_is_promised(
    emulator: Emulator, platform: type[Provider], operation: Operation
) -> None:
    thread_id = emulator.seed(platform.name, [SeedMessage("user", "there")])
    message_id = emulator.messages(platform.name, thread_id)[0].id
    emulator.faults = [Fault("status", status=503, applied=True)]
    promised = tries(platform, operation)
    soon = replace(RETRY, first_pause=0.001, longest_pause=0.002)
    provider = provider_on(platform.name, emulator.base_url)
    own = replace(UNLIMITED, name=uuid.uuid4().hex)  # a budget of retries that no other test has spent from
    with ThreadClient(provider, retry=soon, limits=own) as client, pytest.raises(OUTCOMES[promised]):
        operation.perform(client, thread_id, message_id)
    assert len(emulator.requests) == promised


def test_every_call_of_a_client_is_promised_something() -> None:
    calls = {name for name, _ in inspect.getmembers(ThreadClient, inspect.isfunction) if not name.startswith("_")}
    assert calls - {"append_messages", "close", "perform"} == {operation.name for operation in OPERATIONS}
    assert promises().count("\n| `") == len(OPERATIONS)
