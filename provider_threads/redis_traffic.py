"""One account's requests in many processes, kept in Redis. The only module that imports its library.

What a place or a slot is, `provider_threads.traffic` says; here both are given by one script that Redis runs whole. A
place is a *lease*: it ends by itself when its process has died. Redis' own clock is the only one that counts.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from functools import lru_cache
from typing import Any, Final

from provider_threads.errors import ConfigurationError
from provider_threads.traffic import APART_S, Ahead, Pace, TooLate, Unreachable

try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ModuleNotFoundError as _error:  # pragma: no cover - tried where each extra is installed alone
    raise ImportError("limits=Limits(redis=...) needs redis: pip install 'provider-threads[redis]'") from (
        None if _error.name == "redis" else _error
    )

__all__ = ["Lease", "SharedTraffic"]

ANSWERS_WITHIN_S: Final = 2.0
"""For each of connecting and answering."""

_ENTER: Final = """
local leases, queue, seen, next_slot, departures, clock = unpack(KEYS)
local id = ARGV[1]
local most, left, spacing, most_leave, apart = unpack(ARGV, 2)
most, left, spacing = tonumber(most), tonumber(left), tonumber(spacing)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- Where the clock was set back, so is all that it told.
local back = tonumber(redis.call('GET', clock) or 0) - now
if back > 1000000 then
    for _, key in ipairs({leases, queue, seen, departures}) do
        for _, told in ipairs(redis.call('ZRANGE', key, 0, -1)) do
            redis.call('ZINCRBY', key, -back, told)
        end
    end
    redis.call('INCRBY', next_slot, string.format('%.0f', -back))
    redis.call('EXPIRE', next_slot, 60)
end
redis.call('SET', clock, string.format('%.0f', now), 'EX', 86400)

-- Who died leaves a lease that has run out, or a place in the queue where nobody asked for two seconds.
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', seen, '-inf', now)) do
    redis.call('ZREM', queue, gone)
    redis.call('ZREM', seen, gone)
end

local held = redis.call('ZSCORE', leases, id)
if not held then
    redis.call('ZADD', queue, 'NX', now, id)
    local ahead = redis.call('ZRANK', queue, id) - (most - redis.call('ZCARD', leases))
    if ahead >= 0 then
        redis.call('ZADD', seen, now + 2000000, id)
        redis.call('EXPIRE', queue, 60)
        redis.call('EXPIRE', seen, 60)
        return {0, ahead}
    end
end
redis.call('ZREM', queue, id)
redis.call('ZREM', seen, id)

local slot = now
if spacing > 0 then
    local at = tonumber(redis.call('GET', next_slot) or 0)
    local under_way = redis.call('ZCARD', leases) - (held and 1 or 0)
    local before = tonumber(most_leave) - under_way
    if before > 0 then
        local left_at = redis.call('ZRANGE', departures, -before, -before, 'WITHSCORES')[2]
        at = math.max(at, left_at and left_at + apart or 0)
    end
    slot = math.max(now, at)
    if slot - now >= left then
        return {-1, 0}
    end
    local kept = 60 + math.ceil((slot + spacing - now) / 1000000)
    redis.call('SET', next_slot, string.format('%.0f', slot + spacing), 'EX', kept)
end
redis.call('ZADD', leases, now + left + 1000000, id)
redis.call('EXPIRE', leases, 86400)
return {1, slot - now}
"""
"""Times are microseconds. Gives {1, until the slot}, {0, how many are before this one}, or {-1, 0}: too late."""

_LEAVE: Final = """
for place = 1, 3 do
    redis.call('ZREM', KEYS[place], ARGV[1])
end
if ARGV[2] then
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    redis.call('ZADD', KEYS[5], now - ARGV[2], ARGV[1])
    redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now - ARGV[3])
    redis.call('EXPIRE', KEYS[5], 60)
end
"""
"""With how long ago the request left, and for how long that matters."""

_ANY_NUMBER: Final = 1_000_000


class SharedTraffic:
    """One account's requests in all processes that use one Redis. Blocks: flows have it done with `locally_until`.

    Args:
        server: a URL, or the user's own client, never closed here.
        account: names the account; no credential can be read from it.
    """

    def __init__(self, server: str | redis.Redis, account: str) -> None:
        self._redis = _client(server) if isinstance(server, str) else server
        # In braces: a cluster keeps together what belongs together.
        kinds = ("leases", "queue", "seen", "next", "departures", "clock")
        self._keys = [f"provider-threads:limits:{{{account}}}:{kind}" for kind in kinds]
        self._enter: Any = self._redis.register_script(_ENTER)
        self._leave: Any = self._redis.register_script(_LEAVE)

    def enter(
        self, lease: str, most: float, pace: Pace | None, deadline: float
    ) -> float | Ahead | TooLate | Unreachable:
        """Ask for a place and a slot, or with a place for another slot: when the request may leave."""
        left = deadline - time.monotonic()
        spacing, most_leave = (pace.spacing, pace.most) if pace else (0, 0)
        numbers = [min(most, _ANY_NUMBER), _micro(left), _micro(spacing), most_leave, _micro(APART_S)]
        try:
            told, number = self._enter(keys=self._keys, args=[lease, *numbers])
        except Exception as error:  # noqa: BLE001 - a client closed meanwhile fails with others than redis' own
            return Unreachable(type(error).__name__)
        if told == 0:
            return Ahead(number)
        return time.monotonic() + number / 1e6 if told == 1 else TooLate()

    def leave(self, lease: str, departed: float | None) -> None:
        """Give the place back, and tell when the request left. Without Redis it comes back as the lease ends."""
        ago = [] if departed is None else [_micro(time.monotonic() - departed), _micro(2 * APART_S)]
        with contextlib.suppress(Exception):  # as in `enter`
            self._leave(keys=self._keys, args=[lease, *ago])

    def forget(self) -> None:
        """Drop what Redis knows of the account, which nobody may be using."""
        with contextlib.suppress(redis.RedisError):
            self._redis.delete(*self._keys)

    def lease(self) -> Lease:
        """A place that nobody has asked for yet."""
        return Lease(self)


class Lease:
    """One request's place. Redis hears of it one thing at a time, and nothing more once it was given back.

    Who was cancelled may still be asking for the place in a thread; only behind that can it be given back.
    """

    def __init__(self, traffic: SharedTraffic) -> None:
        self._traffic = traffic
        self._name = secrets.token_hex(8)
        self._turn = threading.Lock()
        self._given_back = False

    def enter(self, most: float, pace: Pace | None, deadline: float) -> float | Ahead | TooLate | Unreachable:
        """See `SharedTraffic.enter`; too late once it was given back."""
        with self._turn:
            return TooLate() if self._given_back else self._traffic.enter(self._name, most, pace, deadline)

    def leave(self, departed: float | None) -> None:
        """See `SharedTraffic.leave`; a second time nothing happens."""
        with self._turn:
            if not self._given_back:
                self._given_back = True
                self._traffic.leave(self._name, departed)

    def leave_aside(self, departed: float | None) -> None:
        """`leave` without waiting: for a call that is over, and an event loop that must not block."""
        if self._given_back:
            return
        with contextlib.suppress(RuntimeError):  # at the end of the interpreter there are no more threads
            threading.Thread(target=self.leave, args=(departed,), daemon=True).start()


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)


@lru_cache(maxsize=16)
def _client(url: str) -> redis.Redis:
    """The client of a URL, one in a process; its pool serves all threads and starts afresh after a fork."""
    problem = ""
    try:
        return redis.Redis.from_url(
            url,
            socket_timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 1),  # Redis may have closed a connection that was idle
        )
    except (ValueError, redis.RedisError) as error:
        problem = type(error).__name__  # its message may repeat a password
    raise ConfigurationError(f"limits: redis is not an address ({problem}). Write redis://host:6379/0.")
