"""An agent of LangChain's with a thread for its memory, and a thread's way into a checkpointer."""

from typing import Any

from langchain.agents import create_agent  # pyright: ignore[reportUnknownVariableType]  # LangChain's own
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph  # pyright: ignore[reportMissingTypeStubs]  # it has types
from langgraph.runtime import Runtime
from typing_extensions import assert_type

from langchain_threads import MiniMaxChatMessageHistory, ThreadMiddleware, aimport_thread, import_thread
from provider_threads import AppBuilder, Hunyuan
from provider_threads.memory_settings import MemorySettings

SETTINGS: MemorySettings = {"overlay": "threads.db", "create_threads": True, "limit": 20}


def thread_of(state: Any, runtime: Runtime[Any]) -> str:
    """Which thread a run means."""
    return str(state["user"])


def ask() -> None:
    """An agent with one middleware, and with two."""
    memory = ThreadMiddleware(provider=AppBuilder(), thread_id=thread_of, trace=False, **SETTINGS)
    shown = ThreadMiddleware(provider=Hunyuan(), thread_id="thread_1", keep="none", name="Manual")
    agent = create_agent(
        FakeListChatModel(responses=["Long."]), [], middleware=[memory, shown], checkpointer=InMemorySaver()
    )
    config: RunnableConfig = {"configurable": {"provider_thread_id": "user-42"}}
    question = HumanMessage("How long is it?")
    agent.invoke({"messages": [question]}, config)  # pyright: ignore[reportUnknownMemberType]  # LangGraph's own
    memory.close()


async def move(config: RunnableConfig) -> int:
    """A thread into the agent's checkpoints."""
    model = FakeListChatModel(responses=["Long."])
    agent: CompiledStateGraph[Any, Any, Any, Any] = create_agent(model, checkpointer=InMemorySaver())
    with MiniMaxChatMessageHistory("thread_1") as history:
        assert_type(import_thread(agent, config, history), int)
        return await aimport_thread(agent, config, history, as_node="model")
