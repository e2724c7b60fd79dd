"""Which fault meets a request: the faults in effect, a seeded draw, and a count of what was injected."""

import random
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from provider_threads.emulator.faults import Fault
from provider_threads.emulator.identifiers import Provider


@dataclass(frozen=True)
class Drawn:
    """What one request meets: a fault or none, seconds of latency, and the source of the fault's own choices."""

    fault: Fault | None
    late: float
    random: random.Random

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of fault that it meets."""
        return (("latency",) if self.late else ()) + ((self.fault.kind,) if self.fault else ())


@dataclass
class _InEffect:
    fault: Fault
    left: int | None = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.fault, Fault):
            raise TypeError("a fault must be a Fault, such as Fault('latency') or Fault.parse('latency:0.1')")
        self.left = self.fault.times


class FaultPlan:
    """The faults of one emulator, drawn from one seed: the same requests in the same order meet the same faults.

    Safe to change from any thread while the server draws.
    """

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._initial = tuple(faults)
        self._seed = seed
        self.reset()

    def __bool__(self) -> bool:
        return bool(self._in_effect)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults in effect; one that met as many requests as it was to is none of them."""
        with self._lock:
            return tuple(entry.fault for entry in self._in_effect)

    @property
    def injected(self) -> dict[str, int]:
        """How many requests met each kind of fault so far."""
        with self._lock:
            return dict(self._injected)

    def set(self, faults: Iterable[Fault]) -> None:
        """Put these faults into effect in place of all others."""
        entries = [_InEffect(fault) for fault in faults]
        with self._lock:
            self._in_effect = entries

    def add(self, faults: Iterable[Fault]) -> None:
        """Put these faults into effect beside the others."""
        self._add(faults)

    def _add(self, faults: Iterable[Fault]) -> list[_InEffect]:
        entries = [_InEffect(fault) for fault in faults]
        with self._lock:
            self._in_effect = [*self._in_effect, *entries]
        return entries

    @contextmanager
    def added(self, faults: Iterable[Fault]) -> Iterator[None]:
        """Put these faults into effect for the length of a block."""
        entries = self._add(faults)
        try:
            yield
        finally:
            with self._lock:
                self._in_effect = [kept for kept in self._in_effect if not any(kept is entry for entry in entries)]

    def restart(self, seed: int | None = None) -> None:
        """Draw from the beginning again, from this seed on if one is given."""
        with self._lock:
            self._seed = self._seed if seed is None else seed
            self._random = random.Random(self._seed)  # noqa: S311 - chance that can be repeated is the purpose

    def reset(self) -> None:
        """Put the faults back to where they began, forget the counts, and draw from the beginning again."""
        self.restart()
        with self._lock:
            self._injected: Counter[str] = Counter()
            self._in_effect = [_InEffect(fault) for fault in self._initial]

    def draw(self, provider: Provider, operation: str, asked: Iterable[Fault] = ()) -> Drawn:
        """What a request meets; where it asks for faults itself, only those."""
        with self._lock:
            entries = [_InEffect(fault) for fault in asked] or self._in_effect
            entries = [entry for entry in entries if entry.fault.meets(provider, operation)]
            drawn = self._drawn(entries)
            self._in_effect = [entry for entry in self._in_effect if entry.left != 0]
            self._injected.update(drawn.kinds)
        return drawn

    def _drawn(self, entries: list[_InEffect]) -> Drawn:
        own = random.Random(self._random.getrandbits(64))  # noqa: S311 - see restart
        late, met = 0.0, None
        share = own.random()
        for entry in entries:
            fault = entry.fault
            if fault.kind == "latency":
                if own.random() < fault.probability:
                    late += (fault.seconds or 0.0) + own.uniform(0, fault.jitter or 0.0)
                    _use(entry)
            elif met is None:
                if share < fault.probability:
                    met = fault
                    _use(entry)
                share -= fault.probability
        return Drawn(met, late, own)


def _use(entry: _InEffect) -> None:
    if entry.left is not None:
        entry.left -= 1
