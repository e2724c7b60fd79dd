"""What users may import, name by name: a change here is a change of the library's promise."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import provider_threads

PUBLIC = [
    "UNLIMITED",
    "AppBuilder",
    "AsyncThreadClient",
    "AuthenticationError",
    "CallRecord",
    "Capabilities",
    "Citation",
    "CitedText",
    "ConfigurationError",
    "ContentRejectedError",
    "Draft",
    "ForeignMessageWarning",
    "ForeignThreadWarning",
    "Granularity",
    "Hunyuan",
    "IncompleteThreadError",
    "IncompleteThreadWarning",
    "InvalidRequestError",
    "Limits",
    "MiniMax",
    "NotSentError",
    "OnGap",
    "OnOutage",
    "Order",
    "OutcomeUnknownError",
    "OverlayError",
    "Page",
    "PaginationError",
    "Part",
    "Passage",
    "PermissionDeniedError",
    "ProtocolError",
    "Provider",
    "ProviderError",
    "ProviderUnavailableError",
    "QuotaExhaustedError",
    "RateLimitedError",
    "ResponseTooLargeError",
    "RetryPolicy",
    "SecretLike",
    "Source",
    "StaleThreadWarning",
    "Thread",
    "ThreadClient",
    "ThreadFile",
    "ThreadMessage",
    "ThreadNotFoundError",
    "ThreadView",
    "ThreadsError",
    "Timeouts",
    "UnsupportedOperationError",
    "Writes",
    "__version__",
    "apassages_of",
    "footnoted",
    "offsets_in",
    "passages_of",
    "sources_of",
    "with_footnotes",
    "without_markers",
]
MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(provider_threads.__path__, "provider_threads.")
    if not name.startswith(("provider_threads.emulator", "provider_threads.cli", "provider_threads.overlay"))
]


def test_the_public_names_are_these() -> None:
    assert provider_threads.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(provider_threads, name) is not None


def test_the_core_has_modules_to_look_at() -> None:
    assert {"provider_threads.errors", "provider_threads.providers.tc3", "provider_threads.flows.judge"} <= set(MODULES)


@pytest.mark.parametrize("module_name", MODULES)
def test_a_module_has_what_it_offers_and_says_what_it_is(module_name: str) -> None:
    module = importlib.import_module(module_name)
    assert module.__doc__
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name)
