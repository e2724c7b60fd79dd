"""One client's limits as numbers, and the traffic of its account that they are kept in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provider_threads.accounts import account_for
from provider_threads.limits import Limits
from provider_threads.providers.base import Provider
from provider_threads.traffic import Pace, Traffic

if TYPE_CHECKING:
    from provider_threads.redis_traffic import SharedTraffic

__all__ = ["PACE", "Limiter", "limiter_for"]

PACE: Final = 0.95
"""Share of the platform's rate that is used. What remains, 53 ms in every second, is for requests that leave late and
for the network, which never delays two alike: docs/limits.md has what was measured."""


@dataclass(frozen=True, slots=True)
class Limiter:
    """One client's numbers, and the traffic that it shares with the other clients of its account.

    Attributes:
        traffic: of this process. shared: of all processes, in Redis, or None.
        most: requests in flight, ``math.inf`` for any. pace: of those that leave, or None for any.
    """

    traffic: Traffic
    most: float
    pace: Pace | None
    shared: SharedTraffic | None = None


def limiter_for(provider: Provider, limits: Limits) -> Limiter | None:
    """What keeps a client of `provider` to `limits`, or None where there is nothing to keep to.

    Raises:
        ImportError: ``redis=`` is given and the extra is missing. ConfigurationError: its URL makes no sense.
    """
    limits = limits.filled_from(provider.limits)
    per_second, most = limits.per_second or math.inf, limits.in_flight or math.inf
    if per_second == most == math.inf:
        return None
    account = account_for(provider, limits)
    pace = None if per_second == math.inf else Pace(1 / (PACE * per_second), int(per_second))
    if limits.redis is None:
        return Limiter(account.traffic, most, pace)
    from provider_threads.redis_traffic import SharedTraffic  # noqa: PLC0415 - an extra

    return Limiter(account.traffic, most, pace, SharedTraffic(limits.redis, account.name))
