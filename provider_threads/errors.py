"""Everything this library raises or warns about.

::

    ThreadsError
    ├─ ConfigurationError            bad argument, key, address or id: before anything is sent
    ├─ UnsupportedOperationError     the platform has no such operation: before anything is sent
    ├─ NotSentError                  no connection: the platform surely saw nothing
    ├─ OutcomeUnknownError           sent, no usable answer: a write may have been applied
    ├─ ProviderError                 the platform answered "no"
    │   ├─ AuthenticationError       ├─ PermissionDeniedError   ├─ ThreadNotFoundError
    │   ├─ InvalidRequestError       ├─ RateLimitedError        ├─ QuotaExhaustedError
    │   └─ ContentRejectedError      └─ ProviderUnavailableError
    ├─ ProtocolError                 an answer to a read that cannot be read or contradicts itself
    │   ├─ ResponseTooLargeError     ├─ PaginationError         └─ IncompleteThreadError
    └─ OverlayError                  the overlay's database failed; what the platform has is not touched by it

    UserWarning
    ├─ ForeignThreadWarning          an answer names another thread than was asked for
    ├─ ForeignMessageWarning         a message that another framework wrote is shown by role and text only
    ├─ IncompleteThreadWarning       messages before the ones at hand may be missing
    └─ StaleThreadWarning            the platform could not be asked; what is known of the thread is shown

An error names the provider and the operation, and says what to do. It never holds a secret, a message's text,
a body or a URL, so it can be logged, pickled and sent between processes as it is.
"""

from __future__ import annotations

from typing import Any

__all__ = [
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
]


class ThreadsError(Exception):
    """What every error of this library is.

    Attributes:
        provider: name of the platform (``"minimax"``), or None where no platform is involved.
        operation: what was being done (``"list_messages"``), or None.
        appended: of a batch of messages, how many the platform confirmed before this error; None outside a batch.
    """

    def __init__(self, message: str, *, provider: str | None = None, operation: str | None = None) -> None:
        super().__init__(message)
        self.provider = provider
        self.operation = operation
        self.appended: int | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and attributes, whatever keywords a subclass's constructor wants."""
        return _restore, (type(self), self.args, self.__dict__.copy())


def _restore(kind: type[ThreadsError], args: tuple[Any, ...], attributes: dict[str, Any]) -> ThreadsError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(attributes)
    return error


class ConfigurationError(ThreadsError, ValueError):
    """An argument, credential, address or id is missing or malformed; nothing was sent."""


class UnsupportedOperationError(ThreadsError):
    """The platform cannot do this, or cannot take this argument; nothing was sent."""


class NotSentError(ThreadsError):
    """No connection came about (name, route, TLS, pool), or no turn in time under the client's own limits.

    The platform surely did not see the request.

    Attributes:
        cause_type: class name of the network library's error, for the log, or ``"LimitReached"``.
    """

    def __init__(self, message: str, *, provider: str, operation: str, cause_type: str) -> None:
        super().__init__(message, provider=provider, operation=operation)
        self.cause_type = cause_type


class OutcomeUnknownError(ThreadsError):
    """The request left, but no usable answer came back: a write may or may not have been applied.

    A write is never repeated by this library after this. Read the thread to see whether it arrived.

    Attributes:
        deadline_exceeded: True where the time for the whole call (``Timeouts.total``) was used up.
        cause_type: class name of the network library's error, or None where an answer came that settles nothing.
        code: the platform's code, where one came. status: the HTTP status, where one came.
        request_id: the platform's request id, where one came.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        deadline_exceeded: bool = False,
        cause_type: str | None = None,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, provider=provider, operation=operation)
        self.deadline_exceeded = deadline_exceeded
        self.cause_type = cause_type
        self.code = code
        self.status = status
        self.request_id = request_id


class ProviderError(ThreadsError):
    """The platform answered, and the answer was no.

    Attributes:
        code: the platform's own code (``"AuthFailure.SignatureFailure"``, ``"1004"``), or None.
        status: the HTTP status. Two of the three platforms answer errors with 200.
        request_id: what the platform's support asks for, or None where the answer held none.
        retry_after: seconds the platform asked to wait, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        code: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, provider=provider, operation=operation)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after


class AuthenticationError(ProviderError):
    """The credential is wrong, expired, or signed with a clock that is off."""


class PermissionDeniedError(ProviderError):
    """The credential is valid, but may not do this."""


class ThreadNotFoundError(ProviderError):
    """The platform knows no such thread or message."""


class InvalidRequestError(ProviderError):
    """The platform refused a parameter, or no longer offers the action."""


class RateLimitedError(ProviderError):
    """Too many requests, tokens or connections for this account; the request was turned away."""


class QuotaExhaustedError(ProviderError):
    """The account's balance or resource package is used up, or its service is stopped."""


class ContentRejectedError(ProviderError):
    """The platform's content rules refused the text."""


class ProviderUnavailableError(ProviderError):
    """The platform failed to answer a read for a reason of its own."""


class ProtocolError(ThreadsError):
    """An answer to a read is not what the platform documents, or contradicts itself.

    Attributes:
        status: the HTTP status. request_id: the platform's request id, where one came.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, provider=provider, operation=operation)
        self.status = status
        self.request_id = request_id


class ResponseTooLargeError(ProtocolError):
    """An answer was larger than 8 MiB once inflated."""


class PaginationError(ProtocolError):
    """A cursor did not move or came round again, so the rest of the thread cannot be listed."""


class IncompleteThreadError(ProtocolError):
    """Messages may be missing between those that the platform lets us list."""


class OverlayError(ThreadsError):
    """The overlay's database failed, or was made by a newer version of this library.

    Nothing of the failed transaction was kept. A message that was being sent to the platform then may be there: the
    next read finds out.

    Attributes:
        cause_type: class name of the database library's error, for the log, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        operation: str | None = None,
        cause_type: str | None = None,
    ) -> None:
        super().__init__(message, provider=provider, operation=operation)
        self.cause_type = cause_type


class ForeignMessageWarning(UserWarning):
    """A message that another framework wrote holds more than role and text; its payload comes along as metadata."""


class ForeignThreadWarning(UserWarning):
    """An answer names another thread than was asked for (MiniMax's and AppBuilder's own examples do)."""


class IncompleteThreadWarning(UserWarning):
    """Only the newest unbroken run of messages is at hand; older ones may be missing."""


class StaleThreadWarning(UserWarning):
    """The platform could not be asked: the conversation is shown as it was last known."""
