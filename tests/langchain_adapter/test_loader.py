"""Threads as LangChain documents, loaded both ways."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import Any

import pytest
from langchain_core.documents import Document

from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    IncompleteThreadError,
    IncompleteThreadWarning,
    ThreadClient,
    ThreadsError,
)
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage

from .conversations import CURSOR_PLATFORMS, Loading, Mode, OpenLoader, contents, conversation, texts


def test_a_turn_is_a_document_by_default(
    platform: Any, loader_of: OpenLoader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed(platform, conversation(5))
    documents = load(loader_of(platform, thread_id))
    assert contents(documents) == [
        "user: message 0\n\nassistant: message 1",
        "user: message 2\n\nassistant: message 3",
        "user: message 4",
    ]
    questions = [stored.id for stored in emulator.messages(platform, thread_id)][::2]
    assert [document.id for document in documents] == [f"{platform}:{thread_id}:{id_}" for id_ in questions]
    assert documents[0].metadata["source"] == f"{platform}:{thread_id}"
    assert documents[0].metadata["messages"] == 2


def test_a_message_or_a_thread_is_one_where_that_is_wanted(
    platform: Any, loader_of: OpenLoader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed(platform, conversation(4))
    assert contents(load(loader_of(platform, thread_id, granularity="message"))) == texts(4)
    (document,) = load(loader_of(platform, thread_id, granularity="thread", roles={"assistant"}))
    assert (document.id, document.page_content) == (
        f"{platform}:{thread_id}",
        "assistant: message 1\n\nassistant: message 3",
    )


def test_several_threads_come_one_after_the_other_each_once(
    platform: Any, loader_of: OpenLoader, emulator: Emulator, load: Loading
) -> None:
    first, second = emulator.seed(platform, conversation(2)), emulator.seed(platform, conversation(1))
    documents = load(loader_of(platform, [second, first, second]))
    assert [document.metadata["thread_id"] for document in documents] == [second, first]
    assert load(loader_of(platform, [])) == []


def test_every_load_reads_anew(platform: Any, loader_of: OpenLoader, emulator: Emulator, load: Loading) -> None:
    thread_id = emulator.seed(platform, conversation(1))
    loader = loader_of(platform, thread_id)
    before = load(loader)
    emulator.seed(platform, [SeedMessage("assistant", "later")], thread_id=thread_id)
    after = load(loader)
    assert before[0].id == after[0].id
    assert contents(after) == ["user: message 0\n\nassistant: later"]


def test_a_repeated_id_makes_two_documents(loader_of: OpenLoader, emulator: Emulator, load: Loading) -> None:
    """MiniMax's own example gives a question and its answer one id."""
    twice = [SeedMessage("user", "a", id="msg_abc123"), SeedMessage("assistant", "b", id="msg_abc123")]
    thread_id = emulator.seed("minimax", twice)
    documents = load(loader_of("minimax", thread_id, granularity="message"))
    assert [document.id for document in documents] == [
        f"minimax:{thread_id}:msg_abc123",
        f"minimax:{thread_id}:msg_abc123#2",
    ]


def test_markers_of_citations_can_be_left_out(loader_of: OpenLoader, emulator: Emulator, load: Loading) -> None:
    cited = SeedMessage("assistant", "晴【1†source】。", citations=[SeedCitation("【1†source】", "…")])
    thread_id = emulator.seed("minimax", [cited])
    assert contents(load(loader_of("minimax", thread_id, granularity="message"))) == ["晴【1†source】。"]
    (document,) = load(loader_of("minimax", thread_id, granularity="message", markers=False))
    assert (document.page_content, document.metadata["citations"]) == ("晴。", 1)


@pytest.mark.parametrize("platform", CURSOR_PLATFORMS)
def test_a_long_thread_is_fetched_a_page_at_a_time(
    platform: Any, mode: Mode, loader_of: OpenLoader, emulator: Emulator
) -> None:
    loader = loader_of(platform, emulator.seed(platform, conversation(300)))

    async def first() -> Document:
        documents = loader.alazy_load()
        async for document in documents:
            return document
        raise AssertionError("there is none")

    document = next(iter(loader.lazy_load())) if mode == "sync" else asyncio.run(first())
    assert document.page_content == "user: message 0\n\nassistant: message 1"
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("granularity", ["message", "turn", "thread"])
def test_a_thread_of_many_pages_comes_whole(
    platform: Any, granularity: Any, loader_of: OpenLoader, emulator: Emulator, load: Loading
) -> None:
    loader = loader_of(platform, emulator.seed(platform, conversation(199)), granularity=granularity)
    said = "\n\n".join(contents(load(loader))).replace("user: ", "").replace("assistant: ", "")
    assert said == "\n\n".join(texts(199))


def test_a_gap_is_an_error(loader_of: OpenLoader, emulator: Emulator, load: Loading) -> None:
    """An index would take what is not shown for deleted."""
    loader = loader_of("hunyuan", emulator.seed("hunyuan", conversation(200)))
    with pytest.raises(IncompleteThreadError):
        load(loader)


def test_the_newest_block_is_loaded_with_a_warning_where_that_is_wanted(
    loader_of: OpenLoader, emulator: Emulator, load: Loading
) -> None:
    thread_id = emulator.seed("hunyuan", conversation(300))
    with pytest.warns(IncompleteThreadWarning, match=thread_id):
        documents = load(loader_of("hunyuan", thread_id, granularity="message", on_gap="warn"))
    assert contents(documents) == texts(300, start=200)


def test_a_thread_that_cannot_be_read_is_never_skipped(
    platform: Any, loader_of: OpenLoader, emulator: Emulator, load: Loading
) -> None:
    known = emulator.seed(platform, conversation(2))
    with pytest.raises(ThreadsError):
        load(loader_of(platform, ["thread_unknown", known]))


def test_nothing_is_asked_before_the_first_document(platform: Any, loader_of: OpenLoader, emulator: Emulator) -> None:
    loader = loader_of(platform, emulator.seed(platform, conversation(2)))
    loader.lazy_load()
    loader.alazy_load()
    assert emulator.requests == []


def test_a_client_of_ones_own_serves_its_own_way_and_stays_open(
    platform: Any, provider_of: Any, loader_of: OpenLoader, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, conversation(150))
    with ThreadClient(provider_of(platform)) as client:
        loader = loader_of(platform, thread_id, client=client, granularity="message")
        assert contents(loader.load()) == contents(asyncio.run(loader.aload())) == texts(150)
        loader.close()
        assert client.get_thread(thread_id).id

    async def awaited() -> list[Document]:
        async with AsyncThreadClient(provider_of(platform)) as client:
            loader = loader_of(platform, thread_id, client=client, granularity="message")
            with pytest.raises(ConfigurationError, match="asynchronous calls only"):
                loader.load()
            return await loader.aload()

    assert contents(asyncio.run(awaited())) == texts(150)


def test_a_copy_loads_after_the_loader_is_closed(platform: Any, loader_of: OpenLoader, emulator: Emulator) -> None:
    loader = loader_of(platform, emulator.seed(platform, conversation(2)), granularity="message")
    copied = copy.deepcopy(loader)
    loader.close()
    assert contents(copied.load()) == texts(2)
    copied.close()


def test_it_is_not_pickled_and_shows_no_credential(platform: str, loader_of: OpenLoader, emulator: Emulator) -> None:
    loader = loader_of(platform, ["thread_1", "thread_2"])
    with pytest.raises(TypeError, match="pickle its thread_ids"):
        pickle.dumps(loader)
    assert "thread_1" in repr(loader)
    assert not [value for value in vars(emulator.credentials).values() if value in f"{loader!r}{loader}{vars(loader)}"]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"thread_ids": "a/../b"}, "thread_ids"),
        ({"thread_ids": ["thread_1", ""]}, "thread_ids"),
        ({"thread_ids": 3}, "thread_ids"),
        ({"granularity": "page"}, "granularity"),
        ({"roles": "user"}, "roles"),
        ({"limit": 5}, "limit= is a setting of memories"),
        ({"writes": "none"}, "writes= is a setting of memories"),
        ({"create_threads": True}, "needs an overlay"),
        ({"provider": None}, "provider= or client="),
    ],
)
def test_a_mistake_is_told_at_once(settings: dict[str, Any], named: str, loader_of: OpenLoader) -> None:
    with pytest.raises(ConfigurationError, match=named):
        loader_of("minimax", **{"thread_ids": "thread_1", **settings})
    with pytest.raises(TypeError, match=r"ThreadLoader.* 'limt'"):
        loader_of("minimax", "thread_1", limt=3)
