"""What a text can make a page cost: counted in characters, for whoever wrote it may have wanted it to cost a lot."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from pygments.lexer import Lexer

from provider_threads import Citation, ThreadMessage
from provider_threads.html import thread_fragment, thread_page
from provider_threads.html.markdown import to_html
from provider_threads.html.references import Marked, Reference
from tests.html.conversations import cited, message
from tests.html.reading import read

SIGN = "\ufffc"


@pytest.fixture
def coloured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the blocks that a lexer reads."""
    lengths: list[int] = []
    lexed = Lexer.get_tokens

    def counted(lexer: Lexer, text: str, unfiltered: bool = False) -> object:
        lengths.append(len(text))
        return lexed(lexer, text, unfiltered)

    monkeypatch.setattr(Lexer, "get_tokens", counted)
    return lengths


def _block(language: str, length: int) -> str:
    return f"```{language}\n{'x' * (length - 1)}\n```\n"


# code


@pytest.mark.parametrize("language", ["python", "c", "cpp", "csharp", "java", "typescript", "make"])
def test_code_of_a_usual_length_is_coloured(language: str, coloured: list[int]) -> None:
    found = read(to_html(f"```{language}\n{'if (a == 1) b = 2; else c = 3;' * 80}\n```").html)
    assert coloured == [2_401]
    assert found.tags("span")


def test_long_code_is_plain(coloured: list[int]) -> None:
    found = read(to_html(f"```python\n{'print(1)' * 320}\n```").html)
    assert coloured == []
    assert not found.tags("span")
    assert found.text.count("print(1)") == 320


def test_code_in_fifty_messages_of_a_notebook_is_coloured(coloured: list[int]) -> None:
    thread_fragment([message(_block("python", 1_000), key=str(at)) for at in range(50)])
    assert coloured == [1_000] * 50


@pytest.mark.parametrize("show", [thread_page, thread_fragment])
@pytest.mark.parametrize(("language", "most"), [("python", 12), ("csharp", 3)])
def test_a_page_colours_so_much_and_shows_the_rest_plain(
    language: str, most: int, show: Callable[[list[ThreadMessage]], str], coloured: list[int]
) -> None:
    messages = [message(_block(language, 2_500) * 3, key=str(at)) for at in range(10)]
    for _ in range(2):  # a page leaves nothing for the next to bear
        coloured.clear()
        found = read(show(messages))
        assert coloured == [2_500] * most
        assert found.text.count("x" * 2_499) == 30


# marks


@pytest.mark.parametrize("text", ["a" * 1_000, SIGN * 1_000, f"{SIGN}0" * 500])
def test_marks_are_of_one_size_whatever_the_text_is(text: str) -> None:
    references = [Reference(at, at + 1, at, "", "") for at in range(1_000)]
    assert len(Marked(text, references).text) == len(Marked("a" * 1_000, references).text) <= 30 * 1_000


def test_a_text_that_its_marks_make_too_long_is_shown_as_it_is() -> None:
    text = "*a* " * 10_000
    found = to_html(text, [Reference(at, at + 1, 1, f"r{at}", "n") for at in range(3, 40_000, 4)])
    assert read(found.html).tags("p") == [{"class": "verbatim"}]
    assert len(found.anchors) == 10_000


@pytest.mark.parametrize(
    "like_a_mark",
    [f"{SIGN}0{SIGN}", "&#65532;0&#65532;", "&#xFFFC;99&#xFFFC;", f"![{SIGN}**0**{SIGN}](http://e.com/)"],
)
def test_what_looks_like_a_mark_is_none(like_a_mark: str) -> None:
    found = read(thread_page([cited(f"[m] {like_a_mark}", Citation("web", "[m]", quote="q"))]))
    assert len(found.classed("reference")) == 1


def test_a_copied_mark_leads_nowhere() -> None:
    """It belongs to the text that it was made for."""
    reference = Reference(0, 1, 1, "r1", "n1")
    copied = Marked("a", [reference]).text
    found = to_html(f"a {copied}", [reference])
    assert found.html.count("<a ") == 1


@pytest.mark.parametrize("piece", [f"{SIGN}0{SIGN}", SIGN * 20_000, f"{SIGN}12"])
def test_an_address_keeps_its_signs(piece: str) -> None:
    (link,) = read(to_html(f"[a](http://b/{piece}c)").html).tags("a")
    assert link["href"] == f"http://b/{piece.replace(SIGN, '%EF%BF%BC')}c"


def test_a_reference_in_an_address_is_no_part_of_it() -> None:
    text = "[a](http://b/c[1])"
    found = read(to_html(text, [Reference(14, 17, 1, "r1", "n1")]).html)
    assert [link["href"] for link in found.tags("a")] == ["http://b/c"]
    assert not re.search("[0-9]{5}", found.text)
