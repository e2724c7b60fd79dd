"""How a thread's messages are cut into passages, message by message, without a platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider_threads import Citation, ConfigurationError, ThreadMessage
from provider_threads.passages import Granularity, Passage, Passages, apassages_of, passages_of
from tests.reliability.row import Property

GRANULARITIES: tuple[Granularity, ...] = ("message", "turn", "thread")
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)


def message(role: str, text: str, number: int = 1, **fields: Any) -> ThreadMessage:
    return ThreadMessage(
        **{
            "id": f"msg_{number}",
            "key": f"msg_{number}",
            "thread_id": "thread_1",
            "role": role,
            "provider_role": role,
            "text": text,
            **fields,
        }
    )


def thread(*said: str) -> list[ThreadMessage]:
    """``"user: text"`` … as messages, with ids from msg_1 on."""
    return [message(*line.split(": ", 1), number) for number, line in enumerate(said, 1)]


def cut(messages: Sequence[ThreadMessage], granularity: Granularity = "turn", **settings: Any) -> list[Passage]:
    return [*passages_of(messages, "minimax", granularity=granularity, **settings)]


CONVERSATION = thread(
    "assistant: Hello.",
    "user: How long?",
    "assistant: 6300 km.",
    "user: And the other?",
    "user: Well?",
    "assistant: 5464.",
)


def test_a_turn_is_a_question_with_all_that_follows_it() -> None:
    assert [(passage.id, passage.text) for passage in cut(CONVERSATION)] == [
        ("minimax:thread_1:msg_1", "assistant: Hello."),
        ("minimax:thread_1:msg_2", "user: How long?\n\nassistant: 6300 km."),
        ("minimax:thread_1:msg_4", "user: And the other?"),
        ("minimax:thread_1:msg_5", "user: Well?\n\nassistant: 5464."),
    ]


def test_a_message_is_its_bare_text_under_its_key() -> None:
    passages = cut([message("user", "a"), message("assistant", "b", key="msg_1#2")], "message")
    assert [(passage.id, passage.text) for passage in passages] == [
        ("minimax:thread_1:msg_1", "a"),
        ("minimax:thread_1:msg_1#2", "b"),
    ]


def test_a_thread_is_one_passage_without_a_key() -> None:
    (passage,) = cut(thread("user: a", "assistant: b", "user: c"), "thread")
    assert (passage.id, passage.text) == ("minimax:thread_1", "user: a\n\nassistant: b\n\nuser: c")


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_a_thread_without_text_makes_no_passage(granularity: Granularity) -> None:
    assert cut([], granularity) == []
    assert cut(thread("user:  ", "assistant: \n", "system: rules"), granularity) == []


def test_an_empty_question_still_begins_the_turn_of_its_answer() -> None:
    """An image without text: its answer is not the last question's."""
    passages = cut(thread("user: a", "assistant: b", "user: ", "assistant: a cat"))
    assert [(passage.id, passage.text) for passage in passages][1] == ("minimax:thread_1:msg_3", "assistant: a cat")
    assert passages[1].metadata["message_ids"] == "msg_4"


def test_roles_are_the_users_and_the_assistants_unless_others_are_asked_for() -> None:
    said = thread("system: rules", "user: a", "tool: 9", "assistant: b")
    assert [passage.text for passage in cut(said)] == ["user: a\n\nassistant: b"]
    assert [passage.text for passage in cut(said, "message", roles=["assistant"])] == ["b"]
    assert [passage.text for passage in cut(said, roles=None)] == [
        "system: rules",
        "user: a\n\ntool: 9\n\nassistant: b",
    ]


def test_without_the_users_words_turns_stay_apart_under_their_ids() -> None:
    passages = cut(CONVERSATION, roles={"assistant"})
    assert [passage.text for passage in passages] == ["assistant: Hello.", "assistant: 6300 km.", "assistant: 5464."]
    assert [passage.id for passage in passages] == [f"minimax:thread_1:msg_{number}" for number in (1, 2, 5)]


def test_metadata_says_where_a_message_is_from() -> None:
    citation = Citation("web", "【1†source】", 0, 10)
    (passage,) = cut(
        [
            message(
                "assistant",
                "【1†source】",
                citations=(citation, citation),
                created_at=NOON,
                status="completed",
                run_id="run_1",
                assistant_id="asst_1",
                file_ids=("file-1", "file-2"),
            )
        ],
        "message",
    )
    assert passage.metadata == {
        "source": "minimax:thread_1",
        "provider": "minimax",
        "thread_id": "thread_1",
        "granularity": "message",
        "message_id": "msg_1",
        "role": "assistant",
        "created_at": "2026-03-01T12:00:00+00:00",
        "status": "completed",
        "run_id": "run_1",
        "assistant_id": "asst_1",
        "file_ids": "file-1,file-2",
        "citations": 2,
    }


def test_metadata_of_a_turn_sums_up_its_messages() -> None:
    (passage,) = cut(
        [
            message("user", "a", 1, run_id="run_1", status="completed", created_at=NOON),
            message("assistant", "b", 2, run_id="run_1", status="in_progress", assistant_id="asst_1"),
            message("assistant", "c", 3, run_id="run_1", status="in_progress", assistant_id="asst_2"),
        ]
    )
    told = {
        name: passage.metadata.get(name) for name in ("message_ids", "messages", "run_id", "status", "assistant_id")
    }
    assert told == {
        "message_ids": "msg_1,msg_2,msg_3",
        "messages": 3,
        "run_id": "run_1",
        "status": "in_progress",
        "assistant_id": None,
    }
    assert "assistant_id" not in passage.metadata
    assert passage.metadata["created_at"] == NOON.isoformat()


@pytest.mark.parametrize("granularity", ["turn", "thread"])
@pytest.mark.parametrize("unfinished", ["in_progress", "incomplete"])
def test_what_holds_an_unfinished_message_is_never_said_to_be_completed(
    granularity: Granularity, unfinished: str, record_property: Property
) -> None:
    statuses = ["completed", unfinished, "completed"]
    said = [message("assistant", "so f", number, status=status) for number, status in enumerate(statuses)]
    (passage,) = cut(said, granularity=granularity)
    record_property("unfinished_shown", 1)
    record_property("shown_as_finished", int(passage.metadata["status"] == "completed"))
    assert passage.metadata["status"] == unfinished


def test_markers_go_where_they_are_not_wanted() -> None:
    cited = Citation("web", "【1†source】", 8, 18, url="https://example.com")
    said = [message("user", "How long?"), message("assistant", "6300 km.【1†source】", 2, citations=(cited,))]
    assert cut(said)[0].text == "user: How long?\n\nassistant: 6300 km.【1†source】"
    (passage,) = cut(said, markers=False)
    assert passage.text == "user: How long?\n\nassistant: 6300 km."
    assert passage.metadata["citations"] == 1


def test_a_passage_is_given_as_soon_as_it_is_whole() -> None:
    passages = Passages("minimax")
    given = [passages.take(message) for message in CONVERSATION]
    assert [passage and passage.text for passage in given] == [
        None,
        "assistant: Hello.",
        None,
        "user: How long?\n\nassistant: 6300 km.",
        "user: And the other?",
        None,
    ]
    assert passages.end() is not None
    assert passages.end() is None


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"granularity": "page"}, "granularity"),
        ({"roles": "user"}, "roles"),
        ({"roles": ()}, "roles"),
        ({"roles": 3}, "roles"),
        ({"markers": "no"}, "markers"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        Passages("minimax", **settings)


def test_a_repr_shows_no_text() -> None:
    assert "机密" not in repr(cut([message("user", "机密的话")])[0])


threads = st.lists(
    st.tuples(st.sampled_from(["user", "assistant", "system", "tool"]), st.sampled_from(["", " ", "a", "b\n\nc"])),
    max_size=12,
).map(lambda said: [message(role, text, number) for number, (role, text) in enumerate(said)])


@given(threads, st.sampled_from(GRANULARITIES))
def test_every_wanted_message_is_in_one_passage_and_in_order(said: list[ThreadMessage], how: Granularity) -> None:
    wanted = [message for message in said if message.role in ("user", "assistant") and message.text.strip()]
    passages = cut(said, how)
    if how == "message":
        assert [passage.text for passage in passages] == [message.text for message in wanted]
    else:
        labelled = [f"{message.role}: {message.text}" for message in wanted]
        assert "\n\n".join(passage.text for passage in passages) == "\n\n".join(labelled)
    assert len({passage.id for passage in passages}) == len(passages)
    assert all(type(value) in (str, int) for passage in passages for value in passage.metadata.values())


@given(threads, st.integers(0, 12), st.sampled_from(GRANULARITIES))
def test_what_is_added_changes_none_but_the_last_passage_and_no_id(
    said: list[ThreadMessage], at: int, how: Granularity
) -> None:
    before, after = cut(said[:at], how), cut(said, how)
    assert before[:-1] == after[: max(len(before) - 1, 0)]
    assert [passage.id for passage in before] == [passage.id for passage in after[: len(before)]]


@given(threads, st.sampled_from(GRANULARITIES))
def test_awaited_they_are_the_same(said: list[ThreadMessage], how: Granularity) -> None:
    async def one_by_one() -> AsyncIterator[ThreadMessage]:
        for one in said:
            yield one

    async def awaited() -> list[Passage]:
        return [passage async for passage in apassages_of(one_by_one(), "minimax", granularity=how)]

    assert asyncio.run(awaited()) == cut(said, how)
