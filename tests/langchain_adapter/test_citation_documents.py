"""What a message cites, as LangChain's documents."""

from __future__ import annotations

from typing import Any

from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_threads import citations_of, citations_to_documents, to_langchain
from provider_threads import Citation, ThreadMessage
from provider_threads.overlay import Overlay
from tests.citations.seeds import PAGE, REPEATED

from .conversations import OpenHistory


def test_each_quote_of_each_source_is_a_document(history_of: OpenHistory) -> None:
    history = history_of("minimax", [REPEATED])
    (message,) = history.messages
    documents = citations_to_documents(message)
    assert [document.page_content for document in documents] == ["最高 9 度", "有雨", "见第 3 页"]
    ids = [document.metadata.pop("quotation_id") for document in documents]
    thread = {"provider": "minimax", "thread_id": history.thread_id, "message_id": "msg_1"}
    assert [document.metadata for document in documents] == [
        {**thread, "kind": "web", "number": 1, "url": PAGE},
        {**thread, "kind": "web", "number": 1, "url": PAGE},
        {**thread, "kind": "file", "number": 2, "file_id": "file_9"},
    ]
    assert [document.id for document in documents] == [f"minimax:{history.thread_id}:msg_1:{each}" for each in ids]
    assert len(set(ids)) == 3


def test_ids_are_the_same_at_every_reading_and_from_an_overlay(history_of: OpenHistory, overlay: Overlay) -> None:
    history = history_of("minimax", [REPEATED], overlay=overlay)
    first, second = (citations_to_documents(history.refresh()[0]) for _ in range(2))
    assert first == second
    assert [document.id for document in first] == [document.id for document in second]


def test_one_quote_in_two_messages_makes_two_documents_that_share_its_id(history_of: OpenHistory) -> None:
    messages = history_of("minimax", [REPEATED, REPEATED]).messages  # the platform repeats the id
    one, other = (citations_to_documents(message)[0] for message in messages)
    assert one.id != other.id
    assert one.metadata["quotation_id"] == other.metadata["quotation_id"]


def test_numbers_are_those_of_the_footnotes_in_a_text_that_was_changed() -> None:
    cited = (
        Citation("web", marker="【1】", start=0, end=3, url="https://a.example/", quote="a"),
        Citation("web", marker="【2】", start=3, end=6, url="https://b.example/", quote="b"),
    )
    message = to_langchain(ThreadMessage("1", "1", "t", "assistant", "ai", "【1】【2】", citations=cited), "minimax")
    changed = message.model_copy(update={"content": "【2】 前，【1】 后"})
    assert [document.page_content for document in citations_to_documents(changed)] == ["b", "a"]


def test_a_message_without_citations_gives_no_documents() -> None:
    perplexity = AIMessage("a", additional_kwargs={"citations": ["https://a.example/"]})
    assert citations_to_documents(HumanMessage("a")) == citations_to_documents(perplexity) == []


def test_a_message_of_no_thread_names_none() -> None:
    note: dict[str, Any] = {"type": "citation", "cited_text": "q", "url": PAGE}
    of_a_model = AIMessage("a", additional_kwargs={"citations": [note]}, response_metadata={"model_provider": "openai"})
    (document,) = citations_to_documents(of_a_model)
    assert document.metadata == {"kind": "other", "number": 1, "quotation_id": document.id, "url": PAGE}


def test_metadata_is_flat_and_a_vector_store_takes_the_documents(history_of: OpenHistory) -> None:
    (message,) = history_of("minimax", [REPEATED]).messages
    assert len(citations_of(message)) == 4
    documents = citations_to_documents(message)
    assert {type(value) for document in documents for value in document.metadata.values()} == {str, int}
    store = InMemoryVectorStore(DeterministicFakeEmbedding(size=8))
    for _ in range(2):
        store.add_documents(documents)
    found = store.similarity_search("有雨", k=9)
    assert {document.id for document in found} == {document.id for document in documents}
    assert len(found) == 3
