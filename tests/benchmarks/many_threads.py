"""Reading 500 threads at once by `AsyncThreadClient`, as fast as the account's limit allows and no faster.

The server has a process of its own, answers 30 ms after a request came, and tells when each came. Hunyuan allows 20
requests per second and 5 in flight; so that a run takes seconds, five times as many of both are allowed here, and the
documented numbers are measured once.
"""

from __future__ import annotations

import asyncio
import secrets
import time

from provider_threads import AsyncThreadClient, Hunyuan, Limits
from provider_threads.emulator import CannedEmulator, SeedMessage
from tests.benchmarks.ratios import Ratio, command
from tests.limits.throttle import Throttle

__all__ = ["measure"]

_MESSAGES = 20
_ROUND_TRIP_S = 0.03
_PER_SECOND, _IN_FLIGHT = 20, 5
_BAR = 0.9


def measure(quick: bool) -> list[Ratio]:
    """The rate, the most requests of a second and the most in flight, each over what the limit allows."""
    threads = 60 if quick else 500
    seeds = [SeedMessage(("user", "assistant")[number % 2], f"message {number}") for number in range(_MESSAGES)]
    with CannedEmulator("hunyuan", seeds, threads=threads, round_trip=_ROUND_TRIP_S) as server:
        ratios = _held(server, 5, 1 if quick else 5)
        return ratios if quick else [*ratios, *_held(server, 1, 1)]


def _held(server: CannedEmulator, times: int, repetitions: int) -> list[Ratio]:
    per_second, in_flight = _PER_SECOND * times, _IN_FLIGHT * times
    rates, seconds, at_once = [], [], []
    for _ in range(repetitions):
        server.clear_requests()
        took = asyncio.run(_read_all(server, Limits(per_second, in_flight, name=secrets.token_hex(8))))
        arrivals = server.arrivals
        if len(arrivals) != len(server.thread_ids):
            raise RuntimeError(f"{len(arrivals)} requests for {len(server.thread_ids)} threads")
        rates.append(len(arrivals) / took / per_second)
        seconds.append(Throttle(arrivals=arrivals).most_per_second / per_second)
        at_once.append(server.most_in_flight / in_flight)
    what = f"{len(server.thread_ids)} threads"
    limit = f"the limit of {per_second} per second and {in_flight} in flight"
    return [
        Ratio(f"{what}, from the first question to the last answer: their rate", limit, rates, _BAR, "high"),
        Ratio(f"{what}: the most arrivals of any second", limit, seconds, 1.0),
        Ratio(f"{what}: the most in flight", limit, at_once, 1.0),
    ]


async def _read_all(server: CannedEmulator, limits: Limits) -> float:
    """Seconds from the first question to the last answer; what each thread holds is looked at afterwards."""
    account = server.credentials
    provider = Hunyuan(account.secret_id, account.secret_key, base_url=server.base_url)
    async with AsyncThreadClient(provider, limits=limits) as client:
        began = time.perf_counter()
        views = await asyncio.gather(*(client.read(thread_id) for thread_id in server.thread_ids))
        took = time.perf_counter() - began
    texts = [f"message {number}" for number in range(_MESSAGES)]
    if any([message.text for message in view] != texts or not view.complete for view in views):
        raise RuntimeError("other messages came than were seeded")
    return took


if __name__ == "__main__":
    command(measure, __doc__)
