"""One remote operation: sign, send, judge, for a read try again, and sign again by a clock that was off."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from provider_threads.accounts import Account
from provider_threads.calls import OnCall, Tries
from provider_threads.endpoint import ArgumentsT, Endpoint, ResultT
from provider_threads.errors import ForeignThreadWarning
from provider_threads.flows.judge import Judged, judge
from provider_threads.flows.slots import in_turn
from provider_threads.flows.steps import Failure, Flow, Send, Wait
from provider_threads.limiter import Limiter
from provider_threads.providers.base import Provider
from provider_threads.retry import RetryPolicy, Timeouts, Verdict

__all__ = ["CallContext", "call"]


@dataclass(frozen=True, slots=True)
class CallContext:
    """What every operation of one client shares.

    Attributes:
        provider, timeouts, retry: as given to the client.
        strict_thread_ids: whether an answer that names another thread is an error on every platform.
        limiter: what keeps every try to the account's limits, or None.
        account: what is known of the account: its retries pay from one budget, and sign by one clock.
        on_call: is told of every try, or None.
        clock: Unix seconds, for signatures. monotonic: seconds, for deadlines.
    """

    provider: Provider
    timeouts: Timeouts
    retry: RetryPolicy
    strict_thread_ids: bool = False
    limiter: Limiter | None = None
    account: Account = field(default_factory=Account)
    on_call: OnCall | None = None
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic


def call(context: CallContext, endpoint: Endpoint[ArgumentsT, ResultT], arguments: ArgumentsT) -> Flow[Any, ResultT]:
    """Perform one operation within ``timeouts.total`` seconds; each try waits its turn and is signed anew.

    A request that is refused for the time in its signature is sent once more by the platform's clock, as the refusal
    told it over TLS or from this machine; which clock that is stays known for the account.
    """
    provider = context.provider
    deadline = context.monotonic() + context.timeouts.total
    unsigned = endpoint.build(arguments)
    account = context.account
    told = Tries(provider.name, endpoint.operation, context.on_call, context.monotonic)
    pauses: list[float] = []
    cost = 0

    def pay(verdict: Verdict) -> bool:
        nonlocal cost
        cost = account.budget.take(timed_out=verdict.timed_out)
        return cost > 0

    judged: Judged[ResultT] = Judged()
    signed_at = 0.0

    def signed(departs: Callable[[], None] | None) -> Send:
        nonlocal signed_at
        signed_at = context.clock() + account.clock.ahead
        told.signed()
        return Send(provider.sign(unsigned, signed_at), context.timeouts, deadline, departs)

    def one_request() -> Flow[Any, bool]:
        """Send once and judge; True where the platform refused the time, and what its clock is was learned."""
        nonlocal judged
        told.begin()
        try:
            outcome = yield from in_turn(context.limiter, deadline, context.monotonic, signed)
        except GeneratorExit:
            told.interrupted()
            raise
        made = judge(provider, endpoint, arguments, outcome, strict_thread_ids=context.strict_thread_ids)
        told.end(made.status, type(made.error).__name__ if made.error else None, made.request_id)
        if judged.error is not None and isinstance(outcome, Failure) and outcome.flaw == "own limits":
            judged = replace(judged, retryable=False)  # what the platform said before tells more
            return False
        judged = made
        if judged.wrong_time_at is None or not provider.is_private:
            return False
        return account.clock.learn(judged.wrong_time_at, signed_at=signed_at, now=context.clock())

    corrected = False

    def one_try() -> Flow[Any, None]:
        nonlocal corrected
        learned = yield from one_request()
        if learned and not corrected:
            corrected = True
            yield from one_request()  # of a write too: what is refused for its time was not processed

    yield from one_try()
    if judged.retryable:
        # What need not be tried again, and that is nearly all, does without tenacity; else it counts the first try too.
        for attempt in context.retry.tries(
            idempotent=endpoint.idempotent,
            left=lambda: deadline - context.monotonic(),
            pay=pay,
            pause=pauses.append,
        ):
            if pauses:
                told.tell(retried=True)
                yield Wait(pauses.pop())
                yield from one_try()
            attempt.retry_state.set_result(judged)
    told.tell()
    if judged.error is not None:
        raise judged.error
    account.budget.succeeded(cost)
    if judged.foreign_thread:
        warnings.warn(
            f"{provider.title} {endpoint.operation}: the answer names another thread than was asked for. Pass "
            "strict_thread_ids=True on ThreadClient, passed as client= to a history or store, to make this an error.",
            ForeignThreadWarning,
            stacklevel=2,
        )
    return judged.value  # type: ignore[return-value]  # None only where ResultT is None
