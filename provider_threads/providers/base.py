"""What every provider is: an address, credentials, endpoints, and a way to read refusals. No I/O."""

from __future__ import annotations

import hashlib
import hmac
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic_core import to_json
from typing_extensions import Self

from provider_threads.capabilities import Capabilities
from provider_threads.endpoint import Endpoints, JsonObject, Request
from provider_threads.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    PermissionDeniedError,
    ProviderError,
    ProviderUnavailableError,
    RateLimitedError,
    ThreadNotFoundError,
)
from provider_threads.limits import Limits
from provider_threads.secret import Secret

__all__ = ["Provider", "Refusal", "json_body", "refusal_by_status"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A platform's no.

    Attributes:
        error: the class to raise. meaning: what happened and what to do, one sentence each.
        retryable: whether the same read may succeed in a moment.
        code: the platform's code, or None where only the HTTP status speaks.
        for_its_time: whether the time in the signature is what was wrong; nothing was processed, not even a write.
    """

    error: type[ProviderError]
    meaning: str
    retryable: bool = False
    code: str | None = field(default=None, kw_only=True)
    for_its_time: bool = field(default=False, kw_only=True)


class Provider(ABC):
    """A platform and an account on it, as pure data and pure functions.

    Subclasses hold the platform's facts. `base_url` is scheme and host, with a port if need be.
    """

    name: ClassVar[str]
    """Lower case, as in errors, provenance and file names: ``minimax``."""
    title: ClassVar[str]
    """As people write it: ``MiniMax``."""
    endpoints: ClassVar[Endpoints]
    foreign_thread_ids: ClassVar[Literal["error", "warn"]] = "warn"
    """What to make of an answer that names another thread than was asked for."""

    limits: ClassVar[Limits] = Limits(per_second=math.inf, in_flight=10)
    """What the platform documents of an account's rate and concurrency; without a word on it, ten at once."""

    def __init__(self, base_url: str) -> None:
        self.base_url: str = _origin(base_url, self.title)

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What the platform can hold and do."""

    @abstractmethod
    def sign(self, request: Request, now: float) -> Request:
        """The request with what authenticates it at Unix time `now` (seconds)."""

    @abstractmethod
    def refusal(self, status: int, payload: JsonObject) -> Refusal | None:
        """The refusal in a decoded answer, or None where it is none. Read before anything else."""

    def unwrap(self, payload: JsonObject) -> JsonObject:
        """The part of an answer that endpoints parse."""
        return payload

    @abstractmethod
    def echoed_thread_ids(self, payload: JsonObject) -> set[str]:
        """The thread ids that an unwrapped answer names."""

    @abstractmethod
    def request_id(self, headers: Mapping[str, str], payload: JsonObject | None) -> str | None:
        """The platform's id for this request, from the answer's headers (lower-case names) or its JSON."""

    @abstractmethod
    def _secrets(self) -> tuple[Secret, ...]:
        """The credentials, in a fixed order."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """The constructor's arguments that are no secret; credentials come from the environment again."""

    @property
    def host(self) -> str:
        """Host, with the port where `base_url` names one, as in the ``Host`` header."""
        return urlsplit(self.base_url).netloc

    @property
    def is_private(self) -> bool:
        """Whether what is sent stays private on its way: https, or this machine."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "https" or parts.hostname in _LOOPBACK

    @property
    def identity(self) -> Hashable:
        """Equal for equal platform, address, settings and credentials, within this process."""
        settings = tuple(sorted((name, repr(value)) for name, value in self.config().items()))
        return (type(self), settings, tuple(secret.fingerprint() for secret in self._secrets()))

    def account_digest(self) -> str:
        """Tells accounts apart by address and credentials, the same in every process; no credential follows from it."""
        digest = b""
        for secret in self._secrets():
            digest = hmac.digest(secret.reveal().encode(), digest + self.base_url.encode(), hashlib.sha256)
        return digest.hex()[:32]

    def __repr__(self) -> str:
        # A constructor that fails has set no address yet, and tracebacks may show what it was making.
        return f"{type(self).__name__}(base_url={getattr(self, 'base_url', None)!r})"

    def __copy__(self) -> Self:
        """Itself: a provider does not change, and frameworks copy what holds one."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Itself, credentials included, which never leave the process this way."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle without credentials: they are read from the environment where it is loaded."""
        return _from_config, (type(self), self.config())


def _from_config(kind: type[Provider], config: dict[str, Any]) -> Provider:
    try:
        return kind(**config)
    except ConfigurationError as error:
        problem = str(error)
    raise ConfigurationError(f"{problem} Credentials stay behind when a provider is pickled.")


def _origin(base_url: str, platform: str) -> str:
    """`base_url` without a trailing slash, or ConfigurationError."""
    problem = None
    try:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            problem = "must be like https://host or http://127.0.0.1:8080"
        elif "@" in parts.netloc:
            problem = "must not hold a user name or password"
        elif parts.path not in ("", "/") or "?" in base_url or "#" in base_url:
            problem = "is scheme and host only, without a path, query or fragment"
        elif (
            parts.port == 0
            or not _HOST.fullmatch(parts.netloc)
            or not all("!" <= character <= "~" for character in base_url)
        ):
            problem = "holds a character or port that no address has"
    except (ValueError, TypeError, AttributeError):
        problem = "is not an address"
    if problem:
        raise ConfigurationError(f"{platform}: base_url {problem}.")
    return base_url.rstrip("/")


def json_body(value: Mapping[str, Any]) -> bytes:
    """The bytes of a JSON body, without the fields that are None."""
    given = {name: item for name, item in value.items() if item is not None}
    return to_json({name: dict(item) if isinstance(item, Mapping) else item for name, item in given.items()})


def named_strings(holders: Iterable[JsonObject], field_name: str) -> set[str]:
    """The non-empty strings that `holders` have under `field_name`."""
    return {value for holder in holders if isinstance(value := holder.get(field_name), str) and value}


_BY_STATUS: Mapping[int, tuple[type[ProviderError], str]] = {
    401: (AuthenticationError, "the credential was refused. Check it and its expiry"),
    403: (PermissionDeniedError, "the credential may not do this. Check the account's rights"),
    404: (ThreadNotFoundError, "no such thread, message or path. Check the ids and base_url"),
    408: (ProviderUnavailableError, "the platform timed out. Try again"),
    429: (RateLimitedError, "too many requests. Wait, or lower the rate"),
}


def refusal_by_status(status: int) -> Refusal | None:
    """What the HTTP status alone says; None for 2xx and for redirects, which are never followed."""
    if status < 400:
        return None
    if status in _BY_STATUS:
        error, meaning = _BY_STATUS[status]
        return Refusal(error, meaning, retryable=status in (408, 429))
    if status >= 500:
        return Refusal(ProviderUnavailableError, "the platform failed. Try again in a moment", retryable=True)
    return Refusal(InvalidRequestError, "the platform refused the request. Check the arguments")
