"""Messages that share an id keep keys of their own, however short the pages are that they come in."""

from __future__ import annotations

import pytest

from provider_threads import ThreadMessage
from provider_threads.endpoint import Answer

from .scripted import Performance, in_turn, message, page

PAIR = [("x", "user"), ("x#2", "assistant")]


def pages(*pages_of_names: str) -> list[Answer]:
    """Pages newest first; an upper-case letter is the answer to the question of the same, lower-case id."""
    newest, answers = 1_700_000_000, []
    for place, names in enumerate(pages_of_names):
        messages = [
            message(
                "appbuilder", name.lower(), role="assistant" if name.isupper() else "user", at=newest - 10 * place - at
            )
            for at, name in enumerate(names)
        ]
        answers.append(page("appbuilder", messages, place + 1 < len(pages_of_names)))
    return answers


def keys(messages: list[ThreadMessage]) -> list[tuple[str, str]]:
    return [(one.key, one.role) for one in messages]


def test_pages_of_one_message_hide_no_pair_from_a_read() -> None:
    performance = Performance()
    view = performance.perform(performance.operations("appbuilder").read("thread_1", 2), in_turn(*pages("X", "x")))
    assert keys(view.messages) == PAIR


@pytest.mark.parametrize("names", [("Xx", "w"), ("Xx",), ("y", "Xx", "w"), ("yXx", "w")])
def test_a_pair_wherever_pages_end_is_walked_through_newest_first_with_two_keys(names: tuple[str, ...]) -> None:
    performance = Performance()
    flow = performance.operations("appbuilder").iter_messages("thread_1", "desc", None)
    performance.perform(flow, in_turn(*pages(*names)))
    expected = {"X": PAIR[1], "x": PAIR[0]}
    assert keys(performance.emitted) == [expected.get(name, (name, "user")) for name in "".join(names)]
