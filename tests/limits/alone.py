"""Requests on a clock of their own: what a limiter makes them wait for, without a server."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from provider_threads import Limits, RetryPolicy
from provider_threads.flows.steps import Flow
from provider_threads.limiter import limiter_for
from provider_threads.operations import Operations
from provider_threads.retry import Timeouts
from tests.flows.scripted import NO_PAUSE, Performance

__all__ = ["account_name", "request", "waiting"]


def account_name() -> str:
    """An account that no other test knows, nor any that uses the same Redis."""
    return f"account-{secrets.token_hex(8)}"


def request(
    performance: Performance,
    limits: Limits,
    *,
    platform: str = "hunyuan",
    total: float = 60.0,
    retry: RetryPolicy = NO_PAUSE,
) -> Flow[Any, Any]:
    """A read of one thread, as a client with these limits makes it."""
    context = performance.operations(platform, retry, Timeouts(total=total)).context
    return Operations(replace(context, limiter=limiter_for(context.provider, limits))).get_thread("thread_1")


def waiting(limits: Limits, performance: Performance, number: int) -> list[Flow[Any, Any]]:
    """So many requests, each as far as its first step: they have asked for their place in this order."""
    flows = [request(performance, limits) for _ in range(number)]
    for flow in flows:
        next(flow)
    return flows
