"""Frozen dataclasses, made in large numbers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar, cast

__all__ = ["maker_of"]

KindT = TypeVar("KindT")


def maker_of(kind: type[KindT]) -> type[KindT]:
    """What makes instances of `kind`, a frozen dataclass with slots, in a quarter of the time of its constructor.

    A frozen dataclass sets each of its fields by a call of ``object.__setattr__``. This class is open while its fields
    are set, and what it made becomes `kind` then, which Python allows since both have the same slots. It takes all of
    `kind`'s fields, by position fastest, and has no defaults.
    """
    names = [known.name for known in fields(kind)]  # type: ignore[arg-type]  # no bound says "a dataclass"
    lines = [f"def __init__(self, {', '.join(names)}):", *(f"self.{name} = {name}" for name in names)]
    made: dict[str, Any] = {"__frozen__": kind}
    exec("\n    ".join([*lines, "self.__class__ = __frozen__"]), made)  # noqa: S102 - as dataclass makes its own
    opened = type(kind.__name__, (), {"__slots__": tuple(names), "__init__": made["__init__"]})
    return cast("type[KindT]", opened)
