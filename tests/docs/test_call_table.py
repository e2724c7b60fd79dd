"""The table of calls says what comes of them."""

from __future__ import annotations

from tests.docs.call_table import PAGE, page


def test_the_table_of_calls_is_what_comes_of_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(in_turn=True), "python -m tests.docs.call_table writes it anew"
