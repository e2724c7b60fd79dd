"""A text as HTML: Markdown that loses nothing, runs nothing and loads nothing."""

from __future__ import annotations

import sys

import pytest

from provider_threads.html.addresses import host_of, is_web_address
from provider_threads.html.markdown import to_html
from provider_threads.html.wall import walled
from tests.html.reading import read


def html(text: str) -> str:
    return to_html(text).html


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**a** *b* ~~c~~ `d`", '<p><strong>a</strong> <em>b</em> <s>c</s> <code dir="ltr">d</code></p>'),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# a\n\n###### b", "<h3>a</h3>\n<h6>b</h6>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("7. a\n8. b", '<ol start="7">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("<b>a</b> <!-- c --> &lt;i&gt;", "<p>&lt;b&gt;a&lt;/b&gt; &lt;!-- c --&gt; &lt;i&gt;</p>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
    ],
)
def test_markdown_is_shown(text: str, expected: str) -> None:
    assert html(text).strip() == expected


@pytest.mark.parametrize(
    "text",
    [
        "**重点：**内容",
        "请看**“重点”**内容",
        "内容**（重点）**内容",
        "这是**重点。**",
        "**重点**，内容",
        "重**点**内容",
    ],
)
def test_emphasis_ends_without_a_space_where_a_language_has_none(text: str) -> None:
    before, inside, after = text.split("**")
    assert html(text).strip() == f"<p>{before}<strong>{inside}</strong>{after}</p>"


@pytest.mark.parametrize(
    "text", ["5 * 3 * 2", "snake_case_name", "a ** b ** c", "** 重点 **", "2 * 重 * 3", "重** 点**", "**重 **点"]
)
def test_what_is_no_emphasis_stays(text: str) -> None:
    assert html(text).strip() == f"<p>{text}</p>"


def test_a_table_says_where_its_cells_stand() -> None:
    found = read(html("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |"))
    assert [one.get("class") for one in found.tags("td")] == ["left", "center", "right"]
    assert [one for _, one in found.elements if "style" in one] == []


def test_a_cell_without_a_column_goes_on_in_the_last_one() -> None:
    found = read(html("a | b\n-|-\n1 | 2 | 3 | 4\n5 | 6\n| 7 | 8 | 9 \\| 10 |"))
    assert len(found.tags("td")) == 6
    assert [part for part in found.said if part.strip()] == ["a", "b", "1", "2 | 3 | 4", "5", "6", "7", "8 | 9 | 10"]


def test_a_definition_of_a_link_stays_readable() -> None:
    found = read(html("[1]: https://example.com 'words'\n\nas in [1]"))
    assert found.text == "[1]: https://example.com 'words'\nas in [1]\n"


# links and images


def test_a_link_leaves_the_page_and_says_nothing_of_it() -> None:
    (link,) = read(html('[a](https://example.com/b?c=d&e "f")')).tags("a")
    assert link == {
        "href": "https://example.com/b?c=d&e",
        "title": "f",
        "target": "_blank",
        "rel": "noopener noreferrer nofollow",
    }


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "file:///etc",
        "/a",
        "a",
        "#a",
        "//a.b",
        "mailto:a@b.c",
        "https:",
    ],
)
@pytest.mark.parametrize("form", ["[a]({})", "![a]({})"])
def test_an_address_that_is_not_of_the_web_is_text(address: str, form: str) -> None:
    text = form.format(address)
    found = read(html(text))
    assert found.text.strip() == text
    assert not found.tags("a")


def test_an_image_is_a_link_to_it_and_is_not_loaded() -> None:
    found = read(html('![a *map*](https://example.com/a.png "of rivers")'))
    assert [tag for tag, _ in found.elements] == ["p", "a"]
    assert found.tags("a")[0]["href"] == "https://example.com/a.png"
    assert found.text.strip() == "a map (of rivers)"


def test_an_image_in_a_link_says_both_addresses() -> None:
    found = read(html("[![a](https://example.com/a.png)](https://example.com/b)"))
    assert [link["href"] for link in found.tags("a")] == ["https://example.com/b"]
    assert found.text.strip() == "a (https://example.com/a.png)"


def test_what_stands_in_an_images_place_keeps_its_own_addresses() -> None:
    found = read(html("![a [b](https://example.com/1)\n![c](https://example.com/2)](https://example.com/3)"))
    assert [link["href"] for link in found.tags("a")] == ["https://example.com/3"]
    assert found.text.strip() == "a https://example.com/1 b\nc (https://example.com/2)"


@pytest.mark.parametrize("text", ["[](https://example.com/a)", "![](https://example.com/a)", "<https://example.com/a>"])
def test_a_link_without_words_shows_its_address(text: str) -> None:
    assert read(html(text)).text.strip() == "https://example.com/a"


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://example.com", True),
        ("HTTP://example.com/a b".replace(" ", "%20"), True),
        ("https://例子.com/路", True),
        ("https://[::1]/", True),
        ("https://[::1", False),
        ("https://", False),
        ("https:///a", False),
        ("http:\\\\a", False),
        ("https://a\\b", False),
        ("https://a b", False),
        ("https://a\nb", False),
        ("https://a\x00", False),
        (" https://a", False),
        ("https://a\n", False),
        ("ftp://a", False),
        ("", False),
    ],
)
def test_what_an_address_of_the_web_is(address: str, is_one: bool) -> None:
    assert is_web_address(address) is is_one


def test_the_host_of_an_address_is_the_one_that_is_asked() -> None:
    assert host_of("https://bank.example.com:pw@evil.example.com:8443/") == "evil.example.com"


@pytest.mark.parametrize(
    ("text", "address", "after"),
    [
        ("见https://example.com/a。然后", "https://example.com/a", "。然后"),
        ("(as https://example.com/a_b_(c)).", "https://example.com/a_b_(c)", ")."),
        ("https://example.com/?a=b&c=d, and", "https://example.com/?a=b&c=d", ", and"),
        ("**https://example.com**", "https://example.com", ""),
        ("https://example.com...", "https://example.com", "..."),
    ],
)
def test_a_bare_address_is_a_link(text: str, address: str, after: str) -> None:
    found = read(html(text))
    assert [one["href"] for one in found.tags("a")] == [address]
    assert found.text.strip().endswith(address + after)
    assert found.text.strip() == text.strip("*")


@pytest.mark.parametrize(
    "text", ["https://", "http://.", "https://[", "httpsx://a", "ftp://example.com", "example.com"]
)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert not read(html(text)).tags("a")


def test_an_address_in_code_or_in_a_link_is_not_linked_again() -> None:
    found = read(html("`https://example.com` [https://example.com/a](https://example.com/b)"))
    assert [one["href"] for one in found.tags("a")] == ["https://example.com/b"]


# formulas and code


@pytest.mark.parametrize("formula", [r"\(a_1 * b_1 * c\)", r"\[\frac{a_1}{b_1}\]", "$$E = m_0 c_0^2$$", "\\[\na\n\\]"])
def test_a_formula_stays_as_it_was_written(formula: str) -> None:
    found = read(html(f"it is {formula} indeed"))
    assert found.text.strip() == f"it is {formula} indeed"
    assert [tag for tag, _ in found.elements] == ["p", "code"]


def test_a_bracket_in_a_formula_ends_no_link() -> None:
    found = read(html(r"[\(a]b\)](https://example.com)"))
    assert found.text.strip() == r"\(a]b\)"
    assert len(found.tags("a")) == 1


@pytest.mark.parametrize("text", ["$5 and $6", r"a \( b", "$$ alone"])
def test_what_is_no_formula_is_text(text: str) -> None:
    assert not read(html(text)).tags("code")


def test_code_is_coloured_and_says_its_language() -> None:
    found = read(html('```python title="a.py"\nprint("<b>")\n```'))
    assert [text for text in found.said if "title" in text] == ['python title="a.py"']
    assert ("span", {"class": "nb"}) in found.elements
    assert found.tags("pre") == [{"dir": "ltr"}]
    assert found.text.strip().endswith('print("<b>")')


@pytest.mark.parametrize("language", ["", "brainfuck", "nolanguage", "<b>", "python\x00"])
def test_code_of_another_language_is_plain(language: str) -> None:
    found = read(html(f"```{language}\na < b\n```"))
    assert not found.tags("span")
    assert found.said[-2 if found.said[-1] == "\n" else -1] == "a < b\n"


def test_classes_that_a_lexer_makes_up_are_left_out() -> None:
    found = read(html("```yaml\na: b\n```"))
    assert {one["class"] for one in found.tags("span")} == {"nt", "p", "w", "l"}


# what is too much


@pytest.mark.parametrize(
    "text", [">" * 60 + " deep", "- " * 60 + "deep", "\n".join(" " * 2 * at + "- deep" for at in range(60))]
)
def test_what_is_nested_too_deep_is_shown_as_it_is(text: str) -> None:
    found = read(html(text))
    assert found.text == text
    assert found.tags("p") == [{"class": "verbatim"}]


def test_a_huge_text_is_shown_as_it_is() -> None:
    text = "**a**\n" * 50_000
    assert read(html(text)).text == text


PIECES = [
    "[",
    "*a **a",
    "[a](<b",
    "**_",
    "&#",
    "![[",
    "<a",
    "<http://a",
    "http://a) ",
    "\\(",
    "$$a",
    "a_",
    "[a](",
    "[x]:\n",
    "~~a",
    "\\",
    "a\n",
    "**。",
    "`",
    "```\n",
    "<![CDATA[\n",
    "a|b\n-|-\na|b|c\n",
    "> a\nb\n",
    "*[a](http://b)",
    "1. a\n",
    "￼",
    "- a\n\n  b\n",
    "~ a ~~",
]


@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_is_twice_the_work(piece: str) -> None:
    """Not four times, as where every piece looks through the whole text."""
    once, twice = (_calls((piece * size)[:size]) for size in (500, 1_000))
    assert twice < 2.6 * once + 1_000


def _calls(text: str) -> int:
    """How many functions are called to show `text`."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        html(text)
    finally:
        sys.setprofile(None)
    return calls


# the second wall


@pytest.mark.parametrize(
    ("let_through", "left"),
    [
        ("<script>a</script>b", "ab"),
        ('<img src="https://a" onerror="b">c', "c"),
        ('<p onclick="a" style="b" class="c">d</p>', '<p class="">d</p>'),
        ('<a href="javascript:a">b</a>', '<a rel="noopener noreferrer nofollow">b</a>'),
        ('<a href="https://a" target="b">c</a>', '<a href="https://a" rel="noopener noreferrer nofollow">c</a>'),
        ("<div class='code evil'>a</div><!-- b -->", '<div class="code">a</div>'),
        ("<h1>a</h1><svg><a href='https://b'>c</a></svg>", None),
    ],
)
def test_what_the_renderer_might_let_through_ends_at_the_wall(let_through: str, left: str | None) -> None:
    cleaned = walled(let_through)
    assert left is None or cleaned == left
    assert not {"script", "img", "svg", "h1"} & {tag for tag, _ in read(cleaned).elements}
