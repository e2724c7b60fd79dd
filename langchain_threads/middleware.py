"""A hosted thread as the memory of an agent made by LangChain's `create_agent`."""

from __future__ import annotations

try:
    from langchain.agents.middleware.types import AgentMiddleware, ModelRequest
except ImportError as _error:
    raise ImportError("ThreadMiddleware needs LangChain 1: pip install 'provider-threads[agents]'") from (
        None if f"{_error.name}.".startswith("langchain.") else _error
    )

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, get_args

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langgraph.runtime import Runtime
from typing_extensions import Unpack

from langchain_threads.agent_runs import (
    Keep,
    ThreadRun,
    ThreadState,
    new_messages,
    selected,
    settled_ids,
    to_ask_with,
)
from langchain_threads.history import ThreadChatMessageHistory
from langchain_threads.messages import role_of
from langchain_threads.records import from_entry
from provider_threads import AsyncThreadClient, ConfigurationError, Provider, ThreadClient
from provider_threads.entries import RESULT_ROLES, Entry
from provider_threads.holding import PoolHolder
from provider_threads.memory import ThreadMemory
from provider_threads.memory_settings import MemorySettings, check_names

if TYPE_CHECKING:
    from langchain.agents.middleware.types import TracePolicy  # not in every version

__all__ = ["ThreadIdOf", "ThreadMiddleware"]

ThreadIdOf: TypeAlias = Callable[[Any, Runtime[Any]], str]
"""From an agent's state and runtime to the id of the thread, or the app's key of it."""

_WHERE: Final = "provider_thread_id"
"""Where a call says which thread it means: in its context, or under ``configurable`` in its config."""

_NO_CONFIG: Final[RunnableConfig] = {}


class ThreadMiddleware(PoolHolder, AgentMiddleware[ThreadState, Any]):
    """Gives an agent a hosted thread for its memory: one read before the model, one write after the run.

    The model is asked with the thread's messages before those of the run. They never enter the agent's messages, so
    nothing is doubled in a checkpoint and no stream repeats them. After the run its messages are appended to the
    thread; a run that failed, or waits at an interrupt, has written nothing. What a write raises, the call raises.

    With a checkpointer the model is asked the same: the thread's messages stand in for what the checkpoint has of
    earlier runs. Which of them were written is in the checkpoint too; with an overlay a run that is resumed, or tried
    again after its write failed, appends only what the thread does not have.

    Which thread: `thread_id`, or without it ``provider_thread_id`` of the call's context (an attribute or a key), else
    ``config["configurable"]["provider_thread_id"]``. LangGraph's own ``thread_id`` is never taken for it: that one
    names checkpoints, is made up by the app, often anew for a branch or a retry, and means nothing to a platform.

    One middleware serves any number of agents and of calls at once.

    Args:
        provider: a platform and an account, such as ``MiniMax()``. client: your own client instead, never closed here.
        thread_id: the thread's id, or your key of it; or a function from state and runtime to one, called whenever a
            run reads the thread: at its start, and where it is resumed.
        keep: see `Keep`. name: tells two of one agent apart, as LangChain demands.
        trace: False leaves payloads out of what a tracer records of this middleware's own steps. The model's own step
            is recorded as ever, with all that it was asked: that is for the tracer's settings to hide.
        **settings: those of `ThreadChatMessageHistory`, but `on_error`.

    Raises:
        ConfigurationError: a setting makes no sense; or every run would fail at its end, since there is no overlay and
            the platform takes no answers; or ``trace=False`` with a langchain that has no way to do so.
    """

    state_schema = ThreadState

    def __init__(
        self,
        *,
        provider: Provider | None = None,
        client: ThreadClient | AsyncThreadClient | None = None,
        thread_id: str | ThreadIdOf | None = None,
        keep: Keep = "all",
        name: str = "ThreadMiddleware",
        trace: bool = True,
        **settings: Unpack[MemorySettings],
    ) -> None:
        super().__init__()
        check_names(settings, "ThreadMiddleware")
        # Checks the settings, and holds the pool that the histories of single runs share.
        self._memory = ThreadMemory(provider=provider, client=client, **settings)
        self._provider, self._client, self._settings = provider, client, settings
        self._thread_id = thread_id
        self._keep = keep
        self._name = name
        if isinstance(thread_id, str):
            self._history(thread_id)  # raises where it is malformed
        elif thread_id is not None and (not callable(thread_id) or inspect.iscoroutinefunction(thread_id)):
            raise ConfigurationError(
                "thread_id must be text, or a function, not a coroutine function, from state and runtime to it."
            )
        if keep not in get_args(Keep):
            raise ConfigurationError(f"keep must be {', '.join(map(repr, get_args(Keep)[:-1]))} or 'none'.")
        if not isinstance(name, str) or not name:
            raise ConfigurationError("name must be text, and not empty.")
        self._check_answers_are_taken()
        if not trace:
            self.trace_policy: TracePolicy | None = _without_payloads()

    @property
    def name(self) -> str:
        """The name of this middleware among those of an agent."""
        return self._name

    def before_model(
        self, state: ThreadState, runtime: Runtime[Any], config: RunnableConfig = _NO_CONFIG
    ) -> dict[str, Any] | None:
        """Read the thread, once a run, and again where it is resumed.

        Raises:
            ConfigurationError: nothing says which thread. ThreadsError: it cannot be read.
        """
        if self._continues(state):
            return None
        key = self._key(state, runtime, config)
        return self._begun(state, self._read(key, state, self._sent_again(state)))

    async def abefore_model(
        self, state: ThreadState, runtime: Runtime[Any], config: RunnableConfig = _NO_CONFIG
    ) -> dict[str, Any] | None:
        """`before_model`, awaited."""
        if self._continues(state):
            return None
        key = self._key(state, runtime, config)
        return self._begun(state, await self._aread(key, state, self._sent_again(state)))

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]) -> Any:
        """Ask the model with the thread's messages before the run's own."""
        run = self._run_in(request.state)
        if run is None:  # the model failed, and the run was resumed with it
            state = cast("ThreadState", request.state)
            run = self._read(state["thread_runs"][self._name], state, self._sent_again(state))
        return handler(self._with_thread(request, run))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[Any]]
    ) -> Any:
        """`wrap_model_call`, awaited."""
        run = self._run_in(request.state)
        if run is None:
            state = cast("ThreadState", request.state)
            run = await self._aread(state["thread_runs"][self._name], state, self._sent_again(state))
        return await handler(self._with_thread(request, run))

    def after_agent(
        self, state: ThreadState, runtime: Runtime[Any], config: RunnableConfig = _NO_CONFIG
    ) -> dict[str, Any] | None:
        """Append the run's messages to the thread.

        Raises:
            UnsupportedOperationError: a message holds what the platform would lose, and there is no overlay; nothing
                was written. ThreadsError: writing failed; its `appended` says how many messages were kept.
        """
        if self._keep == "none":
            return None
        run = self._run_in(state)
        if run is None:
            key = self._key(state, runtime, config)
            run = self._read(key, state, len(state["messages"]))
        self._history(run.key).add_messages(self._unwritten(state, run))
        return self._settled(state)

    async def aafter_agent(
        self, state: ThreadState, runtime: Runtime[Any], config: RunnableConfig = _NO_CONFIG
    ) -> dict[str, Any] | None:
        """`after_agent`, awaited."""
        if self._keep == "none":
            return None
        run = self._run_in(state)
        if run is None:
            key = self._key(state, runtime, config)
            run = await self._aread(key, state, len(state["messages"]))
        await self._history(run.key).aadd_messages(self._unwritten(state, run))
        return self._settled(state)

    def __repr__(self) -> str:
        return f"ThreadMiddleware({self._name!r}, {self._memory.provider!r})"

    def _history(self, key: str, *, beside: int = 0) -> ThreadChatMessageHistory:
        """The thread of one run, with a window that also has room for so many messages `beside` those shown."""
        settings, limit = self._settings, self._settings.get("limit")
        if limit is not None:
            settings = {**settings, "limit": limit + beside}
        return ThreadChatMessageHistory(key, provider=self._provider, client=self._client, **settings)

    def _read(self, key: str, state: ThreadState, beside: int) -> ThreadRun:
        """What a run knows of its thread; see `_history` for `beside`."""
        run = ThreadRun(key, self._history(key, beside=beside).messages, self._settings.get("limit"))
        found = self._memory.find(key, ids) if (ids := self._unseen(state, run)) else ()
        return self._with_found(run, state, found)

    async def _aread(self, key: str, state: ThreadState, beside: int) -> ThreadRun:
        """`_read`, awaited."""
        read = await self._history(key, beside=beside).aget_messages()
        run = ThreadRun(key, read, self._settings.get("limit"))
        found = await self._memory.afind(key, ids) if (ids := self._unseen(state, run)) else ()
        return self._with_found(run, state, found)

    def _with_found(self, run: ThreadRun, state: ThreadState, entries: Sequence[Entry]) -> ThreadRun:
        name = self._memory.provider.name
        run.found(from_entry(entry, name) for entry in entries)
        run.begin(state["messages"], settled_ids(state, self._name))
        return run

    def _sent_again(self, state: ThreadState) -> int:
        """How many messages a run begins with that its thread may have, also before its window.

        A front end sends them whole each time, or an earlier write failed that the thread has all the same.
        """
        if self._settings.get("overlay") is None or not state["messages"]:
            return 0  # without an overlay ids do not stay
        if role_of(state["messages"][-1]) in RESULT_ROLES:
            return 0  # no beginning, but resumed
        settled = settled_ids(state, self._name)
        brought = sum(message.id not in settled for message in state["messages"])
        return brought if brought > 1 else 0  # a question alone is a new one

    def _key(self, state: ThreadState, runtime: Runtime[Any], config: RunnableConfig) -> str:
        if isinstance(self._thread_id, str):
            return self._thread_id
        if self._thread_id is not None:
            key: object = self._thread_id(state, runtime)
        else:
            context = runtime.context
            key = context.get(_WHERE) if isinstance(context, Mapping) else getattr(context, _WHERE, None)
            key = key if key is not None else (config.get("configurable") or {}).get(_WHERE)
        if key is None:
            raise ConfigurationError(
                "nothing says which hosted thread this run is about. Invoke the agent with "
                "context={'provider_thread_id': …} or config={'configurable': {'provider_thread_id': …}}, or pass "
                "thread_id= to ThreadMiddleware. LangGraph's own thread_id is not taken for it: it names checkpoints."
            )
        if not isinstance(key, str):
            raise ConfigurationError(f"a thread's id or key must be text; this run was given {type(key).__name__}.")
        return key

    def _continues(self, state: ThreadState) -> bool:
        """Whether the run has read its thread; what it brought since is noted."""
        run = self._run_in(state)
        if run is not None:
            run.note(new_messages(state["messages"], settled_ids(state, self._name), run.held))
        return run is not None

    def _run_in(self, state: Any) -> ThreadRun | None:
        run = state.get("thread_runs", {}).get(self._name)
        return run if isinstance(run, ThreadRun) and not run.outdated else None

    def _unseen(self, state: ThreadState, run: ThreadRun) -> list[str]:
        """Ids of what a run has that the thread may have all the same, where a window was read of it."""
        if self._settings.get("overlay") is None or self._settings.get("limit") is None:
            return []
        new = new_messages(state["messages"], settled_ids(state, self._name), run.held)
        return [message.id for message in new if message.id is not None]

    def _begun(self, state: ThreadState, run: ThreadRun) -> dict[str, Any]:
        run.note(new_messages(state["messages"], settled_ids(state, self._name), run.held))
        return {"thread_runs": {**state.get("thread_runs", {}), self._name: run}}

    def _with_thread(self, request: ModelRequest[Any], run: ThreadRun) -> ModelRequest[Any]:
        messages: list[Any] = [*to_ask_with(request.messages, settled_ids(request.state, self._name), run)]
        return request.override(messages=messages)

    def _unwritten(self, state: ThreadState, run: ThreadRun) -> list[BaseMessage]:
        run.outdated = True  # even if the write fails: half of it may have gone through
        new = new_messages(state["messages"], settled_ids(state, self._name), run.held)
        return selected(run.with_cut_out(new), self._keep)

    def _settled(self, state: ThreadState) -> dict[str, Any]:
        ids = [message.id for message in state["messages"]]
        return {"thread_settled": {**state.get("thread_settled", {}), self._name: ids}}

    def _check_answers_are_taken(self) -> None:
        provider = self._memory.provider
        takes = provider.capabilities.write_roles
        if self._keep == "none" or self._memory.settings.writes != "provider" or takes >= {"user", "assistant"}:
            return
        raise ConfigurationError(
            f"{provider.title} takes no assistant messages, so every run would fail when its answer is written. Pass "
            "overlay='threads.db', which keeps what the platform cannot; or keep='none' to show the thread to the "
            "model and write nothing; or writes='none' where the platform's own run writes the turn."
        )


def _without_payloads() -> TracePolicy:
    """LangChain's policy to record a step without what went in and came out."""
    try:
        from langchain.agents.middleware.types import TracePolicy, omit_payload  # noqa: PLC0415 - not in every version
    except ImportError:
        raise ConfigurationError(
            "trace=False needs a langchain that lets a middleware keep its payloads from traces, as 1.4.7 does. Hide "
            "them in the tracer instead, such as with LANGSMITH_HIDE_INPUTS=true and LANGSMITH_HIDE_OUTPUTS=true."
        ) from None
    return TracePolicy(process_inputs=omit_payload, process_outputs=omit_payload)
