"""A LangChain chain that remembers its user in a MiniMax thread.

Run it as it is: an emulator of the platform stands in for an account, and a scripted model for a real one.
"""

from langchain_core.language_models import FakeListChatModel
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory

from langchain_threads import ThreadChatMessageHistory
from provider_threads import MiniMax
from provider_threads.emulator import Emulator

# Your model goes here: ChatOpenAI(...), ChatTongyi(...), or any other chat model.
model = FakeListChatModel(responses=["约 6300 公里。", "黄河短一些，约 5464 公里。"])

prompt = ChatPromptTemplate.from_messages(
    [("system", "You know rivers."), MessagesPlaceholder("history"), ("human", "{question}")]
)

with Emulator() as platform:
    # With an account: provider = MiniMax(), which reads MINIMAX_API_KEY and MINIMAX_GROUP_ID, and no emulator.
    account = platform.credentials
    provider = MiniMax(account.minimax_api_key, account.minimax_group_id, base_url=platform.base_url)

    # The question goes to the thread on the platform; what it cannot hold is kept in threads.db.
    histories = ThreadChatMessageHistory.factory(
        provider=provider, overlay="threads.db", create_threads=True, on_error=print
    )
    chain = RunnableWithMessageHistory(
        prompt | model, histories, input_messages_key="question", history_messages_key="history"
    )
    user = {"configurable": {"session_id": "user-42"}}
    for question in ("长江有多长？", "黄河呢？"):
        print("user:", question)
        print("assistant:", chain.invoke({"question": question}, user).text)

    print("\nWhat the next turn will remember:")
    with histories("user-42") as history:
        for message in history.messages:
            print(f"  {message.type:5} {message.text}")
