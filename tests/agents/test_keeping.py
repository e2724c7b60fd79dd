"""What of a run goes into its thread, and what is refused when, with and without an overlay."""

from __future__ import annotations

from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from langchain_threads import ThreadMiddleware
from provider_threads import AppBuilder, ConfigurationError, Hunyuan, MiniMax, Provider, UnsupportedOperationError
from provider_threads.emulator import Emulator, SeedMessage

from .asking import CHECKPOINTS, Ask, both_ways, by_invoke, texts
from .models import LANGCHAIN, TOOLS, Clerk


def test_only_the_turn_leaves_calls_and_results_out(
    checkpointer: Any, agent_of: Any, history_of: Any, clerk: Clerk
) -> None:
    agent = agent_of(keep="turn", checkpointer=checkpointer)
    for question in ("weather 1", "weather 2"):
        by_invoke(agent, question)
    said = ["weather 1", "answer to weather 1", "weather 2", "answer to weather 2"]
    assert texts(history_of().messages) == said
    assert clerk.prompts[-1] == [*said[:3], "call weather", "上海: 9 度"]


@both_ways
def test_a_thread_may_be_shown_and_never_written(
    ask: Ask, platform: Any, checkpointer: Any, middleware_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    """Without an overlay, on any platform; a checkpointer keeps the conversation itself."""
    thread_id = emulator.seed(platform, [SeedMessage("user", "手册第一页")])
    agent = create_agent(
        clerk, [], middleware=[middleware_of(platform, thread_id=thread_id, keep="none")], checkpointer=checkpointer
    )
    for turn in range(2):
        ask(agent, f"question {turn}")
    earlier = ["question 0", "answer to question 0"] if checkpointer else []
    assert clerk.prompts[-1] == ["手册第一页", *earlier, "question 1"]
    assert len(emulator.messages(platform, thread_id)) == 1


def test_a_turn_that_the_platforms_own_run_writes_is_not_doubled(
    platform: Any, checkpointer: Any, middleware_of: Any, emulator: Emulator
) -> None:
    thread_id = emulator.seed(platform, [])

    class Running(Clerk):
        """Stands for a model that starts the platform's own run, which writes both sides of the turn."""

        def _answer(self, messages: Any) -> AIMessage:
            answer = super()._answer(messages)
            turn = [SeedMessage("user", messages[-1].text), SeedMessage("assistant", answer.text)]
            emulator.seed(platform, turn, thread_id=thread_id)
            return answer

    running = Running()
    middleware = middleware_of(platform, thread_id=thread_id, writes="none")
    agent = create_agent(running, [], middleware=[middleware], checkpointer=checkpointer)
    for turn in range(3):
        by_invoke(agent, f"question {turn}")
    assert running.prompts[-1] == [
        "question 0",
        "answer to question 0",
        "question 1",
        "answer to question 1",
        "question 2",
    ]
    assert len(emulator.messages(platform, thread_id)) == 6


@pytest.mark.parametrize(
    "provider", [Hunyuan("id", "key"), MiniMax("key", "group"), AppBuilder("token")], ids=lambda one: one.name
)
def test_without_an_overlay_a_platform_that_takes_no_answers_is_refused_at_once(provider: Provider) -> None:
    with pytest.raises(ConfigurationError, match=r"takes no assistant messages.*overlay='threads.db'.*keep='none'"):
        ThreadMiddleware(provider=provider, thread_id="thread_1")
    with pytest.raises(ConfigurationError, match="takes no assistant messages"):
        ThreadMiddleware(provider=provider, thread_id="thread_1", keep="turn")
    for allowed in ({"keep": "none"}, {"writes": "none"}):
        ThreadMiddleware(provider=provider, thread_id="thread_1", **allowed).close()  # type: ignore[arg-type]


@both_ways
def test_without_an_overlay_a_minimax_that_takes_answers_is_memory_enough(
    ask: Ask, checkpointer: Any, provider_of: Any, middleware_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", [])
    provider = provider_of("minimax", write_roles={"user", "assistant"})
    middleware = middleware_of("minimax", provider=provider, thread_id=thread_id)
    agent = create_agent(clerk, [*TOOLS.values()], middleware=[middleware], checkpointer=checkpointer)
    said: list[str] = []
    for turn in range(1, 11):
        ask(agent, f"question {turn}")
        assert clerk.prompts[-1] == [*said, f"question {turn}"]
        said += [f"question {turn}", f"answer to question {turn}"]
        assert [message.text for message in emulator.messages("minimax", thread_id)] == said


def test_without_an_overlay_a_call_is_refused_whole_unless_it_is_to_be_left_out(
    provider_of: Any, middleware_of: Any, clerk: Clerk, emulator: Emulator
) -> None:
    thread_id = emulator.seed("minimax", [])
    provider = provider_of("minimax", write_roles={"user", "assistant"})
    strict = middleware_of("minimax", provider=provider, thread_id=thread_id)
    with pytest.raises(UnsupportedOperationError, match="overlay"):
        by_invoke(create_agent(clerk, [*TOOLS.values()], middleware=[strict]), "weather 1")
    assert emulator.messages("minimax", thread_id) == []
    lenient = middleware_of("minimax", provider=provider, thread_id=thread_id, keep="turn")
    by_invoke(create_agent(clerk, [*TOOLS.values()], middleware=[lenient]), "weather 1")
    assert [message.text for message in emulator.messages("minimax", thread_id)] == ["weather 1", "answer to weather 1"]


@pytest.mark.parametrize("settings", [{"keep": "some"}, {"name": ""}, {"name": 4}, {"writes": "all"}, {"limit": 0}])
def test_a_setting_that_makes_no_sense_is_refused(settings: Any, middleware_of: Any, overlay: Any) -> None:
    with pytest.raises(ConfigurationError):
        middleware_of("appbuilder", overlay=overlay, **settings)


def test_neither_and_both_of_provider_and_client_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="either provider= or client="):
        ThreadMiddleware(thread_id="thread_1")


def test_an_unknown_setting_is_a_type_error(provider_of: Any) -> None:
    with pytest.raises(TypeError, match="on_error"):
        ThreadMiddleware(provider=provider_of("appbuilder"), on_error=print)  # type: ignore[call-arg]


def summarizing(keep: int) -> SummarizationMiddleware:
    return SummarizationMiddleware(Clerk(), trigger=("messages", 4), keep=("messages", keep))


@pytest.mark.skipif(LANGCHAIN < (1, 2, 4), reason="LangChain then does not mark its summaries")
@pytest.mark.parametrize("order", ["thread first", "summary first"])
def test_summaries_are_for_the_model_alone_and_what_they_replace_is_still_written(
    order: str, checkpointer: Any, overlay: Any, middleware_of: Any, history_of: Any
) -> None:
    """In one long run the summary takes the place of the question and the first calls."""
    clerk = Clerk(calls=3)
    thread = middleware_of("appbuilder", overlay=overlay, create_threads=True, thread_id="user-42")
    both = [thread, summarizing(keep=2)] if order == "thread first" else [summarizing(keep=2), thread]
    agent = create_agent(clerk, [*TOOLS.values()], middleware=both, checkpointer=checkpointer)
    outcome = by_invoke(agent, "weather 1")
    assert "Here is a summary" in texts(outcome["messages"])[0]
    stored = history_of().messages
    assert texts(stored) == ["weather 1", *["call weather", "上海: 9 度"] * 3, "answer to weather 1"]
    by_invoke(agent, "question 2")
    assert [said for said in clerk.prompts[-1] if "summary" in said] == []
    assert texts(history_of().messages)[-2:] == ["question 2", "answer to question 2"]


def test_messages_that_a_middleware_deletes_on_purpose_are_not_written(
    overlay: Any, middleware_of: Any, history_of: Any, clerk: Clerk
) -> None:
    from langchain.agents.middleware import after_model
    from langchain_core.messages import RemoveMessage

    @after_model
    def without_results(state: Any, runtime: Any) -> dict[str, Any]:
        return {
            "messages": [RemoveMessage(message.id) for message in state["messages"][:-1] if message.type != "human"]
        }

    thread = middleware_of("appbuilder", overlay=overlay, create_threads=True, thread_id="user-42")
    agent = create_agent(clerk, [*TOOLS.values()], middleware=[thread, without_results])
    by_invoke(agent, "weather 1")
    assert texts(history_of().messages) == ["weather 1", "answer to weather 1"]


def test_a_conversation_that_checkpoints_already_had_is_taken_into_the_thread_once(
    clerk: Clerk, agent_of: Any, history_of: Any
) -> None:
    """An app that has used a checkpointer alone, and now has a thread too."""
    saver = InMemorySaver()
    by_invoke(create_agent(clerk, [], checkpointer=saver), "question 1")
    agent = agent_of(checkpointer=saver)
    for turn in (2, 3):
        by_invoke(agent, f"question {turn}")
    assert texts(history_of().messages)[::2] == ["question 1", "question 2", "question 3"]
    assert len(history_of().messages) == 6
    assert len(agent.get_state(CHECKPOINTS).values["messages"]) == 6


def test_a_message_with_an_image_is_kept_whole(agent_of: Any, history_of: Any, clerk: Clerk) -> None:
    picture = HumanMessage(
        [{"type": "text", "text": "what is this?"}, {"type": "image", "url": "https://example.com/a.png"}]
    )
    agent_of().invoke({"messages": [picture]})
    by_invoke(agent_of(name="Second"), "and now?")
    assert clerk.heard[-1][0].content == picture.content
    assert history_of().messages[0] == picture


def test_a_setting_that_it_does_not_have_is_refused_in_its_own_name() -> None:
    settings: dict[str, Any] = {"on_error": print}
    with pytest.raises(TypeError, match=r"ThreadMiddleware.*'on_error'"):
        ThreadMiddleware(provider=AppBuilder("token"), **settings)
