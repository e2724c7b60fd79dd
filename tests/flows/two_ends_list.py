"""A Hunyuan thread in memory: a limit and an order, no cursor."""

from __future__ import annotations

from dataclasses import dataclass, field

from provider_threads.endpoint import Answer, Request

from .scripted import message, page, parameters_of


@dataclass
class TwoEndsList:
    """A thread that answers Hunyuan's list action; `flag` False leaves ``HasMore`` out."""

    count: int
    flag: bool = True
    growth: list[int] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [f"msg_{number}" for number in range(self.count)]

    def __call__(self, request: Request) -> Answer:
        asked = parameters_of(request)
        assert asked["ThreadID"] == "thread_1"
        ids = self.ids()[:: 1 if asked["Order"] == "asc" else -1]
        answered = page(
            "hunyuan",
            [message("hunyuan", one) for one in ids[: asked["Limit"]]],
            len(ids) > asked["Limit"] if self.flag else None,
        )
        if self.growth:
            self.count += self.growth.pop(0)
        return answered
