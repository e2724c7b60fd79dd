"""What no translation can do without: decode, build the dicts, call the framework's constructors, and check nothing.

Each function is one loop written by hand for one shape of answer and one framework, and builds what our translation
builds. It reads what the benchmark's own answers hold and would fail, or pass on nonsense, on much that platforms send.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from importlib import import_module
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock

from tests.benchmarks.answers import Platform

__all__ = ["Decode", "fastest_decoder", "langchain_floor", "llamaindex_floor"]

Decode = Callable[[bytes], Any]


def fastest_decoder(pages: list[bytes]) -> tuple[str, Decode]:
    """The fastest of the JSON decoders that are installed, for these bytes."""
    found: dict[str, Decode] = {"json": json.loads}
    for module, path in (("orjson", "loads"), ("msgspec.json", "decode"), ("pydantic_core", "from_json")):
        try:
            found[module.partition(".")[0]] = getattr(import_module(module), path)
        except ImportError:
            continue
    return min(found.items(), key=lambda item: _seconds(item[1], pages))


def _seconds(decode: Decode, pages: list[bytes]) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        for page in pages:
            decode(page)
        taken.append(time.process_time() - began)
    return min(taken)


def langchain_floor(platform: Platform, pages: Iterable[bytes], decode: Decode) -> list[BaseMessage]:
    """LangChain's messages."""
    return _hunyuan_to_langchain(pages, decode) if platform == "hunyuan" else _to_langchain(platform, pages, decode)


def llamaindex_floor(platform: Platform, pages: Iterable[bytes], decode: Decode) -> list[ChatMessage]:
    """LlamaIndex's messages."""
    return _hunyuan_to_llamaindex(pages, decode) if platform == "hunyuan" else _to_llamaindex(platform, pages, decode)


def _to_langchain(platform: Platform, pages: Iterable[bytes], decode: Decode) -> list[BaseMessage]:
    origin, per_second = f"{platform}-threads", 1 if platform == "minimax" else 1000
    made: list[BaseMessage] = []
    for page in pages:
        for item in decode(page)["data"]:
            message_id, role = item["id"], item["role"]
            text = item["content"][0]["text"]
            metadata = {
                "model_provider": origin,
                "thread_id": item["thread_id"],
                "message_id": message_id,
                "provider_role": role,
            }
            if item["run_id"]:
                metadata["run_id"] = item["run_id"]
            if item["assistant_id"]:
                metadata["assistant_id"] = item["assistant_id"]
            metadata["created_at"] = datetime.fromtimestamp(item["created_at"] / per_second, timezone.utc).isoformat()
            if item["metadata"]:
                metadata["metadata"] = dict(item["metadata"])
            kwargs: dict[str, Any] = {}
            if text["annotations"]:
                notes = kwargs["citations"] = []
                for number, note in enumerate(text["annotations"], 1):
                    web = note["web_citation"]
                    notes.append(
                        {
                            "type": "citation",
                            "id": f"{message_id}:{number}",
                            "url": web["url"],
                            "title": web["title"],
                            "start_index": note["start_index"],
                            "end_index": note["end_index"],
                            "cited_text": web["quote"],
                            "extras": {"kind": "web", "marker": note["text"]},
                        }
                    )
            kind = HumanMessage if role == "user" else AIMessage
            made.append(
                kind(content=text["value"], id=message_id, additional_kwargs=kwargs, response_metadata=metadata)
            )
    return made


def _hunyuan_to_langchain(pages: Iterable[bytes], decode: Decode) -> list[BaseMessage]:
    made: list[BaseMessage] = []
    for page in pages:
        for item in decode(page)["Response"]["Data"]:
            message_id, role = item["ID"], item["Role"]
            text = item["Content"][0]["Text"]
            metadata = {
                "model_provider": "hunyuan-threads",
                "thread_id": item["ThreadID"],
                "message_id": message_id,
                "provider_role": role,
                "run_id": item["RunID"],
                "created_at": datetime.fromtimestamp(item["CreatedAt"], timezone.utc).isoformat(),
                "status": item["Status"],
            }
            if item["Metadata"]:
                metadata["metadata"] = dict(item["Metadata"])
            kwargs: dict[str, Any] = {}
            if "Annotations" in text:
                notes = kwargs["citations"] = []
                for number, note in enumerate(text["Annotations"], 1):
                    web = note["web_citation"]
                    notes.append(
                        {
                            "type": "citation",
                            "id": f"{message_id}:{number}",
                            "url": web["url"],
                            "title": web["title"],
                            "start_index": note["start_index"],
                            "end_index": note["end_index"],
                            "cited_text": web["quote"],
                            "extras": {"kind": "web", "marker": note["text"]},
                        }
                    )
            kind = HumanMessage if role == "user" else AIMessage
            made.append(
                kind(content=text["Value"], id=message_id, additional_kwargs=kwargs, response_metadata=metadata)
            )
    return made


def _to_llamaindex(platform: Platform, pages: Iterable[bytes], decode: Decode) -> list[ChatMessage]:
    per_second = 1 if platform == "minimax" else 1000
    made: list[ChatMessage] = []
    for page in pages:
        for item in decode(page)["data"]:
            message_id, role = item["id"], item["role"]
            text = item["content"][0]["text"]
            origin = {
                "provider": platform,
                "key": message_id,
                "thread_id": item["thread_id"],
                "message_id": message_id,
                "provider_role": role,
            }
            if item["run_id"]:
                origin["run_id"] = item["run_id"]
            if item["assistant_id"]:
                origin["assistant_id"] = item["assistant_id"]
            origin["created_at"] = datetime.fromtimestamp(item["created_at"] / per_second, timezone.utc).isoformat()
            if item["metadata"]:
                origin["metadata"] = dict(item["metadata"])
            kwargs: dict[str, Any] = {"thread": origin}
            if text["annotations"]:
                notes = kwargs["citations"] = []
                for note in text["annotations"]:
                    web = note["web_citation"]
                    notes.append(
                        {
                            "kind": "web",
                            "marker": note["text"],
                            "start": note["start_index"],
                            "end": note["end_index"],
                            "quote": web["quote"],
                            "url": web["url"],
                            "title": web["title"],
                        }
                    )
            made.append(
                ChatMessage(
                    role=MessageRole.USER if role == "user" else MessageRole.ASSISTANT,
                    blocks=[TextBlock(text=text["value"])],
                    additional_kwargs=kwargs,
                )
            )
    return made


def _hunyuan_to_llamaindex(pages: Iterable[bytes], decode: Decode) -> list[ChatMessage]:
    made: list[ChatMessage] = []
    for page in pages:
        for item in decode(page)["Response"]["Data"]:
            message_id, role = item["ID"], item["Role"]
            text = item["Content"][0]["Text"]
            origin = {
                "provider": "hunyuan",
                "key": message_id,
                "thread_id": item["ThreadID"],
                "message_id": message_id,
                "provider_role": role,
                "run_id": item["RunID"],
                "created_at": datetime.fromtimestamp(item["CreatedAt"], timezone.utc).isoformat(),
                "status": item["Status"],
            }
            if item["Metadata"]:
                origin["metadata"] = dict(item["Metadata"])
            kwargs: dict[str, Any] = {"thread": origin}
            if "Annotations" in text:
                notes = kwargs["citations"] = []
                for note in text["Annotations"]:
                    web = note["web_citation"]
                    notes.append(
                        {
                            "kind": "web",
                            "marker": note["text"],
                            "start": note["start_index"],
                            "end": note["end_index"],
                            "quote": web["quote"],
                            "url": web["url"],
                            "title": web["title"],
                        }
                    )
            made.append(
                ChatMessage(
                    role=MessageRole.USER if role == "user" else MessageRole.ASSISTANT,
                    blocks=[TextBlock(text=text["Value"])],
                    additional_kwargs=kwargs,
                )
            )
    return made
