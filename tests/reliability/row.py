"""One class of failure: what may happen, the bar, and what holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Property", "Row", "tests_in"]

Property = Callable[[str, object], None]
"""pytest's ``record_property``: a test gives it a figure of its row, by name. Those of one name are added up; of those
whose name begins with ``most_``, and of fractions, the most is kept."""


@dataclass(frozen=True)
class Row:
    """One class of failure.

    Attributes:
        failure: what may go wrong. bar: what must hold all the same.
        tests: what proves it, by path and name.
        figure: what these tests measured, with the names under which they record it; empty where they only pass.
        short: what of the bar is not met, or what is to be known of it; empty where there is nothing to say.
        is_open: whether something of the bar is not met.
    """

    number: int
    failure: str
    bar: str
    tests: tuple[str, ...]
    figure: str = ""
    short: str = ""
    is_open: bool = False


def tests_in(module: str, *names: str) -> tuple[str, ...]:
    """These tests of a module."""
    return tuple(f"tests/{module}.py::{name}" for name in names)
