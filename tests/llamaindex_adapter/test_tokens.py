"""What LlamaIndex's memories count, and citations that pass through their stores."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore

from llamaindex_threads import citations_of
from provider_threads.emulator import Emulator, SeedMessage

from .conversations import OpenStore, cited_answer

QUOTE = "北京今日晴，最高气温九度。" * 20  # 260 characters
MOST_TOKENS = 40
WAYS_TO_COPY = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda message: message.model_copy(deep=True),
    "pickle": lambda message: pickle.loads(pickle.dumps(message)),
}


@pytest.fixture
def answers(store_of: OpenStore, emulator: Emulator) -> tuple[ChatMessage, ChatMessage]:
    """The same answer, with no citation and with eight of 250 characters and more."""
    store = store_of("minimax")
    bare, cited = (store.get_messages(emulator.seed("minimax", [cited_answer(count, QUOTE)]))[0] for count in (0, 8))
    assert bare.content == cited.content
    assert [len(citation.quote or "") >= 250 for citation in citations_of(cited)] == [True] * 8
    return bare, cited


def tokens(message: ChatMessage) -> int:
    return Memory.from_defaults(session_id="s")._estimate_token_count(message)


def test_eight_citations_cost_hardly_a_token(answers: tuple[ChatMessage, ChatMessage]) -> None:
    bare, cited = answers
    text_only = ChatMessage(role="assistant", content=bare.content)
    loud = ChatMessage.model_validate_json(cited.model_dump_json())
    assert tokens(cited) <= tokens(bare) + MOST_TOKENS
    assert tokens(cited) <= tokens(text_only) + MOST_TOKENS
    assert tokens(loud) > tokens(text_only) + 1000  # what plain lists would cost: the measure measures


@pytest.mark.parametrize("way", WAYS_TO_COPY)
def test_copies_stay_cheap(answers: tuple[ChatMessage, ChatMessage], way: str) -> None:
    _, cited = answers
    copied = WAYS_TO_COPY[way](cited)
    assert tokens(copied) == tokens(cited)
    assert citations_of(copied) == citations_of(cited)


def test_metadata_costs_no_more_than_an_id(store_of: OpenStore, emulator: Emulator) -> None:
    rich = SeedMessage("assistant", "答", metadata={f"k{n}": "长" * 100 for n in range(10)}, file_ids=["file_1"] * 5)
    (message,) = store_of("minimax").get_messages(emulator.seed("minimax", [rich]))
    assert tokens(message) <= tokens(ChatMessage(role="assistant", content="答")) + MOST_TOKENS


def test_a_buffer_counts_text_alone(answers: tuple[ChatMessage, ChatMessage]) -> None:
    bare, cited = answers
    buffer = ChatMemoryBuffer.from_defaults()
    assert buffer._token_count_for_messages([cited]) == buffer._token_count_for_messages([bare])


def test_citations_survive_json(answers: tuple[ChatMessage, ChatMessage]) -> None:
    _, cited = answers
    for loaded in (
        ChatMessage.model_validate_json(cited.model_dump_json()),
        ChatMessage.model_validate(json.loads(json.dumps(cited.model_dump(mode="json")))),
    ):
        assert citations_of(loaded) == citations_of(cited)
        assert loaded.additional_kwargs["thread"] == cited.additional_kwargs["thread"]
        assert (loaded.role, loaded.content) == (cited.role, cited.content)


async def test_citations_survive_llamaindexs_sql_store(answers: tuple[ChatMessage, ChatMessage]) -> None:
    _, cited = answers
    store = SQLAlchemyChatStore(table_name="chats", async_database_uri="sqlite+aiosqlite:///:memory:")
    await store.add_message("key", cited)
    (loaded,) = await store.get_messages("key")
    await store._async_engine.dispose()  # type: ignore[union-attr]  # made by the first call
    assert citations_of(loaded) == citations_of(cited)
    assert loaded.content == cited.content
