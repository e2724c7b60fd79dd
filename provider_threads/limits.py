"""How many requests one account may make: in a second, and at once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlsplit

from provider_threads.errors import ConfigurationError

if TYPE_CHECKING:
    from redis import Redis

__all__ = ["UNLIMITED", "Limits"]

_SCHEMES = ("redis://", "rediss://", "unix://")
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What all clients of one account together keep to. A request that has to wait does so before it is signed.

    They pickle, but for a `redis` that is a client or holds a password: that is a TypeError, and nothing leaks.

    Attributes:
        per_second: requests in any second, as the platform counts them; they leave evenly, a little slower than this.
            None: what the platform documents. ``math.inf``: no such limit.
        in_flight: requests under way at once. None: what the platform documents, or 10. ``math.inf``: no such limit.
        redis: URL of a Redis (``redis://…``, ``rediss://…``, ``unix://…``) through which processes share the account,
            or a `redis.Redis`, never closed here. None: the clients of this process share it among themselves.
        name: names the account in place of a digest of its credentials, for processes that use several keys of one
            account, or keys that change.
    """

    per_second: float | None = None
    in_flight: float | None = None
    redis: str | Redis | None = field(default=None, repr=False)
    name: str | None = None

    def __post_init__(self) -> None:
        if self.per_second is not None and not (_is_number(self.per_second) and self.per_second > 0):
            raise ConfigurationError("limits: per_second must be a number above 0, math.inf for none.")
        if self.in_flight is not None and not (_is_number(self.in_flight) and _is_whole(self.in_flight)):
            raise ConfigurationError("limits: in_flight must be a whole number of at least 1, math.inf for none.")
        if isinstance(self.redis, str) and not self.redis.startswith(_SCHEMES):
            raise ConfigurationError(f"limits: redis must begin with {', '.join(_SCHEMES[:-1])} or {_SCHEMES[-1]}.")
        if not (self.redis is None or isinstance(self.redis, str) or _is_synchronous_redis(self.redis)):
            raise ConfigurationError("limits: redis must be a URL or a redis.Redis, for asynchronous clients too.")
        if self.name is not None and not (
            isinstance(self.name, str) and 0 < len(self.name) <= _LONGEST_NAME and self.name.isprintable()
        ):
            raise ConfigurationError(f"limits: name must be printable text of 1 to {_LONGEST_NAME} characters.")

    def __copy__(self) -> Limits:
        """Themselves: limits do not change."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Limits:
        """Themselves, a password included, which never leaves the process this way."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by their four values, or refuse where one of them is not to leave the process."""
        if self.redis is not None and not (isinstance(self.redis, str) and _is_without_password(self.redis)):
            raise TypeError(
                "limits whose redis= is a client, or a URL with a password, are never pickled: make them anew in each "
                "process, with a URL from its environment"
            )
        return Limits, (self.per_second, self.in_flight, self.redis, self.name)

    def filled_from(self, platform: Limits) -> Limits:
        """These limits, with `platform`'s number wherever none was given."""
        return replace(
            self,
            per_second=platform.per_second if self.per_second is None else self.per_second,
            in_flight=platform.in_flight if self.in_flight is None else self.in_flight,
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _is_whole(value: float) -> bool:
    return value >= 1 and (value == math.inf or value == int(value))


def _is_without_password(url: str) -> bool:
    """Surely without: redis takes one before the host and, under any name, among the query's parameters."""
    try:
        parts = urlsplit(url)
        return parts.password is None and not any("password" in name for name, _ in parse_qsl(parts.query))
    except ValueError:
        return False


def _is_synchronous_redis(client: object) -> bool:
    """By its own module's name: the library is an extra, and whoever has one of its objects has loaded it."""
    modules = [kind.__module__ for kind in type(client).__mro__]
    return any(module.partition(".")[0] == "redis" for module in modules) and not any(
        module.startswith("redis.asyncio") for module in modules
    )


UNLIMITED: Final = Limits(per_second=math.inf, in_flight=math.inf)
"""No limits of ours: the platform's refusals are all there is."""
