"""The core as an app uses it: clients, messages, citations, errors, settings."""

import logging
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

import httpx
from pydantic import SecretStr
from typing_extensions import assert_type

from provider_threads import (
    UNLIMITED,
    AppBuilder,
    AsyncThreadClient,
    AuthenticationError,
    CallRecord,
    Capabilities,
    Citation,
    CitedText,
    ConfigurationError,
    ContentRejectedError,
    Draft,
    ForeignMessageWarning,
    ForeignThreadWarning,
    Granularity,
    Hunyuan,
    IncompleteThreadError,
    IncompleteThreadWarning,
    InvalidRequestError,
    Limits,
    MiniMax,
    NotSentError,
    OnGap,
    OnOutage,
    Order,
    OutcomeUnknownError,
    OverlayError,
    Page,
    PaginationError,
    Part,
    Passage,
    PermissionDeniedError,
    ProtocolError,
    Provider,
    ProviderError,
    ProviderUnavailableError,
    QuotaExhaustedError,
    RateLimitedError,
    ResponseTooLargeError,
    RetryPolicy,
    SecretLike,
    Source,
    StaleThreadWarning,
    Thread,
    ThreadClient,
    ThreadFile,
    ThreadMessage,
    ThreadNotFoundError,
    ThreadsError,
    ThreadView,
    Timeouts,
    UnsupportedOperationError,
    Writes,
    __version__,
    apassages_of,
    footnoted,
    offsets_in,
    passages_of,
    sources_of,
    with_footnotes,
    without_markers,
)

PLATFORMS: list[Provider] = [
    Hunyuan(secret_id="id", secret_key=SecretStr("key"), region="ap-guangzhou"),
    MiniMax(SecretStr("key"), "group", write_roles={"user", "assistant"}),
    AppBuilder(token="token", base_url="http://127.0.0.1:8765"),
]


def told(record: CallRecord) -> None:
    """A hook for `on_call=`."""
    assert_type(record.status, int | None)
    assert_type(record.seconds, float)
    logging.getLogger("app").info("%s %s", record.operation, record.error)


def threads_of(provider: Provider) -> ThreadClient:
    """A client with all its settings."""
    return ThreadClient(
        provider,
        http_client=httpx.Client(),
        timeout=Timeouts(read=10, total=30),
        retry=RetryPolicy(attempts=5),
        limits=Limits(per_second=10, in_flight=5, redis="redis://127.0.0.1"),
        on_call=told,
        strict_thread_ids=True,
        allow_insecure=True,
    )


def converse() -> None:
    """Each operation, synchronous."""
    with ThreadClient(AppBuilder(), timeout=20, limits=UNLIMITED) as threads:
        assert_type(threads, ThreadClient)
        assert_type(threads.capabilities, Capabilities)
        assert_type(threads.provider, Provider)
        thread = threads.create_thread({"topic": "rivers"})
        assert_type(thread, Thread)
        assert_type(thread.created_at, datetime | None)
        assert_type(thread.metadata, Mapping[str, Any])
        assert_type(threads.get_thread(thread.id), Thread)
        assert_type(threads.update_thread(thread.id, metadata={"topic": "seas"}), Thread)
        message = threads.append(thread.id, "How long is it?", file_ids=["file-1"], metadata={"by": "app"})
        assert_type(message, ThreadMessage)
        drafts = [Draft("And this one?"), Draft("Why?", role="user", file_ids=("file-1",), metadata={"by": "app"})]
        assert_type(threads.append_messages(thread.id, drafts), list[ThreadMessage])
        page = threads.list_messages(thread.id, limit=20, order="asc", after=message.id)
        assert_type(page, Page[ThreadMessage])
        assert_type(page.items, tuple[ThreadMessage, ...])
        assert_type(page.has_more, bool | None)
        assert_type(list(page), list[ThreadMessage])
        newest_first: Order = "desc"
        assert_type(threads.iter_messages(thread.id, newest_first, max_pages=3), Iterator[ThreadMessage])
        assert_type(threads.get_message(thread.id, message.id), ThreadMessage)
        assert_type(threads.update_message(thread.id, message.id, "How wide?", file_ids=()), ThreadMessage)
        files = threads.list_files(thread.id, message.id)
        assert_type(files, Page[ThreadFile])
        assert_type(files.items[0].message_id, str | None)
        assert_type(threads.delete_thread(thread.id), None)
    shared = ThreadClient.shared(MiniMax(), timeout=20, on_call=told)
    assert_type(shared, ThreadClient)
    shared.close()


def look_at(view: ThreadView) -> ThreadView:
    """What a view and its messages hold."""
    assert_type(view.complete, bool)
    assert_type(view.gap_before, int | None)
    assert_type(view[0], ThreadMessage)
    assert_type(view[-2:], tuple[ThreadMessage, ...])
    assert_type(len(view), int)
    for message in view:
        assert_type(message, ThreadMessage)
        assert_type(message.text, str)
        assert_type(message.parts, tuple[Part, ...])
        assert_type(message.parts[0].kind, Literal["text", "image", "other"])
        assert_type(message.citations, tuple[Citation, ...])
        assert_type(message.created_at, datetime | None)
        assert_type(message.metadata, Mapping[str, Any] | None)
        assert_type(ThreadMessage.from_json(message.to_json()), ThreadMessage)
    return view


async def converse_async() -> None:
    """The same names, awaited."""
    async with AsyncThreadClient(MiniMax(), http_client=httpx.AsyncClient()) as threads:
        assert_type(threads, AsyncThreadClient)
        thread = await threads.create_thread()
        assert_type(thread, Thread)
        assert_type(await threads.append(thread.id, "How long is it?"), ThreadMessage)
        assert_type(await threads.append_messages(thread.id, [Draft("Why?")]), list[ThreadMessage])
        assert_type(await threads.read(thread.id, limit=20), ThreadView)
        assert_type(await threads.list_messages(thread.id), Page[ThreadMessage])
        messages = threads.iter_messages(thread.id)
        assert_type(messages, AsyncIterator[ThreadMessage])
        async for passage in apassages_of(messages, "minimax", granularity="turn"):
            assert_type(passage, Passage)


def cite(message: ThreadMessage) -> str:
    """Citations, their sources and their places."""
    for citation in message.citations:
        assert_type(citation.kind, Literal["web", "file", "other"])
        assert_type(citation.start, int | None)
        assert_type(citation.quote, str | None)
    sources = sources_of(message.citations)
    assert_type(sources, tuple[Source, ...])
    assert_type(sources[0].number, int)
    assert_type(sources[0].quotes, tuple[str, ...])
    cited = footnoted(message.text, message.citations)
    assert_type(cited, CitedText)
    assert_type(without_markers(message.text, message.citations).numbers, tuple[int, ...])
    assert_type(offsets_in(message.text, message.citations, "utf-8"), tuple[tuple[int, int] | None, ...])
    return with_footnotes(message.text, message.citations)


def cut(messages: list[ThreadMessage]) -> list[str]:
    """Passages without a framework."""
    passages = passages_of(messages, "minimax", granularity="message", roles={"assistant"}, markers=False)
    assert_type(passages, Iterator[Passage])
    return [passage.id for passage in passages]


def send(threads: ThreadClient, thread_id: str) -> str:
    """What errors tell, each class what only it knows."""
    try:
        return threads.append(thread_id, "How long is it?").id
    except RateLimitedError as error:
        assert_type(error.retry_after, float | None)
        raise
    except AuthenticationError as error:
        assert_type(error.code, str | None)
        raise
    except ProviderError as error:
        assert_type(error.request_id, str | None)
        assert_type(error.status, int | None)
        raise
    except NotSentError as error:
        return error.cause_type
    except OutcomeUnknownError as error:
        assert_type(error.deadline_exceeded, bool)
        raise
    except (ConfigurationError, IncompleteThreadError) as error:
        return str(error)
    except ThreadsError as error:
        assert_type(error.appended, int | None)
        assert_type(error.provider, str | None)
        raise


def sort_out(error: ThreadsError) -> str:
    """Each class of error tells the rest by being one."""
    if isinstance(error, (ThreadNotFoundError, PermissionDeniedError, InvalidRequestError, ContentRejectedError)):
        assert_type(error.code, str | None)
    if isinstance(error, (ProviderUnavailableError, QuotaExhaustedError)):
        assert_type(error.retry_after, float | None)
    if isinstance(error, (ProtocolError, PaginationError, ResponseTooLargeError)):
        assert_type(error.request_id, str | None)
    if isinstance(error, OverlayError):
        assert_type(error.cause_type, str | None)
    return "cannot be done" if isinstance(error, UnsupportedOperationError) else str(error)


def silence() -> str:
    """The warnings, for filters; and the words of settings."""
    for kind in (ForeignMessageWarning, ForeignThreadWarning, IncompleteThreadWarning, StaleThreadWarning):
        warnings.simplefilter("ignore", kind)
    settings: tuple[Writes, OnGap, OnOutage, Granularity] = ("split", "warn", "stale", "thread")
    secret: SecretLike = SecretStr("key")
    MiniMax(secret)
    return f"{__version__} {settings}"
