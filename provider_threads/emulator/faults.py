"""Faults on demand: what may go wrong on the way of one request, described as data.

The same description is given in Python (``Fault("reset_after", probability=0.1)``), on a command line and in the
header ``X-Emulator-Fault`` (``reset_after:0.1``), and over the admin surface (either, as text or as JSON).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from provider_threads.emulator.identifiers import PROVIDERS, Provider

HEADER = "X-Emulator-Fault"

FaultKind = Literal[
    "latency",
    "status",
    "throttled",
    "busy",
    "reset_before",
    "reset_after",
    "close_before",
    "close_after",
    "short_body",
    "early_eof",
    "header_drip",
    "body_drip",
    "html",
    "truncated_json",
    "mutated_json",
    "wrong_content_type",
    "gzip_bomb",
    "foreign_messages",
    "stuck_cursor",
    "looping_cursor",
    "growing_list",
    "clock_off",
]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

# Documented codes; the first is given where a fault names none. AppBuilder documents none: its two are the emulator's.
THROTTLE_CODES: Mapping[Provider, tuple[str, ...]] = {
    "hunyuan": (
        "RequestLimitExceeded",
        "RequestLimitExceeded.UinLimitExceeded",
        "RequestLimitExceeded.IPLimitExceeded",
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        "FailedOperation.EngineServerLimitExceeded",
    ),
    "minimax": ("1002", "1039", "1041"),
    "appbuilder": ("too_many_requests",),
}
BUSY_CODES: Mapping[Provider, tuple[str, ...]] = {
    "hunyuan": (
        "InternalError",
        "ServiceUnavailable",
        "FailedOperation.EngineRequestTimeout",
        "FailedOperation.EngineServerError",
    ),
    "minimax": ("1013", "1000", "1001", "1024", "1033"),
    "appbuilder": ("internal_error",),
}

_NEVER_APPLIED = ("throttled", "reset_before", "close_before")
_ONE_MESSAGE = {"hunyuan": "GetThreadMessage", "minimax": "threads/messages/retrieve"}
_LIST = {"hunyuan": "GetThreadMessageList"}
_WRITES: Mapping[Provider, frozenset[str]] = {
    "hunyuan": frozenset({"CreateThread", "RunThread"}),
    "minimax": frozenset({"threads/create", "threads/modify", "threads/messages/add"}),
    "appbuilder": frozenset(
        {"threads", "threads/update", "threads/delete", "threads/messages", "threads/messages/update"}
    ),
}

# What a kind takes beyond probability and aim, each with its default.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "latency": {"seconds": 0.1, "jitter": 0.0},
    "status": {"status": 503, "applied": None, "retry_after": None},
    "throttled": {"code": None, "retry_after": None},
    "busy": {"code": None, "applied": True},
    "header_drip": {"seconds": 0.1},
    "body_drip": {"seconds": 0.1},
    "html": {"applied": True},
    "gzip_bomb": {"mebibytes": 50, "applied": True},
    "clock_off": {"seconds": 600.0},
}
_OPTION_NAMES = ("seconds", "jitter", "status", "code", "retry_after", "mebibytes", "applied")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "probability": (int, float),
    "times": int,
    "platform": str,
    "operation": str,
    "writes": bool,
    "applied": bool,
    "status": int,
    "code": str,
    "retry_after": (int, float),
    "seconds": (int, float),
    "jitter": (int, float),
    "mebibytes": int,
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, how often, and with which requests.

    What each kind does is told in ``docs/emulator.md``. Options that a kind does not take stay None.

    Attributes:
        probability: the share of requests that it meets, from 0 to 1. Those of several faults add up, since a request
            meets one of them at most; latency comes on top of them.
        times: how many requests it meets in all; None: as many as come.
        platform, operation: only requests to this platform, only this call by the platform's own name
            (``threads/messages/add``). writes: True for only what changes something, False for only what reads.
        applied: whether the platform does what it was asked before things go wrong. By default it does, except with
            ``throttled``, a status below 500, and what happens "before".
        status: the HTTP status, 400 to 599. retry_after: seconds in a ``Retry-After`` header.
        code: one of the platforms' codes for being throttled or busy; meets only the platform that has it.
        seconds: how long an answer is late, how long every byte of a drip takes, or how far a clock is ahead.
        jitter: up to so many seconds more, at random. mebibytes: what a gzip bomb inflates to.

    Raises:
        ValueError: an unknown kind, or a value or option that the kind does not take; the message says what it takes.
    """

    kind: FaultKind
    probability: float = 1.0
    times: int | None = None
    platform: Provider | None = None
    operation: str | None = None
    writes: bool | None = None
    applied: bool | None = None
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    seconds: float | None = None
    jitter: float | None = None
    mebibytes: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")
        for name, kinds in _TYPES.items():
            value = getattr(self, name)
            if value is not None and (not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool)):
                raise ValueError(f"{self.kind}: {name} cannot be {value!r}")
        self._take_options()
        self._check_ranges()

    def _take_options(self) -> None:
        options = _OPTIONS.get(self.kind, {})
        for name in _OPTION_NAMES:
            given, default = getattr(self, name), options.get(name)
            if name == "applied" and default is None:
                default = self.status >= 500 if self.status is not None else self.kind not in _NEVER_APPLIED
            if given is None:
                object.__setattr__(self, name, default)
            elif name not in options and given != default:
                taken = ", ".join(sorted(options)) or "no option"
                raise ValueError(f"{self.kind} does not take {name}; it takes {taken}")

    def _check_ranges(self) -> None:
        ranges: tuple[tuple[str, float, float], ...] = (
            ("probability", 0, 1),
            ("times", 1, math.inf),
            ("status", 400, 599),
            ("retry_after", 0, math.inf),
            ("seconds", -(10.0**9) if self.kind == "clock_off" else 0, 10.0**9),
            ("jitter", 0, 10.0**9),
            ("mebibytes", 1, 10**6),
        )
        for name, lowest, highest in ranges:
            value = getattr(self, name)
            if value is not None and not lowest <= value <= highest:
                raise ValueError(f"{self.kind}: {name} cannot be {value!r}")
        if self.platform is not None and self.platform not in PROVIDERS:
            raise ValueError(f"{self.kind}: platform must be one of {', '.join(PROVIDERS)}")
        if self.code is not None and not any(self.code in codes for codes in self._codes.values()):
            known = ", ".join(code for codes in self._codes.values() for code in codes)
            raise ValueError(f"{self.kind}: code must be one of {known}")

    @property
    def _codes(self) -> Mapping[Provider, tuple[str, ...]]:
        return THROTTLE_CODES if self.kind == "throttled" else BUSY_CODES

    def code_on(self, provider: Provider) -> str:
        """The platform's code for being throttled or busy."""
        return self.code or self._codes[provider][0]

    def meets(self, provider: Provider, operation: str) -> bool:
        """Whether this fault can meet a request for an operation, by the platform's own name for it."""
        return (
            self.platform in (None, provider)
            and self.operation in (None, operation)
            and self.writes in (None, operation in _WRITES[provider])
            and (self.code is None or self.code in self._codes[provider])
            and self._has_a_say_in(provider, operation)
        )

    def _has_a_say_in(self, provider: Provider, operation: str) -> bool:
        lists = operation == _LIST.get(provider, "threads/messages/list")
        if self.kind in ("stuck_cursor", "looping_cursor"):
            return lists and provider != "hunyuan"  # which has no cursor
        if self.kind == "growing_list":
            return lists
        if self.kind == "foreign_messages":
            return lists or operation == _ONE_MESSAGE.get(provider, "threads/messages/query")
        return True

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """A fault from a text such as ``reset_after:0.1`` or ``status:status=429:retry_after=1:times=2``.

        The kind comes first; of the rest, a number is the probability and everything else ``name=value``.

        Raises:
            ValueError: no fault is written like this; the message says why.
        """
        kind, *rest = (part.strip() for part in text.split(":"))
        given: dict[str, Any] = {"kind": kind}
        for part in rest:
            name, separator, value = part.partition("=")
            name, value = (name.strip(), value.strip()) if separator else ("probability", part)
            if name in given:
                raise ValueError(f"{name} is given twice in {text!r}")
            given[name] = _from_text(name, value)
        return cls.from_json(given)

    @classmethod
    def parse_all(cls, text: str) -> list["Fault"]:
        """The faults of a text with commas between them.

        Raises:
            ValueError: as `parse`.
        """
        return [cls.parse(part) for part in text.split(",")]

    @classmethod
    def from_json(cls, payload: object) -> "Fault":
        """A fault from its JSON form: the text that `parse` reads, or an object of the attributes' names.

        Raises:
            ValueError: it describes no fault; the message says why.
        """
        if isinstance(payload, str):
            return cls.parse(payload)
        given = payload if isinstance(payload, dict) else {}
        if "kind" not in given:
            raise ValueError("a fault is a text such as 'reset_after:0.1', or an object with a kind")
        unknown = sorted(set(given) - set(cls.__dataclass_fields__))
        if unknown:
            raise ValueError(f"a fault has no {unknown[0]}; it has {', '.join(cls.__dataclass_fields__)}")
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """The attributes that are not None."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def _from_text(name: str, value: str) -> object:
    kinds = _TYPES.get(name, str)
    if kinds is bool:
        return {"true": True, "false": False}.get(value.lower(), value)
    if kinds is str:
        return value
    if re.fullmatch(r"-?\d{1,12}", value, re.ASCII):
        return int(value)
    if re.fullmatch(r"-?\d{0,12}\.\d{1,12}", value, re.ASCII):
        return float(value)
    return value
