"""What a message cites, as LlamaIndex's nodes."""

from __future__ import annotations

import pickle

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.chat_engine.types import AgentChatResponse
from llama_index.core.postprocessor import LongContextReorder, MetadataReplacementPostProcessor
from llama_index.core.schema import MetadataMode, NodeRelationship, NodeWithScore, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.vector_stores.utils import metadata_dict_to_node, node_to_metadata_dict

from llamaindex_threads import citations_to_nodes, to_llamaindex
from provider_threads import Citation, ThreadMessage
from provider_threads.emulator import Emulator
from tests.citations.seeds import PAGE, REPEATED

from .conversations import OpenStore


@pytest.fixture
def message(store_of: OpenStore, emulator: Emulator) -> ChatMessage:
    (read,) = store_of("minimax").get_messages(emulator.seed("minimax", [REPEATED], thread_id="thread_1"))
    return read


def nodes_of(message: ChatMessage) -> list[TextNode]:
    nodes = [found.node for found in citations_to_nodes(message)]
    assert all(type(node) is TextNode for node in nodes)
    return nodes  # type: ignore[return-value]  # it was just looked at


def test_each_quote_of_each_source_is_a_node(message: ChatMessage) -> None:
    found = citations_to_nodes(message)
    assert [type(node) for node in found] == [NodeWithScore] * 3
    assert [node.score for node in found] == [None] * 3
    assert [node.text for node in found] == ["最高 9 度", "有雨", "见第 3 页"]
    ids = [node.metadata["quotation_id"] for node in found]
    assert [node.node_id for node in found] == [f"minimax:thread_1:msg_1:{each}" for each in ids]
    assert len(set(ids)) == 3
    thread = {"provider": "minimax", "thread_id": "thread_1", "message_id": "msg_1"}
    assert [node.metadata for node in found] == [
        {**thread, "quotation_id": ids[0], "kind": "web", "number": 1, "url": PAGE},
        {**thread, "quotation_id": ids[1], "kind": "web", "number": 1, "url": PAGE},
        {**thread, "quotation_id": ids[2], "kind": "file", "number": 2, "file_id": "file_9"},
    ]


def test_a_node_names_its_messages_document_and_where_that_cites_it(message: ChatMessage) -> None:
    nodes = nodes_of(message)
    assert [node.ref_doc_id for node in nodes] == ["minimax:thread_1:msg_1"] * 3
    assert [REPEATED.text[node.start_char_idx : node.end_char_idx] for node in nodes] == ["【1】", "【4】", "【2】"]  # type: ignore[index]  # it has a text
    infos = [node.relationships[NodeRelationship.SOURCE] for node in nodes]
    assert infos[0] is not infos[1]


def test_ids_are_the_same_at_every_reading_and_differ_between_messages(store_of: OpenStore, emulator: Emulator) -> None:
    store = store_of("minimax")
    thread_id = emulator.seed("minimax", [REPEATED, REPEATED])  # the platform repeats the id
    first, second = (list(map(citations_to_nodes, store.get_messages(thread_id))) for _ in range(2))
    assert [[node.node_id for node in nodes] for nodes in first] == [[n.node_id for n in nodes] for nodes in second]
    assert [node.node.hash for node in first[0]] == [node.node.hash for node in second[0]]
    assert first[1][0].node_id.startswith(f"minimax:{thread_id}:msg_1#2:")
    assert first[1][0].metadata["quotation_id"] == first[0][0].metadata["quotation_id"]


def test_models_are_shown_title_and_url_and_embeddings_the_title() -> None:
    cited = Citation("web", title="天气", url=PAGE, quote="最高 9 度")
    original = ThreadMessage("1", "1", "thread_1", "assistant", "ai", "晴", citations=(cited,))
    (node,) = nodes_of(to_llamaindex(original, "minimax"))
    assert node.get_content(MetadataMode.LLM) == f"title: 天气\nurl: {PAGE}\n\n最高 9 度"
    assert node.get_content(MetadataMode.EMBED) == "title: 天气\n\n最高 9 度"
    assert (node.start_char_idx, node.end_char_idx) == (None, None)


def test_a_message_of_no_thread_names_none() -> None:
    note = {"kind": "web", "url": PAGE, "title": "天气"}
    (node,) = nodes_of(ChatMessage("a", additional_kwargs={"citations": [note]}))
    assert (node.text, node.ref_doc_id) == ("天气", None)
    assert node.metadata == {"kind": "web", "number": 1, "quotation_id": node.node_id, "url": PAGE, "title": "天气"}


def test_a_message_without_citations_gives_no_nodes() -> None:
    assert citations_to_nodes(ChatMessage("a")) == []
    assert citations_to_nodes(ChatMessage("a", additional_kwargs={"citations": ["https://a.example/"]})) == []


def test_numbers_and_places_are_those_of_a_text_that_was_changed(message: ChatMessage) -> None:
    changed = message.model_copy(update={"blocks": [type(message.blocks[0])(text="先【2】，后【1】")]})  # type: ignore[call-arg]  # a text block
    nodes = nodes_of(changed)
    assert [(node.metadata["number"], node.text, node.start_char_idx) for node in nodes] == [
        (1, "见第 3 页", 1),
        (2, "最高 9 度", 6),
        (2, "有雨", None),
    ]


def test_an_answers_source_nodes_and_postprocessors_take_them(message: ChatMessage) -> None:
    nodes = citations_to_nodes(message)
    answer = AgentChatResponse(response=message.content or "", source_nodes=nodes)
    assert answer.source_nodes == nodes
    for postprocessor in (MetadataReplacementPostProcessor(target_metadata_key="url"), LongContextReorder()):
        kept = postprocessor.postprocess_nodes(citations_to_nodes(message))
        assert {node.node_id for node in kept} == {node.node_id for node in nodes}


def test_nodes_come_back_from_pickles_and_dumps(message: ChatMessage) -> None:
    nodes = citations_to_nodes(message)
    assert pickle.loads(pickle.dumps(nodes)) == nodes
    for found in nodes:
        node = found.node
        assert TextNode.from_dict(node.to_dict()) == node
        assert TextNode.from_json(node.to_json()) == node
        assert metadata_dict_to_node(node_to_metadata_dict(node, flat_metadata=True)) == node


def test_a_document_store_takes_them_and_forgets_those_of_a_message(message: ChatMessage) -> None:
    store = SimpleDocumentStore()
    for _ in range(2):
        store.add_documents(nodes_of(message))
    assert len(store.docs) == 3
    store.delete_ref_doc("minimax:thread_1:msg_1")
    assert store.docs == {}
