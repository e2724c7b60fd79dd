"""Seeds: what may be stored, and how it comes out."""

from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from provider_threads.emulator import Emulator, SeedCitation, SeedMessage


def test_seeds_are_held_oldest_first_with_the_providers_role_words(emulator: Emulator) -> None:
    seeds = [SeedMessage("user", "q"), SeedMessage("assistant", "a"), SeedMessage("narrator", "n")]
    roles = {
        provider: [message.role for message in emulator.messages(provider, emulator.seed(provider, seeds))]
        for provider in ("hunyuan", "minimax", "appbuilder")
    }
    assert roles["minimax"] == ["user", "ai", "narrator"]
    assert roles["hunyuan"] == roles["appbuilder"] == ["user", "assistant", "narrator"]


def test_ids_have_the_documented_shapes(emulator: Emulator) -> None:
    seeds = [SeedMessage("user", "q"), SeedMessage("assistant", "a")]
    hunyuan, minimax, appbuilder = (
        emulator.messages(provider, emulator.seed(provider, seeds)) for provider in ("hunyuan", "minimax", "appbuilder")
    )
    assert all(len(message.id) == len("msg_") + 24 for message in hunyuan)
    assert all(len(message.id) == len("msg_") + 32 for message in minimax)
    assert [message.id.partition("_")[0] for message in appbuilder] == ["msg", "chatmsg"]


def test_times_rise_and_end_before_now(emulator: Emulator) -> None:
    seeds = [SeedMessage("user", str(index)) for index in range(5)]
    times = [message.created_at for message in emulator.messages("minimax", emulator.seed("minimax", seeds))]
    assert times == sorted(set(times))
    assert times[-1] < datetime.now(timezone.utc) <= times[-1] + timedelta(seconds=3)


@pytest.mark.parametrize("given", [1_700_000_000.5, datetime(2023, 11, 14, 22, 13, 20, 500_000, timezone.utc)])
def test_a_time_may_be_given(emulator: Emulator, given: Any) -> None:
    (message,) = emulator.messages("appbuilder", emulator.seed("appbuilder", [SeedMessage("user", created_at=given)]))
    assert message.created_ms == 1_700_000_000_500


def test_runs_begin_with_the_user(emulator: Emulator) -> None:
    seeds = [SeedMessage(role) for role in ("user", "assistant", "user", "assistant")]
    runs = [message.run_id for message in emulator.messages("minimax", emulator.seed("minimax", seeds))]
    assert runs[0] == runs[1] != runs[2] == runs[3]
    (given,) = emulator.messages(
        "minimax", emulator.seed("minimax", [SeedMessage("user", run_id="", assistant_id="a")])
    )
    assert (given.run_id, given.assistant_id) == ("", "a")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: SeedMessage("user", created_at=datetime(2024, 1, 1)), "time zone"),  # noqa: DTZ001
        (lambda: SeedMessage("ai", "x", citations=[SeedCitation("[1]", "q")]), "marker"),
        (lambda: SeedMessage("ai", "[1]", citations=[SeedCitation("[1]", "q")], parts=[]), "not both"),
        (lambda: SeedCitation("m", "q", kind="file"), "file_id"),
        (lambda: SeedCitation("m", "q", file_id="f"), "file_id"),
        (lambda: SeedCitation("m", "q", start=1), "together"),
        (lambda: SeedCitation("m", "q", kind="book"), "web or file"),
    ],
)
def test_a_seed_that_makes_no_sense_is_refused(wrong: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        wrong()


@pytest.mark.parametrize("provider", ["hunyuan", "appbuilder"])
def test_citations_are_refused_where_no_document_shows_them(emulator: Emulator, provider: Any) -> None:
    with pytest.raises(ValueError, match="parts="):
        emulator.seed(provider, [SeedMessage("assistant", "[1]", citations=[SeedCitation("[1]", "q")])])


def test_a_thread_id_may_be_chosen_and_added_to(emulator: Emulator) -> None:
    assert emulator.seed("minimax", [SeedMessage("user", "a")], thread_id="mine", metadata={"k": "v"}) == "mine"
    emulator.seed("minimax", [SeedMessage("user", "b")], thread_id="mine")
    assert [message.text for message in emulator.messages("minimax", "mine")] == ["a", "b"]
    with pytest.raises(ValueError, match="metadata"):
        emulator.seed("minimax", thread_id="mine", metadata={"k": "w"})


def test_half_a_character_is_served_as_an_escape(emulator: Emulator) -> None:
    thread = emulator.seed("minimax", [SeedMessage("user", "a\ud83d")])
    known = emulator.credentials
    answer = httpx.get(
        f"{emulator.base_url}/v1/threads/messages/list",
        params={"GroupId": known.minimax_group_id, "thread_id": thread},
        headers={"Authorization": f"Bearer {known.minimax_api_key}"},
        trust_env=False,
    )
    assert r'"a\ud83d"' in answer.text


def test_a_time_that_is_none_stores_nothing(emulator: Emulator) -> None:
    with pytest.raises(ValueError, match="not a time"):
        emulator.seed("minimax", [SeedMessage("user"), SeedMessage("user", created_at=float("nan"))], thread_id="t")
    with pytest.raises(KeyError):
        emulator.messages("minimax", "t")
