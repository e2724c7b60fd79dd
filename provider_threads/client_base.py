"""What `ThreadClient` and `AsyncThreadClient` have in common: a provider, its operations, the settings of a call."""

from __future__ import annotations

import inspect
from typing import Final, NoReturn

from typing_extensions import Self, TypedDict

from provider_threads.accounts import account_for
from provider_threads.arguments import check_private, check_provider
from provider_threads.calls import OnCall
from provider_threads.capabilities import Capabilities
from provider_threads.errors import ConfigurationError
from provider_threads.flows.call import CallContext
from provider_threads.limiter import limiter_for
from provider_threads.limits import Limits
from provider_threads.operations import Operations
from provider_threads.providers.base import Provider
from provider_threads.retry import RetryPolicy, Timeouts

__all__ = ["RETRY", "TIMEOUTS", "Client", "ClientSettings"]

TIMEOUTS: Final = Timeouts()
RETRY: Final = RetryPolicy()
_LIMITS: Final = Limits()


class ClientSettings(TypedDict, total=False):
    """What a client takes beside its provider and connections: see `ThreadClient`."""

    timeout: Timeouts | float
    retry: RetryPolicy
    limits: Limits | None
    on_call: OnCall | None
    strict_thread_ids: bool
    allow_insecure: bool


class Client:
    """What both clients are made of: a provider, its operations, and the settings of a call."""

    def __init__(
        self,
        provider: Provider,
        *,
        timeout: Timeouts | float,
        retry: RetryPolicy,
        limits: Limits | None,
        on_call: OnCall | None,
        strict_thread_ids: bool,
        allow_insecure: bool,
    ) -> None:
        check_provider(provider)
        check_private(provider, allow_insecure=allow_insecure)
        if not isinstance(retry, RetryPolicy):
            raise ConfigurationError("retry must be a RetryPolicy; RetryPolicy(attempts=1) tries once.")
        if not isinstance(limits, Limits | None):
            raise ConfigurationError("limits must be a Limits; UNLIMITED has none.")
        if on_call is not None and (not callable(on_call) or inspect.iscoroutinefunction(on_call)):
            raise ConfigurationError("on_call must be a function of one CallRecord, and no coroutine function.")
        timeouts = timeout if isinstance(timeout, Timeouts) else Timeouts(total=timeout)
        limits = limits or _LIMITS
        context = CallContext(
            provider,
            timeouts,
            retry,
            strict_thread_ids=strict_thread_ids,
            limiter=limiter_for(provider, limits),
            account=account_for(provider, limits),
            on_call=on_call,
        )
        self._operations = Operations(context)

    @property
    def provider(self) -> Provider:
        """The platform and the account."""
        return self._operations.context.provider

    @property
    def capabilities(self) -> Capabilities:
        """What the platform can hold and do."""
        return self.provider.capabilities

    def __repr__(self) -> str:
        # A constructor that fails has set nothing yet, and tracebacks may show what it was making.
        made = getattr(self, "_operations", None)
        return f"{type(self).__name__}({made.context.provider!r})" if made else f"{type(self).__name__}()"

    def __copy__(self) -> Self:
        """Itself: connections are shared, never copied."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Itself: connections are shared, never copied."""
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"{type(self).__name__} holds connections and is never pickled: pickle its provider, which leaves the "
            "credentials behind, and make the client anew where it is loaded"
        )
