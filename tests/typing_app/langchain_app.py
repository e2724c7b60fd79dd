"""LangChain: histories in a chain, documents, citations."""

from collections.abc import Callable

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory
from pydantic import SecretStr
from typing_extensions import assert_type

from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
    ThreadLoader,
    citations_of,
    citations_to_documents,
    provenance_of,
    to_langchain,
    with_footnotes,
    without_citations,
)
from provider_threads import Citation, MiniMax, ThreadClient, ThreadMessage, ThreadView
from provider_threads.overlay import Overlay

FAILED: list[Exception] = []


def chain() -> str:
    """A history factory in a chain, as the guide has it."""
    histories = MiniMaxChatMessageHistory.factory(
        api_key=SecretStr("key"), group_id="group", overlay="threads.db", create_threads=True, on_error=FAILED.append
    )
    assert_type(histories, Callable[[str], MiniMaxChatMessageHistory])
    of_the_base: Callable[[str], BaseChatMessageHistory] = histories
    prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder("history"), ("human", "{question}")])
    answers = RunnableWithMessageHistory(
        prompt | FakeListChatModel(responses=["About 5,464 km."]),
        of_the_base,
        input_messages_key="question",
        history_messages_key="history",
    )
    answers.invoke({"question": "How long is it?"}, {"configurable": {"session_id": "user-42"}})
    return histories("user-42").messages[-1].text


def read_and_write(where: Overlay) -> list[BaseMessage]:
    """Each method of a history."""
    with AppBuilderChatMessageHistory("user-42", token="token", overlay=where, create_threads=True) as history:
        assert_type(history, AppBuilderChatMessageHistory)
        history.add_messages([HumanMessage("How long is it?"), AIMessage("Long.")])
        history.add_user_message("And this one?")
        history.add_ai_message(AIMessage("Longer."))
        assert_type(history.messages, list[BaseMessage])
        assert_type(history.refresh(), list[BaseMessage])
        assert_type(history.last_error, Exception | None)
        assert_type(history.last_view, ThreadView | None)
        assert_type(history.hosted_thread_id(), str | None)
        history.clear(remote=True)
        return history.messages


async def read_and_write_async() -> list[BaseMessage]:
    """The same, awaited."""
    history = HunyuanChatMessageHistory("thread_1", writes="none", limit=20, on_gap="error")
    await history.aadd_messages([HumanMessage("How long is it?")])
    await history.aclear()
    messages = await history.aget_messages()
    assert_type(messages, list[BaseMessage])
    await history.aclose()
    return messages


def of_a_client(threads: ThreadClient) -> ThreadChatMessageHistory:
    """With a client of the app's own."""
    factory = ThreadChatMessageHistory.factory(client=threads, writes="split", freshness=0.0)
    assert_type(factory, Callable[[str], ThreadChatMessageHistory])
    return factory("thread_1")


def cite(message: BaseMessage) -> str:
    """Citations of LangChain's messages."""
    assert_type(citations_of(message), tuple[Citation, ...])
    assert_type(citations_to_documents(message), list[Document])
    assert_type(without_citations([message]), list[BaseMessage])
    provenance = provenance_of(message)
    return with_footnotes(message) if provenance is not None else message.text


def documents(message: ThreadMessage) -> list[Document]:
    """Threads as documents, and one message translated by hand."""
    loader = ThreadLoader(["thread_1"], provider=MiniMax(), granularity="turn", roles={"user"}, markers=False)
    assert_type(loader.thread_ids, tuple[str, ...])
    assert_type(to_langchain(message, "minimax"), BaseMessage)
    loaded = loader.load()
    assert_type(loaded, list[Document])
    return loaded
