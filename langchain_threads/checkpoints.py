"""A hosted thread's messages into a LangGraph checkpointer, one way: for apps that move to one, or work with both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig

from langchain_threads.history import ThreadChatMessageHistory

if TYPE_CHECKING:
    from langgraph.pregel import Pregel

__all__ = ["IMPORTED", "aimport_thread", "import_thread"]

IMPORTED: Final = ""
"""The name, which no middleware has, under which the ids of imported messages count as settled."""


def import_thread(
    agent: Pregel[Any, Any, Any, Any],
    config: RunnableConfig,
    history: ThreadChatMessageHistory,
    *,
    as_node: str = "model",
) -> int:
    """Add what a thread has and the agent's state does not, behind the state's messages; how many that were.

    Ids tell: they stay the same between imports, so importing again adds what is new, and nothing twice. What was
    edited or forgotten in the thread since stays as it is in the state.

    A `ThreadMiddleware` of the agent's takes what was imported for messages of its own thread: it does not write them
    back, nor show them to the model beside what it reads. Another thread's would be lost on the model.

    Args:
        agent: an agent of `create_agent`, or a graph with ``messages`` in its state, compiled with a checkpointer.
        config: says which checkpoints: ``{"configurable": {"thread_id": …}}``. history: whose messages.
        as_node: the node in whose name the state is changed. An agent's answers come from ``model``; for a graph of
            your own, the node that answers.

    Raises:
        ThreadsError: the thread cannot be read. ValueError: from LangGraph, without a checkpointer.
    """
    messages = history.messages
    update = _update(agent, messages, agent.get_state(config).values)
    if update is None:
        return 0
    agent.update_state(config, update, as_node=as_node)
    return len(update["messages"])


async def aimport_thread(
    agent: Pregel[Any, Any, Any, Any],
    config: RunnableConfig,
    history: ThreadChatMessageHistory,
    *,
    as_node: str = "model",
) -> int:
    """`import_thread`, awaited."""
    messages = await history.aget_messages()
    update = _update(agent, messages, (await agent.aget_state(config)).values)
    if update is None:
        return 0
    await agent.aupdate_state(config, update, as_node=as_node)
    return len(update["messages"])


def _update(
    agent: Pregel[Any, Any, Any, Any], messages: list[BaseMessage], values: dict[str, Any]
) -> dict[str, Any] | None:
    held = {message.id for message in values.get("messages", ())}
    new = [message for message in messages if message.id not in held]
    if not new:
        return None
    update: dict[str, Any] = {"messages": new}
    if "thread_settled" in agent.channels:  # the state of an agent with ThreadMiddleware
        settled = values.get("thread_settled", {})
        imported = [*settled.get(IMPORTED, ()), *(message.id for message in new)]
        update["thread_settled"] = {**settled, IMPORTED: imported}
    return update
