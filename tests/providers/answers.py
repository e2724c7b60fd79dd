"""Answers as the platforms send them, read the way a client reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from provider_threads import AppBuilder, Hunyuan, MiniMax, Provider, ThreadsError
from provider_threads.endpoint import Answer, Endpoint, ListMessages, MessageRef, ThreadRef
from provider_threads.flows.judge import Judged, judge

_PAYLOADS = Path(__file__).parents[1] / "payloads"

ASKED = "thread_asked"
LIST = ListMessages(ASKED, order="desc")
MESSAGE = MessageRef(ASKED, "msg_asked")
THREAD = ThreadRef(ASKED)

EXAMPLE_ID = "AKIDEXAMPLE0000000000000000000000000"
EXAMPLE_KEY = "keyEXAMPLE000000000000000000000"

MAKERS: Mapping[str, Callable[..., Provider]] = {
    "hunyuan": lambda **settings: Hunyuan(EXAMPLE_ID, EXAMPLE_KEY, **settings),
    "minimax": lambda **settings: MiniMax("mm-key-EXAMPLE", "1700000000000000001", **settings),
    "appbuilder": lambda **settings: AppBuilder("bce-v3/ALTAK-EXAMPLE/0000", **settings),
}


def payload(name: str) -> Any:
    """A payload of tests/payloads, decoded: a fresh one each time."""
    return json.loads((_PAYLOADS / f"{name}.json").read_text("utf-8"))


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    """An answer with a JSON body, or with the bytes given; header names are written with underscores."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def judged(
    provider: Provider,
    operation: str,
    arguments: Any,
    outcome: Answer,
    *,
    strict_thread_ids: bool = False,
) -> Judged[Any]:
    """What a client makes of one answer."""
    endpoint: Endpoint[Any, Any] = getattr(provider.endpoints, operation)
    return judge(provider, endpoint, arguments, outcome, strict_thread_ids=strict_thread_ids)


def read(provider: Provider, operation: str, arguments: Any, body: object) -> Any:
    """The result of an answer that must be readable."""
    result = judged(provider, operation, arguments, answer(body))
    assert result.error is None, result.error
    return result.value


def refused(
    provider: Provider, operation: str, arguments: Any, body: object, status: int = 200, **headers: str
) -> ThreadsError:
    """The error of an answer that must not pass as a result."""
    result = judged(provider, operation, arguments, answer(body, status, **headers))
    assert result.value is None
    assert result.error is not None
    return result.error
