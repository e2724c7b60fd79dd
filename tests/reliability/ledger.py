"""What became of every message of one conversation, and what a read of it must show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from provider_threads.emulator.faults_lists import ADDED_TEXT

__all__ = ["FLAWS", "Ledger"]

FLAWS = ("strange", "lost", "doubled", "disordered")
"""What a read can have wrong: a text that nobody wrote, one that is missing, there twice, or in the wrong place."""


@dataclass
class Ledger:
    """The messages of a conversation by what their writer was told; every text is written once.

    Attributes:
        confirmed: told to be there, in the order they were written. others: what others wrote, in order.
        unknown: may be there. Once a read has shown one it must stay.
    """

    confirmed: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    def flaws(self, shown: Sequence[str]) -> Counter[str]:
        """What is wrong with the texts that a read has shown."""
        counted = Counter(text for text in shown if text != ADDED_TEXT)
        known = {*self.confirmed, *self.others}
        flaws: Counter[str] = Counter(
            strange=len(set(counted) - known - self.unknown),
            lost=len((known | self._seen) - set(counted)),
            doubled=sum(count - 1 for count in counted.values()),
        )
        for order in (self.confirmed, self.others):
            members = set(order)
            as_shown = list(dict.fromkeys(text for text in shown if text in members))
            flaws["disordered"] += as_shown != [text for text in order if text in counted]
        self._seen.update(self.unknown & set(counted))
        return +flaws

    def flaws_of_the_platform(self, held: Sequence[str], *, sent: Sequence[str]) -> Counter[str]:
        """What is wrong with what the platform holds in the end; `sent` of what was confirmed went there."""
        counted = Counter(text for text in held if text != ADDED_TEXT)
        return +Counter[str](
            strange=len(set(counted) - set(sent) - set(self.others) - self.unknown),
            lost=len({*sent, *self.others} - set(counted)),
            doubled=sum(count - 1 for count in counted.values()),
        )
