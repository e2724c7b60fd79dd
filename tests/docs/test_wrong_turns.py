"""The page of wrong turns says what the library says."""

from __future__ import annotations

from tests.docs.wrong_turns import PAGE, page


def test_the_page_of_wrong_turns_is_what_the_library_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.docs.wrong_turns writes it anew"
