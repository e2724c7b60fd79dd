"""From a platform's bytes to a framework's messages, against a loop that does no more than it must.

Ours is the way that every read goes, without the network: `judge` (`provider_threads.flows.judge`) decodes a page,
reads its envelope and has the platform's `Endpoint.parse` make `ThreadMessage`s of it; `to_langchain` or
`to_llamaindex` of the adapters makes messages of those, page by page, as they come from `iter_messages`. The other side
is `tests.benchmarks.floors`. Both decode every page afresh, keep all messages until they are done, and run with the
garbage collector on; it is not made to look through what was there before, which is two frameworks. A line without a
bar has the whole thread held as `ThreadMessage`s first, with what came in their `raw`, as `read` holds it: most of what
that takes more is the garbage collector's.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from langchain_threads.messages import to_langchain
from llamaindex_threads.messages import to_llamaindex
from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider, ThreadMessage
from provider_threads.endpoint import Answer, ListMessages
from provider_threads.flows.judge import judge
from tests.benchmarks.answers import PLATFORMS, Platform, pages_of
from tests.benchmarks.floors import fastest_decoder, langchain_floor, llamaindex_floor
from tests.benchmarks.ratios import Ratio, command

__all__ = ["differing", "measure", "sides"]

_PROVIDERS: dict[Platform, Provider] = {
    "minimax": MiniMax("a-key", "1"),
    "appbuilder": AppBuilder("a-token"),
    "hunyuan": Hunyuan("an-id", "a-key"),
}
_ASKED = ListMessages("thread_5e0b7c19d2f84a36", limit=100, order="asc")

_BAR = 1.5

Translate = Callable[[], list[Any]]


def measure(quick: bool) -> list[Ratio]:
    """The time of the processor, ours over the floor's, for each platform and framework."""
    messages, repetitions = (200, 2) if quick else (10_000, 15)
    ratios = []
    for platform in PLATFORMS:
        pages = pages_of(platform, messages)
        name, _ = fastest_decoder(pages)
        for framework, (ours, held, floor) in sides(platform, pages).items():
            if different := differing(ours(), floor()) + differing(held(), floor()):
                raise AssertionError(f"{platform}, {framework}: message {different[0]} is not the floor's")
            what = f"{messages:,} messages of {_PROVIDERS[platform].title} from bytes to {framework}'s"
            against = f"the hand-fused loop over {name}"
            samples = _in_turn(ours, floor, repetitions)
            ratios.append(Ratio(f"{what}, half with a citation", against, samples, bar=_BAR))
            if platform == "minimax":
                samples = _in_turn(held, floor, repetitions)
                ratios.append(Ratio(f"{what}, the thread held whole first", against, samples, bar=None))
    return ratios


def sides(platform: Platform, pages: Sequence[bytes]) -> dict[str, tuple[Translate, Translate, Translate]]:
    """By framework: our translation of `pages`, the same with the thread held whole first, and the floor's."""
    provider = _PROVIDERS[platform]
    _, decode = fastest_decoder([*pages])
    return {
        "LangChain": (
            lambda: [to_langchain(message, platform) for message in _read(provider, pages)],
            lambda: [to_langchain(message, platform) for message in [*_read(provider, pages)]],
            lambda: [*langchain_floor(platform, pages, decode)],
        ),
        "LlamaIndex": (
            lambda: [to_llamaindex(message, platform) for message in _read(provider, pages)],
            lambda: [to_llamaindex(message, platform) for message in [*_read(provider, pages)]],
            lambda: [*llamaindex_floor(platform, pages, decode)],
        ),
    }


def _read(provider: Provider, pages: Iterable[bytes]) -> Iterator[ThreadMessage]:
    for body in pages:
        answer = Answer(200, {"content-type": "application/json"}, body)
        judged = judge(provider, provider.endpoints.list_messages, _ASKED, answer, strict_thread_ids=False)
        if judged.value is None:
            raise judged.error or AssertionError("a page without a page")
        yield from judged.value


def differing(ours: Sequence[Any], floor: Sequence[Any]) -> list[int]:
    """Where two translations differ, in class or in any field."""
    assert len(ours) == len(floor)
    pairs = zip(ours, floor, strict=True)
    return [at for at, (one, other) in enumerate(pairs) if type(one) is not type(other) or one != other]


def _in_turn(ours: Translate, floor: Translate, repetitions: int) -> list[float]:
    samples = []
    gc.collect()
    gc.freeze()
    for at in range(repetitions):
        sides = (ours, floor) if at % 2 else (floor, ours)
        taken = {side: _seconds(side) for side in sides}
        samples.append(taken[ours] / taken[floor])
    return samples


def _seconds(translate: Translate) -> float:
    gc.collect()
    began = time.process_time()
    made = translate()
    took = time.process_time() - began
    del made
    return took


if __name__ == "__main__":
    command(measure, __doc__)
