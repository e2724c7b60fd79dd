"""What one run of an agent knows of its thread, and which of its messages the thread does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

from langchain.agents.middleware.types import AgentState, PrivateStateAttr
from langchain_core.messages import AIMessage, BaseMessage
from typing_extensions import NotRequired, Self

from langchain_threads.checkpoints import IMPORTED
from langchain_threads.messages import role_of
from provider_threads.entries import RESULT_ROLES

__all__ = ["Keep", "ThreadRun", "ThreadState", "new_messages", "selected", "settled_ids", "to_ask_with"]

Keep = Literal["all", "turn", "none"]
"""What of a run goes into its thread.

``all``: every message, tool calls and their results too.
``turn``: what the user said and what the model answered, without tool calls and their results.
``none``: nothing; the thread is only shown to the model.
"""


class ThreadRun(str):
    """Which thread a run is about, and beside it what was read for the run.

    It is text, so that whatever stores, streams or traces an agent's state has the key of the thread and nothing of its
    messages: LangGraph takes messages in a node's output for new ones and streams them. Out of a checkpoint comes the
    key alone, and a resumed run reads anew.

    Attributes:
        held: the thread's messages as far as they were read or found. messages: those the model is shown, oldest
            first, which may be a window. again: what the run asks although the thread has it, out of the model's sight.
        outdated: whether this run's own write, which may have failed half-way, came after they were read.
    """

    held: tuple[BaseMessage, ...]
    messages: tuple[BaseMessage, ...]
    again: tuple[BaseMessage, ...]
    outdated: bool
    _noted: dict[str | None, BaseMessage]

    def __new__(cls, key: str, held: Iterable[BaseMessage], limit: int | None = None) -> Self:
        """A run about the thread of this key, for which these messages were read; the newest `limit` are shown."""
        run = super().__new__(cls, key)
        run.held = tuple(held)
        run.messages = run.held if limit is None else _window(run.held, limit)
        run.again = ()
        run.outdated = False
        run._noted = {}
        return run

    @property
    def key(self) -> str:
        """The thread's id, or the app's key of it, by itself."""
        return str(self)

    def found(self, beyond: Iterable[BaseMessage]) -> None:
        """The thread has these messages too, beyond what was read."""
        self.held += tuple(beyond)

    def begin(self, messages: Sequence[BaseMessage], settled: set[str]) -> None:
        """The run has these messages: see to it that what it asks is asked, wherever in the thread that may be.

        What it asks is the last of them, but for the calls and results that a resumed run has brought since.
        """
        new = {message.id for message in new_messages(messages, settled, self.held)}
        asked = next((each for each in reversed(messages) if each.id not in new or role_of(each) == "user"), None)
        if asked is None or asked.id in new or asked.id in settled or role_of(asked) in RESULT_ROLES:
            return
        if new_messages([asked], set(), self.messages):
            self.again = (asked,)

    def note(self, new: Iterable[BaseMessage]) -> None:
        """Keep in mind which messages this run has brought, before a summary may take their place."""
        self._noted.update((message.id, message) for message in new)

    def with_cut_out(self, new: Sequence[BaseMessage]) -> list[BaseMessage]:
        """The messages this run brought, with those that a summary took out of the state."""
        if not any(map(_is_summary, new)):
            return [*new]  # what else went was deleted on purpose
        left = {message.id for message in new}
        return [*(message for identity, message in self._noted.items() if identity not in left), *new]

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (self.key,)


class ThreadState(AgentState[Any]):
    """An agent's state with what `ThreadMiddleware` knows, by the middleware's name; neither is input or output.

    Attributes:
        thread_runs: a `ThreadRun` for the run under way; text where it comes from a checkpoint.
        thread_settled: ids of the state's messages that are not this run's: the thread has them, or was not to have
            them. Those of messages that an import brought stand under `IMPORTED`.
    """

    thread_runs: NotRequired[Annotated[dict[str, str], PrivateStateAttr]]
    thread_settled: NotRequired[Annotated[dict[str, list[str]], PrivateStateAttr]]


def settled_ids(state: Mapping[str, Any], name: str) -> set[str]:
    """Ids of the messages that earlier runs, or an import, settled for the middleware of this name."""
    settled = state.get("thread_settled") or {}
    return {*settled.get(IMPORTED, ()), *settled.get(name, ())}


def new_messages(
    messages: Iterable[BaseMessage], settled: set[str], thread: Sequence[BaseMessage]
) -> list[BaseMessage]:
    """The messages of a state that are of this run: neither settled, nor in the thread with the same id and content."""
    held = {message.id: message.content for message in thread}
    return [
        message
        for message in messages
        if message.id not in settled and not (message.id in held and held[message.id] == message.content)
    ]


def to_ask_with(messages: Sequence[BaseMessage], settled: set[str], run: ThreadRun) -> list[BaseMessage]:
    """What the model is asked with: the thread, as far as it is shown, and then the new messages.

    Without a summary of settled ones alone, which the thread tells in full. Summaries replace the oldest messages, so
    it is one of these where a settled message is left behind it.
    """
    last_settled = max((at for at, message in enumerate(messages) if message.id in settled), default=-1)
    recent = [message for at, message in enumerate(messages) if at > last_settled or not _is_summary(message)]
    return [*run.messages, *run.again, *new_messages(recent, settled, run.held)]


def selected(messages: Iterable[BaseMessage], keep: Keep) -> list[BaseMessage]:
    """Those of a run's messages that go into its thread; what another middleware wrote in their place never does."""
    return [message for message in messages if not _is_summary(message) and (keep == "all" or _is_of_the_turn(message))]


def _window(messages: tuple[BaseMessage, ...], limit: int) -> tuple[BaseMessage, ...]:
    """The newest `limit` of a thread, as a history shows them: no tool's result leads whose call was cut off."""
    newest = messages[-limit:]
    if len(newest) < len(messages):
        while newest and role_of(newest[0]) in RESULT_ROLES:
            newest = newest[1:]
    return newest


def _is_summary(message: BaseMessage) -> bool:
    """Whether LangChain's SummarizationMiddleware wrote it, for the model's eyes, in the user's name."""
    return message.additional_kwargs.get("lc_source") == "summarization"


def _is_of_the_turn(message: BaseMessage) -> bool:
    calls = isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls)
    return role_of(message) in ("user", "assistant") and not calls
