"""The limits of an account: what the platform documents, and the Redis through which processes share it."""

from __future__ import annotations

import math
import secrets
import time

from provider_threads.cli.checks.findings import Finding, within
from provider_threads.errors import ConfigurationError
from provider_threads.limits import Limits
from provider_threads.providers.base import Provider
from provider_threads.traffic import Unreachable

__all__ = ["of_limits", "of_redis"]


def of_limits(provider: type[Provider]) -> Finding:
    """What clients keep to where the app sets nothing else."""
    limits = provider.limits
    per_second, in_flight = limits.per_second or math.inf, limits.in_flight or math.inf
    rate = "any number a second, as none is documented" if per_second == math.inf else f"{per_second:g} a second"
    at_once = "any number at once" if in_flight == math.inf else f"{in_flight:g} at once"
    return Finding("limits", "ok", f"{rate}, {at_once}, unless limits= says otherwise.")


def of_redis(url: str, seconds: float) -> Finding:
    """Whether the Redis answers and runs the script that keeps the limits, on keys of its own, which it empties."""
    try:
        Limits(redis=url)
        from provider_threads.redis_traffic import SharedTraffic  # noqa: PLC0415 - an extra

        traffic = SharedTraffic(url, f"doctor:{secrets.token_hex(8)}")
        entered = within(seconds, lambda: traffic.lease().enter(1, None, time.monotonic() + seconds))
        if not isinstance(entered, Unreachable):
            within(seconds, traffic.forget)
            return Finding("Redis", "ok", "answers, and runs the script that keeps the limits.")
        told = f"did not take the script that keeps the limits ({entered.cause_type})."
    except ImportError:
        return Finding("Redis", "failed", "its library is missing.", "pip install 'provider-threads[redis]'")
    except ConfigurationError as error:
        return Finding("Redis", "failed", str(error).removeprefix("limits: "), "Write redis://host:6379/0.")
    except TimeoutError:
        told = f"did not answer within {seconds:g} s."
    return Finding(
        "Redis", "failed", told, "Check that the server runs, its address, its password and its user's rights."
    )
