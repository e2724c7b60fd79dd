"""RAG over conversations: MiniMax threads and the web sources they cite, indexed; answers name their sources.

Run it as it is: an emulator of the platform stands in for an account, and stand-ins for the models.
"""

from itertools import pairwise
from zlib import crc32

from llama_index.core import VectorStoreIndex
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms.mock import MockFunctionCallingLLM

from llamaindex_threads import ThreadChatStore, ThreadReader, citations_to_nodes
from provider_threads import MiniMax
from provider_threads.emulator import Emulator, SeedCitation, SeedMessage


class LetterPairs(BaseEmbedding):
    """Your embedding model goes here; this one finds texts near each other that share pairs of letters."""

    def _get_text_embedding(self, text):
        vector = [0.0] * 1024
        for pair in pairwise(text):
            vector[crc32("".join(pair).encode()) % 1024] += 1.0
        return vector

    _get_query_embedding = _get_text_embedding

    async def _aget_query_embedding(self, query):
        return self._get_text_embedding(query)


def scripted(messages, **settings):
    return ChatMessage(role="assistant", content="苏轼生于 1037 年。")


def conversation(question, answer, quote, url):
    source = SeedCitation(marker="【1†source】", quote=quote, url=url)
    return [SeedMessage("user", question), SeedMessage("assistant", f"{answer}【1†source】", citations=[source])]


with Emulator() as platform:
    # With an account: provider = MiniMax() and the ids of threads of yours; no emulator, no seed.
    account = platform.credentials
    provider = MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=platform.base_url)
    poet = conversation("苏轼是谁？", "北宋文学家。", "苏轼，1037 年生于眉州", "https://example.com/su-shi")
    river = conversation("长江有多长？", "约 6300 公里。", "长江干流全长 6300 公里", "https://example.com/yangtze")
    threads = [platform.seed("minimax", messages) for messages in (poet, river)]

    # A document for each question with its answer, without the markers; a node for each source that an answer cites.
    nodes = ThreadReader(provider, markers=False).load_data(threads)
    with ThreadChatStore(provider) as store:
        for thread_id in threads:
            for message in store.get_messages(thread_id):
                nodes += [cited.node for cited in citations_to_nodes(message)]

    index = VectorStoreIndex(nodes, embed_model=LetterPairs())
    model = MockFunctionCallingLLM(response_generator=scripted, is_chat_model=True)  # your model goes here
    chat = index.as_chat_engine(chat_mode="context", llm=model, similarity_top_k=2)
    answer = chat.chat("苏轼哪一年出生？")
    print(answer.response)
    for source in answer.source_nodes:
        place = source.metadata.get("url", "a conversation")
        print(f"  {place}: {' '.join(source.get_content().split())}")
