"""A hosted thread as a LangChain chat message history."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from langchain_core.messages import BaseMessage
from typing_extensions import Self, Unpack

from langchain_threads.base import BaseChatMessageHistory
from langchain_threads.holding import ThreadHolder
from langchain_threads.records import from_entry, outgoing
from provider_threads import (
    AsyncThreadClient,
    ConfigurationError,
    OutcomeUnknownError,
    Provider,
    ThreadClient,
    ThreadsError,
    ThreadView,
    UnsupportedOperationError,
)
from provider_threads.arguments import check_id, check_key
from provider_threads.entries import Entry, Outgoing, State, without_cut_off_results
from provider_threads.memory import ThreadMemory, printable
from provider_threads.memory_settings import MemorySettings, check_names

__all__ = ["HistorySettings", "ThreadChatMessageHistory"]

logger: logging.Logger = logging.getLogger(__name__)


_KEPT: tuple[State, ...] = ("active", "archived")

_LIST_OF_MESSAGES = "messages must be a list of LangChain messages, such as [HumanMessage('text')]"


class HistorySettings(MemorySettings, total=False):
    """What every history takes beside its platform: see `ThreadChatMessageHistory`."""

    on_error: Callable[[Exception], None] | None


class ThreadChatMessageHistory(BaseChatMessageHistory, ThreadHolder):
    """The messages of one hosted thread, for anything in LangChain that takes a chat message history.

    No request is made before the first message is read or added, so it may be constructed for every call. It may be
    used from several threads and, one after another, in several event loops; histories of one account share a pool.

    LangChain has deprecated history classes in favour of agent middleware and checkpointers; they work until 2.0, and
    this one after it. Subclasses emit no warning.

    Args:
        thread_id: the platform's id of the thread, or a key of your own.
        provider: a platform and an account, such as ``MiniMax()``. client: your own client instead, never closed here.
        on_error: called with the error of a failed write, before it is raised. RunnableWithMessageHistory swallows
            what a write raises; this, `last_error` and a log line at ERROR make it seen.
        **settings: see `provider_threads.memory_settings.MemorySettings`, in short:

            * overlay: path of a SQLite file, URL of a database, or an `Overlay`: keeps what the platform cannot hold,
              so that any message comes back as it was written.
            * limit: show only this many of the newest messages; None shows all.
            * writes: without an overlay ``"provider"``, which appends what the platform takes and raises
              UnsupportedOperationError for what it does not, before anything is sent; with one ``"split"``, which keeps
              the rest in the overlay, or ``"overlay"``, which keeps everything there. ``"none"`` accepts and ignores:
              for threads whose own run already recorded the turn.
            * on_gap: ``"warn"`` or ``"error"`` where older messages may be missing (Hunyuan, 200 messages or more).
            * create_threads, thread_for: with an overlay, how keys of your own such as ``"user-42"`` lead to threads.
            * namespace, freshness, on_outage: with an overlay, whose keys; how long a read holds; what if it fails.

    Raises:
        ConfigurationError: the thread id is malformed, or a setting makes no sense.
    """

    def __init__(
        self,
        thread_id: str,
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        on_error: Callable[[Exception], None] | None = None,
        **settings: Unpack[MemorySettings],
    ) -> None:
        super().__init__()
        check_names(settings, "ThreadChatMessageHistory")
        if any(settings.get(name) for name in ("overlay", "create_threads", "thread_for")):
            check_key(thread_id)  # which may be recorded with its thread
        else:
            check_id(thread_id, "thread_id")
        self.thread_id = thread_id
        self._on_error = on_error
        self._memory = ThreadMemory(provider=provider, client=client, **settings)
        self._last_error: Exception | None = None

    @classmethod
    def factory(
        cls,
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        **settings: Unpack[HistorySettings],
    ) -> Callable[[str], Self]:
        """A function from session id to history, as RunnableWithMessageHistory wants; it takes the id for the thread's.

        Arguments are those of the constructor, without the thread id.
        """
        cls._check_names(settings)
        # A lambda, not a partial: the runnable counts parameters.
        return lambda session_id: cls(session_id, provider=provider, client=client, **settings)

    @classmethod
    def _factory(cls, *, provider: Provider, **settings: Unpack[HistorySettings]) -> Callable[[str], Self]:
        """`factory` for classes whose constructor takes credentials: the provider is made once, before the first."""
        cls._check_names(settings)
        return lambda session_id: cls._of(session_id, provider, settings)

    @staticmethod
    def _check_names(settings: Mapping[str, Any]) -> None:
        """A slip of the pen shows when the factory is made, not at the first call, which may be elsewhere."""
        check_names({name: value for name, value in settings.items() if name != "on_error"}, "ThreadChatMessageHistory")

    @classmethod
    def _of(cls, thread_id: str, provider: Provider, settings: HistorySettings) -> Self:
        history = cls.__new__(cls)
        ThreadChatMessageHistory.__init__(history, thread_id, provider=provider, **settings)
        return history

    @property
    def last_error(self) -> Exception | None:
        """What the last write raised, or None where it went through.

        An `OutcomeUnknownError` where the write was cancelled or interrupted.
        """
        return self._last_error

    @property
    def last_view(self) -> ThreadView | None:
        """What the last read by this history found, and whether it is complete; None before the first."""
        return self._memory.last_view

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]  # LangChain annotates "property or attribute"
        """The thread's messages, oldest first, read at every access; a fresh list of fresh messages.

        Raises:
            ThreadsError: the thread cannot be read.
        """
        return self._converted(self._memory.read(self.thread_id))

    async def aget_messages(self) -> list[BaseMessage]:
        """`messages`, awaited."""
        return self._converted(await self._memory.aread(self.thread_id))

    def refresh(self) -> list[BaseMessage]:
        """`messages`, with all that the platform has read anew: texts edited there come along.

        Raises:
            ThreadsError: the thread cannot be read.
        """
        return self._converted(self._memory.read(self.thread_id, refresh=True))

    async def arefresh(self) -> list[BaseMessage]:
        """`refresh`, awaited."""
        return self._converted(await self._memory.aread(self.thread_id, refresh=True))

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Append messages in order. All are checked before the first is sent; sending them is not atomic.

        Raises:
            UnsupportedOperationError: one of them holds what cannot be stored; nothing was sent.
            ConfigurationError: it is no list of messages, or one does not survive being stored; nothing was sent.
            ThreadsError: sending failed; its `appended` says how many went through.
        """
        with self._write_errors_seen():
            self._memory.append(self.thread_id, self._outgoing(messages))

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """`add_messages`, awaited."""
        with self._write_errors_seen():
            await self._memory.aappend(self.thread_id, self._outgoing(messages))

    def clear(self, *, remote: bool = False) -> None:
        """Forget the conversation: in the overlay, where nothing of it is shown any more; the platform keeps it.

        With ``remote=True`` the thread itself is deleted on the platform, for good, and all the overlay has of it.

        Raises:
            UnsupportedOperationError: neither is there an overlay nor ``remote=True``, or the platform cannot delete a
                thread.
        """
        with self._write_errors_seen("delete_thread" if remote else "clear"):
            if remote:
                self._memory.delete(self.thread_id)
            else:
                self._check_clear()
                self._memory.set_state(self.thread_id, _KEPT, "deleted")

    async def aclear(self, *, remote: bool = False) -> None:
        """`clear`, awaited."""
        with self._write_errors_seen("delete_thread" if remote else "clear"):
            if remote:
                await self._memory.adelete(self.thread_id)
            else:
                self._check_clear()
                await self._memory.aset_state(self.thread_id, _KEPT, "deleted")

    def hosted_thread_id(self) -> str | None:
        """The platform's id of the thread, as a run of the platform's own wants it; None before there is one."""
        return self._memory.thread_id(self.thread_id)

    async def ahosted_thread_id(self) -> str | None:
        """`hosted_thread_id`, awaited."""
        return await self._memory.athread_id(self.thread_id)

    def __str__(self) -> str:
        """Not the messages, as in LangChain's base class: that would be a request, and text in a log."""
        if not hasattr(self, "_memory"):
            return f"{type(self).__name__}(...)"  # in the traceback of its own construction
        return f"{type(self).__name__}({self.thread_id!r}, {self._memory.provider!r})"

    __repr__ = __str__

    def _converted(self, entries: Sequence[Entry]) -> list[BaseMessage]:
        provider, limit = self._memory.provider.name, self._memory.settings.limit
        if limit is not None and len(entries) >= limit:
            entries = without_cut_off_results(entries)
        return [from_entry(entry, provider) for entry in entries]

    def _outgoing(self, messages: Sequence[BaseMessage]) -> list[Outgoing]:
        if isinstance(messages, str | BaseMessage) or not isinstance(messages, Iterable):
            raise ConfigurationError(f"{_LIST_OF_MESSAGES}; add_message takes one.")
        messages = list(messages)
        if not all(isinstance(message, BaseMessage) for message in messages):
            raise ConfigurationError(f"{_LIST_OF_MESSAGES}.")
        if self._memory.settings.writes == "none":
            return []
        keep = self._memory.settings.overlay is not None
        return [outgoing(message, self._memory.provider, keep=keep) for message in messages]

    def _check_clear(self) -> None:
        if self._memory.settings.overlay is None:
            raise UnsupportedOperationError(
                f"{self._memory.provider.title} clear: the platform cannot empty a thread. clear(remote=True) deletes "
                "the whole thread where the platform can; overlay='threads.db' lets the conversation be forgotten "
                "here; or start another thread.",
                provider=self._memory.provider.name,
                operation="clear",
            )

    @contextmanager
    def _write_errors_seen(self, operation: str = "append") -> Iterator[None]:
        self._last_error = None
        try:
            yield
        except Exception as error:
            self._show(error)
            raise
        except BaseException as interruption:
            # Cancelled, or Ctrl-C: RunnableWithMessageHistory and its callers may never say that a write was under way.
            with suppress(Exception):  # on_error's own: nothing takes the interruption's place
                self._show(self._interrupted(operation, interruption))
            raise

    def _show(self, error: Exception) -> None:
        self._last_error = error
        # An error of another library may repeat what it was given; only ours are known not to.
        what = str(error) if isinstance(error, ThreadsError) else type(error).__name__
        logger.error("a write to thread %s failed: %s", printable(self.thread_id), what)
        if self._on_error is not None:
            self._on_error(error)

    def _interrupted(self, operation: str, interruption: BaseException) -> OutcomeUnknownError:
        cause = type(interruption).__name__
        return OutcomeUnknownError(
            f"{self._memory.provider.title} {operation}: the write was interrupted ({cause}). It may have been "
            "applied: read the thread before trying again.",
            provider=self._memory.provider.name,
            operation=operation,
            cause_type=cause,
        )
