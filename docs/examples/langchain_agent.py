"""A LangChain agent with a tool, whose memory is a Tencent Hunyuan thread: `create_agent` and `ThreadMiddleware`.

Run it as it is: an emulator of the platform stands in for an account, and a scripted model for a real one.
"""

from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from langchain_threads import ThreadMiddleware
from provider_threads import Hunyuan
from provider_threads.emulator import Emulator


class ScriptedModel(GenericFakeChatModel):
    def bind_tools(self, tools, **settings):
        return self


def weather(city: str) -> str:
    """What the weather will be like in a city."""
    return f"{city}：多云，24 度"


# Your model goes here: ChatOpenAI(...), ChatTongyi(...), or any other that calls tools.
call = {"name": "weather", "args": {"city": "苏州"}, "id": "call_1"}
answers = [AIMessage("", tool_calls=[call]), AIMessage("多云，24 度，适合出门。"), AIMessage("您问的是苏州。")]
model = ScriptedModel(messages=iter(answers))

with Emulator() as platform:
    # With an account: provider = Hunyuan(), which reads TENCENTCLOUD_SECRET_ID and …_SECRET_KEY, and no emulator.
    account = platform.credentials
    provider = Hunyuan(account.secret_id, account.secret_key, base_url=platform.base_url)

    # Hunyuan takes no messages from outside, so the turns are kept in threads.db, beside what the thread has.
    memory = ThreadMiddleware(provider=provider, overlay="threads.db", create_threads=True)
    agent = create_agent(model, [weather], middleware=[memory])

    user = {"configurable": {"provider_thread_id": "user-42"}}
    for question in ("苏州明天天气怎么样？", "我问的是哪儿？"):
        # Without a checkpointer a run knows its own messages only: the rest comes from the thread.
        run = agent.invoke({"messages": [{"role": "user", "content": question}]}, user)
        for message in run["messages"]:
            print(f"{message.type:5} {message.text or message.tool_calls[0]['name']}")
        print()
    memory.close()
