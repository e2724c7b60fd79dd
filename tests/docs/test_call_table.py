"""The table of calls says what comes of them."""

from __future__ import annotations

from typing import Any

from tests.docs.call_table import HEAD, PAGE, section


def test_the_table_of_calls_is_what_comes_of_them(platform: Any) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert section(platform, in_turn=True) in page, "python -m tests.docs.call_table writes it anew"
    assert page.startswith(HEAD)
