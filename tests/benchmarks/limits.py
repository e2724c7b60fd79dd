"""Drive one account to its limit against an emulator that refuses what is above it: ``python -m`` runs it.

The emulator counts the arrivals of every sliding second. Many processes share the account through Redis; one process
with many threads, and one with many tasks, keep to it in memory. The emulator has a process of its own, this one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier
from typing import Any

from provider_threads import AsyncThreadClient, Hunyuan, Limits, RateLimitedError, ThreadClient
from provider_threads.emulator import Emulator
from tests.limits.throttle import Throttle, throttled
from tests.redis_server import SERVER_VARIABLE, binary, private_server

__all__ = ["Course", "Outcome", "Work", "measure"]

LONG_S = 600.0
"""Time enough for whoever waits longest: nobody is to give up."""


@dataclass(frozen=True)
class Course:
    """One measurement: how long, what the platform allows, and how long it takes to answer.

    Attributes:
        callers: threads or tasks of each process; all ask without a pause.
    """

    seconds: float = 60.0
    per_second: float = 20.0
    in_flight: int = 5
    latency: float = 0.05
    callers: int = 4


@dataclass(frozen=True)
class Outcome:
    """What the emulator counted and what each process, or each caller of the only one, got through.

    Attributes:
        refused: requests above the platform's limits, those included that a retry made good.
        most_per_second, most_in_flight: the most that the emulator saw in a sliding second, at once.
    """

    course: Course
    refused: int
    answered: Sequence[int]
    most_per_second: int
    most_in_flight: int

    @property
    def share(self) -> float:
        """Requests answered, as a share of what the rate allows."""
        return sum(self.answered) / (self.course.per_second * self.course.seconds)

    def __str__(self) -> str:
        return (
            f"{sum(self.answered)} answered, {self.refused} refused, {self.share:.1%} of the limit; at most "
            f"{self.most_per_second} in a sliding second, {self.most_in_flight} in flight; each got "
            f"{min(self.answered)} to {max(self.answered)}"
        )


@dataclass(frozen=True)
class Work:
    """What one process is to do."""

    course: Course
    environment: Mapping[str, str]
    base_url: str
    thread_id: str
    redis: str | None = None

    def in_threads(self) -> list[int]:
        """What each of several threads gets through."""
        with ThreadClient(self._provider(), **self._settings()) as client:
            end = self._end()
            with ThreadPoolExecutor(self.course.callers) as pool:
                return list(pool.map(lambda _: self._ask(client, end), range(self.course.callers)))

    def in_tasks(self) -> list[int]:
        """What each of several tasks gets through."""
        return asyncio.run(self._in_tasks())

    async def _in_tasks(self) -> list[int]:
        async with AsyncThreadClient(self._provider(), **self._settings()) as client:
            end = self._end()
            return await asyncio.gather(*(self._ask_async(client, end) for _ in range(self.course.callers)))

    def _provider(self) -> Hunyuan:
        names = ("TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY")
        return Hunyuan(*(self.environment[name] for name in names), base_url=self.base_url)

    def _settings(self) -> dict[str, Any]:
        limits = Limits(self.course.per_second, self.course.in_flight, self.redis)
        return {"limits": limits, "timeout": LONG_S}

    def _end(self) -> float:
        """By the clock, once all processes are ready: starting them takes seconds."""
        _together[0].wait()
        return time.time() + self.course.seconds

    def _ask(self, client: ThreadClient, end: float) -> int:
        answered = 0
        while time.time() < end:
            with contextlib.suppress(RateLimitedError):
                client.get_thread(self.thread_id)
                answered += time.time() < end
        return answered

    async def _ask_async(self, client: AsyncThreadClient, end: float) -> int:
        answered = 0
        while time.time() < end:
            with contextlib.suppress(RateLimitedError):
                await client.get_thread(self.thread_id)
                answered += time.time() < end
        return answered


_together: list[Barrier] = []
"""Where this process waits for the others."""


def meet(barrier: Barrier) -> None:
    """Say where."""
    _together.append(barrier)


def measure(course: Course, processes: int, kind: Callable[[Work], list[int]], redis: str | None = None) -> Outcome:
    """What comes of it when so many processes ask, each with as many threads or tasks as the course has callers."""
    throttle = Throttle(course.per_second, course.in_flight, course.latency)
    with Emulator() as emulator:
        throttled(emulator, throttle)
        work = Work(course, emulator.environment, emulator.base_url, emulator.seed("hunyuan"), redis)
        context = multiprocessing.get_context("spawn")
        with context.Pool(processes, meet, (context.Barrier(processes),)) as pool:
            by_process = pool.map(kind, [work] * processes, chunksize=1)
    answered = [sum(one) for one in by_process] if processes > 1 else by_process[0]
    return Outcome(course, throttle.refused, answered, throttle.most_per_second, throttle.most_in_flight)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that the emulator takes for an answer")
    given = parser.parse_args()
    url, program = os.environ.get(SERVER_VARIABLE), binary()
    if url is None and program is None:
        parser.error(f"needs redis-server, or a server's URL in {SERVER_VARIABLE}")
    course = Course(given.seconds, latency=given.latency)
    many = replace(course, callers=200)
    print(f"{course.per_second:g} requests per second and {course.in_flight} in flight, for {given.seconds:g} s each")
    with contextlib.nullcontext(url) if url else private_server(program or "") as redis:
        outcome = measure(course, given.processes, Work.in_threads, redis)
    print(f"{given.processes} processes of {course.callers} threads, through Redis: {outcome}", flush=True)
    print(f"1 process of {many.callers} threads, in memory: {measure(many, 1, Work.in_threads)}", flush=True)
    print(f"1 process of {many.callers} tasks, in memory: {measure(many, 1, Work.in_tasks)}")


if __name__ == "__main__":
    main()
