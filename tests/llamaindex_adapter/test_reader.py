"""Threads as LlamaIndex documents, read both ways and put through an ingestion pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.readers.base import ReaderConfig
from llama_index.core.schema import Document, MetadataMode
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores import SimpleVectorStore
from llama_index.core.vector_stores.utils import node_to_metadata_dict

from llamaindex_threads import ThreadMemoryStore, ThreadReader
from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    IncompleteThreadError,
    IncompleteThreadWarning,
    Provider,
    ThreadClient,
    ThreadNotFoundError,
    ThreadsError,
)
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage
from provider_threads.overlay import Overlay

from .conversations import Mode, conversation, texts, tool_turn

OpenReader = Callable[..., ThreadReader]
Loading = Callable[..., list[Document]]


@pytest.fixture
def reader_of(provider_of: Callable[..., Provider]) -> Iterator[OpenReader]:
    """Makes a reader of a platform's account on the emulator."""
    with ExitStack() as opened:

        def make(platform: str, thread_ids: Any = (), **settings: Any) -> ThreadReader:
            reader = ThreadReader(provider_of(platform), thread_ids=thread_ids, **settings)
            return opened.enter_context(closing(reader))

        yield make


@pytest.fixture
def load(mode: Mode) -> Loading:
    """Loads documents through a reader, one way or the other."""
    if mode == "sync":
        return lambda reader, *arguments: reader.load_data(*arguments)
    return lambda reader, *arguments: asyncio.run(reader.aload_data(*arguments))


def contents(documents: list[Document]) -> list[str]:
    return [document.text for document in documents]


def test_a_turn_is_a_document_by_default(
    platform: Any, reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed(platform, conversation(3))
    documents = load(reader_of(platform), thread_id)
    assert contents(documents) == ["user: message 0\n\nassistant: message 1", "user: message 2"]
    questions = [stored.id for stored in emulator.messages(platform, thread_id)][::2]
    assert [document.doc_id for document in documents] == [f"{platform}:{thread_id}:{id_}" for id_ in questions]


def test_a_message_or_a_thread_is_one_where_that_is_wanted(
    platform: Any, reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed(platform, conversation(4))
    assert contents(load(reader_of(platform, granularity="message"), thread_id)) == texts(4)
    (document,) = load(reader_of(platform, granularity="thread", roles=["user"]), thread_id)
    assert (document.doc_id, document.text) == (f"{platform}:{thread_id}", "user: message 0\n\nuser: message 2")


def test_a_call_reads_the_threads_it_names_or_the_readers_own(
    platform: Any, reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    first, second, third = (emulator.seed(platform, conversation(1)) for _ in range(3))
    reader = reader_of(platform, [first, second])
    assert [document.metadata["thread_id"] for document in load(reader)] == [first, second]
    assert [document.metadata["thread_id"] for document in load(reader, [third, first])] == [third, first]
    assert load(reader, []) == []


@pytest.mark.parametrize("platform", ["minimax", "appbuilder"])
def test_a_long_thread_is_fetched_a_page_at_a_time(platform: Any, reader_of: OpenReader, emulator: Emulator) -> None:
    documents = iter(reader_of(platform, emulator.seed(platform, conversation(300))).lazy_load_data())
    assert emulator.requests == []
    assert next(documents).text == "user: message 0\n\nassistant: message 1"
    assert len(emulator.requests) == 1
    assert len([*documents]) == 149


def test_a_gap_is_an_error_unless_a_warning_is_wanted(reader_of: OpenReader, emulator: Emulator, load: Loading) -> None:
    thread_id = emulator.seed("hunyuan", conversation(300))
    with pytest.raises(IncompleteThreadError):
        load(reader_of("hunyuan"), thread_id)
    with pytest.warns(IncompleteThreadWarning, match=thread_id):
        documents = load(reader_of("hunyuan", granularity="message", on_gap="warn"), thread_id)
    assert contents(documents) == texts(300, start=200)


def test_a_thread_that_cannot_be_read_is_never_skipped(
    platform: Any, reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    known = emulator.seed(platform, conversation(2))
    with pytest.raises(ThreadsError):
        load(reader_of(platform), ["thread_unknown", known])


def test_a_reader_that_knows_of_no_thread_says_so_and_one_that_is_asked_for_none_loads_none(
    reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    with pytest.raises(ConfigurationError, match="which threads"):
        load(reader_of("minimax"))
    assert load(reader_of("minimax"), []) == []
    assert emulator.requests == []


def test_a_setting_that_a_reader_does_not_have_is_refused_in_its_name(provider_of: Callable[..., Provider]) -> None:
    with pytest.raises(TypeError, match=r"ThreadReader.__init__\(\) got an unexpected keyword argument 'thread_id'"):
        ThreadReader(provider_of("minimax"), thread_id="thread_1")  # type: ignore[call-arg]  # as users mistype it


# documents


def test_metadata_is_flat_and_neither_embedded_nor_shown_but_for_time_and_role(
    reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    cited = SeedMessage("assistant", "晴【1†source】。", citations=[SeedCitation("【1†source】", "…" * 300)])
    thread_id = emulator.seed("minimax", [cited])
    (document,) = load(reader_of("minimax", granularity="message"), thread_id)
    stored = node_to_metadata_dict(document, remove_text=True, flat_metadata=True)
    assert stored["message_id"] == document.metadata["message_id"]
    assert stored["citations"] == 1
    assert document.get_content(MetadataMode.EMBED) == "晴【1†source】。"
    shown = document.get_content(MetadataMode.LLM)
    assert f"created_at: {document.metadata['created_at']}" in shown
    assert "role: assistant" in shown
    assert thread_id not in shown
    assert document.metadata["message_id"] not in shown


def test_markers_of_citations_can_be_left_out(reader_of: OpenReader, emulator: Emulator, load: Loading) -> None:
    cited = SeedMessage("assistant", "晴【1†source】。", citations=[SeedCitation("【1†source】", "…")])
    thread_id = emulator.seed("minimax", [cited])
    assert contents(load(reader_of("minimax", markers=False), thread_id)) == ["assistant: 晴。"]


def test_a_long_turns_ids_do_not_fill_a_splitters_chunks(
    reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    answers = [SeedMessage("assistant", f"part {number} of the answer.") for number in range(60)]
    thread_id = emulator.seed("minimax", [SeedMessage("user", "question"), *answers])
    (turn,) = load(reader_of("minimax"), thread_id)
    assert len(turn.metadata["message_ids"]) > 2000
    assert len(SentenceSplitter(chunk_size=128, chunk_overlap=0).get_nodes_from_documents([turn])) > 1


# ingestion


class Ingestion:
    """A pipeline that upserts into a vector store in memory."""

    def __init__(self, mode: Mode) -> None:
        self._mode = mode
        self.vectors = SimpleVectorStore()
        self._pipeline = IngestionPipeline(
            transformations=[MockEmbedding(embed_dim=4)],
            docstore=SimpleDocumentStore(),
            vector_store=self.vectors,
            docstore_strategy=DocstoreStrategy.UPSERTS,
        )

    def run(self, documents: list[Document]) -> int:
        """How many nodes were made of them."""
        if self._mode == "sync":
            return len(self._pipeline.run(documents=documents))
        return len(asyncio.run(self._pipeline.arun(documents=documents)))

    @property
    def stored(self) -> int:
        return len(self.vectors.data.embedding_dict)


@pytest.mark.parametrize(("granularity", "first", "later"), [("message", 6, 2), ("turn", 3, 1), ("thread", 1, 1)])
def test_a_pipeline_takes_only_what_is_new(
    granularity: Any, first: int, later: int, mode: Mode, reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed("appbuilder", conversation(6))
    reader, ingestion = reader_of("appbuilder", thread_id, granularity=granularity), Ingestion(mode)
    assert [ingestion.run(load(reader)), ingestion.run(load(reader))] == [first, 0]
    emulator.seed("appbuilder", conversation(2), thread_id=thread_id)
    assert ingestion.run(load(reader)) == later
    assert ingestion.stored == len(load(reader))


def test_a_turn_that_grew_is_replaced(
    platform: Any, mode: Mode, reader_of: OpenReader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed(platform, conversation(3))
    reader, ingestion = reader_of(platform, thread_id), Ingestion(mode)
    assert ingestion.run(load(reader)) == 2
    emulator.seed(platform, [SeedMessage("assistant", "its answer")], thread_id=thread_id)
    assert [ingestion.run(load(reader)), ingestion.stored] == [1, 2]


# resources


def test_threads_are_its_resources(platform: Any, mode: Mode, reader_of: OpenReader, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    other = emulator.seed(platform, conversation(1))
    reader = reader_of(platform, [thread_id, other])
    if mode == "sync":
        told: Any = (reader.list_resources_with_info(), reader.load_resources([thread_id, other]))
        documents = told[1]
    else:

        async def asked() -> Any:
            loaded = await reader.aload_resources([thread_id, other])
            return await reader.alist_resources_with_info(), [one for some in loaded.values() for one in some]

        told = asyncio.run(asked())
        documents = told[1]
    assert [*told[0]] == [thread_id, other]
    assert told[0][thread_id]["provider"] == platform
    assert told[0][thread_id]["thread_id"] == thread_id
    assert told[0][thread_id]["created_at"].endswith("+00:00")
    assert [document.metadata["thread_id"] for document in documents] == [thread_id, other]


def test_no_platform_lists_its_threads(platform: Any, reader_of: OpenReader, emulator: Emulator) -> None:
    emulator.seed(platform, conversation(2))
    reader = reader_of(platform)
    assert reader.list_resources() == asyncio.run(reader.alist_resources()) == []
    assert emulator.requests == []


# through an overlay


def test_without_ids_all_that_an_overlay_knows_is_read(
    mode: Mode, reader_of: OpenReader, provider_of: Any, overlay: Overlay, load: Loading
) -> None:
    settings: dict[str, Any] = {"overlay": overlay, "create_threads": True}
    reader = reader_of("appbuilder", **settings)
    with closing(ThreadMemoryStore(provider_of("appbuilder"), **settings)) as store:
        for key in ("user 42", "user 43"):
            asyncio.run(store.add_messages(key, tool_turn()))
        asyncio.run(store.archive_oldest_messages("user 42", 2))
        documents = load(reader)
        threads = [store.hosted_thread_id(key) for key in ("user 42", "user 43")]
    assert reader.list_resources() == ["user 42", "user 43"]
    assert contents(documents) == ["user: question 1\n\nassistant: answer 1"] * 2
    assert [document.metadata["thread_id"] for document in documents] == threads


def test_a_key_without_a_thread_has_no_documents_and_no_info(
    mode: Mode, reader_of: OpenReader, overlay: Overlay, load: Loading
) -> None:
    reader = reader_of("appbuilder", "user 42", overlay=overlay, create_threads=True)
    assert load(reader) == []
    info = reader.get_resource_info if mode == "sync" else lambda key: asyncio.run(reader.aget_resource_info(key))
    with pytest.raises(ThreadNotFoundError, match="no thread yet"):
        info("user 42")


# a client of one's own, settings


def test_a_client_of_ones_own_is_used_and_stays_open(platform: Any, provider_of: Any, emulator: Emulator) -> None:
    thread_id = emulator.seed(platform, conversation(2))
    with ThreadClient(provider_of(platform)) as client:
        reader = ThreadReader(client=client, thread_ids=thread_id)
        assert contents(reader.load_data()) == contents(asyncio.run(reader.aload_data()))
        reader.close()
        assert client.get_thread(thread_id).id

    async def awaited() -> list[Document]:
        async with AsyncThreadClient(provider_of(platform)) as client:
            return list(await ThreadReader(client=client, thread_ids=thread_id).alazy_load_data())

    assert len(asyncio.run(awaited())) == 1


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"thread_ids": "a/../b"}, "thread_ids"),
        ({"granularity": "page"}, "granularity"),
        ({"roles": "user"}, "roles"),
        ({"markers": 1}, "markers"),
        ({"limit": 5}, "limit= is a setting of memories"),
        ({"writes": "none"}, "writes= is a setting of memories"),
    ],
)
def test_a_mistake_is_told_at_once(settings: dict[str, Any], named: str, reader_of: OpenReader) -> None:
    with pytest.raises(ConfigurationError, match=named):
        reader_of("minimax", **settings)
    if "limit" not in settings and "writes" not in settings:
        with pytest.raises(ConfigurationError, match=named):
            reader_of("minimax").model_copy(update=settings)


def test_a_bad_id_in_a_call_is_never_sent(reader_of: OpenReader, emulator: Emulator) -> None:
    reader = reader_of("minimax")
    for call in (reader.load_data, reader.get_resource_info, reader.load_resource):
        with pytest.raises(ConfigurationError, match="thread_ids"):
            call("a/../b")
    assert emulator.requests == []


@pytest.mark.usefixtures("account_in_environment")
def test_a_reader_config_dumps_without_credentials_and_reads(
    platform: Any, reader_of: OpenReader, emulator: Emulator
) -> None:
    reader = reader_of(platform, emulator.seed(platform, conversation(2)))
    config = ReaderConfig(reader=reader)
    dumped = config.to_dict()
    assert dumped["loader"]["class_name"] == "ThreadReader"
    assert not [value for value in vars(emulator.credentials).values() if value in str(dumped) + repr(config)]
    again = ThreadReader.from_dict(dumped["loader"])
    assert contents(again.load_data()) == contents(config.read())
    again.close()
