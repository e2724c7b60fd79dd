"""Switches as they are written, read and refused."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from provider_threads.emulator import Switches


def test_switches_are_read_from_assignments() -> None:
    texts = [
        "appbuilder_cursor=exclusive",
        "appbuilder_page_cap = 7",
        "minimax_page_cap=none",
        "minimax_invalid_key=2049",
        "clock_offset=-600",
        "echoed_thread_ids=true",
    ]
    assert Switches.parse(texts) == Switches(
        appbuilder_cursor="exclusive", appbuilder_page_cap=7, minimax_invalid_key=2049, clock_offset=-600
    )
    assert Switches.parse([]) == Switches()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("appbuilder_curser=exclusive", "appbuilder_cursor"),
        ("appbuilder_cursor", "name=value"),
        ("appbuilder_cursor=both", "inclusive | exclusive"),
        ("appbuilder_max_limit=0", "a number from 1"),
        ("appbuilder_max_limit=many", "a number from 1"),
        ("appbuilder_max_limit=none", "a number from 1"),
        ("appbuilder_page_cap=-1", "a number from 1 | none"),
        ("clock_offset=1.5", "seconds"),
        ("clock_offset=--5", "seconds"),
        ("minimax_invalid_key=7", "1004 | 2049"),
    ],
)
def test_a_wrong_assignment_is_refused_with_what_is_known(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("|", r"\|")):
        Switches.parse([text])


@pytest.mark.parametrize(
    "change",
    [
        {"appbuilder_cursor": "sideways"},
        {"appbuilder_max_limit": True},
        {"appbuilder_max_limit": "20"},
        {"minimax_invalid_key": "1004"},
        {"hunyuan_default_limit": None},
    ],
)
def test_a_position_that_is_none_cannot_be_constructed(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        Switches(**change)


def test_switches_change_by_copy() -> None:
    switches = Switches()
    assert switches.changed({"minimax_cursor": "ignored"}).minimax_cursor == "ignored"
    assert switches == Switches()
    with pytest.raises(ValueError, match="unknown switch 'cursor'"):
        switches.changed({"cursor": "ignored"})


def test_every_switch_and_position_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text("utf-8")
    positions = Switches.positions()
    assert set(positions) == {field.name for field in dataclasses.fields(Switches)}
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    for name, text in positions.items():
        assert name in rows, f"docs/emulator.md has no row for {name}"
        for position in text.split(" | "):
            assert position in rows[name], f"docs/emulator.md does not name {position} of {name}"
