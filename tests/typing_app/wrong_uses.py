"""Wrong uses. A type checker reports each line that ends in `# expect: error`, and no other."""

import httpx
from langchain_core.messages import HumanMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory

import provider_threads
from langchain_threads import (
    AppBuilderChatMessageHistory,
    HunyuanChatMessageHistory,
    MiniMaxChatMessageHistory,
    ThreadChatMessageHistory,
    ThreadLoader,
    ThreadMiddleware,
    citations_of,
)
from langchain_threads import ThreadHistory as NoSuchHistory  # expect: error
from llamaindex_threads import ThreadChatStore, ThreadMemoryStore, ThreadReader
from llamaindex_threads import ThreadStores as NoSuchStore  # expect: error
from provider_threads import (
    AppBuilder,
    AsyncThreadClient,
    Draft,
    Hunyuan,
    Limits,
    MiniMax,
    NotSentError,
    Page,
    RetryPolicy,
    ThreadClient,
    ThreadFile,
    ThreadMessage,
    ThreadView,
    Timeouts,
    passages_of,
)
from provider_threads import ThreadsClient as NoSuchClient  # expect: error
from provider_threads.emulator import Emulator, Fault, SeedMessage, Switches
from provider_threads.emulator import MockServer as NoSuchServer  # expect: error
from provider_threads.html import thread_page
from provider_threads.overlay import Overlay


def show(*what: object) -> None:
    """Takes anything."""


show(NoSuchClient, NoSuchHistory, NoSuchServer, NoSuchStore)
show(provider_threads.no_such_name)  # expect: error

# Platforms and clients.
provider = MiniMax(token="token")  # expect: error
provider = MiniMax(write_roles=["user"], strict=True)  # expect: error
other = AppBuilder("token", region="ap-guangzhou")  # expect: error
third = Hunyuan(secret_id=42)  # expect: error
a = ThreadClient(MiniMax)  # expect: error
a = ThreadClient("minimax")  # expect: error
a = ThreadClient(MiniMax(), http_client=httpx.AsyncClient())  # expect: error
b = AsyncThreadClient(MiniMax(), http_client=httpx.Client())  # expect: error
a = ThreadClient(MiniMax(), timeout="20")  # expect: error
a = ThreadClient(MiniMax(), retries=5)  # expect: error
a = ThreadClient(MiniMax(), on_call="print")  # expect: error
a = ThreadClient.shared(MiniMax(), time_out=20)  # expect: error
of_time = Timeouts(reading=3)  # expect: error
of_tries = RetryPolicy(attempts="5")  # expect: error
of_traffic = Limits(per_minute=5)  # expect: error


def operations(threads: ThreadClient, message: ThreadMessage, view: ThreadView) -> None:
    threads.append("thread_1", b"text")  # expect: error
    threads.append("thread_1", "text", file_ids=[1])  # expect: error
    threads.append("thread_1", "text", metadata={"turn": 1})  # expect: error
    threads.append_messages("thread_1", ["text"])  # expect: error
    threads.read("thread_1", limit="20")  # expect: error
    threads.list_messages("thread_1", order="newest")  # expect: error
    threads.list_messages("thread_1", page=2)  # expect: error
    threads.iter_messages("thread_1", limit=20)  # expect: error
    threads.remove_thread("thread_1")  # expect: error
    files: Page[ThreadFile] = threads.list_messages("thread_1")  # expect: error
    draft = Draft("text", files=("file-1",))  # expect: error
    message.text = "another"  # expect: error
    show(message.content)  # expect: error
    show(message.created_at.isoformat())  # expect: error
    show(message.citations[0].url.upper())  # expect: error
    view.messages.append(message)  # expect: error
    passages_of(view, "minimax", granularity="page")  # expect: error
    thread_page(view, language="fr")  # expect: error
    show(files, draft)


async def awaited(threads: ThreadClient, waiting: AsyncThreadClient) -> None:
    await threads.read("thread_1")  # expect: error
    view: ThreadView = waiting.read("thread_1")  # expect: error
    for message in waiting.iter_messages("thread_1"):  # expect: error
        show(message, view)


def failures(threads: ThreadClient) -> None:
    try:
        threads.delete_thread("thread_1")
    except NotSentError as error:
        show(error.retry_after)  # expect: error


# LangChain.
history = ThreadChatMessageHistory("thread_1", provider="minimax")  # expect: error
history = ThreadChatMessageHistory("thread_1", MiniMax())  # expect: error
history = ThreadChatMessageHistory("thread_1", provider=MiniMax(), writes="all")  # expect: error
history = ThreadChatMessageHistory("thread_1", provider=MiniMax(), on_gap="ignore")  # expect: error
history = ThreadChatMessageHistory("thread_1", provider=MiniMax(), overlays="threads.db")  # expect: error
history = ThreadChatMessageHistory("thread_1", provider=MiniMax(), overlay=3)  # expect: error
history = HunyuanChatMessageHistory("thread_1", api_key="key")  # expect: error
history = AppBuilderChatMessageHistory(thread_id=1)  # expect: error
histories = MiniMaxChatMessageHistory.factory("thread_1")  # expect: error
histories = MiniMaxChatMessageHistory.factory(on_error="print")  # expect: error
loader = ThreadLoader("thread_1", provider=MiniMax(), granularity="pages")  # expect: error
middleware = ThreadMiddleware(MiniMax())  # expect: error
middleware = ThreadMiddleware(provider=MiniMax(), keep="some")  # expect: error
middleware = ThreadMiddleware(provider=MiniMax(), thread_id=lambda state: "thread_1")  # expect: error


def of_langchain(history: ThreadChatMessageHistory, message: ThreadMessage) -> None:
    history.messages = [HumanMessage("text")]  # expect: error
    history.add_messages(["text"])  # expect: error
    history.clear(everywhere=True)  # expect: error
    citations_of(message)  # expect: error


# LlamaIndex.
store = ThreadChatStore("minimax")  # expect: error
store = ThreadChatStore(MiniMax(), citations="inline")  # expect: error
store = ThreadChatStore(MiniMax(), overlay="threads.db", freshness="5")  # expect: error
database = ThreadMemoryStore(client=AsyncThreadClient(MiniMax()))  # expect: error
reader = ThreadReader(MiniMax(), thread_ids=[1])  # expect: error


def of_llamaindex(chat: ThreadChatStore, kept: ThreadMemoryStore) -> None:
    chat.add_message("thread_1", "text")  # expect: error
    chat.delete_message("thread_1", "first")  # expect: error
    show(ChatMemoryBuffer.from_defaults(chat_store=kept))  # expect: error
    show(Memory.from_defaults(chat_store=chat))  # expect: error


# The emulator and the overlay.
fault = Fault("slow")  # expect: error
fault = Fault("status", code=500)  # expect: error
switches = Switches(minimax_default_order="newest")  # expect: error
seeded = SeedMessage("user", "text", citations=["[1]"])  # expect: error
overlay = Overlay(3)  # expect: error


def of_the_emulator(emulator: Emulator) -> None:
    emulator.seed("openai")  # expect: error
    emulator.inject("busy")  # expect: error
