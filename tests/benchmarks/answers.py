"""Answers of the three platforms to a list request, as bytes: the shapes of their documents, the texts made up."""

from __future__ import annotations

import json
from typing import Any, Literal

__all__ = ["PLATFORMS", "Platform", "pages_of"]

Platform = Literal["minimax", "appbuilder", "hunyuan"]

PLATFORMS: tuple[Platform, ...] = ("minimax", "appbuilder", "hunyuan")

_QUESTION = "第{}章讲了什么? 请用一两句话概括,并说明出处。"
_ANSWER = "第{}章先讲了材料的来历,再把两种做法放在一起比较,最后给出结论{}。后面还附了一张表,列出每一步所用的时间。"
_MARKER = "【1†source】"
_QUOTE = "本章比较了两种做法: 前一种较快,但用的内存较多;后一种较慢,胜在可以中断后继续。详细数字见附表 ..."


def pages_of(platform: Platform, messages: int, page: int = 100) -> list[bytes]:
    """A thread of `messages`, oldest first, in pages of `page`: questions, and answers with one citation each."""
    written = [_assistants(platform, at) if platform != "hunyuan" else _hunyuan(at) for at in range(messages)]
    return [
        json.dumps(_list_of(platform, written[at : at + page], last=at + page >= messages), ensure_ascii=False).encode()
        for at in range(0, messages, page)
    ]


def _list_of(platform: Platform, items: list[dict[str, Any]], *, last: bool) -> dict[str, Any]:
    if platform == "hunyuan":
        ids = {"FirstMsgID": items[0]["ID"], "LastMsgID": items[-1]["ID"]}
        answer = {"RequestId": "5f0c2b1e-8a47-4d63-9be1-7c25d0a4f318", "Data": items, **ids}
        return {"Response": {**answer, "HasMore": not last, "Object": "list"}}
    answer = {"object": "list", "data": items, "first_id": items[0]["id"], "last_id": items[-1]["id"]}
    if platform == "minimax":
        return {**answer, "base_resp": {"status_code": 0, "status_msg": "success"}}
    return {**answer, "has_more": not last}


def _text(at: int) -> str:
    return _ANSWER.format(at, _MARKER) if at % 2 else _QUESTION.format(at)


def _annotation(text: str, at: int) -> dict[str, Any]:
    start = text.index(_MARKER)
    return {
        "type": "web_citation",
        "text": _MARKER,
        "start_index": start,
        "end_index": start + len(_MARKER),
        "web_citation": {"url": f"https://books.example/{at}", "title": f"第{at}章", "quote": _QUOTE},
    }


def _assistants(platform: Platform, at: int) -> dict[str, Any]:
    """A message of MiniMax's or AppBuilder's list."""
    text = _text(at)
    minimax = platform == "minimax"
    answers = at % 2
    return {
        "id": f"msg_{at:032x}",
        "object": "message" if minimax else "thread.message",
        "created_at": 1_731_400_000 + at * 7 if minimax else 1_731_400_000_000 + at * 7_003,
        "thread_id": "thread_5e0b7c19d2f84a36",
        "role": ("ai" if minimax else "assistant") if answers else "user",
        "content": [
            {"type": "text", "text": {"value": text, "annotations": [_annotation(text, at)] if answers else []}}
        ],
        "file_ids": None if minimax else [],
        "assistant_id": "asst_91c4a7d0e3b2" if answers else "",
        "run_id": f"run_{at:024x}" if answers else "",
        "metadata": {"channel": "web"},
    }


def _hunyuan(at: int) -> dict[str, Any]:
    """A message of Hunyuan's list. No document of Tencent's shows an annotation; it is read as the others' are."""
    text = _text(at)
    annotations = {"Annotations": [_annotation(text, at)]} if at % 2 else {}
    return {
        "ID": f"msg_{at:024x}",
        "Object": "thread.message",
        "CreatedAt": 1_731_400_000 + at // 2 * 9,
        "ThreadID": "thread_5e0b7c19d2f84a36",
        "Status": "completed",
        "InCompleteDetails": {"Reason": ""},
        "CompletedAt": 1_731_428_800 + at // 2 * 9,
        "InCompleteAt": None,
        "Role": "assistant" if at % 2 else "user",
        "Content": [{"Index": 0, "Type": "text", "Text": {"Value": text, **annotations}}],
        "AssistantID": "",
        "RunID": f"run_{at // 2:024x}",
        "Attachments": None,
        "Metadata": {},
    }
