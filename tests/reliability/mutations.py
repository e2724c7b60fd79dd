"""Answers of the three platforms gone wrong in any way, all that people wrote in them told apart by its script.

Texts are of Hangul syllables, which nothing else in an answer is.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from provider_threads.emulator.faults_json import mutated as flawed
from tests.flows.scripted import message

__all__ = ["KINDS", "holds_text", "mutated_answer"]

TEXT = "가나다라마바사아자차카타파하"
KINDS = ("list", "message", "thread", "refusal")

_HANGUL = re.compile("[\uac00-\ud7a3]")
_ESCAPED = re.compile(r"\\u[ab][0-9a-f]{3}|\\ud[0-7][0-9a-f]{2}|\\x(?:ea|eb|ec|ed)\\x", re.IGNORECASE)


def holds_text(shown: str) -> bool:
    """Whether anything of a text is in what is shown, plain, escaped or as bytes."""
    return bool(_HANGUL.search(shown) or _ESCAPED.search(shown))


def mutated_answer(platform: str, kind: str, chance: random.Random) -> bytes:
    """The body of such an answer with one to three things wrong."""
    body = json.dumps(_answer(platform, kind), ensure_ascii=chance.random() < 0.3).encode()
    for _ in range(chance.randint(1, 3)):
        body = chance.choice(_MUTATIONS)(body, chance)
    return body


def _answer(platform: str, kind: str) -> Any:
    if kind == "refusal":
        return _refusal(platform)
    if kind == "thread":
        plain: Any = {"id": "thread_1", "object": "thread", "created_at": 1_700_000_000, "metadata": {"k": TEXT}}
        if platform == "hunyuan":
            plain = {"ID": "thread_1", "CreatedAt": 1_700_000_000}
    elif kind == "message":
        plain = _message(platform, 1)
    elif platform == "hunyuan":
        plain = {"Data": [_message(platform, number) for number in range(3)], "HasMore": False}
    else:
        plain = {"object": "list", "data": [_message(platform, number) for number in range(3)], "has_more": False}
    if platform == "hunyuan":
        return {"Response": {**plain, "RequestId": "req-1"}}
    return {**plain, "base_resp": {"status_code": 0, "status_msg": ""}} if platform == "minimax" else plain


def _message(platform: str, number: int) -> Any:
    made = message(platform, f"msg_{number}", at=1_700_000_000 + number)
    made["Content" if platform == "hunyuan" else "content"] = TEXT
    if platform != "hunyuan":
        cited = {
            "type": "web_citation",
            "text": "【1】",
            "start_index": 0,
            "web_citation": {"quote": TEXT, "url": TEXT},
        }
        made["content"] = [{"type": "text", "text": {"value": TEXT, "annotations": [cited]}}]
        made["metadata"] = {"note": TEXT}
    return made


def _refusal(platform: str) -> Any:
    if platform == "hunyuan":
        return {"Response": {"Error": {"Code": "InternalError", "Message": TEXT}, "RequestId": "req-1"}}
    if platform == "minimax":
        return {"base_resp": {"status_code": 1013, "status_msg": TEXT}, "data": [TEXT]}
    return {"error": {"code": "404", "message": TEXT, "type": TEXT}}


def _other_bytes(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + chance.randbytes(chance.randint(0, 4)) + body[at + chance.randint(0, 4) :]


def _cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _doubled(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body) + 1)
    return body[:at] + body[chance.randrange(len(body) + 1) :]


def _in_html(body: bytes, chance: random.Random) -> bytes:
    return b"<html><body>" + body + b"</body></html>"


def _in_another_encoding(body: bytes, chance: random.Random) -> bytes:
    return body.decode("utf-8", "replace").encode(chance.choice(["utf-16", "utf-32", "euc-kr", "utf-7"]), "replace")


def _flawed(body: bytes, chance: random.Random) -> bytes:
    try:
        return flawed(body, chance)
    except (ValueError, RecursionError):  # of a body that is wrong already
        return _cut(body, chance)


def _odd_value(body: bytes, chance: random.Random) -> bytes:
    """Another value, of any type, in any place."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return _other_bytes(body, chance)
    places = _places(payload)
    if not places:
        return _cut(body, chance)
    holder, name = chance.choice(places)
    holder[name] = chance.choice(_ODD)
    return json.dumps(payload).encode()


_ODD: list[Any] = [None, True, 0, -1, 10**400, 1e308, float("nan"), float("inf"), "", " ", TEXT, TEXT * 500]
_ODD += [
    "\ud800",
    "\x00",
    "../..",
    [],
    {},
    [[TEXT]],
    {"a": TEXT},
    [None],
    [{"id": TEXT}],
    253_402_300_800,
    "404",
    "1004",
]


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]


_MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [_other_bytes, _cut, _doubled, _flawed, _in_html]
_MUTATIONS += [_in_another_encoding, _odd_value, _odd_value, _odd_value]
