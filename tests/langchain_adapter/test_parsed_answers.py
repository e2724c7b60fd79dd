"""What a chat model parsed stands as an object beside its answer: the answer is kept, and the object as a dict."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import BaseModel

from langchain_threads import ThreadChatMessageHistory
from provider_threads import ConfigurationError
from provider_threads.emulator import Emulator
from provider_threads.overlay import Overlay


class River(BaseModel):
    name: str
    measured: datetime


@pytest.mark.filterwarnings("error")  # a warning of pydantic's would repeat the value
def test_a_parsed_answer_with_a_value_of_another_type_is_kept_without_repeating_it(
    emulator: Emulator, provider_of: Any, overlay: Overlay
) -> None:
    river = River.model_construct(name=6300, measured="a text that nobody repeats")
    history = ThreadChatMessageHistory(emulator.seed("minimax"), provider=provider_of("minimax"), overlay=overlay)
    history.add_messages([AIMessage("约 6300 公里。", additional_kwargs={"parsed": river})])
    (kept,) = history.messages
    assert kept.additional_kwargs == {"parsed": {"name": 6300, "measured": "a text that nobody repeats"}}
    history.close()


@pytest.mark.parametrize("where", ["additional_kwargs", "artifact"])
def test_a_parsed_answer_is_kept_and_what_was_parsed_comes_back_as_a_dict(
    emulator: Emulator, provider_of: Any, tmp_path: Any, where: str
) -> None:
    river = River(name="长江", measured=datetime(2026, 11, 20, tzinfo=timezone.utc))
    written: Any = AIMessage("约 6300 公里。", additional_kwargs={"parsed": river, "all": [{"one": river}]})
    if where == "artifact":
        written = ToolMessage("6300 km", tool_call_id="call_1", artifact=[river])
    with Overlay(tmp_path / "threads.db") as overlay:
        history = ThreadChatMessageHistory(
            "user-42", provider=provider_of("minimax"), overlay=overlay, create_threads=True
        )
        history.add_messages([HumanMessage("长江有多长？"), written])
        kept = history.messages[1]
        dumped = {"name": "长江", "measured": "2026-11-20T00:00:00Z"}
        assert kept.content == written.content
        if where == "artifact":
            assert isinstance(kept, ToolMessage)
            assert kept.artifact == [dumped]
        else:
            assert kept.additional_kwargs == {"parsed": dumped, "all": [{"one": dumped}]}
        assert isinstance(river, River)  # the message that was given is as it was
        assert written.additional_kwargs.get("parsed", river) is river
        with pytest.raises(ConfigurationError, match="additional_kwargs"):
            history.add_messages([AIMessage("no", additional_kwargs={"at": datetime.now(timezone.utc)})])
        history.close()
