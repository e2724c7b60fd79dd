"""What a notebook shows of messages and views, and that it does so only where the extra is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from provider_threads import ThreadView
from tests.html.conversations import CHINESE, ENGLISH, conversation, message
from tests.html.reading import read

ROOT = Path(__file__).parents[2]


def test_a_notebook_shows_a_view_with_what_it_lacks() -> None:
    shown = read(ENGLISH._repr_html_() or "")
    assert len(shown.classed("message")) == len(ENGLISH)
    assert "The platform was not asked: newer messages may be missing." in shown.said
    assert not shown.tags("h1")


def test_a_notebook_shows_one_message() -> None:
    shown = read(CHINESE[1]._repr_html_() or "")
    assert len(shown.classed("message")) == 1
    assert "长江有多长？和黄河比呢？" in shown.said


def test_a_notebook_shows_the_newest_of_a_long_thread_and_says_so() -> None:
    shown = read(conversation([message(f"text {at}") for at in range(60)])._repr_html_() or "")
    assert "10 earlier messages are not shown." in shown.said
    assert "text 9" not in shown.said
    assert {"text 10", "text 59"} <= set(shown.said)


def test_what_several_cells_show_does_not_share_ids() -> None:
    ids = [
        one["id"]
        for shown in (CHINESE[2], CHINESE, CHINESE[3], ENGLISH)
        for _, one in read(shown._repr_html_() or "").elements
        if "id" in one
    ]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("show", ["view", "view[0]"])
def test_without_the_extra_a_notebook_falls_back_to_the_repr(show: str) -> None:
    program = f"""
import sys
sys.modules["nh3"] = None
from provider_threads import ThreadMessage, ThreadView
view = ThreadView((ThreadMessage("m", "m", "t", "user", "user", "words"),), reached_start=True)
print({show}._repr_html_(), "words" in repr({show}))
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "None False\n"


def test_a_repr_still_shows_no_text() -> None:
    assert "words" not in repr(ThreadView((message("words"),), reached_start=True))
