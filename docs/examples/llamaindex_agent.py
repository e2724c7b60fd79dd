"""A LlamaIndex agent with a tool, whose Memory is a Baidu AppBuilder thread.

Run it as it is: an emulator of the platform stands in for an account, and a scripted model for a real one.
"""

import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.memory import Memory

from llamaindex_threads import ThreadMemoryStore
from provider_threads import AppBuilder
from provider_threads.emulator import Emulator


def population(city: str) -> str:
    """How many people live in a city."""
    return {"上海": "24870000"}[city]


def scripted(messages, **settings):
    """Call the tool, then answer with what it said."""
    if messages[-1].role == "tool":
        return ChatMessage(role="assistant", content=f"上海有 {messages[-1].content} 人。")
    call = ToolCallBlock(tool_call_id="call_1", tool_name="population", tool_kwargs={"city": "上海"})
    return ChatMessage(role="assistant", blocks=[call])


async def main(provider):
    # Users' keys are enough: the thread is made at the first message. The tool's calls are kept in threads.db.
    store = ThreadMemoryStore(provider, overlay="threads.db", create_threads=True)
    memory = Memory.from_defaults(session_id="user-42", chat_store=store)

    # Your model goes here: OpenAI(...), DashScope(...), or any other that calls functions.
    agent = FunctionAgent(tools=[population], llm=MockFunctionCallingLLM(response_generator=scripted))
    print("assistant:", await agent.run("上海有多少人？", memory=memory))

    print("\nWhat the next run will remember:")
    for message in await memory.aget_all():
        print(f"  {message.role.value:9} {message.content or [block.block_type for block in message.blocks]}")


with Emulator() as platform:
    # With an account: provider = AppBuilder(), which reads APPBUILDER_TOKEN, and no emulator.
    asyncio.run(main(AppBuilder(platform.credentials.appbuilder_token, base_url=platform.base_url)))
