"""A thread on a platform that leaves the same questions open as the documents do, in memory, free to grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from provider_threads.endpoint import Answer, Request

from .scripted import message, page, parameters_of


@dataclass
class HostedList:
    """A thread that answers list requests.

    Attributes:
        name: the platform. count: how many messages there are at first.
        inclusive: whether the message that a cursor names is in the page.
        by_time: whether cursors go by time, or by position in the list.
        cap: the longest page, or None. flag: whether an answer says if there is more.
        orders, cursors, limits: whether these parameters have any effect. default: the order without one.
        tied: whether all messages share one time.
        growth: messages that arrive after each answer, in turn.
    """

    name: str
    count: int
    inclusive: bool = False
    by_time: bool = False
    cap: int | None = None
    flag: bool = True
    orders: bool = True
    cursors: bool = True
    limits: bool = True
    default: str = "asc"
    tied: bool = False
    growth: list[int] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [f"msg_{number}" for number in range(self.count)]

    def __call__(self, request: Request) -> Answer:
        asked = parameters_of(request)
        assert asked["thread_id"] == "thread_1"
        answered = self._page(asked)
        if self.growth:
            self.count += self.growth.pop(0)
        return answered

    def _page(self, asked: dict[str, Any]) -> Answer:
        numbers = list(range(self.count))
        assert asked["order"] in ("asc", "desc")  # as the platforms take it, heeded or not
        order = asked["order"] if self.orders else self.default
        if order == "desc":
            numbers.reverse()
        window = self._window(numbers, asked, order) if self.cursors else numbers
        most = min(asked["limit"] if self.limits else self.count, self.cap or self.count)
        from_end = self.cursors and "before" in asked and not self.by_time
        cut = window[max(len(window) - most, 0) :] if from_end else window[:most]
        messages = [
            message(
                self.name,
                f"msg_{number}",
                role=("user", "assistant")[number % 2],
                at=1_700_000_000 + (0 if self.tied else number),
            )
            for number in cut
        ]
        return page(self.name, messages, len(cut) < len(window) if self.flag else None)

    def _window(self, numbers: list[int], asked: dict[str, Any], order: str) -> list[int]:
        for name in ("after", "before"):
            if name not in asked:
                continue
            named = int(asked[name].removeprefix("msg_"))
            if self.by_time:
                later = name == "after"
                numbers = [n for n in numbers if (n > named if later else n < named) or (self.inclusive and n == named)]
            else:
                at = numbers.index(named)
                own = int(self.inclusive)
                numbers = numbers[at + 1 - own :] if name == "after" else numbers[: at + own]
        return numbers
