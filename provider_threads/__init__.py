"""Hosted threads of Tencent Hunyuan, MiniMax and Baidu AppBuilder, read and written from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provider_threads.on_demand import on_demand
from provider_threads.version import __version__

if TYPE_CHECKING:
    from provider_threads.calls import CallRecord
    from provider_threads.capabilities import Capabilities
    from provider_threads.citation_places import offsets_in
    from provider_threads.citations import Citation, Source, sources_of
    from provider_threads.client import AsyncThreadClient, ThreadClient
    from provider_threads.errors import (
        AuthenticationError,
        ConfigurationError,
        ContentRejectedError,
        ForeignMessageWarning,
        ForeignThreadWarning,
        IncompleteThreadError,
        IncompleteThreadWarning,
        InvalidRequestError,
        NotSentError,
        OutcomeUnknownError,
        OverlayError,
        PaginationError,
        PermissionDeniedError,
        ProtocolError,
        ProviderError,
        ProviderUnavailableError,
        QuotaExhaustedError,
        RateLimitedError,
        ResponseTooLargeError,
        StaleThreadWarning,
        ThreadNotFoundError,
        ThreadsError,
        UnsupportedOperationError,
    )
    from provider_threads.footnotes import CitedText, footnoted, with_footnotes, without_markers
    from provider_threads.limits import UNLIMITED, Limits
    from provider_threads.memory_settings import OnGap, OnOutage, Writes
    from provider_threads.messages import Draft, Order, Page, Part, Thread, ThreadFile, ThreadMessage, ThreadView
    from provider_threads.passages import Granularity, Passage, apassages_of, passages_of
    from provider_threads.providers import AppBuilder, Hunyuan, MiniMax, Provider
    from provider_threads.retry import RetryPolicy, Timeouts
    from provider_threads.secret import SecretLike
else:
    __getattr__, __dir__ = on_demand(
        __name__,
        {
            "provider_threads.calls": ("CallRecord",),
            "provider_threads.capabilities": ("Capabilities",),
            "provider_threads.citation_places": ("offsets_in",),
            "provider_threads.citations": ("Citation", "Source", "sources_of"),
            "provider_threads.client": ("AsyncThreadClient", "ThreadClient"),
            "provider_threads.errors": (
                "AuthenticationError",
                "ConfigurationError",
                "ContentRejectedError",
                "ForeignMessageWarning",
                "ForeignThreadWarning",
                "IncompleteThreadError",
                "IncompleteThreadWarning",
                "InvalidRequestError",
                "NotSentError",
                "OutcomeUnknownError",
                "OverlayError",
                "PaginationError",
                "PermissionDeniedError",
                "ProtocolError",
                "ProviderError",
                "ProviderUnavailableError",
                "QuotaExhaustedError",
                "RateLimitedError",
                "ResponseTooLargeError",
                "StaleThreadWarning",
                "ThreadNotFoundError",
                "ThreadsError",
                "UnsupportedOperationError",
            ),
            "provider_threads.footnotes": ("CitedText", "footnoted", "with_footnotes", "without_markers"),
            "provider_threads.limits": ("UNLIMITED", "Limits"),
            "provider_threads.memory_settings": ("OnGap", "OnOutage", "Writes"),
            "provider_threads.messages": (
                "Draft",
                "Order",
                "Page",
                "Part",
                "Thread",
                "ThreadFile",
                "ThreadMessage",
                "ThreadView",
            ),
            "provider_threads.passages": ("Granularity", "Passage", "apassages_of", "passages_of"),
            "provider_threads.providers": ("AppBuilder", "Hunyuan", "MiniMax", "Provider"),
            "provider_threads.retry": ("RetryPolicy", "Timeouts"),
            "provider_threads.secret": ("SecretLike",),
        },
    )

__all__ = [
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
