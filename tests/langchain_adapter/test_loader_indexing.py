"""Threads loaded through an overlay, and into a vector store as they grow."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import IndexingResult, InMemoryRecordManager, aindex, index
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_threads import ThreadChatMessageHistory, ThreadLoader
from provider_threads import RetryPolicy, StaleThreadWarning, ThreadClient
from provider_threads.emulator import Emulator, SeedMessage
from provider_threads.overlay import Overlay
from tests.overlay.faults import Faults

from .conversations import Loading, Mode, OpenHistory, OpenLoader, contents, conversation


class Index:
    """A vector store in memory with a record of what is in it."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self._records = InMemoryRecordManager("threads")
        self._records.create_schema()
        self.vectors = InMemoryVectorStore(DeterministicFakeEmbedding(size=8))

    def update(
        self, loader: ThreadLoader, cleanup: Literal["incremental", "full", "scoped_full"] = "scoped_full"
    ) -> tuple[int, int, int]:
        """How many documents were added, skipped, deleted."""
        settings: dict[str, Any] = {"cleanup": cleanup, "source_id_key": "source", "key_encoder": "sha256"}
        if self._mode == "sync":
            result = index(loader, self._records, self.vectors, **settings)
        else:
            result = asyncio.run(aindex(loader, self._records, self.vectors, **settings))
        return counts(result)

    @property
    def texts(self) -> list[str]:
        return sorted(kept["text"] for kept in self.vectors.store.values())


def counts(result: IndexingResult) -> tuple[int, int, int]:
    return result["num_added"], result["num_skipped"], result["num_deleted"]


TURN = [SeedMessage("user", "next question"), SeedMessage("assistant", "next answer")]


@pytest.mark.parametrize("cleanup", ["incremental", "full", "scoped_full"])
@pytest.mark.parametrize(
    ("granularity", "first", "again", "later"),
    [
        ("message", (6, 0, 0), (0, 6, 0), (2, 6, 0)),
        ("turn", (3, 0, 0), (0, 3, 0), (1, 3, 0)),
        ("thread", (1, 0, 0), (0, 1, 0), (1, 0, 1)),
    ],
)
def test_an_index_takes_only_what_is_new(
    granularity: Any,
    first: tuple[int, int, int],
    again: tuple[int, int, int],
    later: tuple[int, int, int],
    cleanup: Any,
    mode: Mode,
    loader_of: OpenLoader,
    emulator: Emulator,
) -> None:
    thread_id = emulator.seed("appbuilder", conversation(6))
    loader, searched = loader_of("appbuilder", thread_id, granularity=granularity), Index(mode)
    assert searched.update(loader, cleanup) == first
    assert searched.update(loader, cleanup) == again
    emulator.seed("appbuilder", TURN, thread_id=thread_id)
    assert searched.update(loader, cleanup) == later
    assert searched.texts == sorted(contents(loader.load()))


def test_a_turn_that_grew_is_replaced(mode: Mode, platform: Any, loader_of: OpenLoader, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(3))
    loader, searched = loader_of(platform, thread_id), Index(mode)
    assert searched.update(loader) == (2, 0, 0)
    emulator.seed(platform, [SeedMessage("assistant", "its answer")], thread_id=thread_id)
    assert searched.update(loader) == (1, 1, 1)
    assert searched.texts == sorted(
        ["user: message 0\n\nassistant: message 1", "user: message 2\n\nassistant: its answer"]
    )


def test_an_answer_indexed_while_it_was_written_is_replaced(
    mode: Mode, loader_of: OpenLoader, emulator: Emulator
) -> None:
    question = SeedMessage("user", "question", id="msg_1")
    written = SeedMessage("assistant", "half an", id="msg_2", status="in_progress")
    thread_id = emulator.seed("hunyuan", [question, written])
    loader, searched = loader_of("hunyuan", thread_id, granularity="message"), Index(mode)
    assert searched.update(loader) == (2, 0, 0)
    emulator.reset()
    answer = SeedMessage("assistant", "half an hour", id="msg_2")
    emulator.seed("hunyuan", [question, answer], thread_id=thread_id)
    searched.update(loader)
    assert searched.texts == ["half an hour", "question"]


def test_one_threads_documents_stay_while_another_is_indexed(
    mode: Mode, loader_of: OpenLoader, emulator: Emulator
) -> None:
    searched = Index(mode)
    for _ in range(2):
        searched.update(loader_of("minimax", emulator.seed("minimax", conversation(2))))
    assert len(searched.texts) == 2


def test_what_was_forgotten_leaves_the_index(
    mode: Mode, loader_of: OpenLoader, history_of: OpenHistory, overlay: Overlay
) -> None:
    history, searched = history_of("minimax", conversation(4), overlay=overlay), Index(mode)
    loader = loader_of("minimax", history.thread_id, overlay=overlay)
    assert searched.update(loader) == (2, 0, 0)
    history.clear()
    history.add_user_message("new")
    assert searched.update(loader) == (1, 0, 2)


def test_documents_are_found_by_their_metadata(loader_of: OpenLoader, emulator: Emulator, mode: Mode) -> None:
    first, second = (emulator.seed("minimax", conversation(2)) for _ in range(2))
    searched = Index(mode)
    searched.update(loader_of("minimax", [first, second]))
    (found,) = searched.vectors.similarity_search(
        "message", k=5, filter=lambda document: document.metadata["thread_id"] == second
    )
    assert found.metadata["source"] == f"minimax:{second}"


# through an overlay


def test_what_is_only_in_the_overlay_is_loaded_too(
    platform: Any, loader_of: OpenLoader, history_of: OpenHistory, overlay: Overlay, load: Loading
) -> None:
    history = history_of(platform, overlay=overlay)
    history.add_messages([SystemMessage("rules"), HumanMessage("question"), AIMessage("answer")])
    loader = loader_of(platform, history.thread_id, overlay=overlay)
    documents = load(loader)
    assert contents(documents) == ["user: question\n\nassistant: answer"]
    assert documents[0].metadata["thread_id"] == history.thread_id
    assert [document.id for document in load(loader)] == [document.id for document in documents]


def test_what_was_forgotten_is_not_loaded(
    loader_of: OpenLoader, history_of: OpenHistory, overlay: Overlay, load: Loading
) -> None:
    history = history_of("minimax", conversation(4), overlay=overlay)
    history.clear()
    history.add_user_message("new")
    assert contents(load(loader_of("minimax", history.thread_id, overlay=overlay))) == ["user: new"]


def test_a_key_of_the_apps_own_leads_to_its_thread(
    loader_of: OpenLoader, provider_of: Any, overlay: Overlay, load: Loading
) -> None:
    settings: dict[str, Any] = {"provider": provider_of("appbuilder"), "overlay": overlay, "create_threads": True}
    loader = loader_of("appbuilder", "user 42", **settings)
    assert load(loader) == []
    with ThreadChatMessageHistory("user 42", **settings) as history:
        history.add_messages([AIMessage("welcome"), HumanMessage("question")])
        welcome, question = load(loader)
        hosted = history.hosted_thread_id()
    assert welcome.metadata["thread_id"] == question.metadata["thread_id"] == hosted
    assert question.id is not None
    assert question.id.startswith(f"appbuilder:{hosted}:msg_")
    assert welcome.id is not None
    assert welcome.id.startswith(f"appbuilder:{hosted}:local:")


def test_an_outage_can_be_loaded_through(
    emulator: Emulator, faulty_provider_of: Any, faults: Faults, overlay: Overlay, load: Loading
) -> None:
    thread_id = emulator.seed("minimax", conversation(2))
    with ThreadClient(faulty_provider_of("minimax"), retry=RetryPolicy(attempts=1)) as client:
        loader = ThreadLoader(thread_id, client=client, overlay=overlay, freshness=0, on_outage="stale")
        before = load(loader)
        faults.of_all = "unavailable"
        with pytest.warns(StaleThreadWarning):
            assert load(loader) == before
    assert contents(before) == ["user: message 0\n\nassistant: message 1"]
